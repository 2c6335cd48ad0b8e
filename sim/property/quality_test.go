// The rules of quality, each with every exception: a right story passes, and one
// that differs in little is reported.

package property_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// Beside the words of bites, a story has these, each for either side:
//
//	caller>INVITE            its engine emits this
//	callee<INVITE=moved      it got this, with this verdict
//	caller-out, caller-in    it logged out, and in
//	caller-online, -offline  the other side was reported to it
//	caller>>CONFIRM          its engine emits this as a reply
//	phones                   Q8 and Q9 are watched
//	caller-lost              its engine has heard that the other is offline
//	caller-resumes           it hears of the other, whom it took to be offline
//	caller-started           its process has started again,
//	caller-restarted         and the call is told
//	caller-disturbed         its time has run otherwise than own time
//	accept-ok                the app's accept returned nil
//	grouped                  it is in a group
//	other-accepted           of which another is accepted
//	missed/stale             the callee's app is told that it has missed the call, and why
//
// A CANCEL has its reason and a CLOSED its word behind it, in capitals and without
// blanks: CANCEL/NORESPONSE, CLOSED/FAILED; an ACK what it answers: ACK/CANCEL. An INVITE
// has its age: INVITE/500ms, and then for how long its callee rings: INVITE/1s/900ms. A CLOSED that answers no INVITE says so: CLOSED/EXPIRED/ACCEPT.

// shorthand are beginnings that many stories have.
var shorthand = map[string]string{
	"RUNG":      "caller>INVITE callee<INVITE=moved callee>RECEIVED ring caller<RECEIVED=moved received",
	"UNHEARD":   "caller>INVITE callee<INVITE=moved callee>RECEIVED ring",
	"ACCEPTING": "RUNG accept-ok callee>ACCEPT",
	"ACCEPTED":  "ACCEPTING caller<ACCEPT=moved caller>CONFIRM caller:ACCEPTED",
	"BOTH":      "ACCEPTED callee<CONFIRM=moved callee:ACCEPTED",
	"REFUSING":  "RUNG callee>REFUSE callee:REFUSED",
	"REFUSED":   "REFUSING caller<REFUSE=moved caller>ACK/REFUSE caller:REFUSED",
	"CANCELED":  "caller>CANCEL/USER caller:CANCELED cancel-ok",
	"GAVEUP":    "caller>CANCEL/NORESPONSE caller:NO_RESPONSE",
	"EXPIRED":   "caller>CANCEL/EXPIRED caller:EXPIRED",
	"FAILED":    "callee>CLOSED/FAILED callee:EXPIRED",

	"ANSWERED": "other-accepted caller>CANCEL/ANSWEREDBYANOTHER caller:ANSWERED",

	"CALLING":  "phones caller>INVITE",
	"REFUSED2": "callee>REFUSE callee:REFUSED",
	"RINGING":  "CALLING callee<INVITE=moved callee>>RECEIVED ring",
	"BOTHRING": "RINGING caller<RECEIVED=moved received",

	"OVERDUE": "+1s caller-online caller>INVITE/1s/1s +100ms caller-online +600ms caller-disturbed caller-online caller>INVITE/1700ms/1700ms",

	"FOURTEENSECONDS": strings.Repeat("+500ms callee>ACCEPT ", 28),
}

