package wire_test

import (
	"fmt"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

// A message in both forms, and back: Decode tells them apart.
func Example() {
	m := engine.Message{Kind: engine.Accept, ID: engine.ID{Epoch: 0x5eed, Counter: 1}, Response: "on my way"}
	text, _ := wire.EncodeJSON(m)
	bytes, _ := wire.EncodeBinary(m)
	fmt.Printf("%s\n%x\n", text, bytes)
	for _, data := range [][]byte{text, bytes} {
		got, err := wire.Decode(data)
		fmt.Println(got == m, err)
	}
	// Output:
	// {"v":1,"kind":"ACCEPT","id":"5eed-1","response":"on my way"}
	// 81030000000000005eed01096f6e206d7920776179
	// true <nil>
	// true <nil>
}

// What cannot be read is refused with a reason, and never read in part.
func ExampleDecode() {
	_, err := wire.Decode([]byte(`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"user","Reason":"expired"}`))
	fmt.Println(err)
	fmt.Println(errors.Is(err, wire.UnknownField))
	// Output:
	// wire: decode CANCEL: unknown field: "Reason"
	// true
}
