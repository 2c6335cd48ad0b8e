"""Messages as bytes: docs/wire.md. A message is a dict with the names of the JSON form.

It has no "v", and its device is a number: {"kind": "RECEIVED", "id": "5eed-1", "device": 7}.
What says nothing (device 0, refused no, an empty note) is left out.
"""
import json
import re

KINDS = ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL", "ACK", "CLOSED"]
REASONS = ["user", "no response", "expired", "rejected", "answered by another"]
WORDS = ["canceled", "no response", "expired", "refused", "unknown", "failed", "stale", "invalid", "overloaded"]
TABLES = {"for": KINDS[:6], "reason": REASONS, "word": WORDS}  # the numbers count from 1
BY_CALLER = ["canceled", "no response", "expired", "refused", "unknown"]
BY_CALLEE = ["refused", "failed", "stale", "invalid", "overloaded"]
ANSWERS = {"INVITE": BY_CALLEE, "RECEIVED": BY_CALLER, "ACCEPT": BY_CALLER}

TEXTS, DURATIONS = ["content", "channel_id", "response", "note"], ["age_ns", "wait_ns", "expiry_ns"]
FIELDS = {  # of version 1, in their order in both forms
    "INVITE": ["content", "channel_id", "age_ns", "wait_ns", "expiry_ns"], "RECEIVED": [], "ACCEPT": ["response"],
    "CONFIRM": [], "REFUSE": ["response"], "CANCEL": ["reason"], "ACK": ["for"], "CLOSED": ["for", "word"]}
TAGS = {1: "device", 2: "refused", 3: "note"}  # of version 2
NAMES = {"v", "kind", "id"}.union(TAGS.values(), *FIELDS.values())
MAX_MESSAGE, MAX_TEXT, MAX_DURATION, MAX_64 = 65507, 10000, 2**53 - 1, 2**64 - 1


class Refused(Exception):
    """Bytes that are no message; the text is a reason of section 5."""


def later_fields(m):
    """The fields of version 2 that this message can have."""
    kind = m["kind"]
    if kind in ("RECEIVED", "ACCEPT", "CONFIRM", "REFUSE"):
        return ["device"]
    if kind == "CANCEL":
        return ["note"]
    if kind == "ACK" and m["for"] == "REFUSE":
        return ["device", "refused"] if m.get("device") else []
    if kind == "CLOSED" and (m["for"] == "INVITE" or m["word"] == "refused"):
        return ["device"]
    return []


def version(m):
    return 2 if m.get("reason") == REASONS[4] or any(m.get(f) for f in TAGS.values()) else 1


def check(m, version):
    """What both readers demand of a message, once its fields are there and have the right type."""
    if m.get("reason") == REASONS[4] and version == 1:
        raise Refused("UnknownWord")
    if m["kind"] == "CLOSED" and m["word"] not in ANSWERS.get(m["for"], []):
        raise Refused("UnknownWord")
    allowed = FIELDS[m["kind"]] + later_fields(m)
    m = {f: v for f, v in m.items() if f in ("kind", "id") or f in allowed and (v or f not in TAGS.values())}
    if sum(len(m.get(f, "").encode()) for f in TEXTS) > MAX_TEXT:
        raise Refused("TooLarge")
    return m


def decode(data):
    if len(data) > MAX_MESSAGE:
        raise Refused("TooLarge")
    if data[:1] in (b"{", b" ", b"\t", b"\n", b"\r"):
        return decode_json(data)
    if data and 0x80 <= data[0] <= 0xBF:
        return decode_binary(data)
    raise Refused("UnknownForm")


# JSON


class Pairs(list):
    """The members of an object, in their order: a dict would hide a name that comes twice."""


def no_fraction(text):
    raise Refused("WrongType")


def whole(text):
    if text[0] == "-" or len(text) > 16:
        raise Refused("OutOfRange")
    return int(text)


def number(text, base):
    """A number of 64 bits in its only spelling."""
    digits = "[1-9a-f][0-9a-f]*|0" if base == 16 else "[1-9][0-9]*|0"
    if len(text) > 20 or not re.fullmatch(digits, text) or int(text, base) > MAX_64:
        raise Refused("BadID")
    return int(text, base)


