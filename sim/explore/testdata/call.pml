/* The rules of docs/protocol.md in Promela, for Spin: N calls from one phone to another,
 * without times. Every message that was ever sent may arrive, and every armed timer may
 * fire. It is TestModel's model once more, to compare the speed of two tools:
 *
 *   spin -a -DN=2 call.pml && cc -O2 -DSAFETY -DNOREDUCE -DMEMLIM=4000 -o pan pan.c && ./pan -m1000000
 */
#ifndef N
#define N 1
#endif
#ifndef LOGOUTS
#define LOGOUTS 0
#endif
#ifndef REPORTS
#define REPORTS 0
#endif

/* States by their numbers on the page. Ends of a FAILURE are numbers of their own. */
#define IDLE 0
#define SENT 1
#define C_RECEIVED 2
#define C_ACCEPTED 3
#define C_REFUSED 4
#define C_CANCELED 5
#define NO_RESPONSE 6
#define OFFLINE 7
#define EXPIRED 8
#define NOT_LOGGEDIN 9
#define RINGING 1
#define ACCEPT_SENT 2
#define R_REFUSED 3
#define R_ACCEPTED 4
#define R_CANCELED 5
#define ACCEPT_FAILURE 6

/* Messages, bits of a set. */
#define M_INVITE 1
#define M_RECEIVED 2
#define M_ACCEPT 4
#define M_CONFIRM 8
#define M_REFUSE 16
#define M_CANCEL_USER 32
#define M_CANCEL_NO_RESPONSE 64
#define M_CANCEL_EXPIRED 128
#define M_CANCEL_REJECTED 256
#define M_ACK_REFUSE 512
#define M_ACK_CANCEL 1024
#define M_FAILED 2048		/* CLOSED of the callee */
#define M_STALE 4096
#define M_HAS_REFUSED 8192
#define M_CANCELED 16384	/* CLOSED of the caller */
#define M_NO_RESPONSE 32768
#define M_EXPIRED 65536
#define M_REFUSED 131072

/* What the callee's app is told: why it is CANCELED, and that a call does not ring. */
#define USER 1
#define GAVE_UP 2
#define REJECTED 3
#define OWED 1
#define TOLD 2

typedef Call {
	byte caller;
	byte callee;
	int sent;
	int repeats;	/* the CANCEL with which the caller lingers */
	bit refuses;	/* the callee lingers */
	bit received;
	bit rang;
	byte reason;
	byte missed
};
Call c[N];
bit callerOut, calleeOut, callerKnows, calleeKnows;
byte i;

#define callerSends(m) if :: !callerOut -> c[i].sent = c[i].sent | (m) :: else fi
#define calleeSends(m) if :: !calleeOut -> c[i].sent = c[i].sent | (m) :: else fi
#define has(m) ((c[i].sent & (m)) != 0)
#define calling (c[i].caller == SENT || c[i].caller == C_RECEIVED)
#define answering (c[i].callee == RINGING || c[i].callee == ACCEPT_SENT)
#define end(state, cancel) c[i].caller = state; c[i].repeats = cancel; callerSends(cancel)

inline own() {
	if
	:: c[i].caller == C_REFUSED -> callerSends(M_REFUSED)
	:: c[i].caller == C_CANCELED -> callerSends(M_CANCELED)
	:: c[i].caller == EXPIRED -> callerSends(M_EXPIRED)
	:: else -> callerSends(M_NO_RESPONSE)
	fi
}

inline invite(late) {
	if
	:: c[i].callee == IDLE && late -> c[i].callee = EXPIRED; c[i].missed = TOLD; calleeSends(M_STALE)
	:: c[i].callee == IDLE && !late -> c[i].callee = RINGING; c[i].rang = 1; calleeSends(M_RECEIVED)
	:: c[i].callee == RINGING -> calleeSends(M_RECEIVED)
	:: c[i].callee == ACCEPT_SENT -> calleeSends(M_ACCEPT)
	:: c[i].callee == R_REFUSED && c[i].refuses -> calleeSends(M_REFUSE)
	:: c[i].callee == R_REFUSED && !c[i].refuses -> calleeSends(M_HAS_REFUSED)
	:: c[i].callee == R_CANCELED -> calleeSends(M_ACK_CANCEL);
		if
		:: c[i].missed == OWED -> c[i].missed = TOLD
		:: else
		fi
	:: c[i].callee == R_ACCEPTED -> skip
	:: else -> calleeSends(M_FAILED)
	fi
}

inline ends(state, why) {
	if
	:: answering -> c[i].callee = state; c[i].reason = why
	:: else
	fi
}

inline cancel(state, why) {
	if
	:: c[i].callee == IDLE -> c[i].callee = R_CANCELED; c[i].missed = OWED
	:: else -> ends(state, why)
	fi;
	calleeSends(M_ACK_CANCEL)
}

inline check() {
	/* S1, S3, S4, S5 */
	assert(c[i].callee != R_ACCEPTED || c[i].caller == C_ACCEPTED);
	assert(c[i].caller != C_REFUSED || c[i].callee == R_REFUSED);
	assert(c[i].caller != C_ACCEPTED || (c[i].callee != R_REFUSED && c[i].callee != R_CANCELED && c[i].callee != EXPIRED))
}

