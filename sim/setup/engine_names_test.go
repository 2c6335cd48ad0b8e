package setup

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// TestEngineNames: no complaint about the engine's options has a name of Go's in it, or a
// property without its words.
func TestEngineNames(t *testing.T) {
	goName := regexp.MustCompile(`Times|[a-z][A-Z]|\b(Expiry|Grace|Accept|Linger|Tombstone)\b|engine options|\(S\d+[,)]?\)`)
	shape := reflect.TypeFor[engine.Times]()
	said := map[string]bool{}
	for i := range shape.NumField() {
		for _, d := range []time.Duration{-1, 0, 1, 100 * time.Second, 4000 * time.Hour} {
			for _, fromSend := range []bool{false, true} {
				o := Default()
				o.Engine.Times, o.Engine.CountFromSend = engine.DefaultTimes(), fromSend
				reflect.ValueOf(&o.Engine.Times).Elem().Field(i).SetInt(int64(d))
				err := o.EngineOptions(stoppedClock{}, 0, 0).Validate()
				if err == nil {
					continue
				}
				text := inOurWords(err).Error()
				if found := goName.FindString(text); found != "" {
					t.Errorf("%q in %s", found, text)
				}
				for _, name := range engineNames {
					said[name] = said[name] || strings.Contains(text, name)
				}
			}
		}
		if name := shape.Field(i).Name; !said[engineNames[name]] {
			t.Errorf("nothing names %s", name)
		}
	}
}