func unfolded(story string) string {
	var words []string
	for word := range strings.FieldsSeq(story) {
		if long, ok := shorthand[word]; ok {
			word = unfolded(long)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// tellOfMessages tells a watcher one word, if it is one of these.
func tellOfMessages(t *testing.T, call *property.Call, watch *property.Watch, word string, now int64, own [2]int64) bool {
	if word == "accept-ok" {
		call.AcceptReturnedOK(watch, now, own[1])
		return true
	}
	if reason, ok := strings.CutPrefix(word, "missed/"); ok {
		m := engine.Missed{CallerID: call.Caller, ID: call.ID, Content: call.Content, ChannelID: call.ChannelID}
		reason, other, _ := strings.Cut(reason, "/")
		m.Reason, m.Content = named[engine.Reason](t, reason, engine.ReasonStale), m.Content+other
		call.Missed(watch, &m, now, own[1])
		return true
	}
	split := strings.IndexAny(word, "<>-")
	if split < 0 || word[:split] != "caller" && word[:split] != "callee" {
		return false
	}
	byCaller, mine, what := word[:split] == "caller", own[1], word[split+1:]
	if byCaller {
		mine = own[0]
	}
	switch word[split] {
	case '>':
		what, reply := strings.CutPrefix(what, ">")
		call.CopySent(watch, byCaller, &engine.Output{Message: messageOf(t, what), Reply: reply}, now, mine)
		return true
	case '<':
		copy, verdict, _ := strings.Cut(what, "=")
		m := messageOf(t, copy)
		call.CopyGot(watch, byCaller, &m, verdictOf(t, verdict), now, mine)
		return true
	}
	switch what {
	case "out", "in":
		call.LoggedIn(watch, byCaller, what == "in", now, mine)
	case "online", "offline":
		call.PeerReported(watch, byCaller, what == "online", now, mine)
	case "resumes":
		call.Resumes(watch, byCaller, 100, mine)
	case "restarted":
		call.Restarted(watch, byCaller, true, mine)
	case "disturbed":
		call.Disturbed(watch, byCaller, now)
	default:
		t.Fatalf("no such word: %s", word)
	}
	return true
}

func messageOf(t *testing.T, text string) engine.Message {
	name, detail, _ := strings.Cut(text, "/")
	m := engine.Message{Kind: named[engine.Kind](t, name, engine.Closed)}
	switch m.Kind {
	case engine.Cancel:
		m.Reason = named[engine.Reason](t, detail, engine.ReasonAnswered)
	case engine.Invite:
		detail, ringing, rings := strings.Cut(detail, "/")
		m.Age, _ = time.ParseDuration(detail) // 0 if it says nothing
		m.Wait, m.Expiry = 30*time.Second, 60*time.Second
		if rings { // since then
			since, _ := time.ParseDuration(ringing)
			m.Wait, m.Expiry = m.Age-since+62*time.Second, 60*time.Second-since
		}
	case engine.Closed:
		detail, answers, _ := strings.Cut(detail, "/")
		if answers != "" {
			m.Word, m.For = named[engine.Word](t, detail, engine.WordOverloaded), named[engine.Kind](t, answers, engine.Closed)
			break
		}
		m.Word, m.For = named[engine.Word](t, detail, engine.WordOverloaded), engine.Invite
	case engine.Ack:
		m.For = named[engine.Kind](t, detail, engine.Closed)
	}
	return m
}

func verdictOf(t *testing.T, name string) engine.Verdict {
	return named[engine.Verdict](t, name, engine.LoggedOut)
}

// named is the inverse of String, but for case and blanks.
func named[T interface {
	~uint8
	String() string
}](t *testing.T, name string, last T) T {
	for each := range last + 1 {
		if strings.EqualFold(strings.ReplaceAll(each.String(), " ", ""), name) {
			return each
		}
	}
	t.Fatalf("nothing is called %q", name)
	return 0
}

var qualityBites = []bite{
	{"an INVITE that another device has answered already is not acknowledged as canceled",
		"CALLING devices other callee<CONFIRM=moved callee<INVITE=late callee>>CLOSED/FAILED +1ms callee<INVITE=late callee>>ACK/CANCEL", "Q6",
		"CALLING devices other callee<CONFIRM=moved callee<INVITE=late callee>>ACK/CANCEL +1ms callee<INVITE=late callee>>ACK/CANCEL"},
	{"a ring that another device has answered already",
		"CALLING devices other callee<CONFIRM=moved callee<INVITE=moved callee>>RECEIVED ring", "S7",
		"CALLING devices other callee<INVITE=moved callee>>RECEIVED ring callee<CONFIRM=moved"},
	// Q1
	{"canceled without a CANCEL",
		"RUNG caller:CANCELED cancel-ok", "Q1",
		"RUNG CANCELED"},
	{"canceled without a CANCEL before it was received",
		"caller>INVITE caller:CANCELED cancel-ok", "Q1",
		"caller>INVITE CANCELED"},
	{"given up without a CANCEL",
		"caller>INVITE caller:NO_RESPONSE", "Q1",
		"caller>INVITE GAVEUP"},
	{"offline without a CANCEL",
		"caller>INVITE caller:OFFLINE", "Q1",
		"caller>INVITE caller>CANCEL/NORESPONSE caller:OFFLINE"},
	{"offline in send, where nothing was sent",
		"caller>INVITE caller:OFFLINE", "Q1",
		"caller:OFFLINE"},
	{"not logged in, where nothing was sent",
		"caller>INVITE caller:CANCELED cancel-ok", "Q1",
		"caller:NOT_LOGGEDIN"},
	{"expired without a CANCEL",
		"RUNG caller:EXPIRED", "Q1",
		"RUNG EXPIRED"},
	{"canceled for its group, and the CANCEL says the user did it",
		"grouped RUNG other-accepted caller>CANCEL/USER caller:ANSWERED", "Q1",
		"grouped RUNG ANSWERED"},
	{"canceled, and the CANCEL says its group was answered",
		"grouped RUNG other-accepted caller>CANCEL/ANSWEREDBYANOTHER caller:CANCELED cancel-ok", "Q1",
		"grouped RUNG other-accepted CANCELED"},
	{"expired, and the CANCEL says the user did it",
		"RUNG caller>CANCEL/USER caller:EXPIRED", "Q1",
		"RUNG EXPIRED"},
	{"canceled, and the CANCEL says it expired",
		"RUNG caller>CANCEL/EXPIRED caller:CANCELED cancel-ok", "Q1",
		"RUNG CANCELED"},
	{"accepted, and a CANCEL",
		"ACCEPTING caller<ACCEPT=moved caller>CONFIRM caller>CANCEL/USER caller:ACCEPTED", "Q1",
		"ACCEPTED"},
	{"the callee has failed, and does not know of the caller",
		"UNHEARD FAILED caller<CLOSED/FAILED=moved caller:NO_RESPONSE", "Q1",
		"UNHEARD FAILED caller<CLOSED/FAILED=moved caller>CANCEL/REJECTED caller:NO_RESPONSE"},
	{"the callee was too late, and has not said that it failed",
		"caller>INVITE caller<CLOSED/STALE=moved caller:NO_RESPONSE", "Q1",
		"RUNG FAILED caller<CLOSED/FAILED=moved caller:EXPIRED"},
	{"the callee turned it away, at another time than it ended",
		"RUNG FAILED caller<CLOSED/FAILED=late caller:EXPIRED", "Q1",
		"RUNG FAILED caller<CLOSED/FAILED=moved caller:EXPIRED"},
	{"the callee was full, and the caller gave up",
		"caller>INVITE caller<CLOSED/OVERLOADED=copy caller:NO_RESPONSE", "Q1",
		"caller>INVITE caller<CLOSED/OVERLOADED=copy GAVEUP"},
	{"ended while logged out, and said nothing at the login",
		"RUNG caller-out caller:EXPIRED +31s caller-in caller-offline", "Q1",
		"RUNG caller-out caller:EXPIRED +31s caller-in caller>CANCEL/EXPIRED caller-offline"},
	{"ended while logged out, and the login comes after the linger",
		"RUNG caller-out caller:EXPIRED +31999ms caller-in +1ms caller-offline", "Q1",
		"RUNG caller-out caller:EXPIRED +32s caller-in caller-offline"},
	{"ended after the login",
		"RUNG caller-out caller-in caller:EXPIRED", "Q1",
		"RUNG caller-out caller:EXPIRED"},

	// Q2
	{"the callee expires in silence",
		"RUNG callee:EXPIRED", "Q2",
		"RUNG FAILED"},
	{"the callee's accept fails in silence",
		"ACCEPTING callee:ACCEPT_FAILURE", "Q2",
		"ACCEPTING callee>CLOSED/FAILED callee:ACCEPT_FAILURE"},
	{"the callee's accept fails offline in silence",
		"ACCEPTING callee:PEER_OFFLINE", "Q2",
		"ACCEPTING callee>CLOSED/FAILED callee:PEER_OFFLINE"},
	{"the callee says another word",
		"RUNG callee>CLOSED/STALE callee:EXPIRED", "Q2",
		"RUNG FAILED"},
	{"the callee expires logged out",
		"RUNG callee-out +1s callee-in callee>RECEIVED +1s callee:EXPIRED", "Q2",
		"RUNG callee-out callee:EXPIRED"},
	{"the callee expires in the very step of its login",
		"RUNG callee-in callee:EXPIRED", "Q2",
		"RUNG callee-out callee-in callee:EXPIRED"},
	{"the callee got a message while it was logged out, and is still",
		"RUNG callee<INVITE=copy callee>RECEIVED callee:EXPIRED", "Q2",
		"RUNG callee-out callee<INVITE=copy callee:EXPIRED"},
	{"the callee learns of the expiry by a CANCEL",
		"RUNG EXPIRED callee<CANCEL/EXPIRED=copy callee>ACK/CANCEL callee:EXPIRED", "Q2",
		"RUNG EXPIRED callee<CANCEL/EXPIRED=moved callee>ACK/CANCEL callee:EXPIRED"},
	{"the callee learns of the expiry by a CLOSED",
		"RUNG EXPIRED callee<CLOSED/EXPIRED=unexpected callee:EXPIRED", "Q2",
		"RUNG EXPIRED callee<CLOSED/EXPIRED=moved callee:EXPIRED"},

	// Q3
	{"the first ACCEPT is not confirmed",
		"ACCEPTING caller<ACCEPT=moved caller:ACCEPTED caller-offline", "Q3",
		"ACCEPTED caller-offline"},
	{"the second ACCEPT is not confirmed",
		"ACCEPTED caller<ACCEPT=late caller-offline", "Q3",
		"ACCEPTED caller<ACCEPT=late caller>CONFIRM caller-offline"},
	{"two ACCEPTs, one CONFIRM",
		"ACCEPTED caller<ACCEPT=late caller<ACCEPT=late caller>CONFIRM caller-offline", "Q3",
		"ACCEPTED caller<ACCEPT=late caller>CONFIRM caller<ACCEPT=late caller>CONFIRM caller-offline"},
	{"the CONFIRM comes later",
		"ACCEPTED caller<ACCEPT=late +1ns caller>CONFIRM caller-offline", "Q3",
		"ACCEPTED caller<ACCEPT=late caller>CONFIRM +1ns caller-offline"},
	{"the CONFIRM never comes",
		"BOTH caller<ACCEPT=late end", "Q3",
		"BOTH caller<ACCEPT=late caller>CONFIRM end"},
	{"an accepted call is forgotten too soon",
		"ACCEPTED +246.999999999s caller<ACCEPT=unknown caller>CLOSED/UNKNOWN", "Q3",
		"ACCEPTED +247s caller<ACCEPT=unknown caller>CLOSED/UNKNOWN caller-offline"},
	{"the ACCEPT is not taken in",
		"ACCEPTED caller<ACCEPT=unexpected caller-offline", "Q3",
		"ACCEPTED caller<ACCEPT=loggedout caller-offline"},

	// Q4
	{"a CONFIRM changes nothing",
		"ACCEPTED callee<CONFIRM=late callee>CLOSED/FAILED callee:ACCEPT_FAILURE", "Q4 Q4",
		"ACCEPTED callee<CONFIRM=moved callee:ACCEPTED"},
	{"a CONFIRM does not last",
		"ACCEPTED callee<CONFIRM=moved callee>CLOSED/FAILED callee:ACCEPT_FAILURE", "Q4",
		"ACCEPTED callee>CLOSED/FAILED callee:ACCEPT_FAILURE callee<CONFIRM=late"},
	{"a CONFIRM is never heard of again",
		"ACCEPTED callee<CONFIRM=moved end", "S14 Q7 Q4",
		"BOTH callee<CONFIRM=late end"},
	{"a CONFIRM arrives logged out",
		"ACCEPTED callee<CONFIRM=unexpected callee:ACCEPTED", "Q4",
		"ACCEPTED callee<CONFIRM=loggedout callee>CLOSED/FAILED callee:ACCEPT_FAILURE"},
	{"a CONFIRM for one who has not accepted",
		"ACCEPTING callee<CONFIRM=copy", "Q4",
		"RUNG callee<CONFIRM=unexpected"},

	// Q5
	{"an INVITE does not go when the callee is online",
		"caller>INVITE +1s caller-online caller-offline", "Q5",
		"caller>INVITE +1s caller-online caller>INVITE caller-offline"},
	{"an INVITE goes too long after the callee is online",
		"caller>INVITE +300ms caller-online +201ms caller>INVITE", "Q5",
		"caller>INVITE +300ms caller-online +200ms caller>INVITE"},
	{"an INVITE keeps its distance from the last copy",
		"caller>INVITE +499ms caller-online +2ms caller-offline", "Q5",
		"caller>INVITE +499ms caller-online +1ms caller-offline caller>INVITE"},
	{"an INVITE does not go when the callee is offline",
		"caller>INVITE +1s caller-online caller>INVITE +1s caller-online caller-offline", "Q5",
		"caller>INVITE +1s caller-offline +1s caller-offline"},
	{"the report comes to one who is logged out",
		"caller>INVITE +1s caller-out caller-in caller-offline", "Q5",
		"caller>INVITE +1s caller-out caller-online caller-offline"},
	{"a second login",
		"caller>INVITE +1s caller-out caller-in caller-offline", "Q5",
		"caller>INVITE +1s caller-in caller-offline"},
	{"the logout comes before the copy",
		"caller>INVITE +300ms caller-online +1s caller-out", "Q5",
		"caller>INVITE +300ms caller-online caller-out +1s caller-offline"},
	{"the INVITE is answered before the copy",
		"UNHEARD +300ms caller-online +1s caller<RECEIVED=moved received", "Q5",
		"UNHEARD +300ms caller-online caller>INVITE caller<RECEIVED=moved received +1s caller-offline"},
	{"the INVITE is answered before the copy, which goes all the same",
		"UNHEARD +300ms caller-online +1ms caller<RECEIVED=moved received +1s caller-offline", "Q5",
		"UNHEARD +300ms caller-online +1ms caller<RECEIVED=moved received +199ms caller>INVITE +1s caller-offline"},
	{"the INVITE is answered before a copy that no resync has asked for",
		"UNHEARD +1ms caller<RECEIVED=moved received +1s caller>INVITE", "Q7",
		"UNHEARD +1ms caller<RECEIVED=moved received +1s caller-offline"},
	{"the INVITE is over in the same step",
		"caller>INVITE +1s caller-online +1ns GAVEUP", "Q5",
		"caller>INVITE +1s caller-online GAVEUP"},
	{"an ACCEPT does not go when the caller is online",
		"ACCEPTING +500ms callee-online callee-offline", "Q5",
		"ACCEPTING +500ms callee-online callee>ACCEPT callee-offline"},
	{"an ACCEPT is in its last half second",
		"ACCEPTING FOURTEENSECONDS +500ms callee-online callee-offline", "Q5",
		"ACCEPTING FOURTEENSECONDS +100ms callee>ACCEPT +400.000001ms callee-online callee-offline"},
	{"an ACCEPT that waited for the login",
		"RUNG callee-out accept-ok +1s callee-in callee-offline", "Q5",
		"RUNG callee-out accept-ok +59.500000001s callee-out +1s callee-in callee-offline"},
	{"a login while it would still ring begins the accept time anew",
		"RUNG callee-out accept-ok +59s callee-in callee>ACCEPT +14s callee-offline", "Q7",
		"RUNG callee-out accept-ok +61s callee-in callee-offline +14s callee-offline"},
	{"a logout lets the accept time end with the ring",
		"RUNG accept-ok callee>ACCEPT callee-out +30s callee-in callee-offline", "Q5",
		"RUNG accept-ok callee>ACCEPT callee-out +61s callee-in callee-offline"},
	{"a REFUSE does not go when the caller is online",
		"REFUSING +1s callee-online callee-offline", "Q5",
		"REFUSING +1s callee-online callee>REFUSE callee-offline"},
	{"a REFUSE that waited for the login",
		"RUNG callee-out callee:REFUSED +1s callee-in callee-offline", "Q5",
		"RUNG callee-out callee:REFUSED +1s callee-in callee>REFUSE callee-offline"},
	{"a REFUSE is acknowledged",
		"REFUSING callee<ACK/CANCEL=unexpected +1s callee-online callee-offline", "Q5",
		"REFUSING callee<ACK/REFUSE=moved +1s callee-online callee-offline"},
	{"a CANCEL does not go when the callee is online",
		"RUNG CANCELED +1s caller-online caller-offline", "Q5",
		"RUNG CANCELED +1s caller-online caller>CANCEL/USER caller-offline"},
	{"a CANCEL is acknowledged",
		"RUNG CANCELED +1s caller<ACK/CANCEL=loggedout caller-online caller-offline", "Q5",
		"RUNG CANCELED +1s caller<ACK/CANCEL=moved caller-online caller-offline"},
	{"a CANCEL waits for a phone that was frozen",
		"RUNG CANCELED callee-disturbed +1s caller-online caller-offline", "Q5",
		"RUNG CANCELED caller-disturbed +1s caller-online caller-offline"},
	{"an INVITE waits for a phone that was frozen",
		"caller>INVITE caller-disturbed +1s caller-online caller-offline", "Q5",
		"caller>INVITE +300ms caller-online caller-disturbed +1s caller-offline"},
	{"a CANCEL that begins after the phone was frozen",
		"RUNG caller-disturbed CANCELED +1s caller-online caller-offline", "Q5",
		"RUNG caller-disturbed CANCELED +1s caller-online caller>CANCEL/USER caller-offline"},

	// Q6
	{"an INVITE is not answered",
		"caller>INVITE callee<INVITE=moved ring callee-offline", "Q6",
		"UNHEARD callee-offline"},
	{"a second INVITE is not answered",
		"UNHEARD callee<INVITE=copy callee-offline", "Q6",
		"UNHEARD callee<INVITE=copy callee>RECEIVED callee-offline"},
	{"an INVITE reaches who has accepted",
		"ACCEPTING callee<INVITE=copy callee>CLOSED/FAILED callee-offline", "Q6",
		"ACCEPTING callee<INVITE=copy callee>ACCEPT callee-offline"},
	{"an INVITE reaches who has accepted, in the last half second of the accept time",
		"ACCEPTING FOURTEENSECONDS +500ms callee>ACCEPT callee<INVITE=copy callee-offline", "Q6",
		"ACCEPTING FOURTEENSECONDS +500ms callee>ACCEPT +1ms callee<INVITE=copy callee-offline"},
	{"an INVITE with another payload",
		"RUNG callee<INVITE=copy callee-offline", "Q6",
		"RUNG callee<INVITE=unexpected callee-offline"},
	{"an INVITE reaches who is ACCEPTED",
		"RUNG FAILED callee<INVITE=late callee-offline", "Q6",
		"BOTH callee<INVITE=late callee-offline"},
	{"an INVITE reaches who has refused",
		"REFUSING callee<INVITE=late callee>ACK/CANCEL callee-offline", "Q6",
		"REFUSING callee<INVITE=late callee>REFUSE callee<INVITE=late callee>CLOSED/FAILED callee-offline"},
	{"an INVITE reaches who is CANCELED",
		"RUNG callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED callee<INVITE=late callee>CLOSED/FAILED callee-offline", "Q6",
		"RUNG callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED callee<INVITE=late callee>ACK/CANCEL callee-offline"},
	{"an INVITE reaches who has failed in this very step",
		"RUNG callee<INVITE=late callee>RECEIVED callee-offline", "Q6",
		"RUNG callee<INVITE=late callee>CLOSED/FAILED callee>CLOSED/FAILED callee:EXPIRED callee-offline"},
	{"an INVITE comes after its CANCEL",
		"callee<CANCEL/USER=moved callee>ACK/CANCEL callee<INVITE=missed callee>RECEIVED missed/user callee-offline", "Q6",
		"callee<CANCEL/USER=moved callee>ACK/CANCEL callee<INVITE=missed callee>ACK/CANCEL missed/user callee-offline"},
	{"an early CANCEL is forgotten",
		"callee<CANCEL/USER=moved callee>ACK/CANCEL +246s callee<CONFIRM=unknown", "Q6",
		"callee<CANCEL/USER=moved callee>ACK/CANCEL +247s callee<CONFIRM=unknown"},
	{"an INVITE is turned away",
		"callee<INVITE=limit callee-offline", "Q6",
		"callee<INVITE=limit callee>CLOSED/OVERLOADED callee<INVITE=late callee>CLOSED/STALE callee<INVITE=invalid callee-offline"},
	{"a CANCEL is not acknowledged",
		"RUNG callee<CANCEL/USER=moved callee:CANCELED callee-offline", "Q6",
		"RUNG callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED callee-offline"},
	{"a second CANCEL is not acknowledged",
		"RUNG FAILED callee<CANCEL/USER=late callee-offline", "Q6",
		"callee<CANCEL/USER=limit callee-offline"},
	{"a RECEIVED reaches who has canceled",
		"UNHEARD CANCELED caller<RECEIVED=late caller-offline", "Q6",
		"UNHEARD CANCELED caller<RECEIVED=late caller>CLOSED/CANCELED caller-offline"},
	{"a RECEIVED reaches who is open, or ACCEPTED",
		"UNHEARD GAVEUP caller<RECEIVED=late caller-offline", "Q6",
		"RUNG caller<RECEIVED=copy caller-offline"},
	{"a RECEIVED of an accepted call is not confirmed",
		"ACCEPTED caller<RECEIVED=late caller-offline", "Q3",
		"ACCEPTED caller<RECEIVED=late caller>CONFIRM caller-offline"},
	{"an ACCEPT reaches who is logged out, and is taken",
		"ACCEPTING caller-out caller<ACCEPT=moved caller:ACCEPTED", "Q3",
		"ACCEPTING caller-out caller<ACCEPT=loggedout caller-in caller<ACCEPT=moved caller>CONFIRM caller:ACCEPTED"},
	{"a RECEIVED of an accepted call reaches who is logged out",
		"ACCEPTED caller<RECEIVED=late caller-offline", "Q3",
		"ACCEPTED caller-out caller<RECEIVED=late caller-offline"},
	{"an ACCEPT reaches who has expired",
		"ACCEPTING EXPIRED caller<ACCEPT=late caller-offline", "Q6",
		"ACCEPTING EXPIRED caller<ACCEPT=late caller>CLOSED/EXPIRED caller-offline"},
	{"an ACCEPT reaches who has refused",
		"REFUSED caller<ACCEPT=unexpected caller-offline", "Q6",
		"REFUSED caller<ACCEPT=unexpected caller>CLOSED/REFUSED caller-offline"},
	{"an ACCEPT reaches who has expired in this very step",
		"ACCEPTING caller<ACCEPT=late caller>CANCEL/EXPIRED caller:EXPIRED caller-offline", "Q6",
		"ACCEPTING caller<ACCEPT=late caller>CANCEL/EXPIRED caller>CLOSED/EXPIRED caller:EXPIRED caller-offline"},
	{"a REFUSE is not acknowledged",
		"REFUSING caller<REFUSE=moved caller:REFUSED caller-offline", "Q6",
		"REFUSED caller-offline"},
	{"an ended call is forgotten too soon",
		"RUNG CANCELED caller<ACK/CANCEL=moved +246s caller<REFUSE=unknown caller>ACK/REFUSE", "Q6",
		"RUNG CANCELED caller<ACK/CANCEL=moved caller-disturbed +246s caller<REFUSE=unknown caller>ACK/REFUSE"},
	{"an accepted call is forgotten too soon for a REFUSE",
		"ACCEPTED caller<REFUSE=unknown caller>ACK/REFUSE", "Q6",
		"ACCEPTED caller<REFUSE=unexpected caller>ACK/REFUSE"},
	{"an INVITE is answered by what the app does next",
		"RUNG callee<INVITE=copy accept-ok callee>ACCEPT", "Q6",
		"RUNG callee<INVITE=copy callee>RECEIVED accept-ok callee>ACCEPT"},
	{"what was owed before the crash is not sent after it",
		"ACCEPTED caller<ACCEPT=late caller-disturbed caller>CONFIRM", "Q3",
		"ACCEPTED caller<ACCEPT=late caller>CONFIRM caller-disturbed"},
	{"a message is malformed, or another one's",
		"REFUSED caller<REFUSE=late caller-offline", "Q6",
		"REFUSED caller<REFUSE=invalid caller<REFUSE=wrongpeer caller-offline"},

	// Q7
	{"an INVITE is not repeated",
		"caller>INVITE +4.000000001s caller-offline", "Q7",
		"caller>INVITE +4s caller-offline caller>INVITE +4s caller-offline"},
	{"an INVITE is not repeated, and given up",
		"caller>INVITE +30s GAVEUP", "Q7",
		"caller>INVITE +4s caller>INVITE +4s GAVEUP"},
	{"an INVITE is repeated when it has arrived",
		"RUNG +1s caller>INVITE", "Q7",
		"RUNG caller>INVITE +5s caller-offline"},
	{"an accept is not sent",
		"RUNG accept-ok +1ms callee>ACCEPT", "Q7",
		"ACCEPTING"},
	{"an accept is not sent, and repeated at once",
		"RUNG accept-ok callee-offline", "Q7",
		"RUNG callee-out accept-ok callee-offline"},
	{"an ACCEPT is not repeated",
		"ACCEPTING +501ms callee-offline", "Q7",
		"ACCEPTING +500ms callee>ACCEPT +500ms callee-offline"},
	{"an ACCEPT is repeated after its CONFIRM",
		"BOTH +1ms callee>ACCEPT", "Q7",
		"BOTH callee>ACCEPT"},
	{"a refusal is not sent",
		"RUNG callee:REFUSED", "Q7",
		"RUNG callee-out callee:REFUSED"},
	{"a REFUSE is not repeated",
		"REFUSING +5s callee-offline", "Q7",
		"REFUSING callee<ACK/REFUSE=moved +5s callee-offline"},
	{"a REFUSE is repeated after its ACK",
		"REFUSING callee<ACK/REFUSE=moved +1s callee>REFUSE", "Q7",
		"REFUSING +1s callee>REFUSE"},
	{"a CANCEL is not repeated",
		"RUNG CANCELED +5s caller-offline", "Q7",
		"RUNG CANCELED caller<ACK/CANCEL=moved +5s caller-offline"},
	{"a CANCEL is repeated after its ACK",
		"RUNG CANCELED caller<ACK/CANCEL=moved +1s caller>CANCEL/USER", "Q7",
		"RUNG CANCELED caller<ACK/CANCEL=moved caller>CANCEL/USER"},
	{"a CANCEL is never repeated",
		"caller>INVITE CANCELED end", "Q7",
		"caller>INVITE CANCELED caller<ACK/CANCEL=moved end"},
	{"a CANCEL is not repeated any more at the end of its linger",
		"caller>INVITE CANCELED +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER end", "Q7",
		"caller>INVITE CANCELED +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER +4s caller>CANCEL/USER end"},
	{"a CANCEL is not acknowledged by the ACK of something else",
		"RUNG CANCELED caller<ACK/REFUSE=unexpected +5s caller-offline", "Q7",
		"RUNG CANCELED caller<ACK/CANCEL=late +5s caller-offline"},
	{"nothing is repeated by who is logged out",
		"RUNG CANCELED +4s caller-offline +1s caller-out", "Q7",
		"RUNG CANCELED +4s caller-out +1s caller-offline"},
	{"nothing that has begun is repeated for certain by who was frozen",
		"RUNG CANCELED +5s caller-offline", "Q7",
		"RUNG CANCELED caller-disturbed +5s caller-offline"},
}

// TestNobodyTellsOfCopies: a watcher that is told of events alone does not miss
// what it cannot see.
func TestNobodyTellsOfCopies(t *testing.T) {
	for _, story := range []string{"ring received caller:EXPIRED callee:EXPIRED end", "ring received callee:REFUSED caller:REFUSED end",
		"ring received accept-ok caller:ACCEPTED callee:ACCEPT_FAILURE end", "caller:CANCELED cancel-ok end"} {
		if got := tell(t, story); got != "" {
			t.Errorf("told %q: %q violated", story, got)
		}
	}
}

// TestNoRetransmit: what is sent once is not missed a second time.
func TestNoRetransmit(t *testing.T) {
	var violated []property.ID
	watch := &property.Watch{Bounds: property.BoundsOf(engine.Options{NoRetransmit: true}),
		Report: func(v property.Violation) { violated = append(violated, v.Property) }}
	call := plain.call()
	call.CopySent(watch, true, &engine.Output{Message: engine.Message{Kind: engine.Invite}}, 0, 0)
	call.PeerReported(watch, true, false, 20e9, 20e9)
	if violated != nil {
		t.Errorf("an INVITE that is sent once violates %v", violated)
	}
	call.PeerReported(watch, true, true, 21e9, 21e9)
	call.PeerReported(watch, true, false, 22e9, 22e9)
	if !slices.Equal(violated, []property.ID{property.Q5}) {
		t.Errorf("an INVITE that did not go when the callee was online violates %v", violated)
	}
}

// TestQualityCostsNoMemory: hundreds of thousands of copies a second are told.
func TestQualityCostsNoMemory(t *testing.T) {
	watch := &property.Watch{Bounds: property.BoundsOf(engine.Options{}), Report: func(v property.Violation) { t.Error(v) }}
	call := plain.call()
	invite, received := engine.Message{Kind: engine.Invite}, engine.Message{Kind: engine.Received}
	own := int64(0)
	if n := testing.AllocsPerRun(100, func() {
		own++
		call.CopySent(watch, true, &engine.Output{Message: invite}, own, own)
		call.CopyGot(watch, false, &invite, engine.Moved, own, own)
		call.CopySent(watch, false, &engine.Output{Message: received}, own, own)
		call.PeerReported(watch, true, true, own, own)
		call.LoggedIn(watch, true, false, own, own)
		call.LoggedIn(watch, true, true, own, own)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