init {
	do
	:: d_step { i < N - 1 -> i = i + 1 }
	:: d_step { i > 0 -> i = i - 1 }
	/* What arrives at the caller. */
	:: d_step { has(M_RECEIVED) -> callerKnows = 0;
		if
		:: c[i].caller == SENT -> c[i].caller = C_RECEIVED; c[i].received = 1
		:: c[i].caller == C_ACCEPTED -> callerSends(M_CONFIRM)
		:: c[i].caller >= C_REFUSED -> own()
		:: else
		fi; check() }
	:: d_step { has(M_ACCEPT) -> callerKnows = 0;
		if
		:: callerOut	/* mute, and not deaf, but for this */
		:: !callerOut && calling -> c[i].caller = C_ACCEPTED; c[i].received = 1; callerSends(M_CONFIRM)
		:: !callerOut && c[i].caller == C_ACCEPTED -> callerSends(M_CONFIRM)
		:: else -> own()
		fi; check() }
	:: d_step { has(M_REFUSE) -> callerKnows = 0;
		if
		:: calling -> c[i].caller = C_REFUSED; c[i].received = 1
		:: else
		fi; callerSends(M_ACK_REFUSE); check() }
	:: d_step { has(M_HAS_REFUSED) -> callerKnows = 0;
		if
		:: calling -> c[i].caller = C_REFUSED; c[i].received = 1
		:: else
		fi; check() }
	:: d_step { has(M_FAILED) -> callerKnows = 0;
		if
		:: c[i].caller == SENT -> end(NO_RESPONSE, M_CANCEL_REJECTED)
		:: c[i].caller == C_RECEIVED -> c[i].caller = EXPIRED
		:: else
		fi; check() }
	:: d_step { has(M_STALE) -> callerKnows = 0;
		if
		:: c[i].caller == SENT -> end(NO_RESPONSE, M_CANCEL_REJECTED)
		:: else
		fi; check() }
	:: d_step { has(M_ACK_CANCEL) -> callerKnows = 0; c[i].repeats = 0 }
	/* What arrives at the callee. */
	:: d_step { has(M_INVITE) -> calleeKnows = 0; invite(0); check() }
	:: d_step { has(M_INVITE) -> calleeKnows = 0; invite(1); check() }
	:: d_step { has(M_CANCEL_USER) -> calleeKnows = 0; cancel(R_CANCELED, USER); check() }
	:: d_step { has(M_CANCEL_NO_RESPONSE) -> calleeKnows = 0; cancel(R_CANCELED, GAVE_UP); check() }
	:: d_step { has(M_CANCEL_REJECTED) -> calleeKnows = 0; cancel(R_CANCELED, REJECTED); check() }
	:: d_step { has(M_CANCEL_EXPIRED) -> calleeKnows = 0; cancel(EXPIRED, 0); check() }
	:: d_step { has(M_CONFIRM) -> calleeKnows = 0;
		if
		:: c[i].callee == ACCEPT_SENT -> c[i].callee = R_ACCEPTED
		:: else
		fi; check() }
	:: d_step { has(M_CANCELED) -> calleeKnows = 0; ends(R_CANCELED, USER); check() }
	:: d_step { has(M_NO_RESPONSE) -> calleeKnows = 0; ends(R_CANCELED, GAVE_UP); check() }
	:: d_step { has(M_EXPIRED) -> calleeKnows = 0; ends(EXPIRED, 0); check() }
	:: d_step { has(M_REFUSED) -> calleeKnows = 0; ends(R_REFUSED, 0); check() }
	:: d_step { has(M_ACK_REFUSE) -> calleeKnows = 0; c[i].refuses = 0 }
	/* The caller's calls and timers. */
	:: d_step { c[i].caller == IDLE ->
		if
		:: callerOut -> c[i].caller = NOT_LOGGEDIN
		:: else -> c[i].caller = SENT; callerSends(M_INVITE)
		fi }
	:: d_step { calling -> end(C_CANCELED, M_CANCEL_USER); check() }
	:: d_step { c[i].caller == SENT -> callerSends(M_INVITE) }
	:: d_step { c[i].caller == SENT ->
		if
		:: callerKnows -> end(OFFLINE, M_CANCEL_NO_RESPONSE)
		:: else -> end(NO_RESPONSE, M_CANCEL_NO_RESPONSE)
		fi; check() }
	:: d_step { c[i].caller == C_RECEIVED -> end(EXPIRED, M_CANCEL_EXPIRED); check() }
	:: d_step { c[i].repeats != 0 -> callerSends(c[i].repeats) }
	:: d_step { c[i].repeats != 0 -> c[i].repeats = 0 }
	/* The callee's. */
	:: d_step { c[i].callee == RINGING -> calleeSends(M_RECEIVED) }
	:: d_step { c[i].callee == RINGING -> c[i].callee = ACCEPT_SENT; calleeSends(M_ACCEPT) }
	:: d_step { c[i].callee == RINGING -> c[i].callee = R_REFUSED; c[i].refuses = 1; calleeSends(M_REFUSE); check() }
	:: d_step { c[i].callee == RINGING -> c[i].callee = EXPIRED; calleeSends(M_FAILED); check() }
	:: d_step { c[i].callee == ACCEPT_SENT -> calleeSends(M_ACCEPT) }
	:: d_step { c[i].callee == ACCEPT_SENT ->
		if
		:: calleeKnows -> c[i].callee = OFFLINE
		:: else -> c[i].callee = ACCEPT_FAILURE
		fi; calleeSends(M_FAILED); check() }
	:: d_step { c[i].refuses -> calleeSends(M_REFUSE) }
	:: d_step { c[i].refuses -> c[i].refuses = 0 }
	:: d_step { LOGOUTS -> callerOut = !callerOut }
	:: d_step { LOGOUTS -> calleeOut = !calleeOut }
	:: d_step { REPORTS && c[0].caller != IDLE && c[0].caller != NOT_LOGGEDIN -> callerKnows = !callerKnows }
	:: d_step { REPORTS && c[0].callee != IDLE -> calleeKnows = !calleeKnows }
	od
}
