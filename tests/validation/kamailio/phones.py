"""Callers, their callee and a stranger that floods, in one loop on loopback.

Callers and callee follow RFC 3261 and RFC 6026: an INVITE is repeated after T1, 2 T1 ... until
anything comes; a 200 is repeated after T1 ... at most T2 apart until its ACK comes, whatever else
comes; a caller that has waited too long says so (CANCEL), or just stops if nothing ever came. RFC
3261 does not say whether a callee that was told BYE still repeats its 200: here it does not, unless
the world is told so (`until_ack`).
"""

import heapq
import random
import resource
import selectors
import socket
import time

import wire

T1, T2 = 0.5, 4.0
HOLD, HOLD_MAX = 1.0, 10.0
PATIENCE = 32.0
CALLERS = 2000


class Loop:
    """Sockets and timers; remembers how late it was."""

    def __init__(self):
        self.selector = selectors.EpollSelector()
        self.heap = []
        self.order = 0
        self.late = []
        self.begin = time.monotonic()

    def now(self):
        return time.monotonic() - self.begin

    def at(self, when, call, *arguments):
        self.order += 1
        heapq.heappush(self.heap, (when, self.order, call, arguments))

    def listen(self, address, take):
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        own.setblocking(False)
        own.bind((address, 5060))
        self.selector.register(own, selectors.EVENT_READ, take)
        return own

    def read(self, own, take):
        for _ in range(64):
            try:
                data, source = own.recvfrom(65536)
            except BlockingIOError:
                return
            take(data, source)

    def run(self, until):
        while self.now() < until():
            wait = min(self.heap[0][0] - self.now() if self.heap else 0.5, 0.5)
            for key, _ in self.selector.select(max(0.0, wait)):
                self.read(key.fileobj, key.data)
            while self.heap and self.heap[0][0] <= self.now():
                when, _, call, arguments = heapq.heappop(self.heap)
                self.late.append(self.now() - when)
                call(*arguments)


