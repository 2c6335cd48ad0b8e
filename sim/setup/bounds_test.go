// Every number has bounds, on every way into the options.

package setup

import (
	"math"
	"strings"
	"testing"
	"time"
)

// meaningless are texts that no option of a type takes.
var meaningless = map[string][]string{
	"int":          {"-1", "2147483648", "9223372036854775807", "99999999999999999999", "NaN", "1e-3", "1e300", "1.5", "0x10", "x", ""},
	"uint":         {"-1", "18446744073709551616", "1e3", "x", ""},
	"number":       {"-1", "1e308", "1e999", "1e-300", "1e-999", "NaN", "Inf", "-Inf", "+infinity", "0x1p4", "x", ""},
	"probability":  {"-1", "-5%", "101%", "1e308", "1e-300", "1e-30%", "1e-999", "NaN", "nan%", "Inf", "x", "%", ""},
	"rate":         {"0", "-1/s", "1e308", "1e-300/s", "NaN/s", "Inf", "x", "/s", ""},
	"duration":     {"-1s", "1000h1ns", "9999999999h", "99999999999999999999s", "0.1ns", "0.0000000001s", "5", "1d", "NaN", "x", ""},
	"time[..time]": {"-1s", "24h1ns", "9999999999h", "1s..9999999999h", "2s..1s", "-1s..1s", "0.1ns", "1s..", "x", ""},
}

func TestEveryNumberHasBounds(t *testing.T) {
	numbers := 0
	for _, f := range Default().optionsOf() {
		texts := meaningless[f.Value.Type()]
		if _, ok := f.Value.(checked); ok && texts == nil {
			t.Errorf("%s: no test knows what %s refuses", f.Name, f.Value.Type())
		}
		for _, text := range texts {
			o := Default()
			err := o.Set(f.Name, text)
			if err == nil {
				t.Errorf("%s takes %q", f.Name, text)
				continue
			}
			if says := err.Error(); !strings.Contains(says, "must be ") && !strings.Contains(says, "not a ") && !strings.Contains(says, "the lower end") {
				t.Errorf("%s: %s", f.Name, says)
			}
			numbers++
		}
	}
	if numbers < 500 {
		t.Errorf("%d texts were tried", numbers)
	}
}

// optionsOf are the fields of options that nobody else has.
func (o Options) optionsOf() []Field { return o.Fields() }

// TestValidateKnowsTheBounds of options that were set without their text.
func TestValidateKnowsTheBounds(t *testing.T) {
	bad := func(o *Options, i int, number float64, whole int, d time.Duration) string {
		f := o.Fields()[i]
		switch v := f.Value.(type) {
		case *intValue:
			*v.p = whole
		case *numberValue:
			*v.p = number
		case *chanceValue:
			*v.p = number
		case *rateValue:
			*v.p = number
		case *timeValue:
			*v.p = d
		case *rangeValue:
			*v.p = Range{d, d}
		default:
			return ""
		}
		return f.Name
	}
	for i := range Default().optionsOf() {
		for _, c := range []struct {
			number float64
			whole  int
			d      time.Duration
		}{{math.NaN(), -1, -1}, {math.Inf(1), math.MaxInt32, math.MaxInt64}, {-1, math.MinInt32, math.MinInt64}, {1e-300, -5, -time.Hour}} {
			o := Default()
			name := bad(&o, i, c.number, c.whole, c.d)
			if err := o.Validate(); name != "" && (err == nil || !strings.Contains(err.Error(), name+" ")) {
				t.Errorf("%s, %+v: %v", name, c, err)
			}
		}
	}
	o := Default()
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
}
