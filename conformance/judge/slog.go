// The records of package host, as slog's JSONHandler writes them or as Records keeps them,
// become inputs.
//
// Every record of an input has its number, the attribute turn, because records of inputs
// on several goroutines may come in another order. Records are put into the order of
// their turns, as far as they are close together.

package judge

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
)

// record has the attributes of all records that matter.
type record struct {
	Time time.Time `json:"time"`
	User string    `json:"user"`
	Turn uint64    `json:"turn"`

	Op, Peer, ID, Code, Device, Event, Kind, For, Reason, Word string
	Verdict, Epoch, Group, Digest                              string
	DigestKey                                                  string `json:"digest_key"`
	Error                                                      string
	Withdrawn, Refused, Restored                               bool

	Away                  *int64
	NoResponse            int64 `json:"no_response"`
	ExpiryCap             int64 `json:"expiry_cap"`
	Expiry, Grace, Accept int64

	text string // its message
	rank int
	line int

	digest uint64
}

// ranks are the records that matter, by their messages, each with its rank within its turn:
// what was done, then what came of it. Other records are somebody else's.
var ranks = map[string]int{
	"started": 0, "call": 0, "call refused": 0, "message received": 0,
	"peer online": 0, "peer offline": 0, "logged in": 0, "logged out": 0,
	"event": ofEvents, "event given up: it was told at every start": ofEvents,
	"message sent": ofMessages,
}

const (
	ofEvents   = 1
	ofMessages = 2
)

// messageOf is the message of a line that is a record.
func messageOf(text []byte) (message string, ok bool) {
	var r struct {
		Message *string `json:"msg"`
		Level   *string `json:"level"`
	}
	if json.Unmarshal(text, &r) != nil || r.Message == nil || r.Level == nil {
		return "", false
	}
	return *r.Message, true
}

// nearby is how many turns a record may come behind one of a later turn.
const nearby = 64

// mostWaiting is how many records wait for their turn at most.
const mostWaiting = 4096

// slogRecords puts records into the order of their turns.
type slogRecords struct {
	waiting []*record
	highest uint64
	key     uint64 // the name of that of its digests
	current uint64 // the turn whose records were taken out last
}

// line takes a record from a line of text.
func (s *slogRecords) line(number int, message string, text []byte) ([]input, error) {
	rank, ok := ranks[message]
	if !ok {
		return nil, nil
	}
	r := &record{text: message, rank: rank, line: number}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("record %q: %w", message, err)
	}
	return s.take(r)
}

func (s *slogRecords) take(r *record) ([]input, error) {
	var err error
	switch {
	case r.Turn == 0 && r.text != "started":
		err = errors.New(`"turn" is missing: which input it belongs to`)
	case r.User == "" || len(r.User) > mostName || len(r.Peer) > mostName:
		err = errors.New(`"user" must name the user`)
	default:
		r.digest, err = hexadecimal("digest", r.Digest)
	}
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", r.text, err)
	}
	if r.text == "started" { // another process: its turns begin anew
		rest := s.flush()
		in, err := r.start()
		if err == nil {
			s.key, err = hexadecimal("digest_key", r.DigestKey)
		}
		if err != nil {
			return rest, err
		}
		return append(rest, in), nil
	}
	s.waiting, s.highest = append(s.waiting, r), max(s.highest, r.Turn)
	switch n := len(s.waiting); {
	case n >= mostWaiting:
		return s.ordered(s.highest), nil
	case n%nearby == 0:
		return s.ordered(s.highest - min(s.highest, nearby+1)), nil
	}
	return nil, nil
}

// flush is the end of a process.
func (s *slogRecords) flush() []input {
	inputs := s.ordered(s.highest)
	s.highest, s.current = 0, 0
	return inputs
}

