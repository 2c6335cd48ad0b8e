"""The endpoint of engine.py behind the driver invd/1: docs/driver.md.

    invsim conform run -- python3 conformance/testees/python/testee.py

With --break NAME it has an error that is easily made, to show what a failing report looks like.
"""
import base64
import json
import secrets
import sys

import wire
from broken import BREAKS
from engine import TIMES, Code, Engine, Group

HELLO = {
    "protocol": "invd/1", "name": "python-testee", "version": "1.0", "language": "Python", "roles": ["caller", "callee"],
    "forms": ["json", "binary"], "clock": "virtual", "unit": "ns",
    "features": ["presence", "session", "held", "late", "set-clock", "epoch", "times", "count-from-send", "fail-at-once",
                 "no-retransmit", "limits", "snapshot", "inspect", "refresh", "device", "group", "note", "call-times", "missed"]}
OPS = ["reset", "restore", "snapshot", "app", "deliver", "peer", "session", "advance", "inspect"]
OPTIONS = ["count_from_send", "fail_at_once", "no_retransmit", "max_per_peer", "max_total"]
NAMES = {  # of the vendor, by our role and state
    "local": {"SENT": "SENT_TO_REMOTE", "RECEIVED": "RECEIVED_BY_REMOTE", "ACCEPTED": "ACCEPTED_BY_REMOTE",
              "REFUSED": "REFUSED_BY_REMOTE"},
    "remote": {"RECEIVED": "INVITATION_RECEIVED", "ACCEPT_SENT": "ACCEPT_SENT_TO_LOCAL"}}


class NoSense(Exception):
    """A request that makes no sense."""


class Unsupported(Exception):
    """A request for what we lack."""


