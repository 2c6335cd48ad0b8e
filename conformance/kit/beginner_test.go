// Errors that somebody makes who has only read the pages.

package kit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
)

// beginner is our engine with an error in what stands around it: in the requests on
// their way in, or in the replies on their way out.
type beginner struct {
	reference.Endpoint
	next  invd.Deadline
	in    func(b *beginner, r invd.Request) (before []invd.Request, changed invd.Request)
	out   func(r invd.Request, reply *invd.Reply)
	first bool
	after invd.Request // comes after the present one
}

func (b *beginner) Do(r invd.Request) invd.Reply {
	var effects []invd.Effect
	if b.in != nil {
		before, changed := b.in(b, r)
		for _, each := range before {
			effects = append(effects, b.Endpoint.Do(each).Effects...)
		}
		r = changed
	}
	reply := b.Endpoint.Do(r)
	reply.Effects = append(effects, reply.Effects...)
	if b.after != nil {
		reply.Next = b.Endpoint.Do(b.after).Next
		b.after = nil
	}
	if b.out != nil {
		b.out(r, &reply)
	}
	b.next = reply.Next
	return reply
}

// heard is an error in how a message is read.
func heard(change func(m *engine.Message)) func(*beginner, invd.Request) ([]invd.Request, invd.Request) {
	return func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
		d, ok := r.(*invd.Deliver)
		if !ok {
			return nil, r
		}
		if m, ok := decoded(d.Message); ok {
			change(&m)
			changed := *d
			changed.Message = encoded(m)
			return nil, &changed
		}
		return nil, r
	}
}

// said is an error in what is sent: false drops the message.
func said(change func(m *engine.Message) bool) func(invd.Request, *invd.Reply) {
	return func(_ invd.Request, reply *invd.Reply) {
		reply.Effects = slices.DeleteFunc(reply.Effects, func(e invd.Effect) bool {
			m, ok := decoded(e.Bytes())
			return ok && !change(&m)
		})
		for i := range reply.Effects {
			e := &reply.Effects[i]
			m, ok := decoded(e.Bytes())
			if !ok {
				continue
			}
			if change(&m); e.Raw != nil {
				e.Raw = inBinary(m)
			} else {
				e.Message = encoded(m)
			}
		}
	}
}

// times is an error in the times.
func timed(change func(o *engine.Options)) *beginner {
	return &beginner{Endpoint: reference.Endpoint{Adjust: func(o *engine.Options) {
		if o.Times == (engine.Times{}) {
			o.Times = engine.DefaultTimes()
		}
		change(o)
	}}}
}

