package reference

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// talk plays requests to a new endpoint, and wants these replies. A reply of "" is any
// without an error.
func talk(t *testing.T, pairs ...[2]string) {
	t.Helper()
	var requests []string
	for _, p := range pairs {
		requests = append(requests, p[0])
	}
	var out strings.Builder
	if err := invd.Serve(strings.NewReader(strings.Join(requests, "\n")), &out, &Endpoint{}); err != nil {
		t.Fatal(err)
	}
	for i, got := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		want := pairs[i][1]
		if want == "" && strings.Contains(got, `"error"`) || want != "" && got != want {
			t.Errorf("%s\nis answered %s\nnot         %s", pairs[i][0], got, want)
		}
	}
}

const (
	asAlice = `{"op":"reset","case":"c","now":0,"self":"alice","epoch":"a"}`
	invite  = `{"op":"deliver","now":0,"from":"bob","message":{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"ch","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}}`
)

// TestRequests: what a driver can ask of the engine, and what it cannot.
func TestRequests(t *testing.T) {
	talk(t, // an own invitation, by its label and by its id
		[2]string{asAlice, `{"next":null}`},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"x","to":"bob","content":"one"}`, `{"next":null}`},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"x","to":"bob"}`, `{"error":"app: create: there is an invitation \"x\" already"}`},
		[2]string{`{"op":"app","now":0,"call":"cancel","inv":"x"}`, `{"code":"NOT_STARTED","next":null}`},
		[2]string{`{"op":"app","now":0,"call":"set","inv":"x","channel_id":"two"}`, `{"next":null}`},
		[2]string{`{"op":"app","now":0,"call":"set","inv":"x","response":"two"}`, `{"error":"app: set: only the callee sets the response"}`},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"y"}`, `{"error":"app: send: there is no invitation \"y\""}`},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"x"}`, `{"effects":[{"do":"send","message":{"v":1,"kind":"INVITE","id":"a-1","content":"one","channel_id":"two","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000},"to":"bob"}],"next":500000000}`},
		[2]string{`{"op":"app","now":0,"call":"send","to":"bob","id":"a-1"}`, `{"code":"ALREADY_SENT","next":500000000}`},
		[2]string{`{"op":"app","now":0,"call":"cancel","to":"bob","id":"A-1"}`, `{"error":"app: cancel: \"A-1\" is no id"}`},
		[2]string{`{"op":"app","now":0,"call":"cancel","to":"carol","id":"a-1"}`, `{"error":"app: cancel: there is no invitation a-1 to \"carol\""}`},
		[2]string{`{"op":"app","now":1000,"call":"cancel","to":"bob","id":"a-1"}`, `{"effects":[{"do":"send","message":{"v":1,"kind":"CANCEL","id":"a-1","reason":"user"},"to":"bob"},{"do":"event","name":"LocalInvitationCanceled","inv":"x","to":"bob","id":"a-1","reason":"user"}],"next":500001000}`},
		[2]string{`{"op":"inspect","inv":"x"}`, `{"invitation":{"inv":"x","to":"bob","id":"a-1","state":"CANCELED","content":"one","channel_id":"two","response":"","reason":"user"}}`},
		[2]string{`{"op":"inspect"}`, `{"records":{"local":1,"remote":0,"peers":1,"lingering":1}}`},
	)
	talk(t, // another's, in the binary form, and bytes that are no message
		[2]string{`{"op":"reset","case":"c","now":0,"self":"alice","form":"binary"}`, `{"next":null}`},
		[2]string{invite, `{"effects":[{"do":"send","raw":"gQIAAAAAAAAACwE=","to":"bob"},{"do":"event","name":"RemoteInvitationReceived","from":"bob","id":"b-1","content":"hi","channel_id":"ch"}],"next":20000000000,"verdict":"moved"}`},
		[2]string{`{"op":"deliver","now":0,"from":"bob","raw":"gQIAAAAAAAAA"}`, `{"next":20000000000,"undecodable":"Truncated"}`},
		[2]string{`{"op":"deliver","now":0,"from":"bob","raw":""}`, `{"next":20000000000,"undecodable":"Truncated"}`},
		[2]string{`{"op":"app","now":0,"call":"set","from":"bob","id":"b-1","content":"x"}`, `{"error":"app: set: only the caller sets content, channel id and times"}`},
		[2]string{`{"op":"app","now":0,"call":"set","from":"bob","id":"b-1","response":"no"}`, `{"next":20000000000}`},
		[2]string{`{"op":"inspect","from":"bob","id":"b-1"}`, `{"invitation":{"from":"bob","id":"b-1","state":"INVITATION_RECEIVED","content":"hi","channel_id":"ch","response":"no","until":60000000000,"age":0}}`},
		[2]string{`{"op":"inspect","from":"bob","id":"b-2"}`, `{"error":"inspect: there is no invitation b-2 from \"bob\""}`},
		[2]string{`{"op":"advance","now":60000000000}`, `{"effects":[{"do":"send","raw":"gQgAAAAAAAAACwEBBg==","to":"bob"},{"do":"event","name":"RemoteInvitationFailure","from":"bob","id":"b-1","failure":"INVITATION_EXPIRE"}],"next":307000000000}`},
		[2]string{`{"op":"inspect","from":"bob","id":"b-1"}`, `{"invitation":{"from":"bob","id":"b-1","state":"FAILURE","failure":"INVITATION_EXPIRE","content":"hi","channel_id":"ch","response":"no","age":0}}`},
	)
	fresh := strings.Replace(invite, "b-1", "b-2", 1)
	stale := strings.Replace(invite, `"now":0`, `"now":0,"trace":true,"held":30000000000`, 1)
	talk(t, // what the transport knows, and the cells
		[2]string{asAlice, ""},
		[2]string{stale, `{"effects":[{"do":"send","message":{"v":1,"kind":"CLOSED","id":"b-1","for":"INVITE","word":"stale"},"to":"bob"},{"do":"event","name":"RemoteInvitationMissed","from":"bob","id":"b-1","content":"hi","channel_id":"ch","reason":"stale"}],"next":247000000000,"verdict":"missed","trace":[{"table":"callee","in":"IDLE","on":"INVITE, stale","kind":"move","next":"FAILURE","effects":"CLOSED(stale), Missed","peer":"bob","id":"b-1"}]}`},
		[2]string{strings.Replace(fresh, `"now":0`, `"now":0,"trace":true`, 1), `{"effects":[{"do":"send","message":{"v":1,"kind":"RECEIVED","id":"b-2"},"to":"bob"},{"do":"event","name":"RemoteInvitationReceived","from":"bob","id":"b-2","content":"hi","channel_id":"ch"}],"next":20000000000,"verdict":"moved","trace":[{"table":"callee","in":"IDLE","on":"INVITE","kind":"move","next":"INVITATION_RECEIVED","effects":"expiry timer, RECEIVED, Received","peer":"bob","id":"b-2"}]}`},
		[2]string{`{"op":"advance","now":1}`, `{"next":20000000000}`},
	)
	talk(t, // options
		[2]string{`{"op":"reset","case":"c","now":0,"self":"alice","epoch":"xyz"}`, `{"error":"reset: epoch \"xyz\" is no hexadecimal number of 64 bits"}`},
		[2]string{`{"op":"reset","case":"c","now":0,"self":"alice","epoch":"a","options":{"times":{"refresh":1}}}`, `{"error":"reset: engine options: Times.Refresh 1ns must be between RetransmitFirst 500ms and Expiry 1m0s, or 0 (Q-ring)"}`},
		[2]string{`{"op":"reset","case":"c","now":0,"self":"","epoch":"a"}`, `{"error":"reset: engine: own user id \"\" is not valid: it is empty"}`},
		[2]string{`{"op":"advance","now":0}`, `{"error":"advance: there is no case yet: reset comes first"}`},
		[2]string{`{"op":"reset","case":"c","now":0,"self":"alice","epoch":"a","options":{"max_total":1,"fail_at_once":true,"times":{"no_response":10000000000}}}`, `{"next":null}`},
		[2]string{`{"op":"session","now":0,"in":false}`, `{"next":null}`},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"x","to":"bob"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"x"}`, `{"effects":[{"do":"event","name":"LocalInvitationFailure","inv":"x","to":"bob","failure":"NOT_LOGGEDIN"}],"next":null}`},
		[2]string{`{"op":"session","now":0,"in":true}`, `{"next":null}`},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"y","to":"bob"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"y"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"z","to":"bob"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"z"}`, `{"code":"LIMIT_REACHED","next":500000000}`},
		[2]string{`{"op":"peer","now":0,"peer":"bob","online":false}`, `{"effects":[{"do":"send","message":{"v":1,"kind":"CANCEL","id":"a-1","reason":"no response"},"to":"bob"},{"do":"event","name":"LocalInvitationFailure","inv":"y","to":"bob","id":"a-1","failure":"PEER_OFFLINE"}],"next":500000000}`},
	)
}