// ordered takes out the records of all turns up to the last one that is ready.
func (s *slogRecords) ordered(last uint64) (inputs []input) {
	slices.SortStableFunc(s.waiting, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.Turn, b.Turn), a.rank-b.rank)
	})
	n := 0
	for n < len(s.waiting) && s.waiting[n].Turn <= last {
		r := s.waiting[n]
		if r.Turn != s.current && r.rank > 0 { // a timer, or a message that the transport took late
			inputs = append(inputs, input{line: r.line, now: r.Time.UnixNano(), timed: true, runs: r.rank == ofEvents})
		}
		s.current = r.Turn
		inputs = append(inputs, r.inputs(s.key)...)
		n++
	}
	s.waiting = append(s.waiting[:0], s.waiting[n:]...)
	return inputs
}

func (r *record) start() (input, error) {
	in := input{line: r.line, now: r.Time.UnixNano(), timed: true}
	made := &start{self: r.User, restored: r.Restored, away: -1, times: &invd.Times{
		NoResponse: invd.Time(r.NoResponse), Expiry: invd.Time(r.Expiry), ExpiryCap: invd.Time(r.ExpiryCap), Accept: invd.Time(r.Accept),
	}}
	grace := invd.Time(r.Grace)
	made.times.Grace = &grace
	if r.Away != nil && *r.Away >= 0 {
		made.away = *r.Away
	}
	in.start = made
	return in, made.numbers(r.Device, r.Epoch)
}

// inputs are what a record says.
func (r *record) inputs(key uint64) []input {
	in := input{line: r.line, now: r.Time.UnixNano(), timed: true, isRecord: true}
	shown := text{known: r.Digest != "", key: key, digest: r.digest}
	switch {
	case r.text == "call" && r.Op == invd.Send && r.ID != "": // else it has ended before it got one
		send := in
		in.app, in.text = &invd.App{Call: invd.Create, Ref: invd.Ref{Inv: r.ID}, Group: r.Group}, shown
		send.runs, send.app = true, &invd.App{Call: r.Op, Ref: invd.Ref{Inv: r.ID}}
		return []input{in, send, {line: r.line, isReply: true}}
	case r.text == "call" || r.text == "call refused":
		ref := invd.Ref{To: r.Peer, ID: r.ID}
		if r.Op == invd.Accept || r.Op == invd.Refuse {
			ref = invd.Ref{From: r.Peer, ID: r.ID}
		}
		in.runs, in.app, in.text = true, &invd.App{Call: r.Op, Ref: ref}, shown
		return []input{in, {line: r.line, isReply: true, code: r.Error}}
	case r.text == "message received":
		in.runs = true
		if m, ok := r.message(); ok {
			in.from, in.got = r.Peer, &m
		}
	case r.rank == ofMessages:
		in.isReply = true
		if m, ok := r.message(); ok {
			in.effects = []effect{{to: r.Peer, sent: &m}}
		}
	case r.rank == ofEvents:
		in.isReply, in.effects = true, []effect{{event: r.event(), text: shown}}
	}
	return []input{in}
}

func (r *record) event() *invd.Effect {
	e := &invd.Effect{Do: "event", Name: r.Event, ID: r.ID, Reason: r.Reason, Device: r.Device, Withdrawn: r.Withdrawn}
	_, e.Failure, _ = strings.Cut(r.Code, "_INVITATION_ERR_")
	if strings.HasPrefix(r.Event, "Local") {
		e.To = r.Peer
	} else {
		e.From = r.Peer
	}
	return e
}

// message is what is known of a message.
func (r *record) message() (m engine.Message, ok bool) {
	m.ID, ok = parseID(r.ID)
	device, err := hexadecimal("device", r.Device)
	m.Device, m.Refused = device, r.Refused
	for k := engine.Invite; k <= engine.Closed; k++ {
		if k.String() == r.Kind {
			m.Kind = k
		}
		if k.String() == r.For {
			m.For = k
		}
	}
	for w := engine.WordCanceled; w <= engine.WordOverloaded; w++ {
		if w.String() == r.Word {
			m.Word = w
		}
	}
	for reason := engine.ReasonUser; reason <= engine.ReasonStale; reason++ {
		if reason.String() == r.Reason {
			m.Reason = reason
		}
	}
	return m, ok && err == nil && m.Kind != 0
}
