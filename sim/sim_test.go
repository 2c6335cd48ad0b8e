package sim

import (
	"context"
	"testing"
)

func TestSmoke(t *testing.T) {
	o := Default()
	o.Calls = 20000
	o.Loss = 0.1
	r, err := Run(context.Background(), o, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Pairs, r.Messages(), r.Residue(), r.AcceptCalls, r.ViolationCount, r.Verdicts, r.Fates)
	for i, v := range r.Violations {
		if i > 5 {
			break
		}
		t.Error(v)
	}
	t.Log(r.Accepted.Percentile(50), r.Accepted.Percentile(99), r.RingAfterCancel.Percentile(50), r.RingAfterCancel.Percentile(99))
}

func BenchmarkRun(b *testing.B) {
	o := Default()
	o.Loss = 0.05
	for b.Loop() {
		if _, err := Run(context.Background(), o, 2, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(o.Calls)*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
