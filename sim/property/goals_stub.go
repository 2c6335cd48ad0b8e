package property

type Goal uint8

const (
	CrashWhileRinging Goal = iota
	CrashWhileAccepting
	RestartWithOpenCall
	FrozenPastADeadline
	StoredAndDelivered
	PushWoke
	CorruptedCopyDropped
	PartitionCrossedACall
	ClockJumpedOverADeadline
	Glare
	Redial
	HundredHeld
	QueueOverflowed
	StrangerTurnedAway
	NumGoals
)
