// The language of the scripts: what each command does, and how things are
// printed. All commands, with NAME an endpoint and #N the invitation that was
// created as the N-th of the script:
//
//	options [NAME] KEY=VALUE… FLAG…        before NAME is first mentioned otherwise
//	call NAME NAME [content=T] [channel=T] create and send
//	create NAME NAME [content=T] …         the first calls the second, later
//	set NAME #N content=T channel=T response=T
//	send NAME #N · cancel NAME #N
//	accept NAME #N [response=T] · refuse NAME #N [response=T]
//	at TIME        let time pass; the timers of that instant are still to come
//	until TIME     let time pass, timers of that instant included
//	lose COUNT KIND from NAME              COUNT is a number or every, KIND may be any
//	delay COUNT KIND from NAME to TIME     each takes that long
//	duplicate COUNT KIND from NAME to TIME each arrives twice, the second time after that long
//	heal                                   no more of it
//	inject NAME from NAME KIND #N FIELD=VALUE…   a message out of nowhere, at once
//	tell NAME NAME online|offline          what the transport knows of a peer
//	logout NAME · login NAME · sleep NAME · wake NAME · kill NAME · restart NAME
//	clock NAME +1h | -1h | stops
//	state · stats NAME
//	expect NAME #N STATE [at TIME] · expect NAME none
//	reset          the end of one world and the beginning of another
//
// A text T is "quoted" or, for long ones, COUNT*CHARACTER. #N@STRANGER is an
// invitation that a stranger sent under the id of #N.

package transcript

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

var verbs = map[string]func(w *world, args []string){
	"options": (*world).verbOptions,
	"call":    (*world).verbCall, "create": (*world).verbCreate, "set": (*world).verbSet,
	"send": (*world).verbSend, "cancel": (*world).verbCancel,
	"accept": (*world).verbAccept, "refuse": (*world).verbRefuse,
	"at": (*world).verbAt, "until": (*world).verbUntil,
	"heal": (*world).verbHeal, "inject": (*world).verbInject, "tell": (*world).verbTell,
	"clock": (*world).verbClock, "state": (*world).verbState, "stats": (*world).verbStats,
	"expect": (*world).verbExpect,
}

func isVerb(word string) bool {
	return verbs[word] != nil || word == "reset" || slices.Contains([]string{"lose", "delay", "duplicate", "logout", "login", "sleep", "wake", "kill", "restart"}, word)
}

// command carries one line out.
func (w *world) command(line string) {
	words := splitWords(line)
	verb, args := words[0], words[1:]
	switch verb {
	case "lose", "delay", "duplicate":
		w.addRule(verb, args)
	case "logout", "login", "sleep", "wake", "kill", "restart":
		w.want(args, 1)
		w.changeEnd(verb, args[0])
	default:
		do := verbs[verb]
		if do == nil {
			w.fatalf("no such verb: %s", verb)
		}
		do(w, args)
	}
}

// splitWords splits at spaces outside quotes.
func splitWords(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func (w *world) want(args []string, atLeast int) {
	if len(args) < atLeast {
		w.fatalf("%d words are missing", atLeast-len(args))
	}
}

func (w *world) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		w.fatalf("%v", err)
	}
	return d
}

func (w *world) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		w.fatalf("%v", err)
	}
	return n
}

// text is a quoted text or COUNT*CHARACTER.
func (w *world) text(word string) string {
	if count, what, ok := strings.Cut(word, "*"); ok && !strings.HasPrefix(word, `"`) {
		return strings.Repeat(what, w.number(count))
	}
	text, err := strconv.Unquote(word)
	if err != nil {
		w.fatalf("%s: %v", word, err)
	}
	return text
}

func (w *world) verbOptions(args []string) {
	name, o := "", w.defaults
	if len(args) > 0 && flags[args[0]] == nil && !strings.Contains(args[0], "=") {
		name, args = args[0], args[1:]
	}
	for _, p := range w.ends {
		if name == "" || p.name == name {
			w.fatalf("%s has started already", p.name)
		}
	}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		if set := flags[key]; set != nil {
			set(&o)
		} else if part := timeOptions[key]; part != nil {
			*part(&o.Times) = w.duration(value)
		} else if bound := bounds[key]; bound != nil {
			*bound(&o) = w.number(value)
		} else {
			w.fatalf("no such option: %s", key)
		}
	}
	if name == "" {
		w.defaults = o
	} else {
		w.options[name] = o
	}
}

