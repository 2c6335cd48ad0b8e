// The two machines, as data: the tables of docs/protocol.md, letter by letter. A test
// compares them with the page. The page tells how a cell is read ("Reading the tables").

const callerTable = `
| input | IDLE | SENT | RECEIVED | ACCEPTED | REFUSED | CANCELED | FAILURE |
|---|---|---|---|---|---|---|---|
| send() | **SENT**, no-response timer; INVITE | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| send(), invalid argument | INVALID_ARGUMENT | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| send(), group decided | group decided | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| send(), logged out | **FAILURE**, Failure(NOT_LOGGEDIN) | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| send(), fail-at-once and callee known offline | **FAILURE**, Failure(PEER_OFFLINE) | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| send(), own bound reached | limit reached | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| cancel() | NOT_STARTED | **CANCELED**, Canceled; CANCEL(user) | **CANCELED**, Canceled; CANCEL(user) | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| cancel(), invalid note | NOT_STARTED | INVALID_ARGUMENT | INVALID_ARGUMENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| another of the group accepted | x | **CANCELED**, Canceled; CANCEL(answered by another) | **CANCELED**, Canceled; CANCEL(answered by another) | x | x | x | x |
| RECEIVED | ; CLOSED(unknown) | **RECEIVED**, ReceivedByPeer, expiry timer | – | ; CONFIRM | ; CLOSED(refused) | ; CLOSED(canceled) | ; CLOSED(own) |
| ACCEPT | ; CLOSED(unknown) | **ACCEPTED**, ReceivedByPeer, Accepted, W = D; CONFIRM | **ACCEPTED**, Accepted, W = D; CONFIRM | ; CONFIRM | !; CLOSED(refused) | ; CLOSED(canceled) | ; CLOSED(own) |
| ACCEPT, not by the winner | x | x | x | ; CONFIRM | ; CLOSED(refused) | x | x |
| ACCEPT, logged out | – | – | – | – | – | – | – |
| REFUSE | ; ACK(REFUSE) | **REFUSED**, ReceivedByPeer, Refused, W = D; ACK(REFUSE, refused) | **REFUSED**, Refused, W = D; ACK(REFUSE, refused) | !; ACK(REFUSE) | ; ACK(REFUSE, refused) | ; ACK(REFUSE) | ; ACK(REFUSE) |
| REFUSE, not by the winner | x | x | x | ; ACK(REFUSE) | ; ACK(REFUSE, refused) | x | x |
| CLOSED(refused) | ! | **REFUSED**, ReceivedByPeer, Refused, W = D | **REFUSED**, Refused, W = D | – | – | – | – |
| CLOSED(failed), device 0 | ! | **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(rejected) | **FAILURE**, Failure(INVITATION_EXPIRE) | – | – | – | – |
| CLOSED(stale), device 0 | ! | **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(rejected) | – | – | – | – | – |
| CLOSED(invalid), device 0 | ! | **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(rejected) | **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(expired) | – | – | – | – |
| CLOSED(overloaded), device 0 | ! | noted | – | – | – | – | – |
| CLOSED(failed, stale, invalid, overloaded), device not 0 | ! | – | – | – | – | – | – |
| ACK(CANCEL) | ! | ! | ! | – | – | linger ends | linger ends |
| other ACK | ! | ! | ! | ! | ! | ! | ! |
| any message, own device not 0 | – | x | x | x | x | x | x |
| no-response timer | x | **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(no response) | x | x | x | x | x |
| no-response timer, callee last known offline | x | **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) | x | x | x | x | x |
| expiry timer | x | x | **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(expired) | x | x | x | x |
| copy due | x | ; INVITE | ; INVITE | x | x | ; CANCEL | ; CANCEL |
| resync | – | ; INVITE, back-off restarts | ; INVITE, back-off restarts | – | – | ; CANCEL, back-off restarts | ; CANCEL, back-off restarts |
| callee offline | – | – | – | – | – | – | – |
| callee offline, fail-at-once | – | **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) | – | – | – | – | – |
`;

