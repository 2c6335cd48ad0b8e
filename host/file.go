// A Store in a file, which is a journal: each Save appends one batch of changes, so
// that it costs what has changed. When much of it has been overtaken, what is left
// is written to a second file, which is the journal from then on.
//
//	file:   "invj", version; generation, salt (8 bytes each), CRC-32C of these; batches
//	batch:  marker, its number in the file, length of its changes, CRC-32C of salt,
//	        number, length and changes (4 bytes each); changes
//	change: length of the key, key; 0, or length of the value + 1, value
//
// Of a batch that a crash has cut short nothing counts. It can only be the last,
// because each is durable before the next is written: with good ones behind it, it
// is damaged, and so is the file. The salt, drawn for each file, keeps a peer from
// sending content that looks like a batch.

package host

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/invsim/invsim/errors"
)

// FileStore keeps a host's state in the file of this name, in a directory that
// exists, and in a second one with ".2" behind its name. Each save is flushed to the
// disk, which is what it costs.
//
// Nobody but their owner can read or write them. Symbolic links are not followed.
// One host has them at a time: Load fails with ErrInUse while another has, in this
// process or in any other of this machine, until that host is Done or its process
// has ended.
func FileStore(name string) Store { return &fileStore{name: name, disk: realDisk{}} }

// disk is the part of a file system that a journal needs.
type disk interface {
	// open opens a file for reading and writing, or makes it, and may lock it.
	open(name string, locks bool) (diskFile, error)
	// sync makes it durable that files are in a directory.
	sync(directory string) error
}

type diskFile interface {
	io.ReaderAt
	io.WriterAt
	Truncate(int64) error
	Sync() error
	io.Closer
}

// slack: the other file is written when this one has twice the length that the other
// would have, and this much more. So that costs no more than all the saves since the
// last time.
const slack = 64 << 10

// fileStore is open from Load to Close. It opens no file in between.
//
// The other file is written at the first save, too, because nobody knows what is on
// the disk then behind the last good batch.
type fileStore struct {
	name string
	disk disk

	mu    sync.Mutex
	now   *journal // nil if the store is not open
	other *journal
	anew  bool  // the next save writes the other file
	limit int64 // and so does one after which this one is longer
}

// Load opens the files and reads them. It makes those that do not exist.
func (f *fileStore) Load() ([]Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now != nil {
		return nil, fmt.Errorf("%s: %w", f.name, ErrInUse)
	}
	state, err := f.open()
	if err != nil {
		f.shut()
		return nil, err
	}
	var entries []Entry
	for _, key := range slices.Sorted(maps.Keys(state)) {
		entries = append(entries, Entry{Key: []byte(key), Value: state[key]})
	}
	return entries, nil
}

// open: the file of the later generation counts. That of the first can have no good
// batch, because its only one was cut short; a later one is written while the one
// before it is good.
func (f *fileStore) open() (map[string][]byte, error) {
	f.now, f.other, f.anew = &journal{name: f.name}, &journal{name: f.name + ".2"}, true
	for _, j := range []*journal{f.now, f.other} {
		var err error
		if j.file, err = f.disk.open(j.name, j == f.now); err != nil {
			return nil, err
		}
	}
	if err := f.disk.sync(filepath.Dir(f.name)); err != nil {
		return nil, err
	}
	state, err := f.now.read()
	if err != nil {
		return nil, err
	}
	newer, err := f.other.read()
	if err != nil {
		return nil, err
	}
	if f.other.generation >= f.now.generation { // 0 if nothing was saved: then the other is the first
		f.now, f.other, state = f.other, f.now, newer
	}
	if begun := max(f.now.begun, f.other.begun); begun > f.now.generation+1 {
		return nil, fmt.Errorf("%s: damaged: nothing is left of generation %d", f.name, begun)
	}
	return state, f.now.flush()
}

// Save appends the changes to the journal.
func (f *fileStore) Save(changes []Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		return fmt.Errorf("%s: %w", f.name, fs.ErrClosed)
	}
	var batch []byte
	for _, each := range changes {
		batch = appendChange(batch, each)
	}
	if f.anew {
		return f.rewrite(batch)
	}
	err := f.now.append(batch)
	f.anew = f.now.size > f.limit
	return err
}