var flags = map[string]func(*engine.Options){
	"vendor-times":    func(o *engine.Options) { o.Times = engine.DefaultTimes() },
	"count-from-send": func(o *engine.Options) { o.CountFromSend = true },
	"fail-at-once":    func(o *engine.Options) { o.FailAtOnce = true },
	"no-retransmit":   func(o *engine.Options) { o.NoRetransmit = true },
}

var timeOptions = map[string]func(*engine.Times) *time.Duration{
	"no-response": func(t *engine.Times) *time.Duration { return &t.NoResponse },
	"expiry":      func(t *engine.Times) *time.Duration { return &t.Expiry },
	"grace":       func(t *engine.Times) *time.Duration { return &t.Grace },
	"accept":      func(t *engine.Times) *time.Duration { return &t.Accept },
	"linger":      func(t *engine.Times) *time.Duration { return &t.Linger },
	"tombstone":   func(t *engine.Times) *time.Duration { return &t.Tombstone },
}

var bounds = map[string]func(*engine.Options) *int{
	"per-peer": func(o *engine.Options) *int { return &o.MaxPerPeer },
	"total":    func(o *engine.Options) *int { return &o.MaxTotal },
}

func (w *world) verbCall(args []string) {
	w.verbCreate(args)
	w.verbSend([]string{args[0], fmt.Sprint("#", len(w.calls))})
}

func (w *world) verbCreate(args []string) {
	w.want(args, 2)
	p := w.running(args[0])
	callee := w.user(args[1])
	if callee == args[1] {
		w.end(callee) // who is named in quotes has no endpoint
	}
	o := &invitation{end: p, local: p.engine.CreateLocalInvitation(callee), number: len(w.calls) + 1}
	p.objects = append(p.objects, o)
	w.calls = append(w.calls, o)
	w.set(o, args[2:])
}

func (w *world) verbSet(args []string) {
	w.want(args, 3)
	w.set(w.object(args), args[2:])
}

func (w *world) set(o *invitation, fields []string) {
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		switch text := w.text(value); {
		case key == "content" && o.local != nil:
			o.local.SetContent(text)
		case key == "channel" && o.local != nil:
			o.local.SetChannelID(text)
		case key == "response" && o.remote != nil:
			o.remote.SetResponse(text)
		default:
			w.fatalf("%s cannot be set here", key)
		}
	}
}

// object finds NAME #N, the object that an endpoint's app holds, or NAME
// #N@STRANGER, which came under the same id from somebody else.
func (w *world) object(args []string) *invitation {
	w.want(args, 2)
	p := w.end(args[0])
	word, from, forged := strings.Cut(args[1], "@")
	n := w.call(word)
	if !forged {
		from = w.calls[n-1].end.name
	}
	for _, o := range p.objects {
		if o.number == n && (o.local != nil && !forged || o.remote != nil && o.remote.CallerID() == from) {
			return o
		}
	}
	w.fatalf("%s holds no %s", args[0], args[1])
	return nil
}

// call is the N of #N.
func (w *world) call(word string) int {
	n := w.number(strings.TrimPrefix(word, "#"))
	if n < 1 || n > len(w.calls) {
		w.fatalf("there is no %s", word)
	}
	return n
}

func (w *world) verbSend(args []string) {
	o := w.object(args)
	if !o.sent() {
		o.begun = o.end.time()
	}
	w.api(o, "send", o.local.Send)
}

func (w *world) verbCancel(args []string) {
	o := w.object(args)
	w.api(o, "cancel", o.local.Cancel)
}

func (w *world) verbAccept(args []string) {
	o := w.object(args)
	w.set(o, args[2:])
	w.api(o, "accept", o.remote.Accept)
}

func (w *world) verbRefuse(args []string) {
	o := w.object(args)
	w.set(o, args[2:])
	w.api(o, "refuse", o.remote.Refuse)
}

// api makes a call of the app. Only a refusal is printed: a success shows in
// what it causes.
func (w *world) api(o *invitation, op string, call func() error) {
	p := w.running(o.end.name)
	before := o.state()
	err := call()
	if err == nil && !slices.Contains(takes[op], before) {
		o.errorf("%s was taken, in %s (S13)", op, before)
	}
	if err != nil {
		var full *errors.InvitationError
		var code errors.InvitationApiCallError
		text := err.Error()
		if errors.As(err, &code) {
			text = strings.TrimPrefix(code.Name(), "INVITATION_API_CALL_ERR_")
		} else if errors.Is(err, errors.LimitReached) {
			text = errors.LimitReached.Error()
		}
		if errors.As(err, &full) && full.Detail != "" {
			text += ", " + full.Detail
		}
		w.print("%-5s %s %s: %s", p.name, op, o.name(), text)
	}
	p.settle(false)
}

