// Goals: each is reached by a story, and not by one that differs in little; and
// two real engines reach all that are a call's own.

package property_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/property"
)

// The stories are told in the words of bites and quality_test.go. Nothing in them
// is a violation.
var goalStories = []struct {
	goal            property.Goal
	reached, missed string
}{
	{property.CancelCrossedAccept,
		"ACCEPTING CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED",
		"RUNG CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED"},
	{property.CancelCrossedAccept,
		"ACCEPTING CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED",
		"ACCEPTING EXPIRED callee<CANCEL/EXPIRED=moved callee>ACK/CANCEL callee:EXPIRED"},
	{property.CancelCrossedAccept,
		"ACCEPTING CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED",
		"ACCEPTING CANCELED callee<CANCEL/USER=loggedout"},
	{property.CancelCrossedRefuse,
		"REFUSING CANCELED",
		"REFUSED"},
	{property.CancelOvertookInvite,
		"caller>INVITE CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee<INVITE=missed callee>ACK/CANCEL missed/user",
		"caller>INVITE CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee<INVITE=loggedout"},
	{property.RangAfterGiveUp,
		"caller>INVITE GAVEUP callee<INVITE=moved callee>RECEIVED ring",
		"UNHEARD GAVEUP"},
	{property.RangAfterGiveUp,
		"caller>INVITE caller>CANCEL/NORESPONSE caller:OFFLINE callee<INVITE=moved callee>RECEIVED ring",
		"caller>INVITE CANCELED callee<INVITE=moved callee>RECEIVED ring"},
	{property.RangAfterCancel,
		"caller>INVITE CANCELED callee<INVITE=moved callee>RECEIVED ring",
		"UNHEARD CANCELED"},
	{property.ReceiptImpliedByAccept,
		"UNHEARD accept-ok callee>ACCEPT caller<ACCEPT=moved caller>CONFIRM received caller:ACCEPTED",
		"ACCEPTED"},
	{property.ReceiptImpliedByRefuse,
		"UNHEARD callee>REFUSE callee:REFUSED caller<REFUSE=moved caller>ACK/REFUSE received caller:REFUSED",
		"REFUSED"},
	{property.LateReceipt,
		"UNHEARD CANCELED caller<RECEIVED=late caller>CLOSED/CANCELED",
		"RUNG caller<RECEIVED=copy CANCELED"},
	{property.AcceptAfterCancel,
		"ACCEPTING CANCELED caller<ACCEPT=late caller>CLOSED/CANCELED",
		"ACCEPTING EXPIRED caller<ACCEPT=late caller>CLOSED/EXPIRED"},
	{property.AcceptAfterGiveUp,
		"UNHEARD accept-ok callee>ACCEPT GAVEUP caller<ACCEPT=late caller>CLOSED/NORESPONSE",
		"ACCEPTING CANCELED caller<ACCEPT=late caller>CLOSED/CANCELED"},
	{property.AcceptTooLate,
		"ACCEPTING EXPIRED caller<ACCEPT=late caller>CLOSED/EXPIRED",
		"ACCEPTING EXPIRED caller<ACCEPT=wrongpeer"},
	{property.AcceptLostToExpiry,
		"ACCEPTING callee>CLOSED/FAILED callee:ACCEPT_FAILURE EXPIRED",
		"RUNG FAILED EXPIRED"},
	{property.ResidueLeft,
		"ACCEPTED callee>CLOSED/FAILED callee:ACCEPT_FAILURE",
		"BOTH"},
	{property.ConfirmLate,
		"ACCEPTED callee>CLOSED/FAILED callee:PEER_OFFLINE callee<CONFIRM=late",
		"BOTH callee<CONFIRM=copy"},
	{property.AcceptRepeated,
		"ACCEPTED caller<ACCEPT=late caller>CONFIRM",
		"ACCEPTED"},
	{property.ConfirmRepeated,
		"BOTH callee<CONFIRM=late",
		"BOTH"},
	{property.RefuseRepeated,
		"REFUSED caller<REFUSE=late caller>ACK/REFUSE",
		"REFUSED"},
	{property.CancelRepeated,
		"RUNG CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED callee<CANCEL/USER=late callee>ACK/CANCEL",
		"RUNG CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED"},
	{property.InviteCopyAfterEnd,
		"REFUSED callee<INVITE=late callee>REFUSE",
		"RUNG callee<INVITE=copy callee>RECEIVED"},
	{property.ExpiredBoth,
		"RUNG FAILED EXPIRED",
		"RUNG FAILED CANCELED"},
	{property.ExpiredOnlyCallee,
		"UNHEARD GAVEUP FAILED",
		"RUNG FAILED EXPIRED"},
	{property.CanceledButExpiredCallee,
		"RUNG CANCELED FAILED",
		"UNHEARD GAVEUP FAILED"},
	{property.StaleInvite,
		"caller>INVITE callee<INVITE=late callee>CLOSED/STALE",
		"caller>INVITE callee<INVITE=limit callee>CLOSED/OVERLOADED"},
	{property.Overloaded,
		"caller>INVITE callee<INVITE=limit callee>CLOSED/OVERLOADED",
		"caller>INVITE callee<INVITE=late callee>CLOSED/STALE"},
	{property.ClosedEndedTheRinging,
		"UNHEARD CANCELED callee<CLOSED/CANCELED=moved callee:CANCELED",
		"UNHEARD GAVEUP callee<CLOSED/NORESPONSE=moved callee:CANCELED"},
	{property.ClosedEndedTheRinging,
		"UNHEARD CANCELED callee<CLOSED/CANCELED=moved callee:CANCELED",
		"UNHEARD CANCELED callee<CANCEL/USER=moved callee>ACK/CANCEL callee:CANCELED callee<CLOSED/CANCELED=late"},
	{property.RefuseLostToExpiry,
		"REFUSING EXPIRED",
		"REFUSED"},
	{property.GaveUpWhileRinging,
		"UNHEARD GAVEUP",
		"UNHEARD callee>CLOSED/FAILED callee:EXPIRED GAVEUP"},
	{property.GaveUpWhileRinging,
		"UNHEARD caller>CANCEL/NORESPONSE caller:OFFLINE",
		"caller>INVITE GAVEUP callee<INVITE=moved callee>RECEIVED ring"},
	{property.DroppedWhileLoggedOut,
		"ACCEPTED callee<CONFIRM=loggedout",
		"ACCEPTED callee<CONFIRM=wrongpeer"},
	{property.CancelAtLogin,
		"RUNG caller-out caller:EXPIRED caller-in caller>CANCEL/EXPIRED",
		"RUNG EXPIRED caller-out caller-in caller>CANCEL/EXPIRED"},
	{property.ResumedAtOnce,
		"caller>INVITE +1s caller-online caller>INVITE",
		"caller>INVITE +1s caller>INVITE"},
	{property.AcceptAfterAnswered,
		"grouped ACCEPTING ANSWERED caller<ACCEPT=late caller>CLOSED/CANCELED",
		"grouped ACCEPTING CANCELED caller<ACCEPT=late caller>CLOSED/CANCELED"},
	{property.AcceptAfterCancel,
		"ACCEPTING CANCELED caller<ACCEPT=late caller>CLOSED/CANCELED",
		"grouped ACCEPTING ANSWERED caller<ACCEPT=late caller>CLOSED/CANCELED"},
	{property.AnsweredBeforeRing,
		"grouped caller>INVITE ANSWERED",
		"grouped RUNG ANSWERED"},
}