// TestVersion1: what version 1.0 of the protocol brought.
func TestVersion1(t *testing.T) {
	const device = `{"op":"reset","case":"c","now":0,"self":"alice","epoch":"a","device":"7"}`
	early := `{"op":"deliver","now":0,"from":"bob","message":{"v":2,"kind":"CANCEL","id":"b-1","reason":"user","note":"later"}}`
	talk(t, // a CANCEL with a note, before its INVITE
		[2]string{asAlice, ""},
		[2]string{early, `{"effects":[{"do":"send","message":{"v":1,"kind":"ACK","id":"b-1","for":"CANCEL"},"to":"bob"}],"next":247000000000,"verdict":"moved"}`},
		[2]string{invite, `{"effects":[{"do":"send","message":{"v":1,"kind":"ACK","id":"b-1","for":"CANCEL"},"to":"bob"},{"do":"event","name":"RemoteInvitationMissed","from":"bob","id":"b-1","content":"hi","channel_id":"ch","reason":"user"}],"next":247000000000,"verdict":"missed"}`},
	)
	talk(t, // and after it
		[2]string{asAlice, ""},
		[2]string{invite, ""},
		[2]string{early, `{"effects":[{"do":"send","message":{"v":1,"kind":"ACK","id":"b-1","for":"CANCEL"},"to":"bob"},{"do":"event","name":"RemoteInvitationCanceled","from":"bob","id":"b-1","reason":"user","note":"later"}],"next":247000000000,"verdict":"moved"}`},
		[2]string{`{"op":"inspect","from":"bob","id":"b-1"}`, `{"invitation":{"from":"bob","id":"b-1","state":"CANCELED","content":"hi","channel_id":"ch","response":"","age":0,"reason":"user","note":"later"}}`},
	)
	talk(t, // a device, whose sibling answers an invitation that was missed here
		[2]string{`{"op":"reset","case":"c","now":0,"self":"alice","epoch":"a","device":"xyz"}`, `{"error":"reset: device \"xyz\" is no hexadecimal number of 64 bits"}`},
		[2]string{device, ""},
		[2]string{invite, `{"effects":[{"do":"send","message":{"v":2,"kind":"RECEIVED","id":"b-1","device":"7"},"to":"bob"},{"do":"event","name":"RemoteInvitationReceived","from":"bob","id":"b-1","content":"hi","channel_id":"ch"}],"next":20000000000,"verdict":"moved"}`},
		[2]string{strings.Replace(strings.Replace(invite, "b-1", "b-2", 1), `"now":0`, `"now":0,"held":30000000000`, 1), ""},
		[2]string{`{"op":"deliver","now":0,"from":"bob","message":{"v":2,"kind":"CONFIRM","id":"b-2","device":"8"}}`, `{"effects":[{"do":"event","name":"RemoteInvitationMissed","from":"bob","id":"b-2","content":"","channel_id":"","reason":"accepted elsewhere","withdrawn":true}],"next":20000000000,"verdict":"moved"}`},
	)
	talk(t, // a group, its decision, and the device that answered
		[2]string{asAlice, ""},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"x","to":"bob","group":"g"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"y","to":"carol","group":"g"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"z","to":"dave","group":"g"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"x"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"y"}`, ""},
		[2]string{`{"op":"deliver","now":0,"from":"bob","message":{"v":2,"kind":"ACCEPT","id":"a-1","response":"ok","device":"9"}}`, `{"effects":[{"do":"send","message":{"v":2,"kind":"CONFIRM","id":"a-1","device":"9"},"to":"bob"},{"do":"send","message":{"v":2,"kind":"CANCEL","id":"a-2","reason":"answered by another"},"to":"carol"},{"do":"event","name":"LocalInvitationReceivedByPeer","inv":"x","to":"bob","id":"a-1"},{"do":"event","name":"LocalInvitationAccepted","inv":"x","to":"bob","id":"a-1","response":"ok","device":"9"},{"do":"event","name":"LocalInvitationCanceled","inv":"y","to":"carol","id":"a-2","reason":"answered by another"}],"next":500000000,"verdict":"moved"}`},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"z"}`, `{"code":"GROUP_DECIDED","next":500000000}`},
		[2]string{`{"op":"inspect","inv":"x"}`, `{"invitation":{"inv":"x","to":"bob","id":"a-1","state":"ACCEPTED_BY_REMOTE","content":"","channel_id":"","response":"ok","device":"9"}}`},
	)
	talk(t, // times of one call, a note, and the cause of a failure
		[2]string{asAlice, ""},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"x","to":"bob","times":{"no_response":3000000000,"expiry":9000000000}}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"x"}`, `{"effects":[{"do":"send","message":{"v":1,"kind":"INVITE","id":"a-1","content":"","channel_id":"","age_ns":0,"wait_ns":3000000000,"expiry_ns":9000000000},"to":"bob"}],"next":500000000}`},
		[2]string{`{"op":"inspect","inv":"x"}`, `{"invitation":{"inv":"x","to":"bob","id":"a-1","state":"SENT_TO_REMOTE","content":"","channel_id":"","response":"","until":3000000000}}`},
		[2]string{`{"op":"app","now":0,"call":"cancel","inv":"x","note":"` + strings.Repeat("n", 1025) + `"}`, `{"code":"INVALID_ARGUMENT","next":500000000}`},
		[2]string{`{"op":"deliver","now":0,"from":"bob","message":{"v":1,"kind":"CLOSED","id":"a-1","for":"INVITE","word":"stale"}}`, ""},
		[2]string{`{"op":"inspect","inv":"x"}`, `{"invitation":{"inv":"x","to":"bob","id":"a-1","state":"FAILURE","failure":"PEER_NO_RESPONSE","content":"","channel_id":"","response":"","cause":"stale"}}`},
		[2]string{`{"op":"app","now":0,"call":"create","inv":"y","to":"bob","times":{"no_response":1}}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"y"}`, `{"code":"INVALID_ARGUMENT","next":500000000}`},
		[2]string{`{"op":"app","now":0,"call":"set","inv":"y","times":{"no_response":2000000000}}`, ""},
		[2]string{`{"op":"app","now":0,"call":"send","inv":"y"}`, ""},
		[2]string{`{"op":"app","now":0,"call":"cancel","inv":"y","note":"later"}`, `{"effects":[{"do":"send","message":{"v":2,"kind":"CANCEL","id":"a-2","reason":"user","note":"later"},"to":"bob"},{"do":"event","name":"LocalInvitationCanceled","inv":"y","to":"bob","id":"a-2","reason":"user"}],"next":500000000}`},
	)
}

// TestRestore: a saved endpoint goes on, and the app finds what is open.
func TestRestore(t *testing.T) {
	d := invd.Here(&Endpoint{})
	do := func(r invd.Request) invd.Reply {
		t.Helper()
		reply, err := d.Do(r)
		if err != nil || reply.Error != "" || reply.Unsupported != "" {
			t.Fatalf("%s: %+v, %v", r.Op(), reply, err)
		}
		return reply
	}
	do(&invd.Reset{Setup: invd.Setup{Self: "alice", Epoch: "a"}, Case: "c"})
	do(&invd.App{Call: invd.Create, Ref: invd.Ref{Inv: "x", To: "bob"}})
	do(&invd.App{Call: invd.Send, Ref: invd.Ref{Inv: "x"}})
	saved := do(&invd.Snapshot{}).Snapshot
	away := invd.Time(2e9)
	reply := do(&invd.Restore{At: invd.At{Now: 2e9}, Setup: invd.Setup{Self: "alice", Epoch: "a2"}, Snapshot: saved, Away: &away})
	text, _ := json.Marshal(reply)
	if want := `{"effects":[{"do":"send","message":{"v":1,"kind":"INVITE","id":"a-1","content":"","channel_id":"","age_ns":2000000000,"wait_ns":30000000000,"expiry_ns":60000000000},"to":"bob"}],"next":2500000000,"open":[{"to":"bob","id":"a-1","state":"SENT_TO_REMOTE"}]}`; string(text) != want {
		t.Errorf("restore: %s\nnot      %s", text, want)
	}
	text, _ = json.Marshal(do(&invd.App{At: invd.At{Now: 2e9}, Call: invd.Cancel, Ref: invd.Ref{To: "bob", ID: "a-1"}}).Effects)
	if want := `[{"do":"send","message":{"v":1,"kind":"CANCEL","id":"a-1","reason":"user"},"to":"bob"},{"do":"event","name":"LocalInvitationCanceled","to":"bob","id":"a-1","reason":"user"}]`; string(text) != want {
		t.Errorf("cancel: %s\nnot     %s", text, want)
	}
	bad, _ := d.Do(&invd.Restore{Setup: invd.Setup{Self: "alice", Epoch: "a"}, Snapshot: saved})
	if want := "restore: "; !strings.HasPrefix(bad.Error, want) || !strings.Contains(bad.Error, "ids would repeat") {
		t.Errorf("restore under the same epoch: %+v", bad)
	}
}

// TestTimes: every time of the engine can be set.
func TestTimes(t *testing.T) {
	var given invd.Times
	set := reflect.ValueOf(&given).Elem()
	for i := range set.NumField() {
		value := invd.Time(1000 + i)
		if set.Field(i).Kind() == reflect.Pointer {
			set.Field(i).Set(reflect.ValueOf(&value))
		} else {
			set.Field(i).Set(reflect.ValueOf(value))
		}
	}
	got := reflect.ValueOf(times(given))
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		want := reflect.Indirect(set.FieldByName(name))
		if !want.IsValid() || got.Field(i).Int() != want.Int() {
			t.Errorf("%s is %d, given as %v", name, got.Field(i).Int(), want)
		}
	}
	if times(invd.Times{}) != engine.DefaultTimes() {
		t.Errorf("nothing given: %+v", times(invd.Times{}))
	}
}

// TestReasonNames: every reason of the wire form has a name.
func TestReasonNames(t *testing.T) {
	for r := wire.Reason(1); r.Error() != wire.Reason(0).Error(); r++ {
		if reasonNames[r] == "" {
			t.Errorf("reason %d, %v, has no name", r, r)
		}
	}
}
