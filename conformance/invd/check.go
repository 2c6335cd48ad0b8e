// What a reply must be to make sense, whatever the protocol of invitations says.

package invd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check says why a reply cannot answer a request; nil stands for one that is not known.
func (r *Reply) check(to Request, clock string) error {
	if r.Error != "" || r.Unsupported != "" {
		if r.Effects != nil || r.Code != "" || r.Error != "" && r.Unsupported != "" {
			return errors.New("error and unsupported stand alone")
		}
		return nil
	}
	for i := range r.Effects {
		if err := r.Effects[i].check(); err != nil {
			return fmt.Errorf("effect %d: %w", i+1, err)
		}
	}
	if _, isApp := to.(*App); r.Code != "" && (!isApp && to != nil || !slices.Contains(Codes, r.Code)) {
		return fmt.Errorf("code %q: an app's call is refused with one of %s", r.Code, strings.Join(Codes, ", "))
	}
	if instantOf(to) != nil && clock == Virtual && !r.Next.Known {
		return errors.New(`a virtual clock tells "next" in every reply: its earliest deadline, or null`)
	}
	if _, ok := to.(*Snapshot); ok && len(r.Snapshot) == 0 {
		return errors.New(`"snapshot" is missing`)
	}
	if i, ok := to.(*Inspect); ok && (i.Ref == Ref{} && r.Records == nil || i.Ref != Ref{} && r.Invitation == nil) {
		return errors.New(`"records" is missing, or with a reference "invitation"`)
	}
	return nil
}

func (e *Effect) check() error {
	switch {
	case e.Do == "send":
		if (e.Message == nil) == (e.Raw == nil) || e.To == "" {
			return errors.New(`send has "to", and either "message" or "raw"`)
		}
		if e.Message != nil && e.Message[0] != '{' {
			return errors.New(`"message" is the JSON form as an object, not as text`)
		}
		return nil
	case e.Do != "event":
		return fmt.Errorf(`do %q is neither "send" nor "event"`, e.Do)
	}
	known := slices.IndexFunc(events, func(each struct {
		name   string
		fields []string
	}) bool {
		return each.name == e.Name
	})
	if known < 0 {
		return fmt.Errorf("there is no event %q", e.Name)
	}
	for _, field := range []struct {
		name  string
		there bool
	}{
		{"to", e.To != ""}, {"from", e.From != ""}, {"content", e.Content != nil}, {"channel_id", e.ChannelID != nil},
		{"response", e.Response != nil}, {"failure", e.Failure != ""},
	} {
		switch wanted := slices.Contains(events[known].fields, field.name); {
		case wanted && !field.there:
			return fmt.Errorf("%s lacks %q", e.Name, field.name)
		case !wanted && field.there:
			return fmt.Errorf("%s must not have %q", e.Name, field.name)
		}
	}
	if e.Failure != "" && !slices.Contains(Failures, e.Failure) {
		return fmt.Errorf("failure %q is none of %s", e.Failure, strings.Join(Failures, ", "))
	}
	if e.ID == "" && e.Inv == "" {
		return fmt.Errorf("%s lacks an id", e.Name)
	}
	return nil
}