func TestGoals(t *testing.T) {
	var told property.GoalSet
	for _, each := range goalStories {
		if call, violated := tellAll(t, each.reached); !call.Goals().Has(each.goal) || violated != "" {
			t.Errorf("told %q: %v is not reached; %q violated", each.reached, each.goal, violated)
		}
		if call, violated := tellAll(t, each.missed); call.Goals().Has(each.goal) || violated != "" {
			t.Errorf("told %q: %v is reached; %q violated", each.missed, each.goal, violated)
		}
		told.Add(each.goal)
	}
	for goal := property.Goal(1); goal < property.NumGoals; goal++ {
		if own := !property.Goals[goal].World && goal != property.SecondPressRefused; own != told.Has(goal) {
			t.Errorf("%v: a call's own: %v; told of: %v", goal, own, told.Has(goal))
		}
	}
}

// TestEnginesReachEveryGoal plays random scripts, the same every time.
func TestEnginesReachEveryGoal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var reached property.GoalSet
	for n := range 2000 {
		w := newTwoParty(t, variants[n%len(variants)].options, n%7 == 0)
		kinds := []opKind{opDeliver, opSend, opPass}
		for kind := range numOps { // scripts that lack something go further with the rest
			if random.IntN(2) == 0 {
				kinds = append(kinds, kind)
			}
		}
		for range 5 + random.IntN(40) {
			w.do(op{kinds[random.IntN(len(kinds))], random.IntN(len(pauses)), random.IntN(16)})
		}
		w.finish()
		for _, c := range w.calls {
			reached |= c.Goals()
		}
	}
	for goal := property.Goal(1); goal < property.NumGoals; goal++ {
		switch own := !property.Goals[goal].World; {
		case own && !reached.Has(goal) && !slices.Contains(notByTwo, goal):
			t.Errorf("%v is not reached", goal)
		case !own && reached.Has(goal):
			t.Errorf("%v is reached, and no call can tell", goal)
		}
	}
}

