// What a reply must be to make sense, whatever the protocol of invitations says.

package invd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check says why a reply cannot answer a request.
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
	if _, isApp := to.(*App); r.Code != "" && (!isApp || !slices.Contains(Codes, r.Code)) {
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
		return nil
	case e.Do != "event":
		return fmt.Errorf(`do %q is neither "send" nor "event"`, e.Do)
	case !slices.Contains(Events, e.Name):
		return fmt.Errorf("there is no event %q", e.Name)
	}
	isLocal := strings.HasPrefix(e.Name, "Local")
	for _, want := range []struct {
		field string
		there bool
		want  bool
	}{
		{"to", e.To != "", isLocal},
		{"from", e.From != "", !isLocal},
		{"content", e.Content != nil, e.Name == Received || e.Name == Missed},
		{"channel_id", e.ChannelID != nil, e.Name == Received || e.Name == Missed},
		{"response", e.Response != nil, e.Name == LocalAccepted || e.Name == LocalRefused},
		{"failure", e.Failure != "", e.Name == LocalFailure || e.Name == RemoteFailure},
	} {
		if want.there != want.want {
			has := "lacks"
			if want.there {
				has = "must not have"
			}
			return fmt.Errorf("%s %s %q", e.Name, has, want.field)
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
