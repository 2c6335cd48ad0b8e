// invsim, as a program: it says what a campaign is, plays units, and adds up.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ask runs invsim in a directory and returns what it says. Its complaint is the error.
func ask(ctx context.Context, program, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(complaint.String())
		if len(text) > 2000 {
			text = text[len(text)-2000:]
		}
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(program), err, text)
	}
	return out.String(), nil
}

// campaign are the arguments of invsim for a campaign with more flags: before its --, if
// it has one.
func campaign(words []string, flags ...string) []string {
	at := slices.Index(words, "--")
	if at < 0 {
		at = len(words)
	}
	return slices.Concat([]string{"campaign"}, words[:at], flags, words[at:])
}

// describe asks what a campaign is, and which of its units are missing in a directory of
// results, if there is one.
func describe(ctx context.Context, program, dir, state string, words []string) (digest string, units int, missing []int, err error) {
	flags := []string{"--dry-run", "-q"}
	if state != "" {
		flags = append(flags, "--state", state)
	}
	said, err := ask(ctx, program, dir, campaign(words, flags...)...)
	if err != nil {
		return "", 0, nil, err
	}
	for line := range strings.Lines(said) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch value = strings.TrimSpace(value); name {
		case "digest":
			digest = value
		case "units":
			units, err = strconv.Atoi(value)
		case "missing":
			missing, err = unitsIn(value)
		}
		if err != nil {
			return "", 0, nil, fmt.Errorf("read what invsim says: %w", err)
		}
	}
	if digest == "" || units == 0 {
		return "", 0, nil, errors.New("invsim does not say what the campaign is: is it another version?")
	}
	return digest, units, missing, nil
}

// unitsIn reads: 0 to 4, 7, 10 to 14.
func unitsIn(text string) (all []int, err error) {
	if text == "none" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ", ") {
		from, to, isRange := strings.Cut(part, " to ")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, err
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			return nil, err
		}
		for unit := first; unit <= last; unit++ {
			all = append(all, unit)
		}
	}
	return all, nil
}

// playUnit plays one unit in a directory of its own, and returns the file of its result.
func playUnit(ctx context.Context, program, dir string, p *plan, unit int) ([]byte, error) {
	state, err := os.MkdirTemp(dir, "unit")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(state)
	args := campaign(p.Words, "--state", state, "--shard", fmt.Sprintf("%d/%d", unit+1, p.Units), "--workers", "1", "-q")
	if _, err := ask(ctx, program, dir, args...); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(state, "*.units"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("unit %d: %d files of results, %v", unit, len(files), err)
	}
	return os.ReadFile(files[0])
}

// readFiles reads what workers need beside the words.
func readFiles(paths []string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, path := range paths {
		if !filepath.IsLocal(path) {
			return nil, fmt.Errorf("-file %s: the path must be relative, and below this directory", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("-file: %w", err)
		}
		files[path] = data
	}
	return files, nil
}

// unpack writes the files of a plan into a directory.
func unpack(dir string, files map[string][]byte) error {
	for path, data := range files {
		if !filepath.IsLocal(path) {
			return fmt.Errorf("the plan has a file %q outside of its directory", path)
		}
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			return err
		}
	}
	return nil
}
