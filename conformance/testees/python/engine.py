"""One user's endpoint, on one device: docs/protocol.md. No I/O, no clock of its own, no threads.

A host calls the inputs (send, cancel, accept, refuse, receive, peer, session, advance), each
with the reading of its clock in nanoseconds, and takes the outputs: all messages, then all
events. next_deadline says when to call advance. Messages are dicts as in wire.py.
Comments like "Copies 5" cite clauses of that page.
"""
import json

MS, S = 10**6, 10**9
SPACING, QUIET, SET_CLOCK = 500 * MS, 500 * MS, 4000 * 3600 * S
LIMITS = {"content": 8192, "response": 8192, "channel_id": 64, "note": 1024}
SIGNS = " !#$%&()+-:;<=.>?@[]^_{}|~,"

TIMES = {
    "no_response": 30 * S, "expiry": 60 * S, "expiry_cap": 60 * S, "grace": 2 * S, "accept": 15 * S, "refresh": 20 * S,
    "retransmit_first": 500 * MS, "retransmit_cap": 4 * S, "accept_first": 250 * MS, "accept_cap": 500 * MS,
    "linger": 32 * S, "tombstone": 247 * S, "max_delay": 100 * S}


class Code(Exception):
    """A call that is refused, by the vendor's code."""


def valid_user(name):
    return (0 < len(name) <= 64 and name[0] != " " and name != "null"
            and all(c.isascii() and c.isalnum() or c in SIGNS for c in name))


def fits(**texts):
    """Whether these texts are UTF-8 within their limits."""
    try:
        return all(len(text.encode()) <= LIMITS[name] for name, text in texts.items())
    except UnicodeEncodeError:
        return False


def memory_lasts(t, from_send, linger):
    """Whether every copy of an invitation is gone before a tombstone forgets it (Validation)."""
    ends = t["expiry"] + t["grace"]
    life = max(t["no_response"], ends) if from_send else t["no_response"] + ends
    whole = t["no_response"] + ends + linger if linger else 0
    return all(102 * (x + t["max_delay"]) <= 100 * t["tombstone"] for x in (life, whole))


def call_times_hold(t, from_send):
    return (all(0 < t[name] <= 1000 * 3600 * S for name in ("no_response", "expiry"))
            and t["retransmit_first"] < t["no_response"] and (t["no_response"] < t["expiry"] or not from_send)
            and memory_lasts(t, from_send, 0))


def times_hold(t, from_send, device):
    """The table of Validation."""
    return (call_times_hold(t, from_send)
            and all(x <= 1000 * 3600 * S and x > -(name in ("grace", "refresh")) for name, x in t.items())
            and all(10 * MS <= t[kind + "_first"] <= t[kind + "_cap"] for kind in ("retransmit", "accept"))
            and t["accept_first"] + QUIET <= t["accept"]
            and (t["retransmit_first"] <= t["refresh"] < t["expiry"] or t["refresh"] == 0 == device)
            and t["no_response"] <= t["linger"] and max(t["linger"], t["expiry"] + t["grace"]) <= t["tombstone"]
            and memory_lasts(t, from_send, t["linger"]))


class Peer:
    """What is known of another user, from the first record with it to the last."""

    def __init__(self):
        self.online, self.records = None, []


class Group:
    """Invitations of which one is accepted at most. In a decided group nothing can be sent."""

    def __init__(self):
        self.members, self.decided = [], False


