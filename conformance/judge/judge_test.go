// Logs of simulated worlds: the judge finds nothing where nothing is broken, and finds what
// is. Damage costs verdicts, and makes none.

package judge_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/conformance/mixed"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// recorded plays a world of two phones that write logs. Both start again from what they
// have saved, and a stranger meddles.
func recorded(t testing.TB, number int, broken mutant.ID) (logs [2][]byte, played *mixed.Result) {
	t.Helper()
	return recordedBy(t, number, [2]invd.Driver{invd.Here(&reference.Endpoint{Mutant: broken}), invd.Here(&reference.Endpoint{Mutant: broken})})
}

// recordedBy plays it with these endpoints.
func recordedBy(t testing.TB, number int, endpoints [2]invd.Driver) (logs [2][]byte, played *mixed.Result) {
	t.Helper()
	var phones [2]mixed.Phone
	var to [2]bytes.Buffer
	for i, epoch := range []string{"a", "b"} {
		d := invd.Record(endpoints[i], &to[i])
		phones[i] = mixed.Phone{Driver: d, Setup: invd.Setup{Epoch: epoch}, Bounds: property.BoundsOf(engine.Options{}),
			Later: &mixed.Later{Driver: d, Setup: invd.Setup{Epoch: epoch + "2"}}}
	}
	played, err := mixed.Default(fmt.Sprint("world ", number), tape.World(1, number)).Play(phones)
	if err != nil {
		t.Fatalf("world %d: %v", number, err)
	}
	return [2][]byte{to[0].Bytes(), to[1].Bytes()}, played
}

func judged(t testing.TB, logs ...[]byte) *judge.Report {
	t.Helper()
	j := judge.New()
	for i, log := range logs {
		if err := j.Read(fmt.Sprint("log ", i), bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
	}
	return j.Report()
}

// healthy is how many worlds of the engine of this tree are judged.
const healthy = 120

// TestHealthy: no false alarm. Of the calls between the two phones everything is told but
// S12, for which it takes two runs.
func TestHealthy(t *testing.T) {
	for n := range healthy {
		logs, played := recorded(t, n, mutant.None)
		placed := 0
		for _, c := range judged(t, logs[0], logs[1]).Calls {
			if c.Caller != "mallory" {
				placed++
			}
			for _, f := range c.Findings() {
				if f.Verdict != judge.Holds && f.Property != "S12" && (c.Caller != "mallory" || f.Verdict == judge.Broken) {
					t.Errorf("world %d: call %s from %s: %v: %v: %s", n, c.ID, c.Caller, f.Property, f.Verdict, f.Reason)
				}
			}
		}
		if all := len(played.Ends); placed > all || placed < all-3 { // one that is placed while logged out has no id
			t.Errorf("world %d: %d calls were placed, and %d are judged", n, all, placed)
		}
	}
}

// shown is in which world a broken rule shows in the logs, and as which property.
var shown = map[mutant.ID]struct {
	world    int
	property string
}{
	mutant.AcceptWithoutConfirm: {0, "S1"}, mutant.AcceptAfterCancel: {33, "S2"}, mutant.NoCalleeTombstone: {1, "S6"},
	mutant.ShortCalleeTombstone: {3, "S6"}, mutant.EarlyCancelAckedOnly: {1, "S7"}, mutant.UnknownAcceptConfirmed: {20, "S11"},
	mutant.CancelAfterAccepted: {2, "S2"}, mutant.KeyWithoutPeer: {37, "PAIR"}, mutant.SecondRing: {0, "S6"},
	mutant.ReceiptNotImplied: {6, "S9"}, mutant.CancelNotTold: {2, "S14"}, mutant.AcceptTwice: {8, "S13"},
	mutant.RefuseAfterAccept: {1, "S4"}, mutant.ResponseNotShown: {0, "S10"}, mutant.RefreshConfirmed: {10, "S1"},
}

// hidden are those of safety that do not show in such worlds, and why.
var hidden = map[mutant.ID]string{
	mutant.IDsUsedAgain:          "no phone starts again with nothing saved",
	mutant.GroupNotDecided:       "no call is in a group; TestGroups has one",
	mutant.ConfirmOfAnother:      "no user has several devices; TestDevices has one who has",
	mutant.ElsewhereForgotten:    "likewise; TestEveryRule rings after a CONFIRM of another device",
	mutant.ExpiredCancelSaysUser: "the callee must have accepted in the last seconds, and its ACCEPT be late",
}

// TestMutants: what breaks a property of safety is found, by the property's name.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		want, ok := shown[m.ID]
		if !ok {
			if m.Breaks != "none" && hidden[m.ID] == "" {
				t.Errorf("%s: nobody says whether it shows", m.Name)
			}
			continue
		}
		logs, _ := recorded(t, want.world, m.ID)
		found := ""
		for _, c := range judged(t, logs[0], logs[1]).Calls {
			for _, f := range c.Broken() {
				found += f.Property + " "
			}
		}
		if !strings.Contains(found, want.property+" ") {
			t.Errorf("%s: world %d breaks %q, not %s", m.Name, want.world, found, want.property)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "judge.md"))
	if err != nil {
		t.Fatal(err)
	}
	words := fmt.Sprintf("comes from %d worlds of our own engine with loss, duplicates, outages, strangers and restarts, and of the %d mutants that break a property, %d are found by it", healthy, len(shown)+len(hidden), len(shown))
	if !strings.Contains(string(page), words) {
		t.Errorf("docs/judge.md does not say: %s", words)
	}
}

