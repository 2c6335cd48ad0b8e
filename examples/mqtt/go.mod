module github.com/invsim/invsim/examples/mqtt

go 1.26.0

require (
	github.com/eclipse/paho.golang v0.23.0
	github.com/invsim/invsim v0.0.0
	github.com/mochi-mqtt/server/v2 v2.7.9
)

require (
	github.com/benbjohnson/clock v1.3.5 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/qmuntal/stateless v1.8.0 // indirect
	github.com/rs/xid v1.4.0 // indirect
)

replace github.com/invsim/invsim => ../..