class Invitation:
    """A record: its key, its state, and three timers, each (instant, arming) or None.

    final is the no-response, expiry or accept timer, and after the end that of the tombstone.
    linger is the end of the linger, and there is one while a CANCEL or REFUSE is pending.
    copy is the next copy, and pause is the pause before it; 0: it starts the schedule afresh.
    """
    KEPT = ("peer id state code reason note cause winner content channel_id response final linger copy pause last"
            " ageless overloaded no_response expiry sent rings_until rang age stale early").split()

    def __init__(self, engine, peer, id=None, state="IDLE"):
        self.engine, self.peer, self.id, self.state = engine, peer, id, state
        self.code = self.reason = self.cause = self.final = self.linger = self.copy = None
        self.note = self.content = self.channel_id = self.response = ""
        self.winner = self.pause = 0
        self.last = None  # (kind, instant) of the last copy that was sent
        self.ageless = self.overloaded = self.stale = self.early = False
        self.no_response = self.expiry = self.age = 0  # 0: the engine's
        self.sent = self.rang = self.rings_until = None
        self.group = None

    def open(self):
        return self.state in self.OPEN

    def has_object(self):
        return self.open() or self.linger is not None

    # messages and events

    def send(self, kind, **fields):
        """Sends, unless logged out; device 0, no note and the like are left out."""
        if self.engine.logged_in:
            later = ("device", "note", "refused")
            message = {"kind": kind, "id": self.id, **{f: v for f, v in fields.items() if v or f not in later}}
            self.engine.messages.append((self.peer, message))
        return self.engine.logged_in

    def answer(self, kind, to, **fields):
        self.send(kind, **{"for": to}, **fields)

    def tell(self, event, **fields):
        self.engine.events.append({"name": self.PREFIX + event, "invitation": self, **fields})

    # timers

    def timer(self, at):
        self.engine.armed += 1
        return at, self.engine.armed

    def end(self, state, linger=0, **fields):
        """A terminal state. With a linger its message is repeated until then."""
        vars(self).update(state=state, copy=None, last=None, pause=0, **fields)
        self.linger = self.timer(self.engine.now + linger) if linger else None
        self.final = self.timer(self.engine.now + self.engine.times["tombstone"])
        if self.group and self in self.group.members:
            self.group.members.remove(self)

    def linger_ends(self):
        self.linger = self.copy = None

    def start_copies(self):
        """The first copy goes at once, and the schedule begins."""
        self.pause = 0
        self.transmit()
        self.follow()

    def copy_due(self):
        if self.may_go(self.engine.now):
            self.transmit()
        self.follow()

    def transmit(self):
        kind, fields = self.content_of_copy()
        if self.send(kind, **fields):
            self.last = (kind, self.engine.now)

    def follow(self):
        """Arms the copy of the schedule that comes after one that went now."""
        self.copy = None
        first, cap = self.pauses()
        if not first:
            return
        self.pause = min(2 * self.pause, cap) if self.pause else first
        once = self.engine.no_retransmit and self.state != "ACCEPT_SENT"
        if not once and self.may_be_armed(self.engine.now + self.pause):
            self.copy = self.timer(self.engine.now + self.pause)

    def resync(self):
        """Resync 3 to 5: the copy goes now, or 500 ms after the last one, and the pauses start afresh."""
        kind, _ = self.content_of_copy()
        now = at = self.engine.now
        if self.last and self.last[0] == kind:
            at = max(now, self.last[1] + SPACING)
        self.pause = 0
        if at == now and self.may_go(now):
            self.transmit()
            self.follow()
        elif at > now and self.may_be_armed(at):
            if not self.copy or self.copy[0] > at:
                self.copy = self.timer(at)

    def pauses(self):
        return self.engine.times["retransmit_first"], self.engine.times["retransmit_cap"]

    def may_be_armed(self, at):
        return at < self.final[0] and self.may_go(at)