const calleeTable = `
| input | IDLE | RECEIVED | ACCEPT_SENT | REFUSED | ACCEPTED | CANCELED | FAILURE |
|---|---|---|---|---|---|---|---|
| INVITE | **RECEIVED**, Received, expiry timer; RECEIVED | ; RECEIVED | ; ACCEPT | ; REFUSE | – | ; ACK(CANCEL) | ; CLOSED(failed) |
| INVITE, stale | **FAILURE**, Missed; CLOSED(stale) | x | x | x | x | x | x |
| INVITE, invalid | ; CLOSED(invalid) | x | x | x | x | x | x |
| INVITE, at a bound | ; CLOSED(overloaded) | x | x | x | x | x | x |
| INVITE, other payload | x | ! | x | x | x | x | x |
| INVITE, linger over | x | x | x | ; CLOSED(refused) | x | x | x |
| INVITE, first after an early CANCEL | x | x | x | x | x | Missed; ACK(CANCEL) | x |
| CANCEL | **CANCELED**; ACK(CANCEL) | **CANCELED**, Canceled; ACK(CANCEL) | **CANCELED**, Canceled; ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL) |
| CANCEL(expired) | **CANCELED**; ACK(CANCEL) | **FAILURE**, Failure(INVITATION_EXPIRE); ACK(CANCEL) | **FAILURE**, Failure(INVITATION_EXPIRE); ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL) |
| CANCEL, at a bound | – | x | x | x | x | x | x |
| accept() | x | **ACCEPT_SENT**, accept timer; ACCEPT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| accept(), logged out | x | **ACCEPT_SENT**, ring's deadline if later; ACCEPT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| accept(), invalid response | x | INVALID_ARGUMENT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| refuse() | x | **REFUSED**, Refused; REFUSE | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| refuse(), invalid response | x | INVALID_ARGUMENT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END |
| CONFIRM, own | ! | **FAILURE**, Failure(ACCEPT_FAILURE) | **ACCEPTED**, Accepted | ! | – | ! | late confirm |
| CONFIRM, other device | **CANCELED** | **CANCELED**, Canceled | **CANCELED**, Canceled | – | ! | – | – |
| ACK(REFUSE), own | ! | ! | ! | linger ends | ! | ! | ! |
| ACK(REFUSE, refused), other device | **CANCELED** | **CANCELED**, Canceled | **CANCELED**, Canceled | – | ! | – | – |
| ACK(REFUSE), other device | – | – | – | – | – | – | – |
| CONFIRM or ACK(REFUSE, refused), other device, at a bound | – | x | x | x | x | x | x |
| CONFIRM or ACK(REFUSE, refused), other device, after Missed | x | x | x | x | x | x | Missed withdrawn |
| other ACK | ! | ! | ! | ! | ! | ! | ! |
| CLOSED(canceled, no response) | – | **CANCELED**, Canceled | **CANCELED**, Canceled | – | – | – | – |
| CLOSED(expired) | – | **FAILURE**, Failure(INVITATION_EXPIRE) | **FAILURE**, Failure(INVITATION_EXPIRE) | – | – | – | – |
| CLOSED(unknown) | – | **FAILURE**, Failure(INVITATION_EXPIRE) | **FAILURE**, Failure(ACCEPT_FAILURE) | – | – | – | – |
| CLOSED(refused), own | – | **REFUSED**, Refused | **REFUSED**, Refused | – | – | – | – |
| CLOSED(refused), other device | – | **CANCELED**, Canceled | **CANCELED**, Canceled | – | – | – | – |
| expiry timer | x | **FAILURE**, Failure(INVITATION_EXPIRE); CLOSED(failed) | x | x | x | x | x |
| accept timer | x | x | **FAILURE**, Failure(ACCEPT_FAILURE); CLOSED(failed) | x | x | x | x |
| accept timer, caller last known offline | x | x | **FAILURE**, Failure(PEER_OFFLINE); CLOSED(failed) | x | x | x | x |
| copy due | x | ; RECEIVED | ; ACCEPT | ; REFUSE | x | x | x |
| resync | – | ; RECEIVED, back-off restarts | ; ACCEPT, back-off restarts | ; REFUSE, back-off restarts | – | – | – |
| login before the ring's deadline | x | x | accept timer; ACCEPT, back-off restarts | x | x | x | x |
| logout | – | – | ring's deadline if later | – | – | – | – |
| caller offline | – | – | – | – | – | – | – |
`;

/** Long names of the states, which the vendor numbers from 0. */
export const callerStates = [
  "IDLE", "SENT_TO_REMOTE", "RECEIVED_BY_REMOTE", "ACCEPTED_BY_REMOTE", "REFUSED_BY_REMOTE", "CANCELED", "FAILURE",
];
export const calleeStates = [
  "IDLE", "INVITATION_RECEIVED", "ACCEPT_SENT_TO_LOCAL", "REFUSED", "ACCEPTED", "CANCELED", "FAILURE",
];

const errors = [
  "INVALID_ARGUMENT", "NOT_STARTED", "ALREADY_END", "ALREADY_ACCEPT", "ALREADY_SENT", "limit reached", "group decided",
];

/**
 * What a cell says: the new state, the effects and the message in their order, or the
 * error of a call. restarts: the message is the copy of a resync.
 */
function cellOf(text, long) {
  const cell = { text, to: "", effects: [], send: "", restarts: false, unexpected: false, error: "", elsewhere: text === "x" };
  if (text === "–" || text === "x") return cell;
  if (errors.includes(text)) return { ...cell, error: text.toUpperCase().replace(" ", "_") };
  const [here, there = ""] = text.split(";");
  for (const word of words(here)) {
    if (word === "!") cell.unexpected = true;
    else if (word.startsWith("**")) cell.to = long[word.slice(2, -2)];
    else cell.effects.push(word);
  }
  for (const word of words(there)) {
    if (word === "back-off restarts") cell.restarts = true;
    else cell.send = word;
  }
  return cell;
}

// Parts between commas; a comma in parentheses parts nothing.
const words = (text) => (text.match(/(\([^)]*\)|[^,(])+/g) ?? []).map((w) => w.trim()).filter(Boolean);

/** row → state → cell. */
function parse(text, states) {
  const lines = text.trim().split("\n").map((line) => line.split("|").slice(1, -1).map((c) => c.trim()));
  const short = lines[0].slice(1);
  const long = Object.fromEntries(short.map((name, i) => [name, states[i]]));
  const rows = lines.slice(2).map(([row, ...cells]) =>
    [row, Object.fromEntries(cells.map((c, i) => [long[short[i]], cellOf(c, long)]))]);
  return Object.fromEntries(rows);
}

export const caller = parse(callerTable, callerStates);
export const callee = parse(calleeTable, calleeStates);

/** The text of both, for the test that compares it with the page. */
export const asOnThePage = { caller: callerTable.trim(), callee: calleeTable.trim() };