// takes are the states in which a call of the app may be taken.
var takes = map[string][]string{
	"send":   {"IDLE"},
	"cancel": {"SENT_TO_REMOTE", "RECEIVED_BY_REMOTE"},
	"accept": {"INVITATION_RECEIVED"},
	"refuse": {"INVITATION_RECEIVED"},
}

func (w *world) verbAt(args []string)    { w.passTo(args, true) }
func (w *world) verbUntil(args []string) { w.passTo(args, false) }

func (w *world) passTo(args []string, inputsToCome bool) {
	w.want(args, 1)
	limit := w.duration(args[0])
	if limit < w.now {
		w.fatalf("%v is over", limit)
	}
	w.run(limit, inputsToCome)
}

// addRule: COUNT KIND from NAME [to TIME].
func (w *world) addRule(verb string, args []string) {
	w.want(args, 4)
	r := &rule{verb: verb, left: -1, kind: args[1], from: args[3]}
	if args[0] != "every" {
		r.left = w.number(args[0])
	}
	if r.kind != "any" {
		w.kind(r.kind)
	}
	if verb != "lose" {
		w.want(args, 6)
		r.time = w.duration(args[5])
		if r.time > w.defaults.Times.MaxDelay {
			w.fatalf("a copy older than MaxDelay is outside of what is promised")
		}
	}
	w.rules = append(w.rules, r)
}

func (w *world) verbHeal([]string) { w.rules = nil }

func (w *world) kind(name string) engine.Kind {
	for k := engine.Invite; k <= engine.Closed; k++ {
		if k.String() == name {
			return k
		}
	}
	w.fatalf("no such kind of message: %s", name)
	return 0
}

// verbInject: NAME from NAME KIND #N FIELD=VALUE….
func (w *world) verbInject(args []string) {
	w.want(args, 5)
	p := w.running(args[0])
	m := engine.Message{Kind: w.kind(args[3]), ID: w.id(args[4])}
	if m.Kind == engine.Invite {
		m.Wait, m.Expiry = w.defaults.Times.NoResponse, w.defaults.Times.Expiry
	}
	for _, field := range args[5:] {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "content":
			m.Content = w.text(value)
		case "channel":
			m.ChannelID = w.text(value)
		case "response":
			m.Response = w.text(value)
		case "age":
			m.Age = w.duration(value)
		case "held":
			m.Held = w.duration(value)
		case "wait":
			m.Wait = w.duration(value)
		case "expiry":
			m.Expiry = w.duration(value)
		case "reason":
			m.Reason = named(w, value, engine.ReasonRejected)
		case "word":
			m.Word = named(w, value, engine.WordOverloaded)
		case "of":
			m.For = w.kind(value)
		default:
			w.fatalf("no such field: %s", key)
		}
	}
	p.receive(w.user(args[2]), m)
}

// user is a user id, in quotes if it is a strange one.
func (w *world) user(word string) string {
	if strings.ContainsAny(word, `"*`) {
		return w.text(word)
	}
	return word
}

// id is that of #N, or one that nobody gave: HEX-DECIMAL.
func (w *world) id(word string) (id engine.ID) {
	if strings.HasPrefix(word, "#") {
		return w.calls[w.call(word)-1].local.ID()
	}
	if _, err := fmt.Sscanf(word, "%x-%d", &id.Epoch, &id.Counter); err != nil {
		w.fatalf("%s: %v", word, err)
	}
	return id
}

// named finds a reason or a word by its name.
func named[T interface {
	~uint8
	fmt.Stringer
}](w *world, name string, last T) T {
	for i := T(1); i <= last; i++ {
		if i.String() == strings.Trim(name, `"`) {
			return i
		}
	}
	w.fatalf("no such word: %s", name)
	return 0
}

func (w *world) verbTell(args []string) {
	w.want(args, 3)
	p := w.running(args[0])
	switch args[2] {
	case "online":
		p.engine.PeerOnline(args[1])
	case "offline":
		p.engine.PeerOffline(args[1])
	default:
		w.fatalf("a peer is online or offline, not %s", args[2])
	}
	p.settle(false)
}