class Local(Invitation):
    """The caller's end of an invitation."""
    OPEN, PREFIX, ROLE = ("SENT", "RECEIVED"), "LocalInvitation", "local"

    def time(self, name):
        return getattr(self, name) or self.engine.times[name]

    def deadline_of_expiry(self):
        start = self.sent if self.engine.count_from_send else self.engine.now
        return start + self.time("expiry") + self.engine.times["grace"]

    # copies

    def content_of_copy(self):
        """The message that is repeated: Messages 1."""
        if not self.open():
            return "CANCEL", self.content_of_cancel()
        expiry, wait = self.time("expiry"), self.time("no_response")
        if self.state == "RECEIVED":
            wait = self.final[0] - self.sent
            if not self.engine.count_from_send:
                expiry = self.final[0] - self.engine.times["grace"] - self.engine.now
        age = self.engine.now - self.sent
        return "INVITE", {"content": self.content, "channel_id": self.channel_id, "age_ns": age, "wait_ns": wait,
                          "expiry_ns": expiry}

    def content_of_cancel(self):
        """Copies 5: a late copy is reduced, so that a peer of version 0.x can read it."""
        late = self.pause and 2 * self.pause >= self.engine.times["retransmit_cap"]
        reason = "user" if late and self.reason == "answered by another" else self.reason
        return {"reason": reason, "note": "" if late else self.note}

    def may_go(self, at):
        if self.state == "SENT":
            return True
        if self.state == "RECEIVED":
            return at < self.final[0] - self.engine.times["grace"] and not self.ageless
        return self.linger and at < self.linger[0]

    def pauses(self):
        return (0, 0) if self.state == "RECEIVED" else super().pauses()

    # ends

    def cancel(self, state, reason, **fields):
        """An end that tells the callee."""
        self.end(state, linger=self.engine.times["linger"], reason=reason, **fields)
        self.start_copies()

    def fail(self, code, reason=None, cause=None):
        """FAILURE, with a CANCEL for this reason, or with none."""
        if code == "PEER_NO_RESPONSE" and not cause:
            cause = "overloaded" if self.overloaded else "no sign of life" if self.engine.logged_in else "logged out"
        if reason:
            self.cancel("FAILURE", reason, code=code, cause=cause)
        else:
            self.end("FAILURE", code=code, cause=cause)
        self.tell("Failure", failure=code)

    def cancelled(self, reason, note=""):
        self.cancel("CANCELED", reason, note=note)
        self.tell("Canceled", reason=reason)

    def answered(self, state, m):
        if self.state == "SENT":
            self.tell("ReceivedByPeer")
        self.end(state, winner=m.get("device", 0), response=m.get("response", ""))
        self.tell("Accepted" if state == "ACCEPTED" else "Refused", response=self.response, device=self.winner)

    def timer_fires(self):
        if self.state == "RECEIVED":
            self.fail("INVITATION_EXPIRE", "expired")
        elif self.engine.peers[self.peer].online is False:
            self.fail("PEER_OFFLINE", "no response")
        else:
            self.fail("PEER_NO_RESPONSE", "no response")

    # messages

    def receive(self, m):
        word, device = m.get("word"), m.get("device", 0)
        if m["kind"] == "RECEIVED":
            if self.state == "SENT":
                vars(self).update(state="RECEIVED", copy=None, final=self.timer(self.deadline_of_expiry()))
                if not self.pause and self.may_be_armed(self.last[1] + SPACING):  # a resync has put it off
                    self.copy = self.timer(self.last[1] + SPACING)
                self.tell("ReceivedByPeer")
            elif not self.open():
                self.decided(m["kind"])
        elif m["kind"] == "ACCEPT" and self.engine.logged_in:
            if self.open():
                self.answered("ACCEPTED", m)
                self.send("CONFIRM", device=self.winner)
                self.decide_group()
            else:
                self.decided(m["kind"])
        elif m["kind"] == "REFUSE":
            if self.open():
                self.answered("REFUSED", m)
            self.answer("ACK", "REFUSE", device=device, refused=self.state == "REFUSED" and device != 0)
        elif m["kind"] == "ACK" and m["for"] == "CANCEL" and not self.open():
            self.linger_ends()
        elif m["kind"] == "CLOSED" and self.open():
            if word == "refused":
                self.answered("REFUSED", m)
            elif device == 0:
                self.closed(word)

    def decided(self, kind):
        """Answers a RECEIVED or ACCEPT that meets an ended invitation."""
        if self.state == "ACCEPTED":
            self.send("CONFIRM", device=self.winner)
        else:
            own = "expired" if self.code == "INVITATION_EXPIRE" else "no response"
            word = {"REFUSED": "refused", "CANCELED": "canceled", "FAILURE": own}[self.state]
            self.answer("CLOSED", kind, word=word, device=self.winner)

    def closed(self, word):
        if self.state == "SENT" and word == "overloaded":
            self.overloaded = True
        elif self.state == "SENT":
            self.fail("PEER_NO_RESPONSE", "rejected", word)
        elif word in ("failed", "invalid"):
            self.fail("INVITATION_EXPIRE", "expired" if word == "invalid" else None)

    def decide_group(self):
        if self.group:
            self.group.decided = True
            for other in [i for i in self.group.members if i.open()]:
                other.cancelled("answered by another")


