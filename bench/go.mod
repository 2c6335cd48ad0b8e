module github.com/invsim/invsim/bench

go 1.26.0

require (
	github.com/benbjohnson/clock v1.3.5
	github.com/emiago/sipgo v1.7.3
	github.com/fschuetz04/simgo v0.5.0
	github.com/invsim/invsim v0.0.0
	github.com/looplab/fsm v1.0.3
	github.com/qmuntal/stateless v1.8.0
	go.etcd.io/raft/v3 v3.7.0
	golang.org/x/perf v0.0.0-20260908200009-22c9c6c9d4da
)

require (
	github.com/aclements/go-moremath v0.0.0-20210112150236-f10218a38794 // indirect
	github.com/gobwas/httphead v0.1.0 // indirect
	github.com/gobwas/pool v0.2.1 // indirect
	github.com/gobwas/ws v1.3.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	golang.org/x/sync v0.16.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)

replace github.com/invsim/invsim => ../
