// Every field of an engine is in its snapshot, or stands here with the reason why it
// is not. In some situation, a change of what is saved must change the bytes.

package engine_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/invsim/invsim/engine"
)

// notSaved are the fields that no snapshot has, and why.
var notSaved = map[string]string{
	"Engine.later":       "set anew at every start",
	"Engine.origin":      "times are relative to the present",
	"Engine.plain":       "belongs to the clock",
	"Engine.originNano":  "is the origin once more",
	"Engine.instants":    "is the clock once more",
	"Engine.now":         "times are relative to the present",
	"Engine.local":       "belongs to the options",
	"Engine.remote":      "belongs to the options",
	"Engine.keep":        "belongs to the options",
	"Engine.records":     "finds what the lists have",
	"Engine.total":       "counts what the lists have",
	"Engine.lingering":   "counts what the lists have",
	"Engine.earlier":     "counts what the lists have",
	"Engine.lasting":     "belongs to the options",
	"Engine.peers":       "finds what the list of peers has",
	"Engine.lastPeer":    "the end of the list",
	"Engine.polled":      "outputs are saved from here on",
	"Engine.replies":     "counts what the queue has",
	"Engine.drained":     "only the order counts",
	"Engine.events":      "empty between inputs",
	"Engine.journal":     "what the store does not have yet",
	"Engine.stored":      "what the store has",
	"Engine.numbers":     "only the order counts",
	"Engine.freeRecords": "kept to be used again",
	"Engine.freePeers":   "kept to be used again",
	"Engine.stats":       "counts since the engine was made",

	"Options.Clock":        "set anew at every start",
	"Options.ValidUserID":  "set anew at every start",
	"Options.Observe":      "set anew at every start",
	"Options.Rules":        "set anew at every start",
	"Options.FailAtOnce":   "set anew at every start",
	"Options.NoRetransmit": "set anew at every start",
	"Options.MaxPerPeer":   "set anew at every start",
	"Options.MaxTotal":     "set anew at every start",

	"peer.changed": "what the store does not have yet",
	"peer.records": "counts what the lists have",
	"peer.last":    "the end of the list",
	"peer.prev":    "the same list backwards",
	"peer.number":  "only the order counts",

	"record.chain":   "finds what the lists have",
	"record.prev":    "the same list backwards",
	"record.order":   "only the order counts",
	"record.timer":   "follows from role and state",
	"record.changed": "what the store does not have yet",

	"invitation.self":    "the invitation itself",
	"invitation.engine":  "the engine itself",
	"invitation.rec":     "the record that has the invitation",
	"invitation.lingers": "follows from the state",
	"invitation.order":   "only the order counts",
	"invitation.number":  "only the order counts",
	"invitation.slots":   "belong to the heaps",
	"invitation.prev":    "the same list backwards",

	"Group.engine":  "the engine itself",
	"Group.number":  "only the order counts",
	"Group.places":  "only the order counts",
	"Group.decided": "a decided group has no open member",

	"timerList.due":  "the head of the list has it",
	"timers.lingers": "the first look at the timers finds it",
	"timers.armed":   "only the order counts",
	"timers.soonest": "the first look at the timers finds it",
	"timers.final":   "the first look at the timers finds it",
	"timers.exact":   "the first look at the timers finds it",

	"Output.LocalError":  "the failure of the invitation",
	"Output.RemoteError": "the failure of the invitation",
	"Message.Held":       "a message that is sent has not been held",
}

// links lead to other values, which stand in the snapshot in this order, or are named
// by their place in it.
var links = map[string]bool{
	"Engine.firstPeer": true, "Engine.outputs": true,
	"timers.lists": true, "timers.heaps": true, "timerList.head": true, "timerList.tail": true,
	"peer.first": true, "peer.next": true,
	"record.peer": true, "record.inv": true, "record.next": true,
	"invitation.next": true,
	"invitation.more": true, "more.group": true, "Group.members": true,
	"Output.Local": true, "Output.Remote": true, "Output.Missed": true,
}