class Remote(Invitation):
    """The callee's end of an invitation."""
    OPEN, PREFIX, ROLE = ("RECEIVED", "ACCEPT_SENT"), "RemoteInvitation", "remote"

    # copies

    def content_of_copy(self):
        device = self.engine.device
        if self.state == "RECEIVED":
            return "RECEIVED", {"device": device}
        return "ACCEPT" if self.state == "ACCEPT_SENT" else "REFUSE", {"response": self.response, "device": device}

    def may_go(self, at):
        if self.state == "RECEIVED":
            return True
        if self.state == "ACCEPT_SENT":
            return at <= self.final[0] - QUIET
        return self.state == "REFUSED" and self.linger and at < self.linger[0]

    def pauses(self):
        if self.state == "ACCEPT_SENT":
            return self.engine.times["accept_first"], self.engine.times["accept_cap"]
        return super().pauses()

    def follow(self):
        self.copy = None
        refresh = self.engine.times["refresh"]
        if self.state != "RECEIVED":
            super().follow()
        elif refresh:
            at = self.rang + ((self.engine.now - self.rang) // refresh + 1) * refresh
            if self.may_be_armed(at):
                self.copy = self.timer(at)

    # ends

    def fail(self, code, closed=False):
        self.end("FAILURE", code=code)
        if closed:
            self.answer("CLOSED", "INVITE", word="failed", device=self.engine.device)
        self.tell("Failure", failure=code)

    def cancelled(self, reason, note="", winner=0):
        self.end("CANCELED", reason=reason, note=note, winner=winner)
        self.tell("Canceled", reason=reason, note=note)

    def missed(self, reason, withdrawn=False, **shown):
        self.tell("Missed", reason=reason, withdrawn=withdrawn, **{"content": "", "channel_id": "", **shown})

    def timer_fires(self):
        if self.state == "RECEIVED":
            self.fail("INVITATION_EXPIRE", True)
        elif self.engine.peers[self.peer].online is False:
            self.fail("PEER_OFFLINE", True)
        else:
            self.fail("ACCEPT_FAILURE", True)

    # messages

    def ring(self, m, age, until):
        now = self.engine.now
        vars(self).update(state="RECEIVED", rang=now, age=age, content=m["content"], channel_id=m["channel_id"])
        self.final, self.rings_until = self.timer(until), until
        self.start_copies()
        self.tell("Received", content=self.content, channel_id=self.channel_id)

    def receive(self, m):
        kind, own = m["kind"], m.get("device", 0) == self.engine.device
        if kind == "INVITE":
            self.invited(m)
        elif kind == "CANCEL":
            if self.open() and m["reason"] == "expired":
                self.fail("INVITATION_EXPIRE")
            elif self.open():
                self.cancelled(m["reason"], m.get("note", ""))
            self.answer("ACK", "CANCEL")
        elif kind == "CONFIRM" and own:
            if self.state == "RECEIVED":
                self.fail("ACCEPT_FAILURE")
            elif self.state == "ACCEPT_SENT":
                self.end("ACCEPTED", winner=self.engine.device)
                self.tell("Accepted")
        elif not own and elsewhere(m):
            if self.open():
                self.cancelled(elsewhere(m), winner=m.get("device", 0))
            elif self.stale:
                self.stale = False
                self.missed(elsewhere(m), withdrawn=True)
        elif kind == "ACK" and m["for"] == "REFUSE" and own and self.state == "REFUSED":
            self.linger_ends()
        elif kind == "CLOSED" and self.open():
            self.closed(m["word"], own, m.get("device", 0))

    def invited(self, m):
        """An INVITE of an id that is known."""
        if self.state == "RECEIVED":
            if (m["content"], m["channel_id"]) == (self.content, self.channel_id):
                self.transmit()
        elif self.state == "ACCEPT_SENT":
            if self.may_go(self.engine.now):
                self.transmit()
        elif self.state == "REFUSED" and self.linger:
            self.transmit()
        elif self.state in ("REFUSED", "FAILURE"):
            word = "refused" if self.state == "REFUSED" else "failed"
            self.answer("CLOSED", "INVITE", word=word, device=self.engine.device)
        elif self.state == "CANCELED":
            self.answer("ACK", "CANCEL")
            if self.early:
                self.early = False
                self.missed(self.reason, content=m["content"], channel_id=m["channel_id"])

    def closed(self, word, own, device):
        if word in ("canceled", "no response"):
            self.cancelled("user" if word == "canceled" else word)
        elif word == "refused" and own:
            self.end("REFUSED", winner=device)
            self.tell("Refused")
        elif word == "refused":
            self.cancelled("refused elsewhere", winner=device)
        elif word == "unknown" and self.state == "ACCEPT_SENT":
            self.fail("ACCEPT_FAILURE")
        else:
            self.fail("INVITATION_EXPIRE")


def elsewhere(m):
    """Why a ring stops that another device has answered, if the message says so."""
    if m["kind"] == "CONFIRM":
        return "accepted elsewhere"
    if m["kind"] == "ACK" and m["for"] == "REFUSE" and m.get("refused"):
        return "refused elsewhere"


class Engine:
    def __init__(self, user, epoch, now=0, device=0, times=None, count_from_send=False, fail_at_once=False,
                 no_retransmit=False, max_per_peer=4096, max_total=65536):
        self.user, self.epoch, self.device, self.counter = user, epoch, device, 0
        self.times, self.count_from_send = {**TIMES, **(times or {})}, count_from_send
        if not times_hold(self.times, count_from_send, device):
            raise ValueError("these times do not go together (docs/protocol.md, Validation)")
        self.fail_at_once, self.no_retransmit = fail_at_once, no_retransmit
        self.max_per_peer, self.max_total = max_per_peer, max_total
        self.now, self.offset, self.armed, self.logged_in = now, 0, 0, True
        self.records, self.peers = {}, {}  # (role, peer, id): Invitation; name: Peer
        self.messages, self.events = [], []
        self.later = {}  # what the start says of these, once nothing is remembered

    def take(self):
        """The outputs since the last call: (peer, message) each, and events."""
        outputs = self.messages, self.events
        self.messages, self.events = [], []
        return outputs

    # time

    def reading(self, clock):
        """Engine time. It stands still while the clock is behind it, and goes on if the clock was set (Clock)."""
        if self.now - clock - self.offset > SET_CLOCK:
            self.offset = self.now - clock
        return max(self.now, clock + self.offset)

    def input(self, clock, spared=None):
        """The beginning of each input: what was due before it fires first, late."""
        self.now = self.reading(clock)
        self.fire(self.now - 1, spared)

    def advance(self, clock):
        self.now = self.reading(clock)
        self.fire(self.now)

    def fire(self, limit, spared=None):
        """Ties 1: all final timers that are due, then all copies, in the order of (deadline, arming)."""
        final = [(i.linger, "linger", i) for i in self.records.values() if i.linger]
        final += [(i.final, "final", i) for i in self.records.values() if i is not spared]
        for _, which, i in sorted((f for f in final if f[0][0] <= limit), key=lambda f: f[0]):
            if which == "linger":
                i.linger_ends()
            elif i.open():
                i.timer_fires()
            else:
                self.forget(i)
        copies = [i for i in self.records.values() if i.copy and i.copy[0] <= limit]
        for i in sorted(copies, key=lambda i: i.copy):
            i.copy_due()

    def next_deadline(self):
        timers = [t for i in self.records.values() for t in (i.final, i.linger, i.copy) if t]
        return min(timers)[0] - self.offset if timers else None

    # records

    def find(self, role, peer, id):
        return self.records.get((role, peer, id))

    def has_place(self, role, peer):
        """Bounds 2 and 3."""
        with_peer = sum(r == role and p == peer for r, p, _ in self.records)
        total = sum(r == role for r, _, _ in self.records)
        per_peer = self.max_per_peer
        if role == "remote" and 2 * total >= self.max_total:
            per_peer = min(per_peer, max(1, per_peer // 8))
        return with_peer < per_peer and total < self.max_total

    def remember(self, i):
        self.records[i.ROLE, i.peer, i.id] = i
        self.peers.setdefault(i.peer, Peer()).records.append(i)
        return i

    def forget(self, i):
        del self.records[i.ROLE, i.peer, i.id]
        peer = self.peers[i.peer]
        peer.records.remove(i)
        if not peer.records:
            del self.peers[i.peer]
        if not self.records:
            vars(self).update(self.later)

    # calls of the application

    def create(self, peer):
        return Local(self, peer)

    def send(self, clock, i):
        self.input(clock)
        if i.state != "IDLE":
            raise Code("ALREADY_SENT" if i.open() else "ALREADY_END")
        times = {**self.times, "no_response": i.time("no_response"), "expiry": i.time("expiry")}
        if not (valid_user(i.peer) and i.peer != self.user and fits(content=i.content, channel_id=i.channel_id)
                and call_times_hold(times, self.count_from_send)):
            raise Code("INVALID_ARGUMENT")
        if i.group and i.group.decided:
            raise Code("GROUP_DECIDED")
        known = self.peers.get(i.peer)
        if not self.logged_in or self.fail_at_once and known and known.online is False:
            vars(i).update(state="FAILURE", code="PEER_OFFLINE" if self.logged_in else "NOT_LOGGEDIN")
            return i.tell("Failure", failure=i.code)
        if not self.has_place("local", i.peer):
            raise Code("LIMIT_REACHED")
        self.counter += 1
        vars(i).update(id=f"{self.epoch:x}-{self.counter}", state="SENT", sent=self.now)
        i.final = i.timer(self.now + i.time("no_response"))
        self.remember(i).start_copies()

    def cancel(self, clock, i, note=""):
        self.input(clock)
        if not i.open():
            raise Code("NOT_STARTED" if i.state == "IDLE" else "ALREADY_END")
        if not fits(note=note):
            raise Code("INVALID_ARGUMENT")
        i.cancelled("user", note)

    def accept(self, clock, i):
        self.input(clock)
        self.check_answer(i)
        until = self.now + self.times["accept"] if self.logged_in else i.rings_until
        vars(i).update(state="ACCEPT_SENT", final=i.timer(until))
        i.start_copies()

    def refuse(self, clock, i):
        self.input(clock)
        self.check_answer(i)
        i.end("REFUSED", linger=max(self.times["linger"], self.times["expiry"] + self.times["grace"]))
        i.start_copies()
        i.tell("Refused")

    def check_answer(self, i):
        if i.state != "RECEIVED":
            raise Code("ALREADY_ACCEPT" if i.state == "ACCEPT_SENT" else "ALREADY_END")
        if not fits(response=i.response):
            raise Code("INVALID_ARGUMENT")

    # messages

    def receive(self, clock, sender, m, held=0):
        local = m["kind"] in ("RECEIVED", "ACCEPT", "REFUSE") or m.get("for") in ("INVITE", "CANCEL", "CONFIRM")
        role, id = "local" if local else "remote", m["id"]
        self.input(clock, self.confirmed(sender, m))
        if not valid_user(sender) or sender == self.user or not local and self.reflected(id):
            return
        i = self.find(role, sender, id)
        texts = {name: m[name] for name in LIMITS if name in m}
        if not fits(**texts):
            if m["kind"] == "INVITE" and not i:
                Remote(self, sender, id).answer("CLOSED", "INVITE", word="invalid", device=self.device)
            return
        if i:
            i.receive(m)
        elif local:
            self.local_unknown(Local(self, sender, id), m)
        else:
            self.remote_unknown(Remote(self, sender, id), m, max(0, held))
        peer = self.peers.get(sender)
        if peer:
            was, peer.online = peer.online, True
            if was is False:
                self.resync(peer)

    def confirmed(self, sender, m):
        """Ties 3: the invitation that this message confirms. Its accept timer does not fire before."""
        i = self.find("remote", sender, m["id"])
        if (self.logged_in and m["kind"] == "CONFIRM" and m.get("device", 0) == self.device
                and i and i.state == "ACCEPT_SENT" and not self.reflected(m["id"])):
            return i

    def reflected(self, id):
        return int(id.split("-")[0], 16) == self.epoch or any(r == "local" and k == id for r, _, k in self.records)

    def local_unknown(self, i, m):
        if self.device != 0:
            return  # another device of this user may know it
        if m["kind"] == "RECEIVED" or m["kind"] == "ACCEPT" and self.logged_in:
            i.answer("CLOSED", m["kind"], word="unknown")
        elif m["kind"] == "REFUSE":
            i.answer("ACK", "REFUSE", device=m.get("device", 0))

    def remote_unknown(self, i, m, held):
        place = self.has_place("remote", i.peer)
        if m["kind"] == "INVITE":
            self.judge(i, m, held, place)
        elif m["kind"] == "CANCEL" and place:
            self.remember(i).end("CANCELED", reason=m["reason"], early=True)
            i.answer("ACK", "CANCEL")
        elif elsewhere(m) and m.get("device", 0) != self.device and place:
            self.remember(i).end("CANCELED", reason=elsewhere(m), winner=m.get("device", 0))

    def judge(self, i, m, held, place):
        """Judging: the first INVITE of an id."""
        t, age = self.times, m["age_ns"] + held
        rings = min(t["expiry_cap"], m["expiry_ns"]) - (age if self.count_from_send else 0)
        if m["wait_ns"] <= 0 or m["expiry_ns"] <= 0 or m["wait_ns"] > t["tombstone"] - t["max_delay"]:
            i.answer("CLOSED", "INVITE", word="invalid", device=self.device)
        elif not place:
            i.answer("CLOSED", "INVITE", word="overloaded", device=self.device)
        elif age >= m["wait_ns"] or rings <= 0:
            self.remember(i).end("FAILURE", code="INVITATION_EXPIRE", stale=True)
            i.answer("CLOSED", "INVITE", word="stale", device=self.device)
            i.missed("stale", content=m["content"], channel_id=m["channel_id"])
        else:
            self.remember(i).ring(m, age, self.now + rings)

    # the transport

    def resync(self, peer):
        for i in list(peer.records):
            if self.logged_in and i.has_object():
                i.resync()

    def peer(self, clock, name, online):
        self.input(clock)
        peer = self.peers.get(name)
        if peer:
            peer.online = online
            if online:
                self.resync(peer)
            elif self.fail_at_once:
                for i in [i for i in peer.records if i.ROLE == "local" and i.state == "SENT"]:
                    i.fail("PEER_OFFLINE", "no response")

    def session(self, clock, logged_in):
        """Logged out 5 to 7."""
        if self.logged_in == logged_in:
            return
        self.input(clock)
        self.logged_in = logged_in
        for i in self.records.values():
            if i.state == "ACCEPT_SENT" and not logged_in and i.rings_until > i.final[0]:
                i.final = i.timer(i.rings_until)
            elif i.state == "ACCEPT_SENT" and logged_in and self.now < i.rings_until:
                i.final = i.timer(self.now + self.times["accept"])
        for peer in list(self.peers.values()):
            self.resync(peer)

    # snapshots

    LASTING = "device times count_from_send".split()  # as long as anything is remembered

    def snapshot(self, clock):
        """All that decides a later answer (docs/protocol.md, Snapshots)."""
        told = [e["invitation"] for e in self.events]
        records = [*self.records.values(), *(i for i in told if self.find(i.ROLE, i.peer, i.id) is not i)]
        place = {i: n for n, i in enumerate(records)}
        groups = {id(i.group): i.group for i in records if i.group and not i.group.decided}.values()
        return json.dumps({
            **{name: getattr(self, name) for name in ["user", "epoch", "counter", *self.LASTING]}, "now": self.reading(clock),
            "records": [{"role": i.ROLE, **{name: getattr(i, name) for name in Invitation.KEPT}} for i in records],
            "remembered": len(self.records),
            "peers": {name: [peer.online, [place[i] for i in peer.records]] for name, peer in self.peers.items()},
            "groups": [[place[i] for i in group.members if i.open()] for group in groups],
            "messages": self.messages, "events": [{**e, "invitation": place[e["invitation"]]} for e in self.events],
        }).encode()

    @classmethod
    def restore(cls, data, user, epoch, clock, away=None, **options):
        """Starts again from a snapshot that was taken away ago, or nobody knows when."""
        saved = json.loads(data)
        if user != saved["user"]:
            raise ValueError(f"the snapshot is of {saved['user']}, not of {user}")
        e = cls(user, epoch, clock, **options)
        if saved["remembered"]:
            e.later = {name: getattr(e, name) for name in cls.LASTING}
            vars(e).update({name: saved[name] for name in cls.LASTING})
        e.counter = saved["counter"] if epoch == saved["epoch"] else 0
        later = clock - saved["now"] - (away or 0)
        records = []
        for kept in saved["records"]:
            i = (Local if kept.pop("role") == "local" else Remote)(e, None)
            vars(i).update(kept)
            move(i, later)
            e.armed = max([e.armed] + [t[1] for t in (i.final, i.linger, i.copy) if t])
            records.append(i)
        e.records = {(i.ROLE, i.peer, i.id): i for i in records[:saved["remembered"]]}
        for name, (online, members) in saved["peers"].items():
            e.peers[name] = Peer()
            e.peers[name].online, e.peers[name].records = online, [records[n] for n in members]
        for members in saved["groups"]:
            group = Group()
            group.members = [records[n] for n in members]
            for i in group.members:
                i.group = group
        e.events = [{**event, "invitation": records[event["invitation"]]} for event in saved["events"]]
        for peer, m in saved["messages"]:
            e.send_again(peer, m, away)
        if away is None:
            for i in records:
                i.ageless = i.ageless or i.ROLE == "local" and i.open()
                if i.ROLE == "local" and i.state == "SENT":
                    i.fail("PEER_NO_RESPONSE", "no response")
                if i.ageless and i.state == "RECEIVED":
                    i.copy = None
        for peer in e.peers.values():
            for i in peer.records:
                if i.linger and i.linger[0] > clock or i.open() and i.final[0] > clock:
                    i.resync()
        return e

    def send_again(self, peer, m, away):
        """Crashes 2: a message that nobody had taken before the crash, unless it is too late for it."""
        i = self.find("local" if m["kind"] in ("INVITE", "CANCEL") else "remote", peer, m["id"])
        if m["kind"] == "INVITE":
            m["age_ns"] += away or 0
            if away is None or m["age_ns"] >= m["wait_ns"] or i and i.state == "RECEIVED":
                return
        if m["kind"] == "ACCEPT" and not (i and i.state == "ACCEPT_SENT" and i.may_go(self.now)):
            return
        self.messages.append((peer, m))
        if i and i.has_object() and i.content_of_copy()[0] == m["kind"]:
            i.last = (m["kind"], self.now)


def move(i, later):
    """Moves every instant of an invitation."""
    for name in ("final", "linger", "copy"):
        at = getattr(i, name)
        setattr(i, name, at and (at[0] + later, at[1]))
    for name in ("sent", "rang", "rings_until"):
        at = getattr(i, name)
        setattr(i, name, None if at is None else at + later)
    i.last = i.last and (i.last[0], i.last[1] + later)
