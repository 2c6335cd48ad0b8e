// Package frozen builds endpoints of earlier versions of this module, so that they can call
// the present one. Each is an archive of source in testdata, a module of its own with the
// driver of its time: testdata/v0/README.md tells how one is made. Building takes Go and the
// module cache, and no network. It imports conformance/invd.
package frozen

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
)

// V0 is the archive of the last engine before version 1.0 of the protocol, below testdata.
const V0 = "v0/phone.tar.gz"

// Build unpacks an archive into a directory, which must be empty, and builds its endpoint
// there. Go is told by an overlay that the source stands beside the archive, where there is
// none: so the paths are the same each time, and from the second time on all compiled
// packages come from its build cache.
func Build(archive, dir string) (invd.Command, error) {
	archive, err := filepath.Abs(archive)
	if err != nil {
		return invd.Command{}, fmt.Errorf("unpack: %w", err)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	err = unpack(archive, dir, func(name, path string) {
		overlay["Replace"][filepath.Join(filepath.Dir(archive), name)] = path
	})
	if err != nil {
		return invd.Command{}, fmt.Errorf("unpack %s: %w", archive, err)
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return invd.Command{}, fmt.Errorf("unpack %s: %w", archive, err)
	}
	listed := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(listed, text, 0o644); err != nil {
		return invd.Command{}, fmt.Errorf("unpack %s: %w", archive, err)
	}
	program := filepath.Join(dir, "phone")
	cmd := exec.Command("go", "build", "-overlay", listed, "-buildvcs=false", "-o", program, "./conformance/testees/go")
	cmd.Dir = filepath.Dir(archive)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		return invd.Command{}, fmt.Errorf("build the endpoint of %s: %w\n%s", archive, err, out)
	}
	return invd.Command{Args: []string{program}}, nil
}

// most is the size of the largest file that is unpacked.
const most = 1 << 20

// unpack writes the files of an archive into a directory, and tells the path of each.
func unpack(archive, dir string, wrote func(name, path string)) error {
	return each(archive, func(name string, content []byte) error {
		path := filepath.Join(dir, "source", filepath.FromSlash(name))
		wrote(filepath.FromSlash(name), path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, content, 0o644)
	})
}

// each visits the files of an archive in their order.
func each(archive string, visit func(name string, content []byte) error) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !filepath.IsLocal(header.Name) || strings.Contains(header.Name, `\`) || header.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q is no file below the archive", header.Name)
		}
		content, err := io.ReadAll(io.LimitReader(files, most+1))
		if err == nil && len(content) > most {
			err = errors.New("it is too large")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
		if err := visit(header.Name, content); err != nil {
			return err
		}
	}
}
