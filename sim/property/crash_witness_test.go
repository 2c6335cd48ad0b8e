// Witnesses: what can happen where a host forgets. A breadth-first search plays
// every short script of one call, with one crash in it, and keeps the first script
// that breaks a property or ends in a pair that is not allowed. The canonical
// snapshot tells which states were seen before. docs/crash-safety.md shows what is
// found:
//
//	go test ./sim/property -run TestWitnesses -rewrite

package property_test

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// forgetting is what a host keeps, and how its user comes back.
type forgetting int

const (
	nothingForgotten forgetting = iota // a snapshot is durable before its outputs leave
	theLeast                           // only where the protocol page demands it
	sendsFirst                         // the outputs leave before their snapshot is durable
	keepsOld                           // some older snapshot
	keepsNothing                       // none
)

var forgettings = [...]string{"keeps everything", "keeps the least", "sends first", "keeps an old snapshot", "keeps nothing"}

// searchWorld is a crash world that is driven by steps in words.
type searchWorld struct {
	*crashWorld
	mode     forgetting
	who      int
	crashed  bool
	kept     *durable
	previous [2]durable
	durable  [2]uint8 // state that is on the disk, for theLeast
}

func newSearchWorld(t fatal, mode forgetting, who int) *searchWorld {
	w := &searchWorld{crashWorld: newCrashWorld(t, engine.Options{}), mode: mode, who: who}
	w.silent = true
	w.forgetful = mode != nothingForgotten
	for i := range w.ends {
		w.previous[i] = w.ends[i].disk
	}
	w.persists = func(i int) bool {
		if i != who || mode == keepsNothing {
			return false
		}
		w.previous[i] = w.ends[i].disk
		return mode != theLeast || w.mustPersist(i)
	}
	return w
}

// mustPersist: the states that must be durable before their outputs leave.
func (w *searchWorld) mustPersist(i int) bool {
	state, must := uint8(0), false
	switch c := w.calls[0]; {
	case i == 0 && c.local != nil:
		state = uint8(c.local.State())
		must = c.local.State().Terminal() && c.local.State() != states.LocalRefusedByRemote
	case i == 1 && c.remote != nil:
		state = uint8(c.remote.State())
		must = c.remote.State() == states.RemoteAcceptSentToLocal || c.remote.State() == states.RemoteRefused
	}
	must = must && state != w.durable[i]
	if must {
		w.durable[i] = state
	}
	return must
}

var searchPauses = []time.Duration{5 * time.Second, 30 * time.Second, 62 * time.Second}

// steps are the things that can happen next. A copy that has arrived stays under
// way: the network may duplicate, and what never arrives is lost.
func (w *searchWorld) steps() (steps []string) {
	if len(w.calls) == 0 {
		return []string{"alice sends"}
	}
	c := w.calls[0]
	if c.local != nil && !c.local.State().Terminal() {
		steps = append(steps, "alice cancels")
	}
	if c.remote != nil && c.remote.State() == states.RemoteInvitationReceived {
		steps = append(steps, "bob accepts", "bob refuses")
	}
	for _, copy := range w.underWay() {
		steps = append(steps, w.arrival(copy))
	}
	if !w.crashed {
		if w.mode == keepsOld && w.kept == nil {
			steps = append(steps, w.ends[w.who].name+"'s snapshot is taken")
		}
		if w.mode != keepsOld || w.kept != nil {
			steps = append(steps, w.ends[w.who].name+" crashes")
		}
	}
	for _, d := range searchPauses {
		steps = append(steps, fmt.Sprint(d, " pass"))
	}
	return steps
}

// underWay are the copies that differ in more than their age, the oldest of each.
func (w *searchWorld) underWay() (copies []copyInFlight) {
	seen := map[string]bool{}
	for _, c := range w.wire {
		if name := w.arrival(c); !seen[name] && w.now-c.sentAt <= engine.DefaultTimes().MaxDelay {
			seen[name] = true
			copies = append(copies, c)
		}
	}
	return copies
}

func (w *searchWorld) arrival(c copyInFlight) string {
	name := fmt.Sprintf("%s gets %v", w.ends[c.to].name, c.m.Kind)
	switch c.m.Kind {
	case engine.Closed:
		name += fmt.Sprintf("(%v)", c.m.Word)
	case engine.Ack:
		name += fmt.Sprintf("(%v)", c.m.For)
	}
	return name
}

