package setup

import (
	"strings"
	"testing"
)

func TestBetween(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"accept-time", "2s..32s/5", "2s 4s 8s 16s 32s"},
		{"accept-time", "5s..32s/4", "5s 14s 23s 32s"},
		{"accept-time", "500ms..1m/3", "500ms 5.48s 1m0s"},
		{"loss", "0%..20%/5", "0% 5% 10% 15% 20%"},
		{"loss", "0.1%..10%/3", "0.1% 1% 10%"},
		{"loss", "0..0.5/2", "0% 50%"},
		{"users", "2..4/9", "2 3 4"},
		{"users", "2..2000/4", "2 20 200 2000"},
		{"arrivals", "10/s..20/s/3", "10/s 15/s 20/s"},
		{"accept", "1..7/3", "1 4 7"},
		{"loss", "20%..0%/5", "error: the lower end comes first"},
		{"loss", "5%..5%/2", "error: the lower end comes first"},
		{"loss", "0%..200%/5", "error: 200%: must be 0%, or from"},
		{"accept-time", "2..32/5", "error: 2: not a time such as 20s"},
		{"loss", "0%..20%/1", "error: how many values: must be from 2 to 1000"},
		{"loss", "0%..20%/9999999999999999999", "error: how many values: must be"},
		{"loss", "0%..20%", "other"}, {"loss", "5%", "other"}, {"loss", "../x/5", "other"},
		{"latency", "50ms..250ms/3", "other"}, {"answer-after", "1s..2s/3", "other"}, {"uplink", "../x..y/5", "other"}, {"preset", "lan", "other"},
	} {
		o := Default()
		values, isRange, err := o.Between(c.name, c.text)
		got := strings.Join(values, " ")
		switch {
		case err != nil:
			got = "error: " + err.Error()
		case !isRange:
			got = "other"
		}
		if err == nil && got != c.want || err != nil && !strings.HasPrefix(got, c.want) {
			t.Errorf("%s=%s: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}
