// The peers: other libraries, each with the operation that comes next to one of ours.

package main

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"

	"github.com/emiago/sipgo/sip"
	"github.com/invsim/invsim/states"
	"github.com/looplab/fsm"
	"github.com/qmuntal/stateless"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

func peers(v *versions) []row {
	step, call := v.now.does("", "step"), v.now.does("", "call")
	rows := []row{
		{what: "three transitions", ours: inProcess("", ourTable), peer: inProcess("a switch by hand", bySwitch), leaves: "the floor: no effects, no refusals"},
		{what: "three transitions", ours: inProcess("", ourTable), peer: inProcess("qmuntal/stateless", byStateless), leaves: "it calls functions, and checks guards"},
		{what: "three transitions", ours: inProcess("", ourTable), peer: inProcess("looplab/fsm", byLooplab), leaves: "it calls functions, and takes a lock"},
		{what: "step", ours: step, peer: inProcess("etcd raft: a heartbeat stepped, Ready, Advance", heartbeats()), leaves: "no timers by deadline, one peer"},
		{what: "accepted call, both ends", ours: call, peer: inProcess("sipgo: an INVITE client transaction", transactions()), leaves: "one end only, nothing encoded, no memory after the end; goroutines and timers of the runtime"},
		{what: "accepted call, both ends", ours: call, peer: inProcess("a switch by hand", callsBySwitch), leaves: "the floor: no ids, copies, timers, memory or checks"},
	}
	mock, discrete := inProcess("a small world on clock.Mock", onMock), inProcess("a small world on simgo", onSimgo)
	mock.n, discrete.n = 40, 2000
	for _, peer := range []side{v.bubble(), mock, discrete} {
		rows = append(rows, row{what: "simulated call without faults", ours: simulates("", v.simulators[0], sameWorld...), peer: peer, turns: 7,
			leaves: "ours draws each message's fate, watches all properties and counts; the peer does none of it"})
	}
	rows = append(rows, row{what: "event queue: put and take", ours: v.queue("ours", ""), peer: v.queue("heap", "container/heap"), turns: 7,
		leaves: "what a world of 300 calls puts in and takes out; the peer takes tasks in any order, ours none before the last that it gave out"})
	return append(rows, spin())
}

var sink int

func ourTable(n int) {
	table := states.Local()
	call := [...]states.LocalTrigger{states.LocalSend, states.LocalReceived, states.LocalAccept}
	for range n {
		state := states.LocalIdle
		for _, on := range call {
			state = table.At(state, on).Next
		}
		sink += int(state)
	}
}

type state int

const (
	idle state = iota
	sent
	received
	accepted
)

//go:noinline
func next(s state, on string) state {
	switch {
	case s == idle && on == "send":
		return sent
	case s == sent && on == "received":
		return received
	case s == received && on == "accept":
		return accepted
	}
	return s
}

var words = [...]string{"send", "received", "accept"}

func bySwitch(n int) {
	for range n {
		s := idle
		for _, on := range words {
			s = next(s, on)
		}
		sink += int(s)
	}
}

func byStateless(n int) {
	current := idle
	m := stateless.NewStateMachineWithExternalStorage(
		func(context.Context) (stateless.State, error) { return current, nil },
		func(_ context.Context, s stateless.State) error { current = s.(state); return nil },
		stateless.FiringImmediate)
	m.Configure(idle).Permit("send", sent)
	m.Configure(sent).Permit("received", received)
	m.Configure(received).Permit("accept", accepted)
	for range n {
		current = idle
		for _, on := range words {
			must(m.Fire(on))
		}
	}
	sink += int(current)
}

func byLooplab(n int) {
	m := fsm.NewFSM("idle", fsm.Events{
		{Name: "send", Src: []string{"idle"}, Dst: "sent"},
		{Name: "received", Src: []string{"sent"}, Dst: "rings"},
		{Name: "accept", Src: []string{"rings"}, Dst: "accepted"},
	}, nil)
	ctx := context.Background()
	for range n {
		m.SetState("idle")
		for _, on := range words {
			must(m.Event(ctx, on))
		}
	}
}

