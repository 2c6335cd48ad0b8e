// The app: somebody who says yes.

package embedding

import (
	"fmt"
	"io"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// App is a host.Listener: NopListener has the callbacks that it does not.
type App struct {
	host.NopListener
	*host.Host
	Out io.Writer
}

func (a *App) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	fmt.Fprintf(a.Out, "%s calls: %q\n", inv.CallerID(), inv.Content())
	inv.SetResponse("yes!")
	if err := a.AcceptRemoteInvitation(inv); err != nil {
		fmt.Fprintln(a.Out, err) // it ended in this very moment
	}
}

func (a *App) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	fmt.Fprintf(a.Out, "in a call with %s\n", inv.CallerID()) // not before this: the caller decides
}

func (a *App) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	fmt.Fprintf(a.Out, "in a call with %s: %q\n", inv.CalleeID(), response)
}

func (a *App) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	fmt.Fprintf(a.Out, "no call with %s: %v\n", inv.CalleeID(), code)
}
