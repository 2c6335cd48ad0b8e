// A tape from any bytes at all, for a fuzzer: every change of a byte is a change of
// few choices, and no bytes are the plainest world.

package tape

import "math"

// Bytes is a tape that reads its draws from data. Each new choice reads one control
// byte. Its lower two bits are the form of the draw, its upper six a count:
//
//	0  the draw is 0, and so are those of as many new choices as the count says
//	1  the draw is the greatest one
//	2  one more byte is the draw's highest, the rest is 0
//	3  eight more bytes are the draw, the highest first
//
// A choice asked again has the same draw and reads nothing. What is missing at the
// end of data is 0. It is for one world, on one goroutine.
func Bytes(data []byte) Tape { return NewRecorder(&reader{rest: data}) }

// reader turns bytes into draws, for any choices.
type reader struct {
	rest  []byte
	plain int // so many draws are 0 without reading
}

func (r *reader) Draw(Label, Key) uint64 {
	if r.plain > 0 {
		r.plain--
		return 0
	}
	control := r.byte()
	switch control & 3 {
	case 0:
		r.plain = int(control >> 2)
		return 0
	case 1:
		return math.MaxUint64
	case 2:
		return uint64(r.byte()) << 56
	default:
		draw := uint64(0)
		for range 8 {
			draw = draw<<8 | uint64(r.byte())
		}
		return draw
	}
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		return 0
	}
	first := r.rest[0]
	r.rest = r.rest[1:]
	return first
}
