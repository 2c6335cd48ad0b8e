// Token: one world as a short text. It holds the options that differ from a frozen
// base, and either the seed that the world's chances come from or the few choices
// of a recorded tape that are not 0. A token means the same world on any machine,
// and in any later version that knows its format.
//
//	token = "inv2-" base64url( { number length text } 0 world [ 1 tape ] sum )

package setup

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
)

// oneSecond is the length of all episodes in the base.
var oneSecond = func() (all [fault.NumKinds]time.Duration) {
	for kind := range fault.Save {
		all[kind] = second
	}
	return all
}()

// TokenFormat is the name of the format of tokens.
const TokenFormat = "inv2"

// tokenPrefix names the format: the encoding below, the base, the numbers of
// fields, the labels of the tape and the meaning of a draw.
const tokenPrefix = TokenFormat + "-"

// firstFormat is that of version 0.x. Its choices could be played, but under the rules of
// today they do not lead to what the token was kept for.
const firstFormat = "inv1"

// otherFormat is the name of a format of another version.
var otherFormat = regexp.MustCompile(`^inv[0-9]+$`)

// tokenBase is the frozen world that a token tells the difference to. It belongs to
// the format and never changes, even if Default does.
func base() Options {
	const ms = time.Millisecond
	return Options{
		Calls: 1, World: 1000, Users: 2, Devices: 1, Arrivals: 1, ReorderBy: second, Latency: netem.Between(50*ms, 250*ms),
		PushAfter: Range{500 * ms, 5 * second}, BurstLoss: 0.5, LagBy: second, For: oneSecond,
		Accept: 1, AnswerAfter: Range{0, 20 * second}, CancelAfter: Range{0, 20 * second}, HoldCalls: 100,
		Engine: engine.Options{MaxPerPeer: 4096, MaxTotal: 65536, Times: engine.Times{
			NoResponse: 30 * second, Expiry: 60 * second, ExpiryCap: 60 * second, Grace: 2 * second, Accept: 15 * second, Refresh: 20 * second,
			RetransmitFirst: 500 * ms, RetransmitCap: 4 * second, AcceptFirst: 250 * ms, AcceptCap: 500 * ms,
			Linger: 32 * second, Tombstone: 247 * second, MaxDelay: 100 * second,
		}},
	}
}

// Token is one world to play again.
type Token struct {
	Options Options
	World   int
	Tape    *tape.Recorded // nil: the world's chances come from Options.Seed
}

// Source is the tape that the world is played with.
func (k *Token) Source() tape.Tape {
	if k.Tape != nil {
		return k.Tape
	}
	return tape.World(k.Options.Seed, k.World)
}

// String is the token's text, safe to paste anywhere.
func (k *Token) String() string {
	var data []byte
	base := base()
	fields := base.Fields()
	for i, f := range k.Options.Fields() {
		text := f.Value.String()
		if text == fields[i].Value.String() || k.Tape != nil && f.Name == "seed" {
			continue
		}
		data = binary.AppendUvarint(data, uint64(f.Number))
		data = binary.AppendUvarint(data, uint64(len(text)))
		data = append(data, text...)
	}
	data = binary.AppendUvarint(data, 0)
	data = binary.AppendUvarint(data, uint64(k.World))
	if k.Tape != nil {
		data = append(data, 1)
		// A label outside the table cannot come out of a world.
		if appended, err := k.Tape.AppendBinary(data); err == nil {
			data = appended
		}
	}
	data = binary.BigEndian.AppendUint16(data, uint16(crc32.ChecksumIEEE(data)))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(data)
}

// maxToken is the longest token that is read.
const maxToken = 1 << 20

// ParseToken reads a token. The text is not trusted: any text gives a
// token or an error, and it opens no file. Recorded links and delays are not in a
// token, so files gives their paths by the names of their fields (uplink, downlink,
// latency); nil for none.
func ParseToken(text string, files map[string]string) (*Token, error) {
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	switch format, _, _ := strings.Cut(text, "-"); {
	case format == firstFormat:
		return nil, fmt.Errorf("a token of format %s: it was made under the rules of version 0.x, under which its world goes otherwise; play it with the version that made it", format)
	case !ok && otherFormat.MatchString(format):
		return nil, fmt.Errorf("a token of format %s: this version reads %s", format, TokenFormat)
	case !ok:
		return nil, fmt.Errorf("not a token: it does not start with %s", tokenPrefix)
	case len(text) > maxToken:
		return nil, fmt.Errorf("not a token: it is longer than %d characters", maxToken)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(data) < 2 {
		return nil, errors.New("not a token: it is cut off, or has other characters in it")
	}
	data, sum := data[:len(data)-2], binary.BigEndian.Uint16(data[len(data)-2:])
	if uint16(crc32.ChecksumIEEE(data)) != sum {
		return nil, errors.New("not a whole token: its checksum is wrong; was it cut off, or changed?")
	}
	k := &Token{Options: base()}
	r := &tokenReader{rest: data}
	if err := k.readOptions(r, files); err != nil {
		return nil, err
	}
	world := r.number()
	if world > 1<<31 {
		return nil, errors.New("token: the number of its world is out of range")
	}
	k.World = int(world)
	if len(r.rest) > 0 {
		if r.rest[0] != 1 {
			return nil, errors.New("token: unknown kind of tape")
		}
		if k.Tape, err = tape.DecodeBinary(r.rest[1:]); err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := k.Options.Validate(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if k.World >= k.Options.Worlds() {
		return nil, fmt.Errorf("token: world %d: its run has worlds 0 to %d", k.World, k.Options.Worlds()-1)
	}
	return k, nil
}

func (k *Token) readOptions(r *tokenReader, files map[string]string) error {
	fields := map[int]Field{}
	for _, f := range k.Options.Fields() {
		fields[f.Number] = f
	}
	for last := 0; r.err == nil; {
		number := int(r.number())
		if number == 0 {
			break
		}
		text := r.text()
		if r.err != nil {
			break
		}
		f, ok := fields[number]
		if !ok || number <= last {
			return fmt.Errorf("token: option %d is unknown to this version, or out of order", number)
		}
		if before, recording, ok := recordingOf(f.Name, text); ok {
			path, given := files[f.Name]
			if !given {
				return fmt.Errorf("token: its world needs the recording %q: give its file as %s", recording, f.Name)
			}
			text = before + path
		}
		if err := f.Value.Set(text); err != nil {
			return fmt.Errorf("token: %s %s: %w", f.Name, text, err)
		}
		for _, g := range k.Options.Groups {
			for _, s := range g.Set {
				if _, recording, ok := recordingOf(s.Name, s.Text); ok {
					return fmt.Errorf("token: groups: %v: a token opens no file, and a group of it cannot have the recording %q", g, recording)
				}
			}
		}
		last = number
	}
	return r.err
}

// recordingOf is the name of the file that a field's text refers to, if it does, and what
// stands before it. A text that is read as the name of a file must be known as one here.
func recordingOf(field, text string) (before, recording string, ok bool) {
	if field == "uplink" || field == "downlink" {
		return "", text, true
	}
	before = netem.Sampled.String() + ":"
	recording, ok = strings.CutPrefix(strings.TrimSpace(text), before)
	return before, recording, ok
}

// tokenReader reads from the front of rest. After an error it reads nothing more.
type tokenReader struct {
	rest []byte
	err  error
}

func (r *tokenReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.err = errors.New("token: it is cut off")
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *tokenReader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.err = errors.New("token: it is cut off")
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}
