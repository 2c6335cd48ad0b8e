// The judge: it takes logs line by line, each for the end that has written it.

package judge

import (
	"fmt"
	"io"
)

// mostCalls bounds what is remembered. Calls beyond it are counted, and not judged.
var mostCalls = 100_000

// Other bounds.
const (
	mostEnds   = 1_000
	mostName   = 1_024 // bytes of a user id
	mostDamage = 10    // damaged lines of which a log tells
)

// Judge takes logs, and then gives its report.
type Judge struct {
	logs  []*Log
	ends  map[endKey]*end
	calls map[callKey]*call
	sent  map[callKey]*call // by who has sent an INVITE; the callee is left out
	order []*call
	left  int // calls that are not judged
}

// Log is what was found in one file.
type Log struct {
	Name    string
	Lines   int
	Ends    []string // who has written it
	Damaged int      // lines that cannot be read
	Damage  []string // the first of them, with their reasons
}

// New is a judge who has read nothing.
func New() *Judge {
	return &Judge{ends: map[endKey]*end{}, calls: map[callKey]*call{}, sent: map[callKey]*call{}}
}

// Read takes one log. It fails if the log cannot be read or has nothing that an end shows;
// what was read is judged all the same. Logs of one end come in the order of time.
func (j *Judge) Read(name string, r io.Reader) error {
	return j.read(name, func(s *session) error { return s.read(r) })
}

func (j *Judge) read(name string, all func(*session) error) error {
	log := &Log{Name: name}
	j.logs = append(j.logs, log)
	s := &session{judge: j, log: log}
	err := all(s)
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", name, err)
	case len(s.ends) == 0 && log.Damaged > 0:
		return fmt.Errorf("read %s: no line of %d says whose log it is; %s", name, log.Lines, log.Damage[0])
	case len(s.ends) == 0:
		return fmt.Errorf("read %s: it has no reset, restore or \"started\", which say whose log it is", name)
	}
	return nil
}

// session is one log while it is read.
type session struct {
	judge *Judge
	log   *Log
	ends  map[string]*end // by their names in the log
	story string
	torn  bool // damage came before the first start
	tell  func(e *end, in *input)
}

func (s *session) read(r io.Reader) error {
	d, last := decoder{}, 0
	err := lines(r, func(number int, text []byte, tooLong bool) {
		s.log.Lines, last = s.log.Lines+1, number
		inputs, err := d.decode(number, text, tooLong)
		s.takeLine(number, inputs, err)
	})
	s.takeLine(last, d.records.flush(), nil)
	if err != nil {
		s.damage(last+1, err)
	}
	return err
}

// takeLine takes what a line makes known.
func (s *session) takeLine(number int, inputs []input, err error) {
	for i := range inputs {
		s.take(&inputs[i])
	}
	if err != nil {
		s.damage(number, err)
	}
}

// damage is a line that cannot be read. It may have been any line of any end of the log.
func (s *session) damage(line int, err error) {
	if s.log.Damaged++; len(s.log.Damage) < mostDamage {
		s.log.Damage = append(s.log.Damage, fmt.Sprintf("line %d: %.200s", line, err))
	}
	for _, e := range s.ends {
		e.damaged = true
	}
	s.torn = true
}

func (s *session) take(in *input) {
	if in.start != nil {
		s.begin(in)
	}
	e := s.ends[in.world]
	if e == nil {
		return // before its first start, nobody knows whose it is
	}
	switch {
	case s.tell != nil:
		s.tell(e, in)
	case in.isReply:
		e.replied(s.judge, in)
	default:
		e.asks(s.judge, in)
	}
}

// begin is a new process of an end.
func (s *session) begin(in *input) {
	story := in.start.story
	if in.start.restored || story == "" {
		story = s.story
	}
	s.story = story
	key := endKey{story, in.start.self, in.start.device}
	e := s.judge.ends[key]
	if s.ends == nil {
		s.ends = map[string]*end{}
	}
	if e == nil && len(s.judge.ends) < mostEnds {
		e = &end{endKey: key, number: len(s.judge.ends), epochs: map[uint64]bool{}, labels: map[string]*label{}, groups: map[string]*group{}}
		e.from, e.damaged = !in.start.restored, s.torn
		s.judge.ends[key] = e
	}
	if e == nil {
		delete(s.ends, in.world)
		return
	}
	if s.ends[in.world] != e && len(s.log.Ends) < mostDamage {
		s.log.Ends = append(s.log.Ends, e.name())
	}
	s.ends[in.world] = e
	if s.tell == nil {
		e.restart(in)
	}
}