func (w *world) changeEnd(verb, name string) {
	if verb == "wake" {
		w.end(name).wake()
		return
	}
	p := w.running(name)
	switch verb {
	case "logout":
		p.engine.LogOut()
		p.settle(false)
	case "login":
		p.engine.LogIn()
		p.settle(false)
	case "sleep":
		p.asleep = true
	case "kill":
		p.down = true
	case "restart":
		w.start(p)
	}
}

func (w *world) verbClock(args []string) {
	w.want(args, 2)
	p := w.running(args[0])
	if args[1] == "stops" {
		p.offset += w.now
		p.stopped = true
		return
	}
	p.offset += w.duration(args[1])
}

func (w *world) verbState([]string) {
	for _, p := range w.ends {
		if len(p.objects) == 0 {
			w.print("%-5s has no invitation", p.name)
		}
		for _, o := range p.objects {
			w.print("%-5s %s %s", p.name, o.name(), o.state())
		}
	}
}

func (w *world) verbStats(args []string) {
	w.want(args, 1)
	s := w.running(args[0]).engine.Stats()
	text := fmt.Sprintf("remembers %d sent, %d received, of %d peers", s.LocalRecords, s.RemoteRecords, s.Peers)
	for verdict, n := range s.Received {
		if n > 0 {
			text += fmt.Sprintf("; %v %d", engine.Verdict(verdict), n)
		}
	}
	for _, c := range []struct {
		name string
		n    uint64
	}{{"counted as unexpected", s.Unexpected}, {"counted as late confirms", s.LateConfirms}, {"counted as security events", s.Security}} {
		if c.n > 0 {
			text += fmt.Sprintf("; %s %d", c.name, c.n)
		}
	}
	w.print("%-5s %s", args[0], text)
}

// verbExpect states an outcome that no -rewrite can change.
func (w *world) verbExpect(args []string) {
	w.want(args, 2)
	p := w.end(args[0])
	p.named = true
	if args[1] == "none" {
		if len(p.objects) > 0 {
			w.complain("%s has %d invitations", p.name, len(p.objects))
		}
		return
	}
	w.want(args, 3)
	o := w.object(args)
	o.expected = args[2]
	if o.state() != args[2] {
		o.errorf("it should be %s", args[2])
	}
	if len(args) == 5 && o.endedAt != w.duration(args[4]) {
		o.errorf("it ended at %v, not at %s", o.endedAt, args[4])
	}
}

// print adds a line to what the present command printed.
func (w *world) print(format string, args ...any) {
	if !w.over {
		w.out = append(w.out, fmt.Sprintf("%10.3f ", w.now.Seconds())+fmt.Sprintf(format, args...))
	}
}

// describe prints a message. Times of an INVITE that are the common ones go without saying.
func (w *world) describe(m engine.Message) string {
	text := m.Kind.String() + " " + w.idName(m.ID)
	switch m.Kind {
	case engine.Cancel:
		text += " " + m.Reason.String()
	case engine.Ack:
		text += " of " + m.For.String()
	case engine.Closed:
		text += " " + m.Word.String() + ", answers " + m.For.String()
	}
	text += field("content", m.Content) + field("channel", m.ChannelID) + field("response", m.Response)
	if m.Kind == engine.Invite {
		if m.Age != 0 {
			text += fmt.Sprintf(" age=%v", m.Age)
		}
		if m.Held != 0 {
			text += fmt.Sprintf(" held=%v", m.Held)
		}
		if m.Wait != 30*time.Second {
			text += fmt.Sprintf(" wait=%v", m.Wait)
		}
		if m.Expiry != 60*time.Second {
			text += fmt.Sprintf(" expiry=%v", m.Expiry)
		}
	}
	return text
}

// field prints a text, a long one by its length, none at all if it is empty.
func field(name, text string) string {
	switch {
	case text == "":
		return ""
	case len(text) > 64:
		return fmt.Sprintf(" %s=(%d bytes)", name, len(text))
	}
	return fmt.Sprintf(" %s=%q", name, text)
}

// idName is #N for the id of the script's N-th invitation.
func (w *world) idName(id engine.ID) string {
	for i, o := range w.calls {
		if o.local.ID() == id {
			return fmt.Sprint("#", i+1)
		}
	}
	return id.String()
}
