package setup

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
)

// TestTokenRoundTrip: what a token is made of comes back, for worlds drawn from the
// swarm, seeded and recorded.
func TestTokenRoundTrip(t *testing.T) {
	for number := range 300 {
		o, _ := DrawSwarm(7, number)
		o.Faults = []fault.Scheduled{{Kind: fault.Partition, At: time.Second, For: 2 * time.Second, Phones: []int{0, 1}, OneWay: true}}
		token := &Token{Options: o}
		if number%2 == 1 {
			token.Tape = &tape.Recorded{}
			token.Tape.Set(tape.Choice{What: tape.Loss, About: tape.Key(number) << 28}, 1<<63)
			token.Options.Seed = 0
		}
		text := token.String()
		back, err := ParseToken(" "+text+"\n", nil)
		if err != nil {
			t.Fatalf("world %d: %v", number, err)
		}
		if !reflect.DeepEqual(back.Options, token.Options) || back.String() != text {
			t.Fatalf("world %d: %+v came back as %+v", number, token.Options, back.Options)
		}
		if number%2 == 1 && back.Tape.Draw(tape.Loss, tape.Key(number)<<28) != 1<<63 {
			t.Fatalf("world %d: the tape is lost", number)
		}
	}
}

// TestTokenIsFrozen: tokens of this format mean these worlds, for ever.
func TestTokenIsFrozen(t *testing.T) {
	recorded := &Token{Options: base(), Tape: &tape.Recorded{}}
	recorded.Options.Loss = 0.25
	recorded.Tape.Set(tape.Choice{What: tape.Loss, About: 2 << 24}, 0xc0<<56)
	for want, token := range map[string]*Token{
		"inv2-AAAS_w":                  {Options: base()},
		"inv2-CgMyNSUAAAEBAYCAgBAD54I": recorded,
	} {
		if got := token.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestEveryOptionIsAField: whatever can be set in Options has a text, so that no
// token and no scenario file forgets it.
func TestEveryOptionIsAField(t *testing.T) {
	base := Default()
	elsewhere := map[string]bool{"Clock": true, "Epoch": true, "Device": true, "ValidUserID": true, "Observe": true, "Rules": true} // the simulator's own
	var walk func(v reflect.Value, name string)
	walk = func(v reflect.Value, name string) {
		if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[netem.Delay]() && v.Type() != reflect.TypeFor[Range]() {
			for i := range v.NumField() {
				if field := v.Type().Field(i).Name; !elsewhere[field] {
					walk(v.Field(i), name+"."+field)
				}
			}
			return
		}
		if v.Kind() == reflect.Array { // Every and For, by kind of fault
			for kind := range fault.Save {
				if kind != fault.Offline || name != "Options.Every" { // that follows from the share
					walk(v.Index(int(kind)), fmt.Sprintf("%s[%v]", name, kind))
				}
			}
			return
		}
		before := texts(&base)
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		change(v)
		if after := texts(&base); after == before {
			t.Errorf("%s changes no field's text", name)
		}
		v.Set(old)
	}
	walk(reflect.ValueOf(&base).Elem(), "Options")
}

func texts(o *Options) string {
	var all []string
	for _, f := range o.Fields() {
		all = append(all, f.Value.String())
	}
	return strings.Join(all, "\n")
}

// change gives a value another one.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.125)
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]Group]() {
			v.Set(reflect.ValueOf([]Group{{Share: 0.5}}))
			return
		}
		v.Set(reflect.ValueOf([]fault.Scheduled{{Kind: fault.Crash}}))
	case reflect.Pointer:
		v.Set(reflect.ValueOf(link))
	case reflect.Struct:
		change(v.Field(1))
	default:
		panic(v.Kind().String())
	}
}

var link, _ = netem.ReadLink("some.trace", strings.NewReader("10\n"))

// TestFieldTextIsStable: every field's text, set again, changes nothing.
func TestFieldTextIsStable(t *testing.T) {
	for number := range 300 {
		o, _ := DrawSwarm(11, number)
		for _, f := range o.Fields() {
			text := f.Value.String()
			if err := f.Value.Set(text); err != nil || f.Value.String() != text {
				t.Errorf("world %d: %s: %q became %q, %v", number, f.Name, text, f.Value.String(), err)
			}
		}
	}
}

func TestParseTokenRefuses(t *testing.T) {
	whole := (&Token{Options: Default()}).String()
	for text, want := range map[string]string{
		"":                                      "does not start with inv2-",
		"inv3-AAAA":                             "a token of format inv3: this version reads inv2",
		"inv1-AAAS_w":                           "a token of format inv1: it was made under the rules of version 0.x",
		"invite-AAAA":                           "does not start with inv2-",
		"inv2-" + strings.Repeat("A", maxToken): fmt.Sprintf("longer than %d characters", maxToken),
		"inv2-":                                 "cut off",
		"inv2-!!!!":                             "other characters",
		whole[:len(whole)-4]:                    "checksum",
		whole[:10] + "A" + whole[11:]:           "checksum",
	} {
		if _, err := ParseToken(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestTokenOpensNoFile: a token that names a recording gets it from its reader only.
func TestTokenOpensNoFile(t *testing.T) {
	const up = "../../testdata/links/tunnel.up"
	o := Default()
	if err := o.Set("uplink", up); err != nil {
		t.Fatal(err)
	}
	text := (&Token{Options: o}).String()
	if _, err := ParseToken(text, nil); err == nil || !strings.Contains(err.Error(), `needs the recording "../../testdata/links/tunnel.up": give its file as uplink`) {
		t.Errorf("%v", err)
	}
	k, err := ParseToken(text, map[string]string{"uplink": up})
	if err != nil || k.Options.Uplink == nil || k.Options.Uplink.Period() != o.Uplink.Period() {
		t.Errorf("%v", err)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add((&Token{Options: Default()}).String())
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseToken(text, nil)
		if err != nil {
			return
		}
		again, err := ParseToken(k.String(), nil)
		if err != nil || again.String() != k.String() {
			t.Errorf("%q: %v", text, err)
		}
	})
}
