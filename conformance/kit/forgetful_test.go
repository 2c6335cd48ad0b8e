package kit

import (
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

// journal is an endpoint that keeps what happened to it, and is restored by having it
// happen again; but for something that its snapshot does not hold.
type journal struct {
	reference.Endpoint
	lose func(j *journal, r invd.Request) invd.Request // nil: it is lost

	played []invd.Request
	taken  invd.Time       // when the snapshot was taken
	ended  map[string]bool // ids and labels
	ids    map[string]string
}

func (j *journal) Do(r invd.Request) invd.Reply {
	switch r := r.(type) {
	case *invd.Reset:
		j.played, j.ended, j.ids = nil, map[string]bool{}, map[string]string{}
	case *invd.Snapshot:
		j.taken = r.Now
	case *invd.Restore:
		changed := *r
		changed.Snapshot = j.again()
		reply := j.Endpoint.Do(&changed)
		j.played = append(j.played, &changed)
		return reply
	}
	reply := j.Endpoint.Do(r)
	j.played = append(j.played, r)
	for _, e := range reply.Effects {
		if m, ok := decoded(e.Message); ok && m.ID.Epoch != 0xb0b {
			if a, ok := r.(*invd.App); ok {
				j.ids[a.Inv] = m.ID.String()
			}
		}
		if e.Do == "event" && e.Name != invd.Received && e.Name != invd.ReceivedByPeer {
			j.ended[e.ID] = true
		}
	}
	return reply
}

// again is a snapshot of an engine to which all happens again that is not lost.
func (j *journal) again() []byte {
	scratch := &reference.Endpoint{}
	for _, r := range j.played {
		if changed := j.lose(j, r); changed != nil {
			scratch.Do(changed)
		}
	}
	return scratch.Do(&invd.Snapshot{At: invd.At{Now: j.taken}}).Snapshot
}

// about is the id of the invitation of a request.
func (j *journal) about(r invd.Request) string {
	switch r := r.(type) {
	case *invd.App:
		if r.ID == "" {
			return j.ids[r.Inv]
		}
		return r.ID
	case *invd.Deliver:
		if m, ok := decoded(r.Message); ok {
			return m.ID.String()
		}
	}
	return ""
}

func losing(lose func(j *journal, r invd.Request) invd.Request) func() invd.Endpoint {
	return func() invd.Endpoint { return &journal{lose: lose} }
}

// losingOf loses something of the calls of the app.
func losingOf(lose func(a *invd.App)) func() invd.Endpoint {
	return losing(func(_ *journal, r invd.Request) invd.Request {
		if a, ok := r.(*invd.App); ok {
			changed := *a
			lose(&changed)
			return &changed
		}
		return r
	})
}

// forgetfuls are endpoints whose snapshots hold something less than they must.
var forgetfuls = map[string]func() invd.Endpoint{
	"snapshot-without-response":   losingOf(func(a *invd.App) { a.Response = nil }),
	"snapshot-without-content":    losingOf(func(a *invd.App) { a.Content = nil }),
	"snapshot-without-channel":    losingOf(func(a *invd.App) { a.ChannelID = nil }),
	"snapshot-without-note":       losingOf(func(a *invd.App) { a.Note = nil }),
	"snapshot-without-group":      losingOf(func(a *invd.App) { a.Group = "" }),
	"snapshot-without-call-times": losingOf(func(a *invd.App) { a.Times = invd.CallTimes{} }),
	"snapshot-without-own": losing(func(_ *journal, r invd.Request) invd.Request {
		if a, ok := r.(*invd.App); ok && a.From == "" {
			return nil
		}
		return r
	}),
	"snapshot-without-others": losing(func(_ *journal, r invd.Request) invd.Request {
		if d, ok := r.(*invd.Deliver); ok && halfOf(d) == "callee" {
			return nil
		}
		return r
	}),
	"snapshot-without-ended": losing(func(j *journal, r invd.Request) invd.Request {
		if j.ended[j.about(r)] {
			return nil
		}
		return r
	}),
	"snapshot-of-one-peer": losing(func(_ *journal, r invd.Request) invd.Request {
		if d, ok := r.(*invd.Deliver); ok && d.From != peer {
			return nil
		}
		return r
	}),
	"snapshot-without-presence": losing(func(_ *journal, r invd.Request) invd.Request {
		if _, ok := r.(*invd.Peer); ok {
			return nil
		}
		return r
	}),
	"snapshot-without-winner": losing(func(_ *journal, r invd.Request) invd.Request {
		if d, ok := r.(*invd.Deliver); ok && halfOf(d) == "caller" {
			changed := *d
			if m, ok := decoded(d.Message); ok {
				m.Device = 0
				changed.Message = encoded(m)
			}
			return &changed
		}
		return r
	}),
	"snapshot-without-early-cancels": losing(func(j *journal, r invd.Request) invd.Request {
		if d, ok := r.(*invd.Deliver); ok && strings.Contains(string(d.Message), "CANCEL") {
			rang := func(r invd.Request) bool {
				before, ok := r.(*invd.Deliver)
				return ok && strings.Contains(string(before.Message), "INVITE") && j.about(before) == j.about(d)
			}
			if !slices.ContainsFunc(j.played, rang) {
				return nil
			}
		}
		return r
	}),
	"snapshot-without-cancels": losing(func(_ *journal, r invd.Request) invd.Request {
		if a, ok := r.(*invd.App); ok && a.Call == invd.Cancel {
			return nil
		}
		return r
	}),
	"snapshot-without-accepts": losing(func(_ *journal, r invd.Request) invd.Request {
		if a, ok := r.(*invd.App); ok && a.Call == invd.Accept {
			return nil
		}
		return r
	}),
	"snapshot-without-received": losing(func(_ *journal, r invd.Request) invd.Request {
		if d, ok := r.(*invd.Deliver); ok && strings.Contains(string(d.Message), `"RECEIVED","id"`) {
			return nil
		}
		return r
	}),
	"snapshot-without-times": losing(func(_ *journal, r invd.Request) invd.Request {
		if reset, ok := r.(*invd.Reset); ok {
			changed := *reset
			changed.Options.Times = invd.Times{}
			return &changed
		}
		return r
	}),
	"snapshot-without-count-from-send": losing(func(_ *journal, r invd.Request) invd.Request {
		if reset, ok := r.(*invd.Reset); ok {
			changed := *reset
			changed.Options.CountFromSend = false
			return &changed
		}
		return r
	}),
	"snapshot-without-device": losing(func(_ *journal, r invd.Request) invd.Request {
		if reset, ok := r.(*invd.Reset); ok {
			changed := *reset
			changed.Device = ""
			return &changed
		}
		return r
	}),
	"snapshot-without-deadlines": losing(func(j *journal, r invd.Request) invd.Request {
		text, err := invd.EncodeRequest(r)
		if err != nil {
			panic(err)
		}
		copied, err := invd.DecodeRequest(text)
		if err != nil {
			panic(err)
		}
		if timed, ok := copied.(invd.Timed); ok {
			timed.Present().Now = j.taken
		}
		return copied
	}),
	"snapshot-without-copies": losing(func(_ *journal, r invd.Request) invd.Request {
		if _, ok := r.(*invd.Advance); ok {
			return nil
		}
		return r
	}),
	"snapshot-without-unknown-away": losing(func(_ *journal, r invd.Request) invd.Request {
		if restore, ok := r.(*invd.Restore); ok && restore.Away == nil {
			changed := *restore
			changed.Away = new(invd.Time)
			return &changed
		}
		return r
	}),
	"snapshot-with-logout": func() invd.Endpoint {
		out := false
		return &beginner{in: func(b *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			switch r := r.(type) {
			case *invd.Reset:
				out = false
			case *invd.Session:
				out = !r.In
			case *invd.Restore:
				b.after = nil
				if out {
					b.after = &invd.Session{At: r.At}
				}
			}
			return nil, r
		}}
	},
	"ids-go-back-to-the-first": func() invd.Endpoint {
		return &beginner{out: func(_ invd.Request, reply *invd.Reply) {
			for i := range reply.Effects {
				if m, ok := decoded(reply.Effects[i].Message); ok && m.ID.Epoch > 0xa1 && m.ID.Epoch < 0xb0 {
					m.ID.Epoch = 0xa1
					reply.Effects[i].Message = encoded(m)
				}
			}
		}}
	},
}

// TestJournal: a journal that loses nothing is as good as a snapshot. So it is what an
// endpoint loses that fails a case.
func TestJournal(t *testing.T) {
	d := invd.Here(losing(func(_ *journal, r invd.Request) invd.Request { return r })())
	for _, c := range Cases() {
		if found, skipped := c.Run(d); found != nil || skipped != "" {
			t.Errorf("%s: %+v %s", c.ID, found, skipped)
		}
	}
}