// notByTwo are what the two-party world has no means for: a bound of four, a copy
// that its transport has held for long, a press of the same button that is told as
// such, and groups.
var notByTwo = []property.Goal{property.Overloaded, property.StaleInvite, property.SecondPressRefused, property.AcceptAfterAnswered, property.AnsweredBeforeRing}

func TestGoalTable(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	var ids, words []string
	for goal := property.Goal(1); goal < property.NumGoals; goal++ {
		info := property.Goals[goal]
		if !kebab.MatchString(info.ID) || slices.Contains(ids, info.ID) || info.Words == "" || slices.Contains(words, info.Words) {
			t.Errorf("goal %d: %q, %q", goal, info.ID, info.Words)
		}
		if goal.String() != info.ID || info.World != (goal >= property.CrashWhileRinging) {
			t.Errorf("%v: %+v", goal, info)
		}
		ids, words = append(ids, info.ID), append(words, info.Words)
	}
	if property.NumGoals > 64 {
		t.Errorf("%d goals do not fit into a set", property.NumGoals)
	}
	if got := property.Goal(0).String() + property.NumGoals.String(); got != "??" {
		t.Errorf("no goal is called %q", got)
	}
}

func TestGoalSet(t *testing.T) {
	last := property.NumGoals - 1
	var set property.GoalSet
	set.Add(0)
	if set != 0 || set.Has(0) || set.Next(0) != 0 {
		t.Errorf("no goal is in the set %b", set)
	}
	set.Add(last, property.CancelCrossedAccept, property.Glare, property.Glare)
	var got []property.Goal
	for goal := set.Next(0); goal != 0; goal = set.Next(goal) {
		got = append(got, goal)
	}
	if want := []property.Goal{property.CancelCrossedAccept, property.Glare, last}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if set.Has(property.Redial) || !set.Has(property.Glare) || set.Has(0) {
		t.Errorf("wrong goals in %b", set)
	}
}

// TestSecondPress: only the one that is refused is the goal.
func TestSecondPress(t *testing.T) {
	watch := &property.Watch{Report: func(property.Violation) {}}
	refused, taken := plain.call(), plain.call()
	refused.PressedAgain(watch, "send", errors.AlreadySent, 0)
	taken.PressedAgain(watch, "send", nil, 0)
	if !refused.Goals().Has(property.SecondPressRefused) || taken.Goals() != 0 {
		t.Errorf("refused: %b, taken: %b", refused.Goals(), taken.Goals())
	}
}