func TestEveryFieldIsSaved(t *testing.T) {
	w := fieldWalk{t: t, saved: map[string]bool{}, listed: map[string]bool{}}
	for _, s := range situations {
		p := newPair(t, time.Unix(1000, 0)).do(s.words)
		for _, e := range []*engine.Engine{p.alice, p.bob} {
			w.engine, w.before, w.seen = e, e.Snapshot(), map[unsafe.Pointer]bool{}
			w.value(reflect.ValueOf(e).Elem(), "Engine")
			if !bytes.Equal(e.Snapshot(), w.before) {
				t.Fatalf("%s: a field was not put back", s.name)
			}
		}
	}
	if len(w.saved) < 40 {
		t.Errorf("%d fields are saved by value", len(w.saved))
	}
	for name, saved := range w.saved {
		if !saved {
			t.Errorf("%s is not in the snapshot: save it, or say why not", name)
		}
	}
	for name := range notSaved {
		if !w.listed[name] {
			t.Errorf("there is no %s", name)
		}
	}
	for name := range links {
		if !w.listed[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// fieldWalk goes through all that one engine after the other is made of.
type fieldWalk struct {
	t      *testing.T
	engine *engine.Engine
	before []byte // its snapshot
	seen   map[unsafe.Pointer]bool
	saved  map[string]bool // by field: whether a change of it has changed a snapshot
	listed map[string]bool // by field: of those that the lists above have
}

func (w *fieldWalk) value(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Struct:
		w.fields(v, name)
	case reflect.Pointer:
		if !v.IsNil() && !w.seen[v.UnsafePointer()] {
			w.seen[v.UnsafePointer()] = true
			w.value(v.Elem(), name)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.value(v.Index(i), name)
		}
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		w.saved[name] = w.saved[name] || w.showsIn(v)
	default:
		w.saved[name] = false // and nothing here could tell
	}
}

func (w *fieldWalk) fields(v reflect.Value, name string) {
	switch owner := v.Type().Name(); owner {
	case "": // the name of the field that has it will do
	case "LocalInvitation", "RemoteInvitation":
		name = "invitation"
	default:
		name = owner
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch field := name + "." + f.Name; {
		case f.Name == "_":
		case notSaved[field] != "":
			w.listed[field] = true
		case links[field]:
			w.listed[field] = true
			w.value(v.Field(i), field)
		case f.Type.Kind() == reflect.Pointer || f.Type.Kind() == reflect.Slice || f.Type.Kind() == reflect.Array:
			w.saved[field] = false // it leads elsewhere
		default:
			w.value(v.Field(i), field)
		}
	}
}

// showsIn tells whether a change of a value changes the snapshot. An engine that no
// input leads to may not have one.
func (w *fieldWalk) showsIn(v reflect.Value) (shows bool) {
	field := reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem() // v itself may be of an unexported field
	old := reflect.New(v.Type()).Elem()
	old.Set(field)
	defer func() {
		field.Set(old)
		_ = recover()
	}()
	switch field.Kind() {
	case reflect.Bool:
		field.SetBool(!field.Bool())
	case reflect.String:
		field.SetString(field.String() + "x")
	case reflect.Int, reflect.Int64:
		field.SetInt(field.Int() ^ 1)
	default:
		field.SetUint(field.Uint() ^ 1)
	}
	return !bytes.Equal(w.engine.Snapshot(), w.before)
}

// TestEveryKindIsSaved: a message of every kind can wait in a snapshot.
func TestEveryKindIsSaved(t *testing.T) {
	kinds := 0
	for kind := engine.Kind(1); kind.String() != "?"; kind++ {
		kinds++
		p := newPair(t, time.Unix(1000, 0)).do("send")
		outputs := reflect.ValueOf(p.alice).Elem().FieldByName("outputs")
		queue := reflect.NewAt(outputs.Type(), outputs.Addr().UnsafePointer()).Interface().(*[]engine.Output)
		first := &(*queue)[0].Message
		*first = engine.Message{
			Kind: kind, ID: first.ID, For: engine.Invite, Reason: engine.ReasonUser, Word: engine.WordFailed,
			Content: "content", ChannelID: "channel", Response: "response", Note: "note", Age: 1, Wait: 2, Expiry: 3,
			Device: 4, Refused: true,
		}
		again := load(t, "alice", p.clock, 0xa, p.alice.Snapshot())
		out, _ := again.Poll()
		if got := out.Message; got.Kind != kind || got.ID != first.ID {
			t.Errorf("%v comes back as %+v", kind, got)
		}
	}
	if kinds < 8 {
		t.Errorf("%d kinds", kinds)
	}
}
