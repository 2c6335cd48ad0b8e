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

// losingOf loses something of requests of a type.
func losingOf[T any, R interface {
	*T
	invd.Request
}](lose func(r R)) func() invd.Endpoint {
	return losing(func(_ *journal, r invd.Request) invd.Request {
		if r, ok := r.(R); ok {
			changed := *r
			lose(&changed)
			return R(&changed)
		}
		return r
	})
}

// losingAll loses requests of a type.
func losingAll[R invd.Request](lost func(j *journal, r R) bool) func() invd.Endpoint {
	return losing(func(j *journal, r invd.Request) invd.Request {
		if r, ok := r.(R); ok && lost(j, r) {
			return nil
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
	"snapshot-without-own":        losingAll(func(_ *journal, a *invd.App) bool { return a.From == "" }),
	"snapshot-without-others":     losingAll(func(_ *journal, d *invd.Deliver) bool { return halfOf(d) == "callee" }),
	"snapshot-without-ended":      losingAll(func(j *journal, r invd.Request) bool { return j.ended[j.about(r)] }),
	"snapshot-of-one-peer":        losingAll(func(_ *journal, d *invd.Deliver) bool { return d.From != peer }),
	"snapshot-without-presence":   losingAll(func(*journal, *invd.Peer) bool { return true }),
	"snapshot-without-winner": losingOf(func(d *invd.Deliver) {
		if m, ok := decoded(d.Message); ok && halfOf(d) == "caller" {
			m.Device = 0
			d.Message = encoded(m)
		}
	}),
	"snapshot-without-early-cancels": losingAll(func(j *journal, d *invd.Deliver) bool {
		rang := func(r invd.Request) bool {
			before, ok := r.(*invd.Deliver)
			return ok && strings.Contains(string(before.Message), "INVITE") && j.about(before) == j.about(d)
		}
		return strings.Contains(string(d.Message), "CANCEL") && !slices.ContainsFunc(j.played, rang)
	}),
	"snapshot-without-cancels": losingAll(func(_ *journal, a *invd.App) bool { return a.Call == invd.Cancel }),
	"snapshot-without-accepts": losingAll(func(_ *journal, a *invd.App) bool { return a.Call == invd.Accept }),
	"snapshot-without-received": losingAll(func(_ *journal, d *invd.Deliver) bool {
		return strings.Contains(string(d.Message), `"RECEIVED","id"`)
	}),
	"snapshot-without-times":           losingOf(func(r *invd.Reset) { r.Options.Times = invd.Times{} }),
	"snapshot-without-count-from-send": losingOf(func(r *invd.Reset) { r.Options.CountFromSend = false }),
	"snapshot-without-device":          losingOf(func(r *invd.Reset) { r.Device = "" }),
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
	"snapshot-without-copies": losingAll(func(*journal, *invd.Advance) bool { return true }),
	"snapshot-without-unknown-away": losingOf(func(r *invd.Restore) {
		if r.Away == nil {
			r.Away = new(invd.Time)
		}
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
