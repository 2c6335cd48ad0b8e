// The choice of the form: the first byte names it.

package wire

import "github.com/invsim/invsim/engine"

// The first byte of the binary form is 10vvvvvv in bits, v being the version. No
// text begins with such a byte, be it ASCII, UTF-8 or JSON.
const (
	binaryMark  = 0x80
	versionBits = 0x3f
)

// Decode reads one message in either form. Its errors are those of DecodeJSON, if
// the first byte is "{" or white space, otherwise those of DecodeBinary.
func Decode(data []byte) (engine.Message, error) {
	if len(data) > 0 {
		switch data[0] {
		case '{', ' ', '\t', '\n', '\r':
			return DecodeJSON(data)
		}
	}
	return DecodeBinary(data)
}
