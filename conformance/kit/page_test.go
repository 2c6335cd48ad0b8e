package kit

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/mutant"
)

// TestPageFigures: the page counts the cases, and the broken endpoints that they find.
func TestPageFigures(t *testing.T) {
	page, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	scenes := 0
	for _, c := range Cases() {
		if c.Scene != nil {
			scenes++
		}
	}
	for _, want := range []string{
		fmt.Sprintf("In %d of them (`pair.*`)", scenes),
		fmt.Sprintf("and each of %d whose snapshot holds less", len(forgetfuls)),
		fmt.Sprintf("The profile `%s` is frozen: %d short stories", Profile, len(Cases())),
		fmt.Sprintf("Each of %d engines with a rule less", len(mutant.All)),
		fmt.Sprintf("each of %d endpoints with an error", len(beginners)),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say: %s", want)
		}
	}
}
