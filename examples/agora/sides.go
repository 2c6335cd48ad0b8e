// Which SDK places a call, while apps with either are in the field.

package main

// Side is one of the two SDKs.
type Side string

const (
	None   Side = "none"
	RTM    Side = "RTM 1.x"
	Invsim Side = "invsim"
)

// Account is what your directory knows of a user: which SDKs the user's app has, as
// it said at its last login, and the flag of the migration.
type Account struct {
	RTM, Invsim bool
	Migrated    bool
}

// SideOf names the SDK for a call. It is asked once, before the call is created; a
// call that has begun stays where it is, whatever happens to the flags.
func SideOf(caller, callee Account) Side {
	rtm := caller.RTM && callee.RTM
	invsim := caller.Invsim && callee.Invsim
	switch {
	case invsim && (!rtm || caller.Migrated && callee.Migrated):
		return Invsim
	case rtm:
		return RTM
	}
	return None // or a gateway
}
