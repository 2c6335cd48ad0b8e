// Cases of bytes: messages in all spellings, and what is no message.

package kit

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// robust are bytes and messages that no conforming peer sends.
func (v *vectors) robust() {
	for i, raw := range []string{
		"", "{", "null", "[]", `"x"`, "{}", `{"v":1}`, `{"v":1,"kind":"RING","id":"b0b-1"}`, `{"v":1,"kind":"CONFIRM","id":"B0B-1"}`, `{"v":1,"kind":"CONFIRM","id":"0-1"}`,
		`{"v":3,"kind":"CONFIRM","id":"b0b-1"}`, `{"v":1,"kind":"CONFIRM","id":"b0b-1","more":1}`, `{"v":1,"kind":"CONFIRM","id":"b0b-1","id":"b0b-1"}`, `{"v":1,"kind":"CONFIRM","id":"b0b-1"} {}`,
		`{"v":1,"kind":"CONFIRM"}`, `{"v":1,"kind":"CONFIRM","id":"b0b-1","device":"8"}`, `{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"bored"}`,
		`{"v":1,"kind":"CLOSED","id":"b0b-1","for":"INVITE","word":"canceled"}`, `{"v":1,"kind":"ACK","id":"b0b-1","for":"ACK"}`, "\xff\xfe", "\x81\x02", "\x00",
	} {
		v.add(fmt.Sprintf("robust.bytes-%02d", i+1), fmt.Sprintf("bytes that are no message: %q", raw), "malformed", invd.Setup{}, func(b *build) {
			b.hear(peer, invite)
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: []byte(raw)})
			app("", invd.Accept, nil).do(b)
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: []byte(raw)})
			b.tail(1)
		})
	}
	for _, each := range []struct{ name, json string }{
		{"content", strings.Replace(invite, "video?", *long, 1)}, {"channel", strings.Replace(invite, "room", strings.Repeat("r", 65), 1)},
		{"note", `{"v":2,"kind":"CANCEL","id":"b0b-1","reason":"user","note":"` + strings.Repeat("n", 1025) + `"}`},
	} {
		for _, state := range calleeStates[:3] {
			v.add("robust.long-"+each.name+"."+state.name, "a text over its limit, when the invitation is "+state.name, "malformed", invd.Setup{}, func(b *build) {
				state.do(b)
				b.hear(peer, each.json)
				b.tail(2)
			})
		}
	}
	v.add("robust.too-much-text", "an INVITE that no reader may read, for the length of its texts", "malformed", invd.Setup{}, hears(strings.Replace(invite, "video?", strings.Repeat("x", 9997), 1)))
	v.add("robust.long-response", "a response over its limit", "malformed", invd.Setup{}, func(b *build) {
		b.send()
		b.hear(peer, `{"v":1,"kind":"ACCEPT","id":"a1-1","response":"`+*long+`"}`)
		b.tail(2)
	})
	for i, raw := range noMessages() {
		v.add(fmt.Sprintf("robust.more-%02d", i+1), fmt.Sprintf("bytes that are no message: %.60q", raw), "malformed", invd.Setup{}, func(b *build) {
			b.hear(peer, invite)
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: []byte(raw)})
			app("", invd.Accept, nil).do(b)
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: []byte(raw)})
			b.hear(peer, confirm)
			b.tail(1)
		})
	}
	v.add("robust.flood", "a peer that sends more INVITEs than have a place, and another that calls", "bounds", invd.Setup{Options: invd.Options{MaxPerPeer: 4, MaxTotal: 20}}, func(b *build) {
		for i := range 40 {
			b.hear(stranger, strings.Replace(invite, "b0b-1", fmt.Sprintf("bad-%d", i+1), 1))
		}
		b.hear(peer, invite)
		app("", invd.Accept, nil).do(b)
		b.tail(1)
	})
	v.add("robust.stranger-callee", "somebody else says all that a caller can say", "identity", invd.Setup{}, func(b *build) {
		b.hear(peer, invite)
		for _, json := range []string{
			`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`, confirm, `{"v":1,"kind":"ACK","id":"b0b-1","for":"REFUSE"}`,
			`{"v":1,"kind":"CLOSED","id":"b0b-1","for":"RECEIVED","word":"canceled"}`, `{"v":1,"kind":"CLOSED","id":"b0b-1","for":"ACCEPT","word":"expired"}`,
		} {
			b.hear(stranger, json)
		}
		app("", invd.Accept, nil).do(b)
		b.hear(stranger, confirm)
		b.tail(2)
	})
	v.add("robust.stranger-caller", "somebody else says all that a callee can say", "identity", invd.Setup{}, func(b *build) {
		b.send()
		for _, json := range []string{
			received, accepted, refused, `{"v":1,"kind":"ACK","id":"a1-1","for":"CANCEL"}`, `{"v":1,"kind":"CLOSED","id":"a1-1","for":"INVITE","word":"refused"}`,
			`{"v":1,"kind":"CLOSED","id":"a1-1","for":"INVITE","word":"failed"}`,
		} {
			b.hear(stranger, json)
		}
		b.tail(2)
	})
	for _, from := range []string{"null", " x", "a*b"} {
		v.add("robust.sender-"+map[string]string{"null": "null", " x": "space", "a*b": "star"}[from], fmt.Sprintf("a sender %q, who cannot be", from), "receiving", invd.Setup{}, func(b *build) { b.hear(from, invite) })
	}
}

