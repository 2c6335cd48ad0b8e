// Files: what a process has played. The first line says of which campaign the units
// are, and each other line is one of them with its checksum. Lines are only ever added,
// so that the death of the process costs at most the last one, which then has no end.

package campaign

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/invsim/invsim/errors"
)

// header is the first line of a file.
type header struct {
	Format string
	Digest string
	About
}

// record is each other line.
type record struct {
	Unit   int
	Sum    string // of the campaign, the unit and the rest of the line
	Result json.RawMessage
}

// longestLine bounds a line that is read. A unit of one group has some ten kilobytes.
const longestLine = 64 << 20

// line writes a value as one line.
func line(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	return append(data, '\n'), err
}

func (c *Campaign[R]) header() ([]byte, error) { return line(header{Format, c.Digest, c.About}) }

// sum is the checksum of a record. That of another campaign, or of another unit, does not
// fit.
func (c *Campaign[R]) sum(r record) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d\n", c.Digest, r.Unit)
	h.Write(r.Result)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// record encodes the result of a unit.
func (c *Campaign[R]) record(unit int, r R) (record, error) {
	cell, _ := c.find(unit)
	data, err := c.cells[cell].encode(r)
	rec := record{Unit: unit, Result: data}
	rec.Sum = c.sum(rec)
	return rec, err
}

// decode is the result of a record. The record is not trusted.
func (c *Campaign[R]) decode(rec record) (r R, err error) {
	if rec.Unit < 0 || rec.Unit >= c.Units() {
		return r, fmt.Errorf("unit %d: there are 0 to %d", rec.Unit, c.Units()-1)
	}
	if rec.Sum != c.sum(rec) {
		return r, fmt.Errorf("unit %d: its checksum is wrong", rec.Unit)
	}
	cell, part := c.find(rec.Unit)
	if r, err = c.cells[cell].decode(rec.Result, part); err != nil {
		return r, fmt.Errorf("unit %d: %w", rec.Unit, err)
	}
	return r, nil
}

// lines reads a file line by line, without their ends. A last one that has none is left
// over.
type lines struct {
	from   *bufio.Reader
	number int
	left   []byte
}

func (l *lines) next() ([]byte, error) {
	l.number++
	var all []byte
	for {
		part, err := l.from.ReadSlice('\n')
		all = append(all, part...)
		switch {
		case err == nil:
			return all[:len(all)-1], nil
		case err == io.EOF:
			l.left = all
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(all) > longestLine:
			return nil, fmt.Errorf("line %d is longer than %d bytes", l.number, longestLine)
		}
	}
}

// strictly reads a value as it is marshalled, and nothing else.
func strictly(data []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return err
	}
	if again, err := json.Marshal(value); err != nil || !bytes.Equal(again, data) {
		return errors.New("it is not as it was written")
	}
	return nil
}

// readHeader reads the first line of a file. The error is io.EOF if it has no end.
func readHeader(l *lines) (*header, error) {
	data, err := l.next()
	if err != nil {
		return nil, err
	}
	h := &header{}
	if json.Unmarshal(data, h) != nil || h.Format == "" {
		return nil, errors.New("it is no file of a campaign")
	}
	if h.Format != Format {
		return nil, fmt.Errorf("it has the format %q: this version reads %q", short(h.Format), Format)
	}
	if err := strictly(data, h); err != nil {
		return nil, fmt.Errorf("its first line is damaged: %w", err)
	}
	return h, nil
}

// read reads a file of this campaign and hands over each unit with its checksum.
func (c *Campaign[R]) read(from io.Reader, unit func(number int, sum string, r R) error) (isCut bool, err error) {
	own, err := c.header()
	if err != nil {
		return false, err
	}
	l := &lines{from: bufio.NewReaderSize(from, 1<<16)}
	h, err := readHeader(l)
	if err == io.EOF && bytes.HasPrefix(own, l.left) { // its process died at once
		return len(l.left) > 0, nil
	}
	if err == io.EOF {
		return false, errors.New("it is no file of a campaign: it has no first line")
	}
	if err != nil {
		return false, err
	}
	if theirs, err := line(h); err != nil || !bytes.Equal(theirs, own) {
		return false, c.differs(h)
	}
	for {
		data, err := l.next()
		if err == io.EOF {
			return len(l.left) > 0, nil
		}
		if err != nil {
			return false, err
		}
		var rec record
		if err := strictly(data, &rec); err != nil {
			return false, fmt.Errorf("line %d is damaged: %w", l.number, err)
		}
		r, err := c.decode(rec)
		if err == nil {
			err = unit(rec.Unit, rec.Sum, r)
		}
		if err != nil {
			return false, fmt.Errorf("line %d is damaged: %w", l.number, err)
		}
	}
}
