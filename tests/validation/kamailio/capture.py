"""Figures of one run, from its capture alone: of the real box (libpcap's classic format) and of the
lab's (pcapng), read by the same code."""

import struct

import wire

MAGIC = {0xa1b23c4d: 1, 0xa1b2c3d4: 1000}  # libpcap's, with what one tick is in ns
ETHERNET, RAW, IPV4 = 1, 101, 228


def classic(data):
    magic, link = struct.unpack_from("<I16xI", data)
    at = 24
    while at + 16 <= len(data):
        seconds, part, kept, whole = struct.unpack_from("<IIII", data, at)
        if kept == whole:
            yield (seconds * 10**9 + part * MAGIC[magic], link, data[at + 16:at + 16 + kept])
        at += 16 + kept


def blocks(data):
    """Packet blocks of a pcapng file whose clock ticks in ns."""
    at, links = 0, []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if length < 12 or at + length > len(data):
            raise ValueError("a torn block at %d" % at)
        if kind == 1:
            links.append(struct.unpack_from("<H", data, at + 8)[0])
        elif kind == 6:
            one, high, low, kept, whole = struct.unpack_from("<IIIII", data, at + 8)
            if kept == whole:
                yield (high << 32) + low, links[one], data[at + 28:at + 28 + kept]
        at += length


def packets(path):
    """Time in ns, source, destination and payload of each UDP datagram over IPv4."""
    with open(path, "rb") as file:
        data = file.read()
    known = struct.unpack_from("<I", data)[0] in MAGIC
    for ns, link, frame in classic(data) if known else blocks(data):
        if link not in (ETHERNET, RAW, IPV4):
            raise ValueError("%s: link type %d" % (path, link))
        ip = frame[14:] if link == ETHERNET else frame
        if len(ip) < 28 or ip[0] >> 4 != 4 or ip[9] != 17:
            continue
        head = (ip[0] & 15) * 4
        length = struct.unpack_from(">H", ip, head + 4)[0]
        yield (ns, ".".join(map(str, ip[12:16])), ".".join(map(str, ip[16:20])),
               ip[head + 8:head + length])


def median(values):
    values = sorted(values)
    n = len(values)
    return None if n == 0 else (values[(n - 1) // 2] + values[n // 2]) / 2


class Reader:
    """Everything the figures need, in one pass over the files. Times in seconds after ORIGIN (ns),
    what was before it is left out.

    BOX: the addresses of the box. CORE: what stands behind it. STRANGER: the flood's source. """

    def __init__(self, paths, box, core, stranger, origin):
        self.box, self.core, self.stranger = box, core, stranger
        self.calls, self.flood, self.strange, self.inside = {}, [], set(), set()
        self.arrived, self.sizes, self.per_call, self.idle = [], [], {}, []
        self.refusals, self.waiting, self.last = 0, None, -1e9
        for path in paths:
            for ns, source, target, data in packets(path):
                now = (ns - origin) / 1e9
                if now < 0:
                    continue
                if target in box:
                    self.to_box(now, source, data)
                elif source in box:
                    self.from_box(now, target, data)

    def to_box(self, now, source, data):
        self.arrived.append(now)
        name = wire.field(data, b"Call-ID")
        # a message that comes to an idle box: how long until the box sends on what it was
        self.waiting = (now, name) if now - self.last > 0.012 else None
        self.last = now
        if source == self.stranger:
            self.flood.append(now)
            self.sizes.append(len(data))
            self.strange.add(name)
            return
        self.per_call[name] = self.per_call.get(name, 0) + 1
        if source == self.core:
            return
        if data.startswith(b"INVITE "):
            self.calls.setdefault(name, dict(begun=now, rang=None, left=None, final=None,
                                             status=0, bytes=len(data)))
        elif data.startswith(b"CANCEL ") and name in self.calls and not self.calls[name]["left"]:
            self.calls[name]["left"] = now

    def from_box(self, now, target, data):
        name, code = wire.field(data, b"Call-ID"), wire.status(data)
        self.last = max(self.last, now)
        if self.waiting and self.waiting[1] == name:
            self.idle.append(now - self.waiting[0])
            self.waiting = None
        if target == self.stranger:
            self.refusals += code >= 300
        elif target == self.core:
            if name in self.strange and data.startswith(b"INVITE "):
                self.inside.add(name)
        elif code and name in self.calls and wire.method(data) == b"INVITE":
            call = self.calls[name]
            if 180 <= code < 200 and call["rang"] is None:
                call["rang"] = now
            elif code >= 200 and call["final"] is None:
                call["final"], call["status"] = now, code

    def window(self, begin, end, patience):
        """What became of the calls that began in [BEGIN, END)."""
        calls = [c for c in self.calls.values() if begin <= c["begun"] < end]
        served = [c for c in calls if 200 <= c["status"] < 300
                  and c["final"] - c["begun"] < patience
                  and (c["left"] is None or c["final"] < c["left"])]
        rang = [c["rang"] - c["begun"] for c in calls
                if c["rang"] and c["rang"] - c["begun"] < patience]
        whole = [self.per_call[n] for n, c in self.calls.items() if c in served]
        return dict(calls=len(calls), served=len(served),
                    late=sum(200 <= c["status"] < 300 for c in calls) - len(served),
                    busy=sum(c["status"] == 486 for c in calls),
                    ringing_ms=round(1e3 * (median(rang) or 0), 2),
                    messages_a_call=median(whole),
                    call_bytes=median([c["bytes"] for c in calls]))

    def arrivals(self, begin, end):
        return sum(begin <= t < end for t in self.arrived)
