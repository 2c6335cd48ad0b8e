package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestRows: every row that can be compared here gives a ratio, in a few short turns. Those
// that take long are left to the table.
func TestRows(t *testing.T) {
	v, err := newVersions()
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	for _, r := range append(v.rows(), peers(v)...) {
		if r.missing != "" || r.turns > 0 || r.ours.n > 0 {
			continue
		}
		m, err := r.measure(3, 5*time.Millisecond)
		if err != nil || m.ours <= 0 || m.peer <= 0 || !(m.ratio.Center > 0) {
			t.Errorf("%s, %s: %+v, %v", r.what, r.peer.name, m, err)
		}
	}
}

// TestBubble plays the small world where only a test can. For the table it plays as many
// calls as it is told, and prints the processor time.
func TestBubble(t *testing.T) {
	calls := 50
	if told := os.Getenv(bubbleCalls); told != "" {
		calls, _ = strconv.Atoi(told)
	}
	began := processorTime(syscall.RUSAGE_SELF)
	synctest.Test(t, func(*testing.T) { inBubble(calls) })
	fmt.Println(bubbleCalls, int64(processorTime(syscall.RUSAGE_SELF)-began))
}

// TestMock plays it on clock.Mock.
func TestMock(t *testing.T) { onMock(5) }

// TestSimgo plays it on simgo.
func TestSimgo(t *testing.T) { onSimgo(50) }