// rewrite writes all that is durable and these changes to the other file.
func (f *fileStore) rewrite(changes []byte) error {
	state, err := f.now.good()
	if err != nil {
		return err
	}
	if err := apply(state, changes); err != nil {
		return err
	}
	var all []byte
	for _, key := range slices.Sorted(maps.Keys(state)) {
		all = appendChange(all, Entry{Key: []byte(key), Value: state[key]})
	}
	if err := f.other.write(f.now.generation+1, all); err != nil {
		return err
	}
	f.now, f.other = f.other, f.now
	f.anew, f.limit = false, 2*f.now.size+slack
	f.other.empty() // it is overtaken, emptied or not
	return nil
}

// Close gives the files back.
func (f *fileStore) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shut()
}

func (f *fileStore) shut() (err error) {
	for _, j := range []*journal{f.now, f.other} {
		if j != nil && j.file != nil {
			err = errors.Join(err, j.file.Close())
		}
	}
	f.now, f.other = nil, nil
	return err
}

const (
	fileMagic = "invj\x01"
	fileHead  = len(fileMagic) + 20

	batchMarker = "\xb7\x1d\xc5\x8e"
	batchHead   = len(batchMarker) + 12
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is one of the two files.
type journal struct {
	name       string
	file       diskFile
	begun      uint64 // the generation in its head, 0 if there is none
	generation uint64 // the same, but 0 if there is no good batch
	salt       [8]byte
	batches    uint32 // those that are good,
	size       int64  // and how far they go
}

// read makes the state of all good batches, nil if there is none.
func (j *journal) read() (map[string][]byte, error) {
	data, err := io.ReadAll(io.NewSectionReader(j.file, 0, 1<<62))
	if err != nil {
		return nil, err
	}
	if begun, err := j.readHead(data); err != nil || !begun {
		return nil, err
	}
	state, rest, err := j.batchesIn(data[fileHead:], 1<<32-1)
	if err != nil {
		return nil, err
	}
	if j.anyIn(rest) {
		return nil, fmt.Errorf("%s: damaged at byte %d: there are good batches behind it", j.name, len(data)-len(rest))
	}
	if j.batches > 0 {
		j.generation, j.size = j.begun, int64(len(data)-len(rest))
	}
	return state, nil
}

// readHead: a head that is not there, or is only zeros, was cut short.
func (j *journal) readHead(data []byte) (begun bool, err error) {
	head := data[:min(fileHead, len(data))]
	switch {
	case len(head) < fileHead && bytes.HasPrefix([]byte(fileMagic), head[:min(len(head), len(fileMagic))]), len(bytes.Trim(head, "\x00")) == 0:
		return false, nil
	case !bytes.HasPrefix(head, []byte(fileMagic)):
		return false, fmt.Errorf("%s: not a journal, or of another version", j.name)
	}
	body, sum := head[:fileHead-4], head[fileHead-4:]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(sum) {
		return false, fmt.Errorf("%s: damaged in its head", j.name)
	}
	j.begun = binary.BigEndian.Uint64(body[len(fileMagic):])
	copy(j.salt[:], body[len(fileMagic)+8:])
	return true, nil
}

// flush writes what was read once more: after a flush that failed in an earlier
// process it can be read and not be on the disk.
func (j *journal) flush() error {
	data := make([]byte, j.size)
	if _, err := j.file.ReadAt(data, 0); err != nil && len(data) > 0 {
		return err
	}
	if _, err := j.file.WriteAt(data, 0); err != nil {
		return err
	}
	return j.file.Sync()
}

// good reads what is known to be durable once more.
func (j *journal) good() (map[string][]byte, error) {
	if j.generation == 0 {
		return map[string][]byte{}, nil
	}
	data := make([]byte, j.size)
	if _, err := j.file.ReadAt(data, 0); err != nil {
		return nil, err
	}
	batches := j.batches
	state, rest, err := j.batchesIn(data[fileHead:], batches)
	if err == nil && (j.batches != batches || len(rest) > 0) {
		j.batches = batches
		err = fmt.Errorf("%s: a batch has become another", j.name)
	}
	return state, err
}

// batchesIn applies the good batches, up to so many.
func (j *journal) batchesIn(data []byte, most uint32) (state map[string][]byte, rest []byte, err error) {
	state = map[string][]byte{}
	for j.batches = 0; j.batches < most; j.batches++ {
		changes, length := j.batch(data, j.batches)
		if length == 0 {
			break
		}
		if err := apply(state, changes); err != nil {
			return nil, nil, fmt.Errorf("%s: batch %d: %w", j.name, j.batches, err)
		}
		data = data[length:]
	}
	return state, data, nil
}

// anyIn looks for a good batch anywhere.
func (j *journal) anyIn(data []byte) bool {
	for {
		at := bytes.Index(data, []byte(batchMarker))
		if at < 0 || len(data)-at < batchHead {
			return false
		}
		data = data[at:]
		number := binary.BigEndian.Uint32(data[len(batchMarker):])
		if _, length := j.batch(data, number); length > 0 {
			return true
		}
		data = data[1:]
	}
}

// batch takes the first batch of data, if it is good and has this number.
func (j *journal) batch(data []byte, number uint32) (changes []byte, length int) {
	if len(data) < batchHead || string(data[:len(batchMarker)]) != batchMarker {
		return nil, 0
	}
	head := data[len(batchMarker):batchHead]
	n := binary.BigEndian.Uint32(head[4:])
	if binary.BigEndian.Uint32(head) != number || uint64(n) > uint64(len(data)-batchHead) {
		return nil, 0
	}
	changes = data[batchHead : batchHead+int(n)]
	if j.checksum(head[:8], changes) != binary.BigEndian.Uint32(head[8:]) {
		return nil, 0
	}
	return changes, batchHead + int(n)
}

func (j *journal) checksum(head, changes []byte) uint32 {
	sum := crc32.Update(0, castagnoli, j.salt[:])
	return crc32.Update(crc32.Update(sum, castagnoli, head), castagnoli, changes)
}

// write makes a file of a generation with one batch.
func (j *journal) write(generation uint64, changes []byte) error {
	if err := j.empty(); err != nil {
		return err
	}
	rand.Read(j.salt[:]) // never fails
	head := binary.BigEndian.AppendUint64([]byte(fileMagic), generation)
	head = append(head, j.salt[:]...)
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	if _, err := j.file.WriteAt(head, 0); err != nil {
		return err
	}
	j.size = int64(fileHead)
	if err := j.append(changes); err != nil {
		return err
	}
	j.generation = generation
	return nil
}

// empty makes the file one without a good batch, on the disk too: else a part of
// what was there and a part of what comes there might be one.
func (j *journal) empty() error {
	j.begun, j.generation, j.batches, j.size = 0, 0, 0, 0
	if err := j.file.Truncate(0); err != nil {
		return err
	}
	return j.file.Sync()
}

// append writes a batch and flushes it. One that fails is written again, or another
// in its place.
func (j *journal) append(changes []byte) error {
	batch := append(make([]byte, 0, batchHead+len(changes)), batchMarker...)
	batch = binary.BigEndian.AppendUint32(batch, j.batches)
	batch = binary.BigEndian.AppendUint32(batch, uint32(len(changes)))
	batch = binary.BigEndian.AppendUint32(batch, j.checksum(batch[len(batchMarker):], changes))
	batch = append(batch, changes...)
	if _, err := j.file.WriteAt(batch, j.size); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.batches++
	j.size += int64(len(batch))
	return nil
}

func appendChange(b []byte, e Entry) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.Key)))
	b = append(b, e.Key...)
	if e.Value == nil {
		return append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Value))+1)
	return append(b, e.Value...)
}

// apply carries changes out.
func apply(state map[string][]byte, changes []byte) error {
	for len(changes) > 0 {
		key, rest, ok := cut(changes, 0)
		value, rest, good := cut(rest, 1)
		if !ok || !good {
			return errors.New("it is not a list of changes")
		}
		if value == nil {
			delete(state, string(key))
		} else {
			state[string(key)] = value
		}
		changes = rest
	}
	return nil
}

// cut takes bytes with their length, plus more, in front; nil if that is less.
func cut(b []byte, more uint64) (text, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	switch {
	case size <= 0:
		return nil, nil, false
	case n < more:
		return nil, b[size:], true
	case n-more > uint64(len(b)-size):
		return nil, nil, false
	}
	end := size + int(n-more)
	return b[size:end:end], b[end:], true
}
