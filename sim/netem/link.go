// Link: a recorded link that says when packets may cross.

package netem

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/tape"
)

// linkPacket is how many bytes may cross at one moment of a recording.
const linkPacket = 1500

// Link is a link trace in the format of mahimahi: each line is a time in
// milliseconds from the start at which one packet of 1500 bytes may cross; a
// repeated time stands for several; after its last time it starts again.
type Link struct {
	name    string
	crosses []int64 // nanoseconds, ascending
	period  int64   // nanoseconds
}

// Name is the file's.
func (l *Link) Name() string { return l.name }

// Period is how long the recording is.
func (l *Link) Period() time.Duration { return time.Duration(l.period) }

// OpenLink reads a link trace from a file.
func OpenLink(path string) (*Link, error) {
	if path == "" {
		return nil, errors.New("the name of the file is empty")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadLink(path, file)
}

// ReadLink reads a link trace. The times must be whole, ascending and not all
// zero; an error names the line.
func ReadLink(name string, r io.Reader) (*Link, error) {
	link := &Link{name: name}
	r, err := input.Reader(r)
	if err != nil {
		return nil, fmt.Errorf("link trace %s: %w", name, err)
	}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ms < 0 || ms > int64(24*time.Hour/time.Millisecond) {
			return nil, fmt.Errorf("link trace %s:%d: %q is not a time in milliseconds from 0 to 24 hours", name, number, text)
		}
		at := ms * int64(time.Millisecond)
		if at < link.period {
			return nil, fmt.Errorf("link trace %s:%d: %d ms comes after %d ms", name, number, ms, link.period/int64(time.Millisecond))
		}
		link.crosses = append(link.crosses, at)
		link.period = at
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("link trace %s: %w", name, err)
	}
	if link.period == 0 {
		return nil, fmt.Errorf("link trace %s: no time above 0", name)
	}
	return link, nil
}

// crossing is one phone's use of a link: a queue, first in first out.
type crossing struct {
	link   *Link
	offset int64 // where in the recording the world starts
	round  int64 // how often the recording has started again
	next   int   // the index in crosses that is used up next
	free   int   // the bytes that are left of it
}

func newCrossing(t tape.Tape, link *Link, about tape.Key) crossing {
	if link == nil {
		return crossing{}
	}
	offset := int64(tape.Between(t, 0, link.Period()-1, tape.LinkOffset, about))
	return crossing{link: link, offset: offset, next: -1}
}

// cross tells when something of that size, which enters the queue now, leaves it.
// Calls come in the order of time.
func (c *crossing) cross(now int64, size int) int64 {
	if c.link == nil {
		return now
	}
	c.catchUp(now)
	for {
		used := min(size, c.free)
		size, c.free = size-used, c.free-used
		if size == 0 {
			return max(now, c.at())
		}
		c.step()
	}
}

// at is the moment of crossing that is in use, in the world's time.
func (c *crossing) at() int64 { return c.round*c.link.period + c.link.crosses[c.next] - c.offset }

func (c *crossing) step() {
	c.next, c.free = c.next+1, linkPacket
	if c.next == len(c.link.crosses) {
		c.next, c.round = 0, c.round+1
	}
}

// catchUp passes over the moments before now: nothing was waiting for them.
func (c *crossing) catchUp(now int64) {
	if c.next >= 0 && c.at() >= now {
		return
	}
	at := now + c.offset
	c.round = at / c.link.period
	c.next = sort.Search(len(c.link.crosses), func(i int) bool { return c.link.crosses[i] >= at%c.link.period })
	c.free = linkPacket
}
