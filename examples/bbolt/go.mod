module github.com/invsim/invsim/examples/bbolt

go 1.26.0

require (
	github.com/invsim/invsim v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require (
	github.com/benbjohnson/clock v1.3.5 // indirect
	github.com/qmuntal/stateless v1.8.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/invsim/invsim => ../..
