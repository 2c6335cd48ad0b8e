"""A callee alone, with the default times and device 0, behind the driver invd/1 (docs/driver.md).

Written from docs/protocol.md, docs/wire.md and docs/driver.md, with the standard library alone.
"""
import base64
import json
import sys

MS, S = 10**6, 10**9
EXPIRY_CAP, ACCEPT, QUIET, LINGER, TOMBSTONE, MAX_DELAY = 60 * S, 15 * S, S // 2, 62 * S, 247 * S, 100 * S
hello = {"protocol": "invd/1", "name": "callee-py", "version": "0.1", "language": "Python", "roles": ["callee"],
         "forms": ["json"], "features": ["note", "missed", "refresh", "held", "late"], "clock": "virtual", "unit": "ns"}
REFRESH = 20 * S


class Endpoint:
    def __init__(self, me):
        self.me, self.now, self.calls, self.messages, self.events, self.armed = me, 0, {}, [], [], 0

    def send(self, call, **message):
        v = 2 if message.get("device") else 1
        self.messages.append({"do": "send", "to": call["from"], "message": {"v": v, **message, "id": call["id"]}})

    def tell(self, call, name, **more):
        self.events.append({"do": "event", "name": "RemoteInvitation" + name, "from": call["from"], "id": call["id"], **more})

    def arm(self, call, what, at):
        self.armed += 1
        call[what] = (at, self.armed)

    def end(self, call, state, **more):
        call.update(state=state, copy=None, **more)
        self.arm(call, "final", self.now + TOMBSTONE)
        call["linger"] = None

    def copy(self, call, first=False):
        kind = {"RINGING": "RECEIVED", "ACCEPTING": "ACCEPT", "REFUSED": "REFUSE"}[call["state"]]
        if kind == "RECEIVED":
            self.send(call, kind=kind)
            passed = (self.now - call["rang"]) // REFRESH + 1
            at = call["rang"] + passed * REFRESH
            limit = call["final"][0]
        elif kind == "ACCEPT":
            if self.now <= call["final"][0] - QUIET:
                self.send(call, kind=kind, response=call["response"])
            call["pause"] = S // 4 if first else min(2 * call["pause"], S // 2)
            at, limit = self.now + call["pause"], call["final"][0] - QUIET + 1
        else:
            if self.now < call["linger"][0]:
                self.send(call, kind=kind, response=call["response"])
            call["pause"] = S // 2 if first else min(2 * call["pause"], 4 * S)
            at, limit = self.now + call["pause"], call["linger"][0]
        call["copy"] = None
        if at < limit:
            self.arm(call, "copy", at)

    def fail(self, call, code, closed=False):
        self.end(call, "FAILURE")
        if closed:
            self.send(call, kind="CLOSED", **{"for": "INVITE", "word": "failed"})
        self.tell(call, "Failure", failure=code)

    def cancel(self, call, reason, note=None):
        self.end(call, "CANCELED")
        self.tell(call, "Canceled", reason=reason, **({"note": note} if note else {}))

    def fire(self, limit):
        while True:
            due = [(c["linger"], "linger", c) for c in self.calls.values() if c.get("linger")]
            due += [(c["final"], "final", c) for c in self.calls.values()]
            due = sorted((d for d in due if d[0][0] <= limit), key=lambda d: d[0])
            if not due:
                break
            _, what, call = due[0]
            if what == "linger":
                call.update(linger=None, copy=None)
            elif call["state"] == "RINGING":
                self.fail(call, "INVITATION_EXPIRE", True)
            elif call["state"] == "ACCEPTING":
                self.fail(call, "ACCEPT_FAILURE", True)
            else:
                del self.calls[call["from"], call["id"]]
        for c in sorted((c for c in self.calls.values() if c.get("copy") and c["copy"][0] <= limit), key=lambda c: c["copy"]):
            self.copy(c)

    def next(self):
        return min((c[t][0] for c in self.calls.values() for t in ("final", "linger", "copy") if c.get(t)), default=None)

    def new(self, sender, id):
        call = {"from": sender, "id": id, "copy": None, "linger": None, "response": "", "early": False}
        self.calls[sender, id] = call
        return call

    def deliver(self, sender, m, held):
        kind, id = m["kind"], m["id"]
        call = self.calls.get((sender, id))
        if not valid_user(sender) or sender == self.me or not fits(m):
            return
        state = call["state"] if call else "IDLE"
        peer = call or {"from": sender, "id": id}
        other = m.get("device", "0") != "0"
        if too_long(m):
            if kind == "INVITE" and not call:
                self.send(peer, kind="CLOSED", **{"for": "INVITE", "word": "invalid"})
            return
        if kind == "INVITE":
            self.invite(sender, id, m, held, call, state, peer)
        elif kind == "CANCEL":
            if not call:
                self.end(call := self.new(sender, id), "CANCELED", early=True, reason=m["reason"])
            elif state in ("RINGING", "ACCEPTING"):
                if m["reason"] == "expired":
                    self.fail(call, "INVITATION_EXPIRE")
                else:
                    self.cancel(call, m["reason"], m.get("note"))
            self.send(call, kind="ACK", **{"for": "CANCEL"})
        elif kind == "CONFIRM" and not other:
            if state == "RINGING":
                self.fail(call, "ACCEPT_FAILURE")
            elif state == "ACCEPTING":
                self.end(call, "ACCEPTED")
                self.tell(call, "Accepted")
        elif kind == "CONFIRM" or kind == "ACK" and m["for"] == "REFUSE" and m.get("refused"):
            reason = "accepted elsewhere" if kind == "CONFIRM" else "refused elsewhere"
            if not call:
                self.end(self.new(sender, id), "CANCELED")
            elif state in ("RINGING", "ACCEPTING"):
                self.cancel(call, reason)
            elif state == "FAILURE" and call.get("stale"):
                call["stale"] = False
                self.tell(call, "Missed", content="", channel_id="", reason=reason, withdrawn=True)
        elif kind == "ACK" and m["for"] == "REFUSE" and not other and state == "REFUSED":
            call.update(linger=None, copy=None)
        elif kind == "CLOSED" and m["for"] != "INVITE" and state in ("RINGING", "ACCEPTING"):
            word = m["word"]
            if word in ("canceled", "no response"):
                self.cancel(call, "user" if word == "canceled" else word)
            elif word == "refused" and other:
                self.cancel(call, "refused elsewhere")
            elif word == "refused":
                self.end(call, "REFUSED")
                self.tell(call, "Refused")
            else:
                self.fail(call, "ACCEPT_FAILURE" if word == "unknown" and state == "ACCEPTING" else "INVITATION_EXPIRE")

    def invite(self, sender, id, m, held, call, state, peer):
        age = m["age_ns"] + max(held, 0)
        shown = {"content": m["content"], "channel_id": m["channel_id"]}
        if not call and (m["wait_ns"] <= 0 or m["expiry_ns"] <= 0 or m["wait_ns"] > TOMBSTONE - MAX_DELAY):
            self.send(peer, kind="CLOSED", **{"for": "INVITE", "word": "invalid"})
        elif not call and age >= m["wait_ns"]:
            self.end(call := self.new(sender, id), "FAILURE", stale=True)
            self.send(call, kind="CLOSED", **{"for": "INVITE", "word": "stale"})
            self.tell(call, "Missed", **shown, reason="stale")
        elif not call:
            call = self.new(sender, id)
            call.update(state="RINGING", rang=self.now, shown=shown)
            self.arm(call, "final", self.now + min(EXPIRY_CAP, m["expiry_ns"]))
            self.copy(call)
            self.tell(call, "Received", **shown)
        elif state == "RINGING" and shown == call["shown"]:
            self.send(call, kind="RECEIVED")
        elif state == "ACCEPTING" and self.now <= call["final"][0] - QUIET:
            self.send(call, kind="ACCEPT", response=call["response"])
        elif state == "REFUSED" and call["linger"]:
            self.send(call, kind="REFUSE", response=call["response"])
        elif state == "REFUSED":
            self.send(call, kind="CLOSED", **{"for": "INVITE", "word": "refused"})
        elif state == "CANCELED":
            self.send(call, kind="ACK", **{"for": "CANCEL"})
            if call["early"]:
                call["early"] = False
                self.tell(call, "Missed", **shown, reason=call["reason"])
        elif state == "FAILURE":
            self.send(call, kind="CLOSED", **{"for": "INVITE", "word": "failed"})

    def app(self, r):
        call = self.calls.get((r["from"], r["id"]))
        if not call:  # forgotten
            return None if r["call"] == "set" else "ALREADY_END"
        if "response" in r and call["state"] == "RINGING":
            call["response"] = r["response"]
        if r["call"] == "set":
            return None
        if call["state"] == "ACCEPTING":
            return "ALREADY_ACCEPT"
        if call["state"] != "RINGING":
            return "ALREADY_END"
        if len(call["response"].encode()) > 8192:
            return "INVALID_ARGUMENT"
        if r["call"] == "accept":
            call["state"] = "ACCEPTING"
            self.arm(call, "final", self.now + ACCEPT)
            self.copy(call, True)
        else:
            self.end(call, "REFUSED")
            self.arm(call, "linger", self.now + LINGER)
            self.copy(call, True)
            self.tell(call, "Refused")


