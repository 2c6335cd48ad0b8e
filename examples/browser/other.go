//go:build !js

package main

import "log"

func main() {
	log.Fatal("this is for pages: GOOS=js GOARCH=wasm go build -o examples/browser/phone.wasm ./examples/browser")
}
