// Text: files as editors write them.

package input

import (
	"bytes"
	"errors"
	"io"
)

// mark is the byte-order mark of UTF-8.
const mark = "\ufeff"

// Text is the text of a file in UTF-8, without a byte-order mark. It reports text in
// UTF-16 or UTF-32, which has a mark of its own, or zeros beside its letters.
func Text(data []byte) ([]byte, error) {
	head := data[:min(len(data), 4)]
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return nil, errors.New("the file is in UTF-32; save it as UTF-8")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.IndexByte(head[:min(len(head), 2)], 0) >= 0:
		return nil, errors.New("the file is in UTF-16; save it as UTF-8")
	}
	return bytes.TrimPrefix(data, []byte(mark)), nil
}

// Reader is Text for a file that is read piece by piece.
func Reader(r io.Reader) (io.Reader, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	text, err := Text(head[:n])
	if err != nil {
		return nil, err
	}
	return io.MultiReader(bytes.NewReader(text), r), nil
}
