package errors_test

import (
	"fmt"

	"github.com/invsim/invsim/errors"
)

// The error of a call that is refused is a code, with what it is about around it.
func Example() {
	var err error = &errors.InvitationError{
		Op: "accept", Invitation: "5eed-1", Peer: "from alice", State: "CANCELED", Code: errors.AlreadyEnd,
	}
	fmt.Println(err)
	fmt.Println(errors.Is(err, errors.AlreadyEnd))
	var code errors.InvitationApiCallError
	if errors.As(err, &code) {
		fmt.Println(code.Number(), code.Name())
	}
	// Output:
	// accept: invitation 5eed-1 from alice is CANCELED: already ended
	// true
	// 3 INVITATION_API_CALL_ERR_ALREADY_END
}
