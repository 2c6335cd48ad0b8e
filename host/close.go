// The end of a host: Close at once, Shutdown after what is under way.

package host

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
)

// ErrClosed is why a call on a closed host is refused.
var ErrClosed = errors.New("host is closed")

// Close ends the host: the timer stops, what arrives is dropped, every call fails
// with ErrClosed, and no callback begins any more. It does not wait, so that a
// callback may call it; wait for Done where one may still be running. Messages of
// earlier calls still go to the transport, before Done. Open invitations are left as
// they are, and their peers find out by their own timers: cancel or refuse them
// first. The transport is the app's to close, after Done.
func (h *Host) Close() {
	h.view.Lock()
	defer h.view.Unlock()
	h.close(ErrClosed)
}

func (h *Host) close(cause error) {
	if h.closed() {
		return
	}
	h.cause = cause
	close(h.closing)
	h.disarm()
	h.forgetEvents()
	h.settle()
}

func (h *Host) closed() bool { return h.cause != nil }

// Done is closed when the host is closed, the last callback, the last Send of the
// transport and the last Save of the store have returned, and the store is closed if
// it can be.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err is nil while the host is open, then an error that is ErrClosed and says what
// else closed it if it was not the app.
func (h *Host) Err() error {
	h.view.Lock()
	defer h.view.Unlock()
	return h.cause
}

// Shutdown closes the host when nothing is under way: every event has been told,
// and every peer that was sent a CANCEL or REFUSE has acknowledged it, or has not
// for Times.Linger. So an app that cancels its calls and shuts down leaves nobody
// ringing whom it can reach. Like Close it ends no invitation by itself;
// ShutdownAndEnd does.
//
// It returns nil when Done is closed, or the reason when ctx ends first; the host
// is closed then, too. A callback that calls it waits for itself until ctx ends.
func (h *Host) Shutdown(ctx context.Context) error {
	h.view.Lock()
	if h.quiet == nil {
		h.quiet = make(chan struct{})
	}
	h.settle()
	h.view.Unlock()

	err := wait(ctx, h.quiet, h.closing)
	last := h.finish()
	if err == nil {
		err = wait(ctx, h.done, nil)
	}
	if err == nil {
		err = <-last
	}
	if err != nil {
		return fmt.Errorf("shut down host of %s: %w", quote.ID(h.self), err)
	}
	return nil
}

// ShutdownAndEnd is Shutdown, and first ends what is open: calls to others are canceled
// with the text as their note, and rings are refused with the text as the response, also
// those that come while it waits. A call that was accepted and is not confirmed yet
// cannot be ended, and is left; so is everything if ctx has ended already. It fails with
// InvalidArgument, and does nothing, if the text is longer than engine.MaxNote bytes or not
// UTF-8.
func (h *Host) ShutdownAndEnd(ctx context.Context, text string) error {
	if len(text) > engine.MaxNote || !utf8.ValidString(text) {
		return fmt.Errorf("shut down host of %s: text of %d bytes: %w", quote.ID(h.self), len(text), errors.InvalidArgument)
	}
	if ctx.Err() == nil {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.input(func() error {
				h.ending = &text
				return nil // and take ends everything
			}, nil)
		}()
		wait(ctx, ended, nil) // for no longer, if the store hangs
	}
	return h.Shutdown(ctx)
}

// endOpen ends whatever can be ended.
func (h *Host) endOpen(text string) {
	for inv := range h.engine.LocalInvitations() {
		if !inv.State().Terminal() {
			inv.CancelWithNote(text)
		}
	}
	for inv := range h.engine.RemoteInvitations() {
		if inv.State() != states.RemoteInvitationReceived {
			continue
		}
		inv.SetResponse(text)
		inv.Refuse()
		h.view.Lock()
		if r := h.remotes[inv]; r != nil {
			r.shown.response, r.answered = text, true
		}
		h.view.Unlock()
	}
}

// finish closes the host. If everything was told, then the store learns it, and
// after the next start it is not told again. What came of that comes before Done.
func (h *Host) finish() <-chan error {
	h.view.Lock()
	defer h.view.Unlock()
	last := make(chan error, 1)
	told := !h.closed() && !h.sending && !h.delivering && h.events.queue.Len() == 0
	if told {
		h.inputs++
		go h.saveLast(last)
	} else {
		last <- nil
	}
	h.close(ErrClosed)
	return last
}

func (h *Host) saveLast(last chan<- error) {
	h.turn <- struct{}{}
	err := h.saveAll()
	<-h.turn

	h.view.Lock()
	defer h.view.Unlock()
	if err != nil {
		h.cause = err
	}
	last <- err
	h.inputs--
	h.settle()
}

// wait returns when either channel is closed, or with its reason when ctx ends.
func wait(ctx context.Context, a, b <-chan struct{}) error {
	select {
	case <-a:
		return nil
	default:
	}
	select {
	case <-a:
		return nil
	case <-b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settle tells those who wait that nothing is under way. It comes after all that
// may have been the last.
func (h *Host) settle() {
	switch {
	case h.inputs > 0 || h.sending || h.delivering:
	case h.closed():
		h.end()
	case h.quiet != nil && h.stats.Lingering == 0:
		closeOnce(h.quiet)
	}
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
