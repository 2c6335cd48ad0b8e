package main

import (
	"os"
	"strings"
	"testing"
)

// TestPaint: verdicts and headings, in pieces as they come, and nothing else.
func TestPaint(t *testing.T) {
	const text = "HELD  S1 to S14\nVIOLATED  2 times\nNOT ENDED  x\nUsage:\n  HELD  x\nThe most used flags:\nagain: x\nHELDER  x\n{\nlast"
	const want = "\x1b[32mHELD\x1b[0m  S1 to S14\n\x1b[31mVIOLATED\x1b[0m  2 times\n\x1b[31mNOT ENDED\x1b[0m  x\n\x1b[1mUsage:\x1b[0m\n  HELD  x\n\x1b[1mThe most used flags:\x1b[0m\nagain: x\nHELDER  x\n{\nlast"
	for _, size := range []int{1, 7, len(text)} {
		var out strings.Builder
		p := &painter{to: &out}
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			if n, err := p.Write([]byte(rest[:min(size, len(rest))])); n != min(size, len(rest)) || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := p.flush(); err != nil || out.String() != want {
			t.Errorf("%d at a time: %v, %q", size, err, out.String())
		}
	}
	if _, err := (&painter{to: &fills{}}).Write([]byte("a\n")); err == nil {
		t.Error("an error is lost")
	}
}

// TestNoColor without a terminal.
func TestNoColor(t *testing.T) {
	var out strings.Builder
	if painted(&out) != &out {
		t.Error("a buffer is painted")
	}
	if file, err := os.Create(t.TempDir() + "/answer"); err != nil || painted(file) != file {
		t.Errorf("a file is painted, %v", err)
	}
}