// noMessages are further bytes that are no message, by the lists of docs/wire.md: first as
// JSON, then as binary.
func noMessages() (list []string) {
	of := func(from, to string) string { return strings.Replace(invite, from, to, 1) }
	list = []string{
		of(`"age_ns":0`, `"age_ns":00`), of(`"age_ns":0`, `"age_ns":-0`), of(`"age_ns":0`, `"age_ns":-1`), of(`"age_ns":0`, `"age_ns":0.0`), of(`"age_ns":0`, `"age_ns":1e3`),
		of(`"age_ns":0`, `"age_ns":9007199254740992`), of(`"age_ns":0`, `"age_ns":"0"`), of(`"age_ns":0`, `"age_ns":null`), of(`,"age_ns":0`, ``), of(`"age_ns"`, `"Age_ns"`), of(`INVITE`, `invite`),
		of(`"v":1`, `"v":"1"`), of(`"v":1`, `"v":0`), of(`"v":1`, `"v":true`), of(`"b0b-1"`, `"b0b-01"`), of(`"b0b-1"`, `"0b0b-1"`), of(`"b0b-1"`, `"b0b-18446744073709551616"`),
		of(`"b0b-1"`, `"b0b"`), of(`"b0b-1"`, `"b0b--1"`), of(`"b0b-1"`, `"1b0b0b0b0b0b0b0b0-1"`), of(`"video?"`, `"\ud800"`), of(`"video?"`, `"\ude00\ud83d"`), of(`"video?"`, "\"\xed\xa0\x80\""),
		of(`"video?"`, "\"\xc0\x80\""), of(`"video?"`, "\"a\nb\""), of(`"video?"`, `"\x"`), of(`"video?"`, `video`), of(`}`, `,}`), of(`{`, "\xef\xbb\xbf{"), invite + "x", invite[:len(invite)-1],
		of(`"video?"`, `"`+strings.Repeat("x", 10001)+`"`), strings.Replace(confirm, `}`, `,"reason":"user"}`, 1), strings.Replace(confirm, `"v":1`, `"v":2,"More":1`, 1), strings.Replace(confirm, `"v":1`, `"v":2,"device":"08"`, 1),
		strings.Replace(confirm, `"v":1`, `"v":2,"device":8`, 1), strings.Replace(confirm, `"v":1`, `"v":2,"device":"8","device":"8"`, 1), confirm + strings.Repeat(" ", 65508),
		`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"answered by another"}`, `{"v":1,"kind":"CLOSED","id":"b0b-1","for":"REFUSE","word":"refused"}`, `{"v":1,"kind":"ACK","id":"b0b-1","for":"CLOSED"}`,
	}
	ring := string(inBinary(engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 0xb0b, Counter: 1}, Content: "video?", Wait: 30 * time.Second, Expiry: time.Minute}))
	by8 := string(inBinary(engine.Message{Kind: engine.Confirm, ID: engine.ID{Epoch: 0xb0b, Counter: 1}, Device: 8}))
	id := string(binary.BigEndian.AppendUint64(nil, 0xb0b))
	return append(list, ring[:len(ring)-1], ring+"\x00", "\x83"+ring[1:], "\x80"+ring[1:], "\x81\x11"+ring[2:], "\x81\x00"+ring[2:], "\x81\x09"+ring[2:], "\x81\x04"+strings.Repeat("\x00", 8)+"\x01",
		"\x81\x04"+id+"\x81\x00", "\x81\x04"+id+strings.Repeat("\xff", 9)+"\x02", "\x81\x04"+id, "\x81\x06"+id+"\x01\x00", "\x81\x06"+id+"\x01\x05", "\x81\x08"+id+"\x01\x01\x01",
		"\x81\x01"+id+"\x01\x02\xc3\x28\x00\x00\x01\x01", "\x81\x01"+id+"\x01\xff\xff\xff\xff\x0f", by8[:len(by8)-1], by8+"\x00", strings.Replace(by8, "\x0a\x01\x08", "\x0a\x00\x08", 1),
		"\x82\x04"+id+"\x01\x03\x01\x01\x08", "\x82\x04"+id+"\x01\x14\x01\x08"+id+"\x01\x08"+id,
		of(`"v":1`, `"v":1.0`), of(`"b0b-1"`, `"b0b-+1"`), of(`"video?"`, `"\ude00"`), of(`{`, "{\v"), strings.Replace(confirm, `"v":1`, `"v":2,"":1`, 1), `{"v":1,"kind":"REFUSE","id":"0-1","response":""}`,
		"\x81\x05"+id+strings.Repeat("\xff", 9)+"\x02\x00", "\x81\x05"+strings.Repeat("\x00", 8)+"\x01\x00", "\x82\x06"+id+"\x01\x01\x04\x04\x00\x03\x00")
}

