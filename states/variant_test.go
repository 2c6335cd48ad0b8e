package states

import "testing"

// A variant differs in the changed cells alone, and the table it is made of stays.
func TestWith(t *testing.T) {
	before := *Local().cells
	changes := []LocalChange{
		{In: LocalCanceled, On: LocalAccept, Next: LocalAcceptedByRemote, Effects: ReplyConfirm | RaiseAccepted},
		{In: LocalIdle, On: LocalAccept, Next: LocalIdle, Effects: ReplyConfirm},
		{In: LocalSentToRemote, On: LocalResync, Next: LocalSentToRemote},
		{In: LocalReceivedByRemote, On: LocalCancel, Next: LocalReceivedByRemote, Effects: AlreadySent},
		{In: LocalFailure, On: LocalExpiry, Next: LocalFailure, Effects: Unexpected}, // impossible before
	}
	kinds := []Kind{Move, Stay, Ignored, Misuse, Stay}
	variant := Local().With(changes...)
	if *Local().cells != before {
		t.Fatal("the protocol has changed")
	}
	for i, c := range changes {
		want := Cell[LocalState]{Effects: c.Effects, Next: c.Next, Kind: kinds[i]}
		if got := variant.At(c.In, c.On); got != want {
			t.Errorf("%v in %v: %v, not %v", c.On, c.In, got, want)
		}
	}
	rest := *variant.cells
	for _, c := range changes {
		rest[c.In][c.On] = before[c.In][c.On]
	}
	if rest != before {
		t.Error("other cells have changed")
	}
}
