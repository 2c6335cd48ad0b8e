package frozen

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
)

const testdata = "../../testdata/"

// parts are the folders of an archive: the first ones of the commit whose engine it is,
// the others of one whose driver can drive it.
var parts = [2][]string{
	{"engine", "errors", "internal/quote", "internal/seam", "states", "wire", "LICENSE"},
	{"conformance/invd", "conformance/reference", "conformance/testees/go"},
}

// module is the go.mod of an archive. Its go.sum are the lines of the module's own.
const module = `module github.com/invsim/invsim

go 1.26.0

require github.com/qmuntal/stateless v1.8.0
`

var commits = flag.String("pack", "", "write the archive anew, of these two commits: that of the engine, and that of the driver")

// TestPack writes the archive, on request: the same commits make the same bytes.
func TestPack(t *testing.T) {
	if *commits == "" {
		t.Skip("it is only packed on request")
	}
	files := map[string][]byte{"go.mod": []byte(module)}
	for i, commit := range strings.Fields(*commits) {
		listed := git(t, append([]string{"ls-tree", "-r", "--name-only", commit, "--"}, parts[i]...)...)
		for _, name := range strings.Fields(string(listed)) {
			if name == "LICENSE" || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "/testdata/") {
				files[name] = git(t, "show", commit+":"+name)
			}
		}
		if i == 0 {
			for line := range strings.Lines(string(git(t, "show", commit+":go.sum"))) {
				if strings.HasPrefix(line, "github.com/qmuntal/stateless v1.8.0") {
					files["go.sum"] = append(files["go.sum"], line...)
				}
			}
		}
	}
	if err := os.WriteFile(testdata+V0, pack(t, files), 0o644); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %q: %v", args, err)
	}
	return out
}

// pack writes files in the order of their names, without times and owners.
func pack(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	all := tar.NewWriter(zipped)
	for _, name := range names {
		if err := all.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := all.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// frozenV0 is the SHA-256 of what the archive holds. It never changes: an endpoint that
// changes is not the one that people have.
const frozenV0 = "8bff1c5fc78d0ab22eb874c2b7a897e858272e9ef36763860f5d3ad39688d4d5"

// TestFrozen: the archive holds what it always held.
func TestFrozen(t *testing.T) {
	sum := sha256.New()
	err := each(testdata+V0, func(name string, content []byte) error {
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
		return nil
	})
	if got := fmt.Sprintf("%x", sum.Sum(nil)); err != nil || got != frozenV0 {
		t.Errorf("the sum is %s, not %s, %v", got, frozenV0, err)
	}
}

// TestBuild: it can be built from Go and the module cache alone, and is an endpoint.
func TestBuild(t *testing.T) {
	command, err := Build(testdata+V0, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := invd.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	if who := d.Hello(); who.Clock != invd.Virtual || !slices.Contains(who.Features, "snapshot") || slices.Contains(who.Features, "device") {
		t.Errorf("%+v", who)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestBadArchives: what is no archive of ours is refused, and nothing is written outside
// of the directory.
func TestBadArchives(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.tar.gz")
	for name, want := range map[string]string{
		"../outside.go": `"../outside.go" is no file below the archive`,
		"/outside.go":   `"/outside.go" is no file below the archive`,
		`a\b.go`:        `"a\\b.go" is no file below the archive`,
	} {
		if err := os.WriteFile(path, pack(t, map[string][]byte{name: []byte("package x")}), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := unpack(path, filepath.Join(dir, "in"), func(string, string) {}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, pack(t, map[string][]byte{"large": make([]byte, most+1)}), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unpack(path, filepath.Join(dir, "in"), func(string, string) {}); err == nil || err.Error() != "large: it is too large" {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("no archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(path, filepath.Join(dir, "in")); err == nil || !strings.HasPrefix(err.Error(), "unpack "+path+": ") {
		t.Error(err)
	}
	if err := os.WriteFile(path, pack(t, map[string][]byte{"go.mod": []byte(module)}), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(path, filepath.Join(dir, "in")); err == nil || !strings.HasPrefix(err.Error(), "build the endpoint of "+path+": ") {
		t.Error(err)
	}
}