class Testee:
    def __init__(self):
        self.engine = None

    def start(self, r):
        self.form, self.labels, self.objects, self.groups = r.get("form", "json"), {}, {}, {}
        options = r.get("options", {})
        unknown = [name for name in options if name not in OPTIONS + ["times"]]
        unknown += [name for name in options.get("times", {}) if name not in TIMES]
        if unknown:
            raise Unsupported(f"options: {', '.join(unknown)}")
        chosen = {name: options[name] for name in OPTIONS if name in options}
        epoch = int(r["epoch"], 16) if "epoch" in r else secrets.randbelow(2**64 - 1) + 1
        return {**chosen, "epoch": epoch, "device": int(r.get("device", "0"), 16), "times": options.get("times")}

    def reset(self, r):
        self.engine = Engine(r["self"], now=r["now"], **self.start(r))

    def restore(self, r):
        saved = base64.b64decode(r["snapshot"])
        self.engine = Engine.restore(saved, r["self"], clock=r["now"], away=r.get("away"), **self.start(r))
        found = [i for i in self.engine.records.values() if i.has_object()]
        self.objects = {(i.ROLE, i.peer, i.id): i for i in found}
        return {"open": [{**self.reference(i), "state": self.state(i)} for i in found]}

    def snapshot(self, r):
        return {"snapshot": base64.b64encode(self.engine.snapshot(r["now"])).decode()}

    # invitations

    def state(self, i):
        return NAMES[i.ROLE].get(i.state, i.state)

    def reference(self, i):
        label = next((label for label, other in self.labels.items() if other is i), None)
        return {**({"inv": label} if label else {}), "to" if i.ROLE == "local" else "from": i.peer, **({"id": i.id} if i.id else {})}

    def find(self, r):
        if "inv" in r:
            i = self.labels.get(r["inv"])
        else:
            key = ("local", r["to"], r["id"]) if "to" in r else ("remote", r["from"], r["id"])
            i = self.objects.get(key) or r["op"] == "inspect" and self.engine.find(*key)
        if not i:
            raise NoSense(f"{r['op']}: there is no invitation {r}")
        return i

    def app(self, r):
        engine, call, now = self.engine, r["call"], r["now"]
        if call == "create":
            self.labels[r["inv"]] = engine.create(r["to"])
        i = self.find(r)
        if i.state == "IDLE":
            i.content, i.channel_id = r.get("content", i.content), r.get("channel_id", i.channel_id)
            if "times" in r:
                i.no_response, i.expiry = r["times"].get("no_response", 0), r["times"].get("expiry", 0)
            if "group" in r:
                i.group = self.groups.setdefault(r["group"], Group())
                i.group.members.append(i)
        if i.ROLE == "remote" and i.state == "RECEIVED":
            i.response = r.get("response", i.response)
        try:
            if call == "cancel":
                engine.cancel(now, i, r.get("note", ""))
            elif call in ("send", "accept", "refuse"):
                getattr(engine, call)(now, i)
        except Code as code:
            return {"code": str(code)}
        if i.id:
            self.objects[i.ROLE, i.peer, i.id] = i

    def inspect(self, r):
        if not {"inv", "to", "from"} & r.keys():
            records = self.engine.records.values()
            return {"records": {
                "local": sum(i.ROLE == "local" for i in records), "remote": sum(i.ROLE == "remote" for i in records),
                "peers": len(self.engine.peers), "lingering": sum(bool(i.linger) for i in records)}}
        i = self.find(r)
        told = {"failure": i.code, "cause": i.cause, "note": i.note, "device": f"{i.winner:x}" if i.winner else None,
                "reason": i.reason if i.state == "CANCELED" else None}
        if i.open():
            told["until"] = i.rings_until if i.ROLE == "remote" else i.final[0]
        if i.ROLE == "remote" and i.rang is not None:
            told["age"] = i.age
        shown = {"content": i.content, "channel_id": i.channel_id, "response": i.response, "state": self.state(i)}
        return {"invitation": {**self.reference(i), **shown, **{k: v for k, v in told.items() if v is not None and v != ""}}}

    # the transport

    def deliver(self, r):
        data = json.dumps(r["message"]).encode() if "message" in r else base64.b64decode(r["raw"])
        try:
            message = wire.decode(data)
        except wire.Refused as reason:
            return {"undecodable": str(reason)}
        self.engine.receive(r["now"], r["from"], message, r.get("held", 0))

    def peer(self, r):
        self.engine.peer(r["now"], r["peer"], r["online"])

    def session(self, r):
        self.engine.session(r["now"], r["in"])

    def advance(self, r):
        self.engine.advance(r["now"])

    # replies

    def effects(self):
        messages, events = self.engine.take()
        for to, message in messages:
            if self.form == "binary":
                yield {"do": "send", "to": to, "raw": base64.b64encode(wire.encode_binary(message)).decode()}
            else:
                yield {"do": "send", "to": to, "message": wire.as_object(message)}
        for event in events:
            i = event["invitation"]
            if event["name"] == "RemoteInvitationReceived":
                self.objects[i.ROLE, i.peer, i.id] = i
            told = {k: f"{v:x}" if k == "device" else v for k, v in event.items()
                    if k != "invitation" and (v or k not in ("device", "note", "withdrawn"))}
            yield {"do": "event", **told, **self.reference(i)}

    def reply(self, r):
        try:
            if r["op"] not in OPS:
                raise Unsupported(r["op"])
            reply = getattr(self, r["op"])(r) or {}
        except (NoSense, ValueError) as err:
            return {"error": str(err)}
        except Unsupported as err:
            return {"unsupported": str(err)}
        except KeyError as err:
            return {"error": f"{r['op']}: there is no {err}"}
        effects = list(self.effects())
        if effects:
            reply["effects"] = effects
        if "now" in r:
            reply["next"] = self.engine.next_deadline()
        return reply


def main():
    if sys.argv[1:2] == ["--break"]:
        if sys.argv[2:3] == [] or sys.argv[2] not in BREAKS:
            sys.exit(f"--break: one of {', '.join(BREAKS)}")
        BREAKS[sys.argv[2]]()
    testee = Testee()
    for line in sys.stdin:
        r = json.loads(line)
        if r["op"] == "hello":
            reply = {"hello": HELLO}
        elif r["op"] == "bye":
            reply = {}
        else:
            reply = testee.reply(r)
        print(json.dumps(reply), flush=True)
        if r["op"] == "bye":
            break


main()
