// The calls of an app, and what it sees.

package reference

import (
	stderrors "errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

func (e *Endpoint) app(r *invd.App, reply *invd.Reply) error {
	if r.Call == invd.Create {
		if e.locals[r.Inv] != nil {
			return fmt.Errorf("create: there is an invitation %q already", r.Inv)
		}
		made := e.engine.CreateLocalInvitation(r.To)
		e.locals[r.Inv], e.labels[made] = made, r.Inv
		if r.Group != "" {
			if e.groups[r.Group] == nil {
				e.groups[r.Group] = e.engine.NewGroup()
			}
			made.SetGroup(e.groups[r.Group])
		}
		setLocal(made, r)
		return nil
	}
	l, o, err := e.find(r.Ref)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", r.Call, err)
	case l != nil && r.Response != nil:
		return fmt.Errorf("%s: only the callee sets the response", r.Call)
	case o != nil && (r.Content != nil || r.ChannelID != nil || r.Times != invd.CallTimes{}):
		return fmt.Errorf("%s: only the caller sets content, channel id and times", r.Call)
	case l != nil:
		setLocal(l, r)
	case r.Response != nil:
		o.SetResponse(*r.Response)
	}
	switch r.Call {
	case invd.Send:
		err = l.Send()
	case invd.Cancel:
		note := ""
		if r.Note != nil {
			note = *r.Note
		}
		err = l.CancelWithNote(note)
	case invd.Accept:
		err = o.Accept()
	case invd.Refuse:
		err = o.Refuse()
	}
	if l != nil && l.ID() != (engine.ID{}) {
		e.own[key{l.CalleeID(), l.ID()}] = l
		e.peers[l.ID()] = l.CalleeID()
	}
	reply.Code = codeOf(err)
	return nil
}

func setLocal(l *engine.LocalInvitation, r *invd.App) {
	if r.Content != nil {
		l.SetContent(*r.Content)
	}
	if r.ChannelID != nil {
		l.SetChannelID(*r.ChannelID)
	}
	if r.Times != (invd.CallTimes{}) {
		l.SetTimes(time.Duration(r.Times.NoResponse), time.Duration(r.Times.Expiry))
	}
}

// codeOf is the code in the error of a call, empty for none.
func codeOf(err error) string {
	var code errors.InvitationApiCallError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &code):
		return short(code)
	case stderrors.Is(err, errors.GroupDecided):
		return "GROUP_DECIDED"
	}
	return "LIMIT_REACHED"
}

// find finds one of the two.
func (e *Endpoint) find(r invd.Ref) (*engine.LocalInvitation, *engine.RemoteInvitation, error) {
	if r.Inv != "" {
		if l := e.locals[r.Inv]; l != nil {
			return l, nil, nil
		}
		return nil, nil, fmt.Errorf("there is no invitation %q", r.Inv)
	}
	id, err := parseID(r.ID)
	if err != nil {
		return nil, nil, err
	}
	if r.To != "" {
		if l := e.own[key{r.To, id}]; l != nil {
			return l, nil, nil
		}
		return nil, nil, fmt.Errorf("there is no invitation %s to %q", r.ID, r.To)
	}
	if o := e.others[key{r.From, id}]; o != nil {
		return nil, o, nil
	}
	return nil, nil, fmt.Errorf("there is no invitation %s from %q", r.ID, r.From)
}

func parseID(text string) (id engine.ID, err error) {
	epoch, counter, _ := strings.Cut(text, "-")
	id.Epoch, err = strconv.ParseUint(epoch, 16, 64)
	if err == nil {
		id.Counter, err = strconv.ParseUint(counter, 10, 64)
	}
	if err != nil || id.String() != text {
		return id, fmt.Errorf("%q is no id", text)
	}
	return id, nil
}

// inspect tells what an app sees of an invitation, or what is remembered.
func (e *Endpoint) inspect(r *invd.Inspect) (invd.Reply, error) {
	if r.Ref == (invd.Ref{}) {
		s := e.engine.Stats()
		return invd.Reply{Records: &invd.Records{Local: s.LocalRecords, Remote: s.RemoteRecords, Peers: s.Peers, Lingering: s.Lingering}}, nil
	}
	l, o, err := e.find(r.Ref)
	if err != nil {
		return invd.Reply{}, err
	}
	if l != nil {
		seen := &invd.Invitation{Ref: invd.Ref{Inv: e.labels[l], To: l.CalleeID()}, State: l.State().String(),
			Content: l.Content(), ChannelID: l.ChannelID(), Response: l.Response(), Device: deviceOf(l.Device())}
		seen.Until = until(l.WaitsUntil())
		if l.Reason() != 0 {
			seen.Reason = l.Reason().String()
		}
		if l.Cause() != 0 {
			seen.Cause = l.Cause().String()
		}
		if l.ID() != (engine.ID{}) {
			seen.ID = l.ID().String()
		}
		if l.Failure() != errors.OK {
			seen.Failure = short(l.Failure())
		}
		return invd.Reply{Invitation: seen}, nil
	}
	if o == nil {
		return invd.Reply{}, stderrors.New("there is no such invitation")
	}
	seen := &invd.Invitation{Ref: invd.Ref{From: o.CallerID(), ID: o.ID().String()}, State: o.State().String(),
		Content: o.Content(), ChannelID: o.ChannelID(), Response: o.Response(), Note: o.Note()}
	age := invd.Time(o.Age())
	seen.Until, seen.Age = until(o.RingsUntil()), &age
	if o.Reason() != 0 {
		seen.Reason = o.Reason().String()
	}
	if o.Failure() != errors.OK {
		seen.Failure = short(o.Failure())
	}
	return invd.Reply{Invitation: seen}, nil
}

// until is an instant, if there is one.
func until(at time.Time, there bool) *invd.Time {
	if !there {
		return nil
	}
	t := invd.Time(at.UnixNano())
	return &t
}