func inBinary(m engine.Message) []byte {
	raw, err := wire.EncodeBinary(m)
	if err != nil {
		panic(err) // the cases are ours
	}
	return raw
}

// codec are messages in each form, with all fields, and in spellings that readers must
// take.
func (v *vectors) codec() {
	yes := engine.ID{Epoch: 0xb0b, Counter: 1}
	own := engine.ID{Epoch: 0xa1, Counter: 1}
	ring := hears(invite)
	accept, refuse := app("", invd.Accept, nil).do, app("", invd.Refuse, func(a *invd.App) { a.Response = text("naïve 日本 \x00") }).do
	for _, each := range []struct {
		name string
		way  func(b *build)
		m    engine.Message
	}{
		{"invite", func(*build) {}, engine.Message{Kind: engine.Invite, ID: yes, Content: "naïve 日本 \x00\"\\", ChannelID: "room", Age: 1, Wait: 30 * time.Second, Expiry: 10 * time.Second}},
		{"invite-longest", func(*build) {}, engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 1<<64 - 1, Counter: 1<<64 - 1}, Age: 0, Wait: 1<<53 - 1, Expiry: 1<<53 - 1}},
		{"confirm", then(ring, accept), engine.Message{Kind: engine.Confirm, ID: yes}},
		{"confirm-device", then(ring, accept), engine.Message{Kind: engine.Confirm, ID: yes, Device: 1 << 63}},
		{"cancel", ring, engine.Message{Kind: engine.Cancel, ID: yes, Reason: engine.ReasonNoResponse}},
		{"cancel-note", ring, engine.Message{Kind: engine.Cancel, ID: yes, Reason: engine.ReasonAnswered, Note: "naïve 日本"}},
		{"ack-refuse", then(ring, refuse), engine.Message{Kind: engine.Ack, ID: yes, For: engine.Refuse}},
		{"ack-refused", ring, engine.Message{Kind: engine.Ack, ID: yes, For: engine.Refuse, Device: 8, Refused: true}},
		{"closed", ring, engine.Message{Kind: engine.Closed, ID: yes, For: engine.Received, Word: engine.WordNoResponse}},
		{"closed-device", ring, engine.Message{Kind: engine.Closed, ID: yes, For: engine.Accept, Word: engine.WordRefused, Device: 8}},
		{"received", (*build).send, engine.Message{Kind: engine.Received, ID: own}},
		{"received-device", (*build).send, engine.Message{Kind: engine.Received, ID: own, Device: 8}},
		{"accept", (*build).send, engine.Message{Kind: engine.Accept, ID: own, Response: "naïve 日本"}},
		{"accept-device", (*build).send, engine.Message{Kind: engine.Accept, ID: own, Device: 8, Response: strings.Repeat("x", 8192)}},
		{"refuse", (*build).send, engine.Message{Kind: engine.Refuse, ID: own, Response: ""}},
		{"refuse-device", (*build).send, engine.Message{Kind: engine.Refuse, ID: own, Device: 8, Response: "no"}},
		{"ack-cancel", then((*build).send, app("", invd.Cancel, nil).do), engine.Message{Kind: engine.Ack, ID: own, For: engine.Cancel}},
		{"closed-invite", then((*build).send, hears(received)), engine.Message{Kind: engine.Closed, ID: own, For: engine.Invite, Word: engine.WordFailed}},
	} {
		v.add("codec.binary."+each.name, "a message in the binary form, and answers in it: "+each.name, "malformed", invd.Setup{Form: invd.Binary}, func(b *build) {
			each.way(b)
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: inBinary(each.m)})
			b.tail(2)
		})
	}
	v.add("codec.json.written", "what an app says can be read, whatever has to be escaped", "malformed", invd.Setup{}, then(ring,
		app("", invd.Accept, func(a *invd.App) { a.Response = text("\"\\/\b\f\n\r\t\x00\x0b\x1f\x7f\u2028 naïve 日本 😀") }).do, tails(1)))
	for _, each := range []struct{ name, json string }{
		{"spaces", " \t\r\n" + strings.NewReplacer(`:`, " :\n", `,`, "\t,\r ").Replace(invite) + "\n"},
		{"order", `{"expiry_ns":60000000000,"wait_ns":30000000000,"age_ns":0,"channel_id":"room","content":"video?","id":"b0b-1","kind":"INVITE","v":1}`},
		{"escapes", strings.Replace(invite, `"video?"`, `"\u0076\/\"\\\b\f\n\r\t\ud83d\uDE00\u0000"`, 1)},
		{"escaped-names", strings.NewReplacer(`"v"`, `"\u0076"`, `"INVITE"`, `"\u0049NVITE"`).Replace(invite)},
		{"device-0", `{"v":2,"kind":"REFUSE","id":"b0b-1","response":"","device":"0"}`},
		{"later-fields", strings.Replace(invite, `"v":1`, `"v":2,"later":"x","more_1":9007199254740991,"yes":true,"no":false,"device":"8"`, 1)},
	} {
		v.add("codec.json."+each.name, "a message in another spelling of JSON: "+each.name, "malformed", invd.Setup{}, func(b *build) {
			b.do(&invd.Deliver{At: b.at(), From: peer, Raw: []byte(each.json)})
			b.tail(1)
		})
	}
}