def valid_user(name):
    signs = " !#$%&()+-:;<=.>?@[]^_{}|~,"
    return 0 < len(name) <= 64 and name[0] != " " and name != "null" and all(c.isascii() and c.isalnum() or c in signs for c in name)


FIELDS = {"INVITE": {"content", "channel_id", "age_ns", "wait_ns", "expiry_ns"}, "RECEIVED": set(), "ACCEPT": {"response"}, "CONFIRM": set(),
          "REFUSE": {"response"}, "CANCEL": {"reason"}, "ACK": {"for"}, "CLOSED": {"for", "word"}}
REASONS = {"user", "no response", "expired", "rejected", "answered by another"}
WORDS = {"canceled", "no response", "expired", "refused", "unknown"}


def fits(m):
    return m["kind"] != "CLOSED" or (m["word"] in WORDS) == (m["for"] in ("RECEIVED", "ACCEPT")) or m["word"] == "refused"


def too_long(m):
    limits = {"content": 8192, "response": 8192, "channel_id": 64, "note": 1024}
    return any(len(m.get(f, "").encode()) > n for f, n in limits.items())


def decode(raw):
    m = json.loads(raw.decode(), object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else None)
    id = m["id"]
    epoch, counter = id.split("-")
    if id != f"{int(epoch, 16):x}-{int(counter)}" or int(epoch, 16) == 0:
        raise ValueError
    fields = FIELDS[m["kind"]]
    optional = {"device", "refused", "note"} if m["v"] == 2 else set()
    rest = set(m) - {"v", "kind", "id"}
    if m.get("reason", "user") not in REASONS or m["v"] not in (1, 2) or fields - rest or rest - fields - optional:
        raise ValueError
    return m