class Call:
    """One attempt of one caller."""

    def __init__(self, world, number, own, address, hold):
        self.world, self.own, self.address, self.hold = world, own, address, hold
        self.call_id = b"%d.%b" % (number, world.name)
        self.uri = b"sip:callee@" + world.border
        self.caller = b"<sip:caller@%b:5060>;tag=c%d" % (address, number)
        self.to = b"<" + self.uri + b">"
        self.heard = self.left = self.over = False
        self.answer = None  # the dialog's: (to, target, routes)
        self.sent = {}  # method: is it still repeated?
        world.calls[self.call_id] = self

    def send(self, message):
        self.own.sendto(message, (self.world.border.decode(), 5060))

    def repeat(self, verb, message, gap, most, stop):
        """Sends, and sends again at doubling gaps until something ends it."""
        if not self.sent.get(verb, True) or self.world.loop.now() >= stop:
            return
        self.sent[verb] = True
        self.send(message)
        self.world.loop.at(self.world.loop.now() + gap, self.repeat, verb, message,
                           min(2 * gap, most), most, stop)

    def begin(self):
        now = self.world.loop.now()
        self.invite = wire.request(
            b"INVITE", self.uri, self.address, self.call_id, self.call_id, 1, self.caller, self.to,
            [b"Contact: <sip:caller@%b:5060>" % self.address,
             b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"], wire.sdp(self.address))
        self.repeat(b"INVITE", self.invite, T1, 1e9, now + 64 * T1)
        self.world.loop.at(now + PATIENCE, self.leave)

    def leave(self):
        if self.answer or self.over:
            return
        self.left = True
        self.sent[b"INVITE"] = False
        if self.heard:
            cancel = wire.request(b"CANCEL", self.uri, self.address, self.call_id, self.call_id, 1,
                                  self.caller, self.to)
            self.repeat(b"CANCEL", cancel, T1, T2, self.world.loop.now() + 64 * T1)

    def acknowledge(self):
        to, target, routes = self.answer
        self.send(wire.request(b"ACK", target, self.address, self.call_id, self.call_id + b".a", 1,
                               self.caller, to, routes))

    def hang_up(self):
        to, target, routes = self.answer
        bye = wire.request(b"BYE", target, self.address, self.call_id, self.call_id + b".b", 2,
                           self.caller, to, routes)
        self.repeat(b"BYE", bye, T1, T2, self.world.loop.now() + 64 * T1)

    def take(self, message):
        code, about = wire.status(message), wire.method(message)
        if about != b"INVITE":
            if code >= 200:
                self.sent[about] = False
            return
        self.heard = True
        self.sent[b"INVITE"] = False
        if code < 200:
            return
        if code >= 300:
            self.over = True
            self.send(wire.request(b"ACK", self.uri, self.address, self.call_id, self.call_id, 1,
                                   self.caller, wire.field(message, b"To")))
            return
        if self.answer is None:
            routes = [b"Route: " + line.partition(b":")[2].strip()
                      for line in reversed(wire.fields(message, b"Record-Route"))]
            target = wire.field(message, b"Contact").strip(b"<>")
            self.answer = (wire.field(message, b"To"), target, routes)
            wait = 0.0 if self.left else self.hold
            self.world.loop.at(self.world.loop.now() + wait, self.hang_up)
        self.acknowledge()


class Callee:
    """Answers every call at once: 180, 200, and the 200 again until the ACK is there."""

    def __init__(self, world):
        self.world, self.calls, self.count = world, {}, 0
        self.contact = b"sip:callee@%b:5060" % world.callee
        self.own = world.loop.listen(world.callee.decode(), self.take)

    def take(self, message, source):
        if wire.status(message):
            return
        verb, call_id = wire.method(message), wire.field(message, b"Call-ID")
        if verb == b"INVITE":
            if call_id not in self.calls:
                self.answer(message, call_id, source)
        elif verb == b"ACK":
            self.calls[call_id] = True
        elif call_id in self.calls:
            self.calls[call_id] |= not self.world.until_ack
            self.own.sendto(wire.response(message, b"200 OK", b"x"), source)
        else:
            self.own.sendto(wire.response(message, b"481 No Such Call", b"x"), source)

    def answer(self, message, call_id, source):
        self.count += 1
        tag = b"u%d" % self.count
        self.calls[call_id] = False
        self.own.sendto(wire.response(message, b"180 Ringing", tag, self.contact), source)
        yes = wire.response(message, b"200 OK", tag, self.contact, wire.sdp(self.world.callee))
        self.repeat(call_id, yes, source, T1, self.world.loop.now() + 64 * T1)

    def repeat(self, call_id, yes, source, gap, stop):
        if self.calls[call_id] or self.world.loop.now() >= stop:
            return
        self.own.sendto(yes, source)
        self.world.loop.at(self.world.loop.now() + gap, self.repeat, call_id, yes, source,
                           min(2 * gap, T2), stop)


class Stranger:
    """INVITEs at an even pace from one address, and never an ACK."""

    def __init__(self, world, rate, begin, length):
        self.world, self.rate, self.begin = world, rate, begin
        self.total = round(rate * length)
        self.sent = 0
        self.own = world.loop.listen(world.stranger.decode(), lambda data, source: None)
        if self.total:
            world.loop.at(begin, self.send)

    def send(self):
        n, own = self.sent, self.world.stranger
        name = b"s%d.%b" % (n, self.world.name)
        self.own.sendto(
            wire.request(b"INVITE", b"sip:callee@" + self.world.border, own, name, name, 1,
                         b"<sip:stranger%d@%b:5060>;tag=s%d" % (n, own, n),
                         b"<sip:callee@" + self.world.border + b">",
                         [b"Contact: <sip:stranger@%b:5060>" % own], wire.sdp(own)),
            (self.world.border.decode(), 5060))
        self.sent += 1
        if self.sent < self.total:
            self.world.loop.at(self.begin + self.sent / self.rate, self.send)


class World:
    """The addresses of one run, 127.SLOT.0.0/16, and who speaks from them."""

    def __init__(self, slot, seed, calls_per_s, calls_until, until_ack=False):
        self.until_ack = until_ack
        self.border = b"127.%d.0.1" % slot
        self.core = b"127.%d.0.2" % slot
        self.callee = b"127.%d.0.3" % slot
        self.stranger = b"127.%d.0.66" % slot
        self.name = b"%d.%d" % (slot, seed)
        self.slot, self.calls, self.sockets = slot, {}, {}
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.loop = Loop()
        chance = random.Random(seed)
        self.plan, when = [], chance.expovariate(calls_per_s)
        while when < calls_until:
            self.plan.append((when, chance.randrange(CALLERS),
                              min(HOLD_MAX, chance.expovariate(1 / HOLD))))
            when += chance.expovariate(calls_per_s)

    def open(self):
        """Opens the sockets of the callers that will call, and of their callee."""
        self.answerer = Callee(self)
        for number, (when, caller, hold) in enumerate(self.plan):
            address = b"127.%d.%d.%d" % (self.slot, 16 + caller // 250, 1 + caller % 250)
            if address not in self.sockets:
                self.sockets[address] = self.loop.listen(address.decode(), self.take)
            call = Call(self, number, self.sockets[address], address, hold)
            self.loop.at(when, call.begin)

    def take(self, message, source):
        call = self.calls.get(wire.field(message, b"Call-ID"))
        if call and wire.status(message):
            call.take(message)
