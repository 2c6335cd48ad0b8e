// State: the units that are known, from files and from playing, and their sums.

package campaign

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
)

// suffix is that of the files of a campaign in a directory.
const suffix = ".units"

// State is what is known of a campaign. It keeps sums, and not the units.
type State[R any] struct {
	*Campaign[R]
	sums  []R            // by cell
	known map[int]string // the checksums of the units that are in the sums
	from  map[int]string // by unit: its file
	Cut   []string       // the files whose last line has no end

	mutex  sync.Mutex
	dir    string
	file   *os.File // of this process; nil until it has played a unit
	synced time.Time
}

// NewState knows nothing.
func NewState[R any](c *Campaign[R]) *State[R] {
	s := &State[R]{Campaign: c, known: map[int]string{}, from: map[int]string{}}
	for _, cell := range c.cells {
		s.sums = append(s.sums, cell.none())
	}
	return s
}

// Open makes a directory, if there is none, and reads what is kept there. New units will
// be kept there, too.
func Open[R any](c *Campaign[R], dir string) (*State[R], error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	s := NewState(c)
	s.dir = dir
	return s, s.Read(dir)
}

// Read takes in the units of a file, or of all files of a directory. Each unit counts
// once, however often it is there. The files are only read.
func (s *State[R]) Read(path string) error {
	paths, err := Files(path)
	for _, path := range paths {
		if err == nil {
			err = s.readFile(path)
		}
	}
	return err
}

// Files are the files of a directory that may hold units, or the file itself.
func Files(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path) // in the order of their names
	var paths []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), suffix) {
			paths = append(paths, filepath.Join(path, entry.Name()))
		}
	}
	return paths, err
}

func (s *State[R]) readFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	isCut, err := s.read(file, func(unit int, sum string, r R) error { return s.take(unit, sum, path, r) })
	if isCut {
		s.Cut = append(s.Cut, path)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// ReadAbout reads of which campaign files are: from the first one that has a whole line.
// Its path is empty if there is none.
func ReadAbout(paths []string) (about About, path string, err error) {
	for _, path := range paths {
		switch h, err := headerOf(path); {
		case err == nil:
			return h.About, path, nil
		case err != io.EOF:
			return About{}, "", err
		}
	}
	return About{}, "", nil
}

func headerOf(path string) (*header, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h, err := readHeader(&lines{from: bufio.NewReader(file)})
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	return h, err
}

// take adds a unit, unless it is known.
func (s *State[R]) take(unit int, sum, from string, r R) error {
	if before, isKnown := s.known[unit]; isKnown {
		if before != sum {
			return fmt.Errorf("unit %d has another result in %s", unit, s.from[unit])
		}
		return nil
	}
	cell, _ := s.find(unit)
	s.cells[cell].add(s.sums[cell], r)
	s.known[unit], s.from[unit] = sum, from
	return nil
}

// Known is how many units are known.
func (s *State[R]) Known() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.known)
}

// Sum is the sum of the known units of a cell.
func (s *State[R]) Sum(cell int) R { return s.sums[cell] }

// Range is units that follow each other, both ends included.
type Range struct{ First, Last int }

func (r Range) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d to %d", r.First, r.Last)
}

// Missing are the units that are not known.
func (s *State[R]) Missing() (all []Range) {
	for _, unit := range s.Todo(Whole) {
		if last := len(all) - 1; last >= 0 && all[last].Last == unit-1 {
			all[last].Last = unit
		} else {
			all = append(all, Range{unit, unit})
		}
	}
	return all
}

// Play plays the units of a shard that are not known and keeps each in the directory.
// When ctx ends, Play returns without an error, and units that were not finished are not
// known. progress, if not nil, is called from any goroutine with the worlds or calls that
// were played since its last call.
func (s *State[R]) Play(ctx context.Context, shard Shard, workers int, progress func(int)) error {
	todo := s.Todo(shard)
	err := sim.Together(ctx, len(todo), workers, func(number int) error {
		cell, part := s.find(todo[number])
		r, err := s.cells[cell].play(ctx, part, progress)
		if err != nil {
			return fmt.Errorf("unit %d: %w", todo[number], err)
		}
		return s.keep(todo[number], r)
	})
	if s.file != nil {
		err = errors.Join(err, s.file.Sync(), s.file.Close())
		s.file = nil
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Todo are the units of a shard that are not known.
func (s *State[R]) Todo(shard Shard) (all []int) {
	for unit := shard.first(s.Units()); unit < shard.next().first(s.Units()); unit++ {
		if s.known[unit] == "" {
			all = append(all, unit)
		}
	}
	return all
}

// keep writes a unit and takes it in.
func (s *State[R]) keep(unit int, r R) error {
	rec, err := s.record(unit, r)
	if err != nil {
		return err
	}
	data, err := line(rec)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.dir != "" {
		if err := s.write(data); err != nil {
			return fmt.Errorf("keep unit %d: %w", unit, err)
		}
	}
	return s.take(unit, rec.Sum, s.dir, r)
}

// often is how often what was written is made to outlast a loss of power. The death of
// the process costs nothing that was written.
const often = time.Second

func (s *State[R]) write(data []byte) error {
	if s.file == nil {
		head, err := s.header()
		if err != nil {
			return err
		}
		if s.file, err = create(s.dir); err != nil {
			return err
		}
		data = append(head, data...)
	}
	if _, err := s.file.Write(data); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(s.synced) > often {
		s.synced = now
		return s.file.Sync()
	}
	return nil
}

// create makes a file that no other process has: none is ever opened a second time to be
// written.
func create(dir string) (*os.File, error) {
	for number := 1; ; number++ {
		file, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%06d%s", number, suffix)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}