endpoint = None
for line in sys.stdin:
    r = json.loads(line)
    op, reply = r["op"], {}
    if op == "hello":
        reply = {"hello": hello}
    elif op != "bye":
        if op == "reset":
            endpoint = Endpoint(r["self"])
        e = endpoint
        e.messages, e.events = [], []
        late = r["now"] - 1
        if op == "deliver" or op == "app" and r["call"] != "set":  # a setter is no input
            own = None
            if op == "deliver" and r.get("message", {}).get("kind") == "CONFIRM" and "device" not in r["message"]:
                own = e.calls.get((r["from"], r["message"]["id"]))
            e.now = r["now"]
            if own and own["state"] == "ACCEPTING" and own["final"][0] < e.now:
                own["final"] = (e.now, own["final"][1])
            e.fire(late)
        e.now = r["now"]
        if op == "advance":
            e.fire(e.now)
        elif op == "deliver":
            try:
                m = r.get("message") or decode(base64.b64decode(r["raw"]))
            except Exception:
                m = None
                reply["undecodable"] = "BadSyntax"
            if m:
                e.deliver(r["from"], m, r.get("held", 0))
        elif op == "app":
            code = e.app(r)
            if code:
                reply["code"] = code
        if e.messages or e.events:
            reply["effects"] = e.messages + e.events
        reply["next"] = e.next()
    print(json.dumps(reply, ensure_ascii=False), flush=True)
