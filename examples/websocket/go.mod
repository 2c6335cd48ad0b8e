module github.com/invsim/invsim/examples/websocket

go 1.26.0

require (
	github.com/coder/websocket v1.8.15
	github.com/invsim/invsim v0.0.0
)

require (
	github.com/benbjohnson/clock v1.3.5 // indirect
	github.com/qmuntal/stateless v1.8.0 // indirect
)

replace github.com/invsim/invsim => ../..
