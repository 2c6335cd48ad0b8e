// Pages in a browser: .ci/run takes pictures of them, wide and narrow, light, dark and
// printed, and asks the browser whether everything fits.

package page

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var screens = flag.String("screens", "", "directory for screenshots of pages, taken with Chromium")

// probe is what a browser says about a page. Everything folded is open then.
type probe struct {
	Width, Scroll int  // of the window, and of what is in it
	Height        int  // with everything folded
	Matrix        int  // where the first one ends then
	Dark          bool // as the browser was told to be
	Luminance     int  // of the ground, from 0 to 255
	Out           []string
}

// script fills in the probe: elements that reach beyond the window, texts that leave
// their picture, and rows of text too small to read.
const script = `<script>
const height = document.documentElement.scrollHeight, matrix = document.querySelector('.matrix');
const bottom = matrix ? Math.round(matrix.getBoundingClientRect().bottom) : 0;
document.querySelectorAll('details').forEach(d => d.open = true);
const out = [], wide = window.innerWidth + 1;
for (const e of document.querySelectorAll('main *, header *')) {
  const box = e.getBoundingClientRect(), inPicture = e.closest('svg');
  if (box.width == 0 || inPicture && e.tagName != 'text') continue;
  if (box.right > wide || box.left < -1) out.push(e.tagName + '.' + e.getAttribute('class') + ' reaches to ' + Math.round(box.right));
  if (inPicture) {
    const of = inPicture.getBoundingClientRect();
    if (box.right > of.right + 1 || box.left < of.left - 1) out.push('text "' + e.textContent + '" leaves its picture');
  }
}
const ground = getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number);
parent.document.body.innerHTML = '<pre id="probe">' + JSON.stringify({Width: window.innerWidth, Scroll: document.documentElement.scrollWidth, Height: height, Matrix: bottom,
  Dark: matchMedia('(prefers-color-scheme: dark)').matches, Luminance: Math.round((ground[0] + ground[1] + ground[2]) / 3), Out: out.slice(0, 5)}).replace(/</g, '&lt;') + '</pre>';
</script>`

// browser runs Chromium without a window.
type browser struct{ path, profile string }

func findBrowser(t *testing.T) browser {
	t.Helper()
	if *screens == "" {
		t.Skip("no -screens DIR: screenshots are for .ci/run")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return browser{path, t.TempDir()}
		}
	}
	t.Skip("no Chromium here: pages were not looked at")
	return browser{}
}

func (b browser) run(t *testing.T, width, height int, dark bool, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	scheme := "1"
	if dark {
		scheme = "0"
	}
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + b.profile, "--blink-settings=preferredColorScheme=" + scheme, fmt.Sprintf("--window-size=%d,%d", width, height)}, args...)
	out, err := exec.CommandContext(ctx, b.path, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", b.path, strings.Join(args, " "), err)
	}
	return string(out)
}

// ask opens a page with the script at its end, in a frame: no window is as narrow as a
// phone.
func (b browser) ask(t *testing.T, page string, width int, dark bool) (p probe) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe.html")
	framed, err := json.Marshal(strings.Replace(page, "</body>", script+"</body>", 1))
	if err != nil {
		t.Fatal(err)
	}
	frame := fmt.Sprintf(`<html style="color-scheme: light dark"><body><iframe id="page" style="width: %dpx; height: 900px; border: 0"></iframe><script>document.getElementById('page').srcdoc = %s</script></body></html>`, width, framed)
	if err := os.WriteFile(path, []byte(frame), 0o600); err != nil {
		t.Fatal(err)
	}
	_, found, _ := strings.Cut(b.run(t, 1400, 1000, dark, "--dump-dom", "file://"+path), `<pre id="probe">`)
	found, _, _ = strings.Cut(found, "</pre>")
	if err := json.Unmarshal([]byte(found), &p); err != nil {
		t.Fatalf("the browser says %q: %v", found, err)
	}
	return p
}

// fits reports what is wrong with a page in a window.
func (p probe) fits(width int, dark bool) (flaws []string) {
	if p.Width != width {
		flaws = append(flaws, fmt.Sprintf("the window has %d pixels", p.Width))
	}
	if p.Scroll > p.Width {
		flaws = append(flaws, fmt.Sprintf("it scrolls sideways, to %d pixels", p.Scroll))
	}
	if p.Dark != dark || dark != (p.Luminance < 100) {
		flaws = append(flaws, fmt.Sprintf("dark is %v, the ground has %d of 255", p.Dark, p.Luminance))
	}
	return append(flaws, p.Out...)
}

func TestScreens(t *testing.T) {
	b := findBrowser(t)
	if err := os.MkdirAll(*screens, 0o777); err != nil {
		t.Fatal(err)
	}
	all := realPages(t)
	for _, name := range []string{"run", "accept-after-cancel", "map", "comparison", "broken swarm", "replay"} {
		page := pageOf(t, all[name])
		file := func(more string) string {
			return filepath.Join(*screens, strings.ReplaceAll(name, " ", "-")+more)
		}
		if err := os.WriteFile(file(".html"), []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
		from, err := filepath.Abs(file(".html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1280, 400} {
			for scheme, dark := range map[string]bool{"light": false, "dark": true} {
				p := b.ask(t, page, width, dark)
				for _, flaw := range p.fits(width, dark) {
					t.Errorf("%s, %d pixels, %s: %s", name, width, scheme, flaw)
				}
				if name == "run" && width == 1280 && (p.Matrix == 0 || p.Matrix > 800) {
					t.Errorf("the matrix ends at %d, below the first screen", p.Matrix)
				}
				shot := file(fmt.Sprintf("-%d-%s.png", width, scheme))
				b.run(t, width, min(p.Height, 8000), dark, "--screenshot="+shot, "file://"+from)
				requireFile(t, shot, "\x89PNG")
			}
		}
		b.run(t, 1280, 900, false, "--no-pdf-header-footer", "--print-to-pdf="+file(".pdf"), "file://"+from)
		requireFile(t, file(".pdf"), "%PDF")
	}
	t.Logf("screenshots are in %s", *screens)
}

func requireFile(t *testing.T, path, begins string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), begins) || len(data) < 5000 {
		t.Errorf("%s: %d bytes, %v", path, len(data), err)
	}
}

// TestScreensSeeFlaws: the browser sees what it is to see.
func TestScreensSeeFlaws(t *testing.T) {
	b := findBrowser(t)
	page := pageOf(t, realPages(t)["run"])
	for _, broken := range []struct{ from, to, says string }{
		{"<main>", `<main><p style="width: 500px">too wide</p>`, "sideways"},
		{"table-layout: fixed; width: 100%", "width: 140%", "TABLE.matrix reaches to"},
		{".sequence .time {", ".sequence .time { font-size: 20px !important; } .sequence .time {", "leaves its picture"},
		{"--page: #14181f", "--page: #ffffff", "of 255"},
	} {
		if !strings.Contains(page, broken.from) {
			t.Fatalf("the page has no %s", broken.from)
		}
		flaws := fmt.Sprint(b.ask(t, strings.Replace(page, broken.from, broken.to, 1), 400, true).fits(400, true))
		if !strings.Contains(flaws, broken.says) {
			t.Errorf("with %s the browser says %s", broken.to, flaws)
		}
	}
}