func (w *searchWorld) play(step string) {
	switch {
	case step == "alice sends":
		w.send(0)
	case step == "alice cancels":
		w.press(w.calls[0], opCancel)
	case step == "bob accepts":
		w.press(w.calls[0], opAccept)
	case step == "bob refuses":
		w.press(w.calls[0], opRefuse)
	case strings.HasSuffix(step, " is taken"):
		kept := w.ends[w.who].disk
		w.kept = &kept
	case strings.HasSuffix(step, " crashes"):
		w.crash()
	case strings.HasSuffix(step, " pass"):
		d, _ := time.ParseDuration(strings.TrimSuffix(step, " pass"))
		w.pass(d)
	default:
		for _, c := range w.underWay() {
			if w.arrival(c) == step {
				w.deliver(c)
				return
			}
		}
		w.t.Fatalf("no such step: %s", step)
	}
}

func (w *searchWorld) crash() {
	w.crashed = true
	w.kill(w.who)
	switch w.mode {
	case keepsNothing:
		w.up(w.who, w.empty(w.who), nil)
		return
	case sendsFirst:
		w.ends[w.who].disk = w.previous[w.who]
	case keepsOld:
		w.ends[w.who].disk = *w.kept
	}
	w.restart(w.who, true)
}

// state is everything that the future depends on.
func (w *searchWorld) state() [32]byte {
	var b strings.Builder
	for i := range w.ends {
		fmt.Fprintf(&b, "%x\n", w.ends[i].engine.Snapshot())
	}
	for _, c := range w.underWay() {
		fmt.Fprintf(&b, "%d %+v %v\n", c.to, c.m, w.now-c.sentAt)
	}
	for _, c := range w.calls {
		fmt.Fprintf(&b, "%v %v %v %v %v %v\n", c.CallerEnd, c.CalleeEnd, c.Rang, c.told, c.local != nil, c.remote != nil)
	}
	disk := w.ends[w.who].disk
	fmt.Fprintf(&b, "%v %x %v %x %v %v\n", w.crashed, disk.snapshot, w.now-disk.at, w.previous[w.who].snapshot, w.now-w.previous[w.who].at, w.durable)
	if w.kept != nil {
		fmt.Fprintf(&b, "%x %v\n", w.kept.snapshot, w.now-w.kept.at)
	}
	return sha256.Sum256([]byte(b.String()))
}

// The two ways in which a script ends: what is under way arrives, or is lost; and
// then everything takes its course.
const (
	allArrives = "all else arrives"
	allLost    = "all else is lost"
)

func replay(t fatal, mode forgetting, who int, script []string) *searchWorld {
	w := newSearchWorld(t, mode, who)
	for _, step := range script {
		switch step {
		case allLost:
			w.wire = nil
			fallthrough
		case allArrives:
			w.persists = func(int) bool { return false }
			w.finish()
		default:
			w.play(step)
		}
	}
	return w
}

// broken names what a world has broken. That a call which nobody remembers never
// ends is what forgetting means, and not listed.
func (w *searchWorld) broken() (names []string) {
	for _, v := range w.violations {
		name := v.Property.String()
		switch v.Property {
		case property.S14:
			continue
		case property.Pair:
			name = v.Detail
		}
		names = append(names, name)
	}
	for _, c := range w.calls {
		caller, callee := c.lastCaller, c.lastCallee
		if caller == property.CallerOpen || callee == property.CalleeOpen || property.Allowed(caller, callee) {
			continue
		}
		names = append(names, fmt.Sprintf("caller %v, callee %v", caller, callee))
		switch {
		case callee == property.CalleeAccepted:
			names = append(names, "S1")
		case caller == property.CallerRefused:
			names = append(names, "S3")
		case caller == property.CallerAccepted:
			names = append(names, "S4")
		}
	}
	return names
}

