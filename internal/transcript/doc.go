// Package transcript plays scripts: stories of invitations in commands, which real
// engines live through in virtual time. It imports engine, states, errors, internal/input
// and internal/output. Below each command the play writes the events, indented. This is a
// whole script with its outputs:
//
//	# The first INVITE is lost. Bob accepts its copy.
//	lose 1 INVITE from alice
//	call alice bob content="hi"
//	     0.000 alice → bob   INVITE #1 content="hi", lost
//	at 1s
//	     0.500 alice → bob   INVITE #1 content="hi" age=500ms (copy 2)
//	     0.550 bob   ← alice INVITE #1 content="hi" age=500ms
//	     0.550 bob   → alice RECEIVED #1
//	     0.550 bob   * RemoteInvitationReceived #1 INVITATION_RECEIVED content="hi"
//	     0.600 alice ← bob   RECEIVED #1
//	     0.600 alice * LocalInvitationReceivedByPeer #1 RECEIVED_BY_REMOTE
//	accept bob #1 response="yes"
//	     1.000 bob   → alice ACCEPT #1 response="yes"
//	until 2s
//	     1.050 alice ← bob   ACCEPT #1 response="yes"
//	     1.050 alice → bob   CONFIRM #1
//	     1.050 alice * LocalInvitationAccepted #1 ACCEPTED_BY_REMOTE response="yes"
//	     1.100 bob   ← alice CONFIRM #1
//	     1.100 bob   * RemoteInvitationAccepted #1 ACCEPTED
//	expect alice #1 ACCEPTED_BY_REMOTE at 1.05s
//	expect bob #1 ACCEPTED at 1.1s
//
// A line that begins with # is a comment. [Help] lists the commands and explains their
// words. Commands take no time.
//
// Without default-times or vendor-times, the accept time is 32s, with the schedule of the
// INVITE, and neither grace nor refresh are set. A device has a refresh in any case.
//
// A script ends with an expect for every invitation, and for every user who has none. A
// play that is [Player.Free] needs neither. A play also checks the properties of
// docs/protocol.md that every script must keep. After the last command it lets two hours
// pass, in which nothing may happen to an app, and after which no engine may remember
// anything.
package transcript