def decode_json(data):
    try:
        pairs = json.loads(data.decode(), object_pairs_hook=Pairs, parse_int=whole, parse_float=no_fraction,
                           parse_constant=no_fraction)
    except UnicodeDecodeError:
        raise Refused("BadUTF8")
    except (ValueError, RecursionError):
        raise Refused("BadSyntax")
    if not isinstance(pairs, Pairs):
        raise Refused("BadSyntax")
    known = [(name, value) for name, value in pairs if name in NAMES]
    m = dict(known)
    if len(m) < len(known):
        raise Refused("DuplicateField")
    v = m.get("v")
    if type(v) is not int or v not in (1, 2):
        raise Refused("UnknownVersion")
    for name, value in pairs:
        if v == 1 and (name not in NAMES or name in TAGS.values()) or not re.fullmatch("[a-z0-9_]+", name):
            raise Refused("UnknownField")
        check_value(name, value)
    if not {"kind", "id"} <= m.keys():
        raise Refused("MissingField")
    asked = {"v", "kind", "id", *FIELDS[m["kind"]]}
    if asked - m.keys():
        raise Refused("MissingField")
    if m.keys() - asked - set(TAGS.values()):
        raise Refused("MisplacedField")
    epoch, _, counter = m["id"].partition("-")
    if number(epoch, 16) == 0:
        raise Refused("BadID")
    number(counter, 10)
    if "device" in m:
        m["device"] = number(m["device"], 16)
    return check(m, v)


def check_value(name, value):
    kind = int if name == "v" or name in DURATIONS else bool if name == "refused" else str
    if type(value) not in ((kind,) if name in NAMES else (int, bool, str)):
        raise Refused("WrongType")
    if kind is str and any("\ud800" <= c <= "\udfff" for c in str(value)):
        raise Refused("BadUTF8")
    if type(value) is int and value > MAX_DURATION:
        raise Refused("OutOfRange")
    if value not in {"kind": KINDS, **TABLES}.get(name, [value]):
        raise Refused("UnknownWord")


def as_object(m):
    """The message in the JSON form, as an object with its members in the order of the page."""
    o = {"v": version(m), "kind": m["kind"], "id": m["id"]}
    for name in ("for", "reason", "word", *FIELDS["INVITE"], "response", "device", "refused", "note"):
        if m.get(name) or name in FIELDS[m["kind"]]:
            o[name] = f"{m[name]:x}" if name == "device" else m[name]
    return o


def encode_json(m):
    return json.dumps(as_object(m), ensure_ascii=False, separators=(",", ":")).encode()


# binary


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def bytes(self, n):
        if n > self.left():
            raise Refused("Truncated")
        self.at += n
        return self.data[self.at - n:self.at]

    def byte(self):
        return self.bytes(1)[0]

    def number(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise Refused("NotShortest")
                if value > MAX_64:
                    raise Refused("OutOfRange")
                return value
        raise Refused("OutOfRange")

    def text(self, n):
        try:
            return self.bytes(n).decode()
        except UnicodeDecodeError:
            raise Refused("BadUTF8")

    def word(self, table):
        n = self.byte()
        if not 0 < n <= len(table):
            raise Refused("UnknownWord")
        return table[n - 1]


def decode_binary(data):
    r = Reader(data)
    v = r.byte() & 0x3F
    if v not in (1, 2):
        raise Refused("UnknownVersion")
    if r.left() and data[1] > 0x0F:
        raise Refused("UnknownField")
    m = {"kind": r.word(KINDS)}
    epoch = int.from_bytes(r.bytes(8), "big")
    if epoch == 0:
        raise Refused("BadID")
    m["id"] = f"{epoch:x}-{r.number()}"
    for name in FIELDS[m["kind"]]:
        if name in TEXTS:
            m[name] = r.text(r.number())
        elif name in TABLES:
            m[name] = r.word(TABLES[name])
        else:
            m[name] = r.number()
            if m[name] > MAX_DURATION:
                raise Refused("OutOfRange")
    if v == 2:
        size = r.number()
        if size > r.left():
            raise Refused("Truncated")
        if size < r.left():
            raise Refused("TrailingData")
        last = 0
        while r.left():
            tag = r.byte()
            if tag <= last:
                raise Refused("DuplicateField")
            last = tag
            read_later(r, TAGS.get(tag), r.number(), m)
    if r.left():
        raise Refused("TrailingData")
    return check(m, v)


def read_later(r, name, size, m):
    if name == "note":
        m[name] = r.text(size)
    elif name in ("device", "refused"):
        if size != {"device": 8, "refused": 0}[name]:
            raise Refused("WrongType")
        m[name] = int.from_bytes(r.bytes(size), "big") if size else True
    else:
        r.bytes(size)


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def encode_binary(m):
    epoch, counter = m["id"].split("-")
    out = bytes([0x80 + version(m), KINDS.index(m["kind"]) + 1]) + int(epoch, 16).to_bytes(8, "big") + varint(int(counter))
    for name in FIELDS[m["kind"]]:
        if name in TEXTS:
            out += varint(len(m[name].encode())) + m[name].encode()
        elif name in TABLES:
            out += bytes([TABLES[name].index(m[name]) + 1])
        else:
            out += varint(m[name])
    if version(m) == 1:
        return out
    later = b""
    for tag, name in TAGS.items():
        if m.get(name):
            value = {"device": lambda v: v.to_bytes(8, "big"), "refused": lambda v: b"", "note": str.encode}[name](m[name])
            later += bytes([tag]) + varint(len(value)) + value
    return out + varint(len(later)) + later