// beginners are errors of foreign endpoints.
var beginners = map[string]func() *beginner{
	"accept-of-5-seconds": func() *beginner { return timed(func(o *engine.Options) { o.Times.Accept = 5 * time.Second }) },
	"no-grace":            func() *beginner { return timed(func(o *engine.Options) { o.Times.Grace = 0 }) },
	"no-refresh":          func() *beginner { return timed(func(o *engine.Options) { o.Times.Refresh = 0 }) },
	"no-own-expiry-cap":   func() *beginner { return timed(func(o *engine.Options) { o.Times.ExpiryCap = 10 * time.Minute }) },
	"constant-pauses": func() *beginner {
		return timed(func(o *engine.Options) { o.Times.RetransmitCap = o.Times.RetransmitFirst })
	},
	"accept-once-a-second":      func() *beginner { return timed(func(o *engine.Options) { o.Times.AcceptCap = time.Second }) },
	"no-response-of-32-seconds": func() *beginner { return timed(func(o *engine.Options) { o.Times.NoResponse = 32 * time.Second }) },
	"lenient-json": func() *beginner { // as most libraries read it
		return &beginner{in: rawAs(func(raw []byte) (m engine.Message, ok bool) {
			var fields struct {
				Kind, ID, Content, Response, Channel_ID string
				Wait_NS, Expiry_NS                      float64
			}
			if json.Unmarshal(raw, &fields) != nil {
				return m, false
			}
			m.ID, ok = parseID(fields.ID)
			m.Kind = map[string]engine.Kind{"INVITE": engine.Invite, "CONFIRM": engine.Confirm}[strings.ToUpper(fields.Kind)]
			m.Content, m.Wait, m.Expiry = cut(strings.ToValidUTF8(fields.Content, "?")), 30*time.Second, time.Minute
			return m, ok && m.Kind != 0 && m.ID.Epoch != 0
		})}
	},
	"lenient-binary": func() *beginner { // what follows a message is left
		return &beginner{in: rawAs(func(raw []byte) (m engine.Message, ok bool) {
			for n := len(raw); n > 0 && raw[0] >= 0x80; n-- {
				if m, ok := decoded(raw[:n]); ok {
					return m, true
				}
			}
			return m, false
		})}
	},
	"counters-as-doubles": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool {
			if m.ID.Counter > 1<<53 {
				m.ID.Counter &^= 1<<11 - 1
			}
			return true
		})}
	},
	"canceled-when-acknowledged": func() *beginner {
		var held []invd.Effect
		return &beginner{out: func(r invd.Request, reply *invd.Reply) {
			switch r := r.(type) {
			case *invd.Reset, *invd.Restore:
				held = nil
			case *invd.Deliver:
				if m, ok := decoded(r.Message); ok && m.Kind == engine.Ack && m.For == engine.Cancel {
					reply.Effects, held = append(reply.Effects, held...), nil
				}
			case *invd.App:
				reply.Effects = slices.DeleteFunc(reply.Effects, func(e invd.Effect) bool {
					if e.Name == invd.LocalCanceled {
						held = append(held, e)
					}
					return e.Name == invd.LocalCanceled
				})
			}
		}}
	},
	"short-tombstone":             func() *beginner { return timed(func(o *engine.Options) { o.Times.Tombstone -= time.Second }) },
	"short-linger":                func() *beginner { return timed(func(o *engine.Options) { o.Times.Linger -= time.Second }) },
	"sends-once":                  func() *beginner { return timed(func(o *engine.Options) { o.NoRetransmit = true }) },
	"offline-ends-calls":          func() *beginner { return timed(func(o *engine.Options) { o.FailAtOnce = true }) },
	"expiry-from-send":            func() *beginner { return timed(func(o *engine.Options) { o.CountFromSend = true }) },
	"wait-without-max-delay":      func() *beginner { return timed(func(o *engine.Options) { o.Times.MaxDelay = 10 * time.Second }) },
	"expiry-of-the-invite-unread": func() *beginner { return &beginner{in: heard(func(m *engine.Message) { m.Expiry = time.Minute })} },
	"age-unread": func() *beginner {
		return &beginner{in: heard(func(m *engine.Message) {
			if m.Kind == engine.Invite {
				m.Age = 0
			}
		})}
	},
	"held-unread": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok {
				changed := *d
				changed.Held = 0
				return nil, &changed
			}
			return nil, r
		}}
	},
	"reason-of-cancel-unread": func() *beginner {
		return &beginner{in: heard(func(m *engine.Message) {
			if m.Kind == engine.Cancel {
				m.Reason = engine.ReasonUser
			}
		})}
	},
	"device-unread": func() *beginner { return &beginner{in: heard(func(m *engine.Message) { m.Device = 0 })} },
	"winner-not-named": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool {
			if m.Kind == engine.Confirm {
				m.Device = 0
			}
			return true
		})}
	},
	"age-never-grows": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool { m.Age = 0; return true })}
	},
	"wait-never-changes": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool {
			if m.Kind == engine.Invite {
				m.Wait = 30 * time.Second
			}
			return true
		})}
	},
	"closed-never-said": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool { return m.Kind != engine.Closed })}
	},
	"unknown-refuse-not-acknowledged": func() *beginner {
		return &beginner{out: func(r invd.Request, reply *invd.Reply) {
			if reply.Verdict == "unknown" {
				said(func(m *engine.Message) bool { return m.Kind != engine.Ack })(r, reply)
			}
		}}
	},
	"note-in-every-copy": func() *beginner {
		return &beginner{out: said(func(m *engine.Message) bool {
			if m.Kind == engine.Cancel && m.Reason == engine.ReasonUser {
				m.Note = "later"
			}
			return true
		})}
	},
	"timer-before-input": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			switch r := r.(type) {
			case *invd.Deliver:
				return []invd.Request{&invd.Advance{At: r.At}}, r
			case *invd.App:
				return []invd.Request{&invd.Advance{At: r.At}}, r
			}
			return nil, r
		}}
	},
	"late-timer-after-input": func() *beginner {
		return &beginner{in: func(b *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && b.next.Set && b.next.At < d.Now {
				changed := *d
				changed.Now = b.next.At
				return nil, &changed
			}
			return nil, r
		}}
	},
	"events-before-messages": func() *beginner {
		return &beginner{out: func(_ invd.Request, reply *invd.Reply) {
			slices.SortStableFunc(reply.Effects, func(a, b invd.Effect) int { return strings.Compare(a.Do, b.Do) })
		}}
	},
	"missed-not-told": func() *beginner {
		return &beginner{out: func(_ invd.Request, reply *invd.Reply) {
			reply.Effects = slices.DeleteFunc(reply.Effects, func(e invd.Effect) bool { return e.Name == invd.Missed })
		}}
	},
	"arguments-before-state": func() *beginner {
		return &beginner{out: func(r invd.Request, reply *invd.Reply) {
			if a, ok := r.(*invd.App); ok && a.Note != nil && len(*a.Note) > 1024 {
				reply.Code = "INVALID_ARGUMENT"
			}
		}}
	},
	"refuse-after-accept-is-an-end": func() *beginner {
		return &beginner{out: func(_ invd.Request, reply *invd.Reply) {
			if reply.Code == "ALREADY_ACCEPT" {
				reply.Code = "ALREADY_END"
			}
		}}
	},
	"limits-in-characters": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if a, ok := r.(*invd.App); ok && a.Content != nil && len(*a.Content) > 8192 && utf8.RuneCountInString(*a.Content) <= 8192 {
				changed := *a
				changed.Content = text((*a.Content)[:8192])
				return nil, &changed
			}
			return nil, r
		}}
	},
	"unknown-fields-welcome": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && strings.Contains(string(d.Raw), `,"more":1`) {
				changed := *d
				changed.Raw = []byte(strings.Replace(string(d.Raw), `,"more":1`, "", 1))
				return nil, &changed
			}
			return nil, r
		}}
	},
	"login-forgotten": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if s, ok := r.(*invd.Session); ok {
				return nil, &invd.Advance{At: s.At}
			}
			return nil, r
		}}
	},
	"closed-refused-unread": func() *beginner {
		return &beginner{in: instead(func(m *engine.Message) bool { return m.Kind == engine.Closed && m.Word == engine.WordRefused })}
	},
	"closed-failed-unread": func() *beginner {
		return &beginner{in: instead(func(m *engine.Message) bool { return m.Kind == engine.Closed && m.Word == engine.WordFailed })}
	},
	"every-message-answered": func() *beginner { // with an ACK, as other protocols do
		return &beginner{out: func(r invd.Request, reply *invd.Reply) {
			if d, ok := r.(*invd.Deliver); ok && len(reply.Effects) == 0 {
				if m, ok := decoded(d.Message); ok {
					reply.Effects = []invd.Effect{{Do: "send", To: d.From, Message: encoded(engine.Message{Kind: engine.Ack, For: engine.Refuse, ID: m.ID})}}
				}
			}
		}}
	},
	"refusals-not-reported": func() *beginner {
		return &beginner{out: func(_ invd.Request, reply *invd.Reply) { reply.Code = "" }}
	},
	"refused-send-uses-an-id": func() *beginner {
		b := &beginner{}
		b.out = func(r invd.Request, reply *invd.Reply) {
			switch r := r.(type) {
			case *invd.Reset, *invd.Restore:
				b.first = false
			case *invd.App:
				b.first = b.first || r.Call == invd.Send && reply.Code == "INVALID_ARGUMENT"
			}
			if b.first {
				said(func(m *engine.Message) bool { m.ID.Counter = 2; return true })(r, reply)
			}
		}
		return b
	},
	"snapshot-forgotten": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if r, ok := r.(*invd.Restore); ok {
				return nil, &invd.Reset{At: r.At, Setup: r.Setup, Case: "restored"}
			}
			return nil, r
		}}
	},
	"away-unread": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if r, ok := r.(*invd.Restore); ok {
				changed := *r
				changed.Away = new(invd.Time)
				return nil, &changed
			}
			return nil, r
		}}
	},
	"own-messages-taken": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && d.From == self {
				changed := *d
				changed.From = peer
				return nil, &changed
			}
			return nil, r
		}}
	},
	"epochs-unread": func() *beginner { // the counter alone is the key
		return &beginner{in: heard(func(m *engine.Message) {
			if m.ID.Epoch == 0xb0c {
				m.ID.Epoch = 0xb0b
			}
		})}
	},
	"late-confirm-always-first": func() *beginner {
		return &beginner{in: func(b *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && b.next.Set && b.next.At < d.Now {
				if m, ok := decoded(d.Message); ok && m.Kind == engine.Confirm {
					changed := *d
					changed.Now = b.next.At
					return nil, &changed
				}
			}
			return nil, r
		}}
	},
	"any-user-id":        called(func(to string) bool { return strings.ContainsAny(to, "\\\"'*`/ü") }, peer),
	"user-ids-lowercase": called(func(to string) bool { return strings.EqualFold(to, self) }, self),
	"malformed-is-a-sign-of-life": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && len(d.Message) > 8192 {
				return []invd.Request{&invd.Peer{At: d.At, Peer: d.From, Online: true}}, r
			}
			return nil, r
		}}
	},
	"logged-out-accept-is-no-sign": func() *beginner {
		out := false
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			switch r := r.(type) {
			case *invd.Reset:
				out = false
			case *invd.Session:
				out = !r.In
			case *invd.Deliver:
				if m, ok := decoded(r.Message); ok && m.Kind == engine.Accept && out {
					return nil, &invd.Advance{At: r.At}
				}
			}
			return nil, r
		}}
	},
	"channel-of-a-copy-unread": func() *beginner {
		return &beginner{in: heard(func(m *engine.Message) {
			if m.ChannelID == "hall" {
				m.ChannelID = "room"
			}
		})}
	},
	"ids-of-before-a-crash-welcome": func() *beginner {
		restored := false
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			switch r := r.(type) {
			case *invd.Reset:
				restored = false
			case *invd.Restore:
				restored = true
			case *invd.Deliver:
				if m, ok := decoded(r.Message); ok && restored && m.Kind == engine.Invite && m.ID.Epoch == 0xa1 {
					m.ID.Epoch = 0xb0b
					changed := *r
					changed.Message = encoded(m)
					return nil, &changed
				}
			}
			return nil, r
		}}
	},
	"device-0-refused": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && strings.Contains(string(d.Raw), `"device":"0"`) {
				return nil, &invd.Advance{At: d.At}
			}
			return nil, r
		}}
	},
	"escapes-by-hand": func() *beginner { // those of a few control characters
		return &beginner{out: said(func(m *engine.Message) bool {
			m.Response = strings.NewReplacer("\x00", "", "\x0b", "", "\x1f", "").Replace(m.Response)
			return true
		})}
	},
	"too-much-text-answered": func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if d, ok := r.(*invd.Deliver); ok && len(d.Message) > 10000 {
				changed := *d
				changed.Message = json.RawMessage(strings.Replace(invite, "video?", *long, 1))
				return nil, &changed
			}
			return nil, r
		}}
	},
	"unchecked-bytes": func() *beginner { // numbers, tags and spaces as they come
		return &beginner{in: rawAs(func(raw []byte) (m engine.Message, ok bool) {
			m.ID = engine.ID{Epoch: 0xb0b, Counter: 1}
			switch text := string(raw); {
			case strings.Contains(text, `"kind":"REFUSE"`), strings.HasPrefix(text, "\x81\x05"):
				m.Kind = engine.Refuse
			case strings.HasPrefix(text, "\x82\x06"):
				m.Kind, m.Reason = engine.Cancel, engine.ReasonUser
			case strings.HasPrefix(text, "{\v"):
				return decoded([]byte(strings.Replace(text, "\v", "", 1)))
			}
			return m, m.Kind != 0
		})}
	},
}

