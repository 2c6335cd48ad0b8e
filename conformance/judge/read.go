// Reading: lines of any length and any content, each of them decoded or damaged.

package judge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// input is one decoded line of one end: something that was done to it, or what came of it.
type input struct {
	line  int
	world string // which end of the file, of a file that has several
	now   int64  // in nanoseconds of the end's own clock
	timed bool   // now is known

	start *start
	app   *invd.App
	from  string // a message arrived
	got   *engine.Message
	runs  bool // the engine has run: what is overdue has happened by now
	text  text // a call of the app sets it

	isRecord bool // of a host

	isReply bool
	code    string
	effects []effect
}

// start is the beginning of a process.
type start struct {
	story    string // the case
	self     string
	device   uint64
	epoch    uint64
	restored bool
	away     int64 // nanoseconds; -1: nobody knows
	times    *invd.Times
}

// effect is a message or an event.
type effect struct {
	to   string
	sent *engine.Message

	event *invd.Effect
	text  text // that it shows
}

// longest is how much of a line is read. A longer one is damaged.
const longest = 1 << 20

// lines reads a log to its end, and calls take for each line that is not empty. It fails only
// if the log cannot be read. A line that has no end yet may be cut off.
func lines(r io.Reader, take func(number int, text []byte, tooLong bool)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		line = line[:0]
		tooLong := false
		for {
			part, err := in.ReadSlice('\n')
			if len(line)+len(part) > longest {
				tooLong = true
			} else {
				line = append(line, part...)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil && err != io.EOF {
				return fmt.Errorf("line %d: %w", number, err)
			}
			if number == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff")) // a byte order mark, as some loggers begin with
			}
			if text := bytes.TrimSpace(line); len(text) > 0 || tooLong {
				take(number, text, tooLong)
			}
			if err == io.EOF {
				return nil
			}
			break
		}
	}
}

// decoder makes inputs of lines.
type decoder struct {
	unit    map[string]string // by the end of the file that it is about
	records slogRecords
}

// decode reads one line. An error says what is wrong with it; nothing and no error is a line
// that is about something else.
func (d *decoder) decode(number int, text []byte, tooLong bool) ([]input, error) {
	if tooLong {
		return nil, fmt.Errorf("it has more than %d bytes", longest)
	}
	world := ""
	if m := ofWorld.FindSubmatch(text); m != nil {
		world, text = string(m[1]), m[3]
		if op := string(m[2]); op != "" && len(text) > 1 {
			text = []byte(strings.TrimSuffix(`{"op":"`+op[1:]+`",`+string(text[1:]), ",}"))
			if text[len(text)-1] != '}' {
				text = append(text, '}')
			}
		}
	}
	if message, ok := messageOf(text); ok {
		return d.records.line(number, message, text)
	}
	in, err := d.driverLine(world, text)
	if err != nil {
		return nil, err
	}
	in.line, in.world = number, world
	return []input{in}, nil
}

// ofWorld is a line of a world as `invsim conform run --record` writes it, with both ends.
var ofWorld = regexp.MustCompile(`^[\d.]+ (\w+) [<>]( \w+)? (\{.*)$`)

func (d *decoder) driverLine(world string, text []byte) (input, error) {
	if d.unit == nil {
		d.unit = map[string]string{}
	}
	line, err := invd.DecodeLine(text, d.unit[world])
	if err != nil {
		return input{}, err
	}
	in := input{}
	if at, ok := line.Request.(invd.Timed); ok {
		in.now, in.timed = int64(at.Present().Now), true
	}
	switch r := line.Request.(type) {
	case *invd.Reset:
		in.start, err = startOf(r.Case, &r.Setup)
	case *invd.Restore:
		if in.start, err = startOf("", &r.Setup); err == nil {
			in.start.restored, in.start.away = true, -1
			if r.Away != nil {
				in.start.away = int64(*r.Away)
			}
		}
	case *invd.App:
		in.app, in.runs = r, r.Call != invd.Create && r.Call != invd.Set
		if r.Response != nil {
			in.text = plain(hash(r.Response))
		}
	case *invd.Deliver:
		in.runs = true
		if m, err := wire.Decode(r.Bytes()); err == nil {
			in.from, in.got = r.From, &m
		}
	case *invd.Advance: // a report that is no news may not run an engine
		in.runs = true
	case nil:
		err = d.reply(&in, world, line.Reply)
	}
	return in, err
}

func (d *decoder) reply(in *input, world string, r *invd.Reply) error {
	in.isReply, in.code = true, r.Code
	if r.Hello != nil {
		if len(d.unit) < mostEnds {
			d.unit[world] = r.Hello.Unit
		}
		return nil
	}
	for i := range r.Effects {
		e := &r.Effects[i]
		if e.Do == "event" {
			in.effects = append(in.effects, effect{event: e, text: textOf(e)})
			continue
		}
		m, err := wire.Decode(e.Bytes())
		if err != nil {
			return fmt.Errorf("effect %d: it sends what is no message: %w", i+1, err)
		}
		in.effects = append(in.effects, effect{to: e.To, sent: &m})
	}
	return nil
}

func startOf(story string, s *invd.Setup) (*start, error) {
	if s.Self == "" || len(s.Self) > mostName {
		return nil, errors.New(`"self" must name the user`)
	}
	made := &start{story: story, self: s.Self, times: &s.Options.Times}
	return made, made.numbers(s.Device, s.Epoch)
}

// numbers reads the numbers of an end and of its process.
func (s *start) numbers(device, epoch string) (err error) {
	if s.device, err = hexadecimal("device", device); err == nil {
		s.epoch, err = hexadecimal("epoch", epoch)
	}
	return err
}

func hexadecimal(what, text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is no hexadecimal number of 64 bits", what)
	}
	return n, nil
}
