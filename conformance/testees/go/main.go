// Command go is our own engine as an endpoint for the conformance kit: it speaks the driver
// protocol of docs/driver.md on standard input and output. It imports conformance/invd and
// conformance/reference.
package main

import (
	"fmt"
	"os"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

func main() {
	if err := invd.Serve(os.Stdin, os.Stdout, &reference.Endpoint{}); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(3)
	}
}