// search finds the first script for everything that can break.
func search(t fatal, mode forgetting, who, depth int) map[string][]string {
	witnesses := map[string][]string{}
	seen := map[[32]byte]bool{}
	for layer := [][]string{nil}; len(layer) > 0; {
		var next [][]string
		for _, script := range layer {
			for _, ending := range []string{allArrives, allLost} {
				whole := append(slices.Clone(script), ending)
				for _, name := range replay(t, mode, who, whole).broken() {
					if witnesses[name] == nil {
						witnesses[name] = whole
					}
				}
			}
			if len(script) == depth {
				continue
			}
			for _, step := range replay(t, mode, who, script).steps() {
				longer := append(slices.Clone(script), step)
				if state := replay(t, mode, who, longer).state(); !seen[state] {
					seen[state] = true
					next = append(next, longer)
				}
			}
		}
		layer = next
	}
	return witnesses
}

// witness is a row of the table: a script and all that it is the first for.
type witness struct {
	mode   forgetting
	who    int
	script []string
	broken []string
}

func (v *witness) row() string {
	return fmt.Sprintf("| %s | %s | %s | %s |", forgettings[v.mode], [...]string{"alice", "bob"}[v.who],
		strings.Join(v.broken, "<br>"), strings.Join(v.script, "; "))
}

func parseRow(line string) (v witness, ok bool) {
	cells := strings.Split(strings.Trim(line, "| "), " | ")
	if len(cells) != 4 {
		return v, false
	}
	mode := slices.Index(forgettings[:], cells[0])
	v = witness{forgetting(mode), slices.Index([]string{"alice", "bob"}, cells[1]), strings.Split(cells[3], "; "), strings.Split(cells[2], "<br>")}
	return v, mode >= 0 && v.who >= 0
}

// witnesses searches everything and makes the rows.
func witnesses(t fatal, depth int) (rows []witness) {
	for mode := range forgetting(len(forgettings)) {
		for who := range 2 {
			scripts := map[string]*witness{}
			var found []*witness
			all := search(t, mode, who, depth)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				text := strings.Join(all[name], "; ")
				if scripts[text] == nil {
					scripts[text] = &witness{mode: mode, who: who, script: all[name]}
					found = append(found, scripts[text])
				}
				scripts[text].broken = append(scripts[text].broken, name)
			}
			slices.SortFunc(found, func(a, b *witness) int {
				return cmp.Or(cmp.Compare(len(a.script), len(b.script)), strings.Compare(a.broken[0], b.broken[0]))
			})
			for _, v := range found {
				rows = append(rows, *v)
			}
		}
	}
	return rows
}

const (
	crashPage    = "../../docs/crash-safety.md"
	tableBegins  = "<!-- generated: witnesses -->\n"
	tableEnds    = "<!-- end -->"
	tableHeading = "| the host | who crashes | broken | the shortest script |\n|---|---|---|---|\n"
	searchDepth  = 6
)

// TestWitnesses: every row of the page's table is true, a shallower search finds
// nothing that is not there, and the hosts that keep enough are not there at all,
// or only with what they may break.
func TestWitnesses(t *testing.T) {
	page, err := os.ReadFile(crashPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), tableBegins)
	table, after, ok := strings.Cut(rest, tableEnds)
	if !ok {
		t.Fatalf("%s has no table of witnesses", crashPage)
	}
	if golden.Rewriting() {
		table = tableHeading
		for _, v := range witnesses(t, searchDepth) {
			table += v.row() + "\n"
		}
		golden.Write(t, crashPage, before+tableBegins+table+tableEnds+after)
	}

	listed := map[string]bool{}
	for _, line := range strings.Split(strings.TrimPrefix(table, tableHeading), "\n") {
		if line == "" {
			continue
		}
		v, ok := parseRow(line)
		if !ok {
			t.Fatalf("not a row: %s", line)
		}
		broken := replay(t, v.mode, v.who, v.script).broken()
		for _, name := range v.broken {
			if listed[fmt.Sprint(v.mode, v.who, name)] = true; !slices.Contains(broken, name) {
				t.Errorf("%s: breaks only %q", line, broken)
			}
			if v.mode == nothingForgotten || v.mode == theLeast && name != "S6" && name != "S7" && name != "S9" {
				t.Errorf("must not be: %s", line)
			}
		}
	}
	for _, v := range witnesses(t, 4) {
		for _, name := range v.broken {
			if !listed[fmt.Sprint(v.mode, v.who, name)] {
				t.Errorf("not in the table: %s", v.row())
			}
		}
	}
}