// heartbeats is a follower that hears its leader, and what it answers is taken.
func heartbeats() func(n int) {
	storage := raft.NewMemoryStorage()
	must(storage.ApplySnapshot(&raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{
		Index: new(uint64(1)), Term: new(uint64(1)), ConfState: &raftpb.ConfState{Voters: []uint64{1, 2}},
	}}))
	node, err := raft.NewRawNode(&raft.Config{
		ID: 1, ElectionTick: 10, HeartbeatTick: 1, Storage: storage, MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256,
		Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
	})
	must(err)
	kind := raftpb.MsgHeartbeat
	beat := &raftpb.Message{Type: &kind, From: new(uint64(2)), To: new(uint64(1)), Term: new(uint64(1))}
	return func(n int) {
		for range n {
			must(node.Step(beat))
			if node.HasReady() {
				ready := node.Ready()
				sink += len(ready.Messages)
				node.Advance(ready)
			}
		}
	}
}

// transactions are INVITEs that ring and are accepted, as their caller's side sees them.
func transactions() func(n int) {
	request := sip.NewRequest(sip.INVITE, sip.Uri{User: "bob", Host: "127.0.0.1", Port: 5060})
	from, to := sip.FromHeader{Address: sip.Uri{User: "alice", Host: "127.0.0.2"}, Params: sip.NewParams()}, sip.ToHeader{Address: request.Recipient}
	from.Params.Add("tag", "a")
	callID, sequence := sip.CallIDHeader("1"), sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE}
	via := sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: "127.0.0.2", Port: 5060, Params: sip.NewParams()}
	via.Params.Add("branch", sip.GenerateBranch())
	for _, header := range []sip.Header{&via, &from, &to, &callID, &sequence} {
		request.AppendHeader(header)
	}
	ringing, ok := sip.NewResponseFromRequest(request, 180, "Ringing", nil), sip.NewResponseFromRequest(request, 200, "OK", nil)
	logger := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError}))
	return func(n int) {
		for range n {
			tx := sip.NewClientTx("key", request, silent{}, logger)
			must(tx.Init())
			taken := make(chan struct{})
			go func() {
				for range 2 {
					<-tx.Responses()
				}
				close(taken)
			}()
			tx.Receive(ringing)
			tx.Receive(ok)
			<-taken
			tx.Terminate()
		}
	}
}

// silent is a connection that sends nothing.
type silent struct{}

func (silent) LocalAddr() net.Addr        { return &net.UDPAddr{} }
func (silent) WriteMsg(sip.Message) error { return nil }
func (silent) Ref(int) int                { return 1 }
func (silent) TryClose() (int, error)     { return 0, nil }
func (silent) Close() error               { return nil }

// callsBySwitch is a call of two ends without anything but their states.
func callsBySwitch(n int) {
	type message struct{ kind, from, to string }
	type end struct{ state state }
	var queue []message
	for range n {
		caller, callee := &end{}, &end{}
		caller.state = next(caller.state, "send")
		queue = append(queue[:0], message{"INVITE", "alice", "bob"})
		for i := 0; i < len(queue); i++ {
			switch queue[i].kind {
			case "INVITE":
				callee.state = received
				queue = append(queue, message{"RECEIVED", "bob", "alice"})
			case "RECEIVED":
				caller.state = next(caller.state, "received")
				queue = append(queue, message{"ACCEPT", "bob", "alice"})
			case "ACCEPT":
				caller.state = next(caller.state, "accept")
				queue = append(queue, message{"CONFIRM", "alice", "bob"})
			case "CONFIRM":
				callee.state = next(callee.state, "accept")
			}
		}
		sink += int(caller.state + callee.state)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
