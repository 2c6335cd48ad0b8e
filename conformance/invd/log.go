// Logs: what was said between a harness and an endpoint, or what a real end wrote down in
// the same words.

package invd

import (
	"encoding/json"
	"fmt"
	"io"
)

// Line is one line of a log: a request, or a reply.
type Line struct {
	Request Request
	Reply   *Reply
}

// DecodeLine reads a line of a log, with times in the unit that hello has chosen ("" before).
// It wants what the driver wants of requests and replies, but that replies need tell no
// deadline.
func DecodeLine(text []byte, unit string) (Line, error) {
	if unit == "" {
		unit = "ns"
	}
	var op struct {
		Op *string `json:"op"`
	}
	if err := json.Unmarshal(text, &op); err != nil {
		return Line{}, fmt.Errorf("it is no JSON object: %s", plain(err))
	}
	if op.Op == nil {
		reply, err := decodeReply(text, unit)
		if err == nil {
			err = reply.check(nil, "")
		}
		return Line{Reply: &reply}, err
	}
	request, err := decodeRequest(text, unit)
	if err != nil {
		return Line{}, err
	}
	switch r := request.(type) {
	case *App:
		err = r.check()
	case *Deliver:
		err = r.check()
	}
	if err != nil {
		return Line{}, fmt.Errorf("%s: %w", request.Op(), err)
	}
	return Line{Request: request}, nil
}

// Record writes everything that is said to an endpoint, and what it replies, as lines of
// a log in nanoseconds.
func Record(d Driver, to io.Writer) Driver { return &recorder{d, to} }

type recorder struct {
	Driver
	to io.Writer
}

func (r *recorder) Do(request Request) (Reply, error) {
	line, err := EncodeRequest(request)
	if err == nil {
		_, err = r.to.Write(append(line, '\n'))
	}
	if err != nil {
		return Reply{}, fmt.Errorf("record: %w", err)
	}
	reply, err := r.Driver.Do(request)
	if err != nil {
		return reply, err
	}
	if line, err = encode(reply); err == nil {
		_, err = r.to.Write(append(line, '\n'))
	}
	if err != nil {
		return reply, fmt.Errorf("record: %w", err)
	}
	return reply, nil
}