// called is an error in the user ids of callees: those that are so are taken for another.
func called(so func(to string) bool, as string) func() *beginner {
	return func() *beginner {
		return &beginner{in: func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
			if a, ok := r.(*invd.App); ok && a.Call == invd.Create && so(a.Ref.To) {
				changed := *a
				changed.Ref.To = as
				return nil, &changed
			}
			return nil, r
		}}
	}
}

// rawAs is an error in how bytes are read that are no message.
func rawAs(read func(raw []byte) (engine.Message, bool)) func(*beginner, invd.Request) ([]invd.Request, invd.Request) {
	return func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
		d, ok := r.(*invd.Deliver)
		if !ok || d.Raw == nil {
			return nil, r
		}
		m, ok := read(d.Raw)
		if _, valid := decoded(d.Raw); valid || !ok {
			return nil, r
		}
		changed := *d
		changed.Raw, changed.Message = nil, encoded(m)
		return nil, &changed
	}
}

// instead makes time pass in the place of some messages.
func instead(of func(m *engine.Message) bool) func(*beginner, invd.Request) ([]invd.Request, invd.Request) {
	return func(_ *beginner, r invd.Request) ([]invd.Request, invd.Request) {
		if d, ok := r.(*invd.Deliver); ok {
			if m, ok := decoded(d.Message); ok && of(&m) {
				return nil, &invd.Advance{At: d.At}
			}
		}
		return nil, r
	}
}

func decoded(text []byte) (m engine.Message, ok bool) {
	if text == nil {
		return m, false
	}
	return decodeJSON(text)
}

func encoded(m engine.Message) json.RawMessage { return encodeJSON(m) }