// TestDamage: of a log that was cut, or lost lines, or has others that make no sense,
// nothing is broken that was not, and something is told all the same.
func TestDamage(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	told := 0
	for n := range 40 {
		logs, _ := recorded(t, n, mutant.None)
		for i := range logs {
			switch log := bytes.SplitAfter(logs[i], []byte("\n")); n % 4 {
			case 0: // the end is missing
				logs[i] = logs[i][:draw.IntN(len(logs[i]))]
				if !bytes.Contains(logs[i], []byte("\n")) {
					logs[i] = log[0]
				}
			case 1: // a line is damaged
				log[1+draw.IntN(len(log)-1)] = []byte("{\"op\":\"del\x00\n")
				logs[i] = bytes.Join(log, nil)
			case 2: // bytes have changed
				for range 3 {
					at := len(log[0]) + draw.IntN(len(logs[i])-len(log[0]))
					logs[i][at] = byte(draw.Uint32())
				}
			case 3: // something else stands between
				log[draw.IntN(len(log))] = []byte("{}\n[]\nnull\n17\n\"x\"\n{\"op\":7}\n{\"time\":\"x\",\"level\":\"INFO\",\"msg\":\"hello\"}\n")
				logs[i] = append([]byte(nil), bytes.Join(log, nil)...)
			}
		}
		j := judge.New()
		for i, log := range logs {
			if err := j.Read(fmt.Sprint("log ", i), bytes.NewReader(log)); err != nil && !strings.Contains(err.Error(), "whose log it is") {
				t.Fatal(err)
			}
		}
		for _, c := range j.Report().Calls {
			for _, f := range c.Findings() {
				if f.Verdict == judge.Holds {
					told++
				}
				if f.Verdict == judge.Broken && n%4 != 2 {
					t.Errorf("world %d: call %s from %s: %s: %s", n, c.ID, c.Caller, f.Property, f.Reason)
				}
			}
		}
	}
	if told < 500 {
		t.Errorf("only %d verdicts", told)
	}
}

// failing breaks off.
type failing struct{ io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestReadErrors: a log that cannot be read, or is none, is an error that names it.
func TestReadErrors(t *testing.T) {
	logs, _ := recorded(t, 0, mutant.None)
	for name, c := range map[string]struct {
		log  io.Reader
		want string
	}{
		"breaks off": {failing{bytes.NewReader(logs[0])}, "unexpected EOF"},
		"empty":      {strings.NewReader(""), "says whose log it is"},
		"text":       {strings.NewReader("time=now level=DEBUG msg=call\n"), "line 1: it is no JSON object"},
		"no start":   {bytes.NewReader(logs[0][bytes.IndexByte(logs[0], '\n')+1:][:2000]), "says whose log it is"},
		"device":     {strings.NewReader(`{"op":"reset","now":0,"self":"bob","case":"x","device":"2x"}`), "line 1: device is no hexadecimal number"},
		"long":       {strings.NewReader(strings.Repeat("x", 3<<20)), "line 1: it has more than 1048576 bytes"},
	} {
		err := judge.New().Read("a.jsonl", c.log)
		if err == nil || !strings.HasPrefix(err.Error(), "read a.jsonl: ") || !strings.Contains(strings.ReplaceAll(err.Error(), "say whose", "says whose"), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMark: a log that begins with a byte order mark is read like one without.
func TestMark(t *testing.T) {
	if err := judge.New().Read("a.jsonl", strings.NewReader("\ufeff"+`{"op":"reset","now":0,"self":"bob","case":"x"}`)); err != nil {
		t.Error(err)
	}
}

// TestBounds: a log with more calls than are judged is read to its end, and what is beyond
// the bound is counted.
func TestBounds(t *testing.T) {
	defer judge.Most(judge.Most(100))
	log := `{"op":"reset","now":0,"self":"bob","case":"x"}` + "\n"
	for n := range 130 {
		log += fmt.Sprintf(`{"op":"deliver","now":1,"from":"mallory","message":{"v":1,"kind":"INVITE","id":"a-%d","content":"","channel_id":"","age_ns":0,"wait_ns":1,"expiry_ns":1}}`+"\n", n+1)
	}
	if r := judged(t, []byte(log)); r.Left != 30 || len(r.Calls) != 100 {
		t.Errorf("%d calls, %d left", len(r.Calls), r.Left)
	}
}
