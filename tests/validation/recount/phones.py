"""Calls and registrations, from what went in and out of the phones. Nothing else is looked at.

The rules are those of docs/result-format.md and nodes/ue/README.md, in their words."""
import re

SECOND = 1_000_000_000
NEVER = 1 << 62
UNITS = {'ns': 1, 'us': 10 ** 3, 'ms': 10 ** 6, 's': SECOND, 'min': 60 * SECOND, 'h': 3600 * SECOND}
CANCEL_PATIENCE = 32 * SECOND   # nodes/ue/README.md: what comes later than this after CANCEL is not heard
BYE_ANSWERED = 32 * SECOND      # docs/result-format.md, `completed`


class Settings:
    """The few parameters of a trial that the rules speak of, from the trial.yaml of its world."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.text = file.read()
        self.duration, self.warmup = self.time('duration'), self.time('warmup')
        self.t1, self.patience = self.time('t1'), self.time('patience')
        self.register_patience = self.time('register-patience')
        if not re.search(r'^\s*redials: "0"$', self.text, re.M):
            raise ValueError('a redial has a Call-ID of its own: captures do not tell whose it is')
        attack = re.search(r'^\s*at: (\S+ \S+)\n\s*for: (\S+ \S+)$', self.text, re.M)
        self.attack = (self.parse(attack[1]), self.parse(attack[1]) + self.parse(attack[2])) if attack else None

    def time(self, name):
        """The first parameter of that name: phones stand first in the topologies that come with it."""
        found = re.search(rf'^\s*{name}: "?([0-9.]+ \w+)"?$', self.text, re.M)
        if not found:
            raise ValueError(f'no {name} in the trial')
        return self.parse(found[1])

    @staticmethod
    def parse(text):
        number, unit = text.split()
        whole, _, part = number.partition('.')
        scale = UNITS[unit]
        return int(whole) * scale + (int(part) * scale // 10 ** len(part) if part else 0)


class Call:
    """A call attempt: a phone's INVITE with a Call-ID that was never there before begins it."""

    def __init__(self, packet, settings):
        self.caller, self.begun, self.label = packet.src, packet.t, packet.label()
        self.ringing = self.answered = None
        # If nothing comes at all: timer B, or its owner just stops, and whatever comes then is not heard.
        self.left = self.gives_up = self.begun + min(settings.patience, 64 * settings.t1)
        self.heard = None               # a final answer that came; its ACK says that it was heard
        self.status = self.cseq = 0
        self.bye = None                 # the first: (time, phone seen with it, it sent it)
        self.caller_bye = None          # the first that the caller sent or got
        self.bye_answered = None

    def progress(self, packet):
        if packet.t > self.left:
            return
        self.left = self.gives_up = NEVER   # until it sends CANCEL
        if packet.status > 100 and self.ringing is None:
            self.ringing = packet.t

    def cancel(self, t):
        if self.left == NEVER:
            self.left, self.gives_up = t, t + CANCEL_PATIENCE

    def settled(self, settings):
        """Decided? If not, the trial ended first, and it is no attempt."""
        return self.status != 0 or self.gives_up <= settings.duration

    @property
    def outcome(self):
        status = self.status
        if 200 <= status < 300:
            return 'answered' if self.answered <= self.left else 'caller_gone'
        if status in (486, 600):
            return 'busy'
        if status in (480, 487) and self.ringing is not None:
            return 'no_answer'
        if status == 603:
            return 'declined'
        return 'redirected' if 300 <= status < 400 else 'failed'

    @property
    def dropped(self):
        """Callers alone hang up because they want to: whatever else came first was nobody's will."""
        if self.outcome != 'answered' or self.bye is None:
            return False
        _, phone, sent = self.bye
        return not (sent and phone == self.caller)

    @property
    def taken(self):
        return self.outcome == 'answered'

    @property
    def served(self):
        outcome = self.outcome
        return outcome in ('busy', 'no_answer', 'declined') or (outcome == 'answered' and not self.dropped)

    def talked(self, settings):
        end = self.bye[0] if self.bye else settings.duration
        return max(0, end - self.answered)

    def over(self, settings):
        """Until when it could come to harm: its talk's end, its final answer, or its caller's patience."""
        if not self.status:
            return self.left
        return self.answered + (self.talked(settings) if self.taken else 0)

    @property
    def completed(self):
        return (200 <= self.status < 300 and self.bye_answered is not None
                and self.bye_answered - self.caller_bye[0] < BYE_ANSWERED)


class Registration:
    """A registration attempt: a phone's REGISTERs with one From tag."""

    taken = False

    def __init__(self, packet, settings):
        self.begun, self.label = packet.t, packet.label()
        self.gives_up = self.begun + settings.register_patience
        self.done = None
        self.answered = set()           # CSeqs that have their final answer: a second one is not heard

    def settled(self, settings):
        return self.served or self.gives_up <= settings.duration

    def answer(self, packet):
        if packet.cseq in self.answered or self.served or packet.t >= self.gives_up:
            return
        self.answered.add(packet.cseq)
        if packet.status < 300:
            self.done = packet.t
        elif packet.status == 408 or packet.status >= 500:
            # Tried again within the attempt, if there is time. A back-off of the phone's own choice, without
            # Retry-After, no capture shows; it matters only for attempts begun just before the end.
            wait = packet.headers.get('retry-after', '0').split()[0].partition(';')[0]
            if int(wait) and packet.t + int(wait) * SECOND >= self.gives_up:
                self.gives_up = packet.t
        elif packet.status != 401:
            self.gives_up = packet.t

    @property
    def served(self):
        return self.done is not None

    def over(self, settings):
        return self.done if self.served else self.gives_up


class Phones:
    """The state of every call and registration, packet by packet."""

    def __init__(self, stream, settings):
        self.settings, self.proxy = settings, None
        self.calls, self.registrations, self.latest = {}, {}, {}
        for packet in stream:
            if self.proxy is None and packet.request == 'REGISTER':
                self.proxy = packet.dst
            if packet.dst == self.proxy:
                self.sent(packet)
            elif packet.src == self.proxy:
                self.received(packet)

    def sent(self, packet):
        if packet.request == 'REGISTER':
            self.register(packet)
        elif packet.request == 'INVITE':
            if packet.call_id not in self.calls:
                self.calls[packet.call_id] = Call(packet, self.settings)
            call = self.calls[packet.call_id]
            if packet.cseq > call.cseq:     # the first one, or one that answers a challenge
                call.cseq, call.heard = packet.cseq, None
        call = self.calls.get(packet.call_id)
        if call and packet.src == call.caller and packet.request == 'CANCEL':
            call.cancel(packet.t)
        elif call and packet.src == call.caller and packet.request == 'ACK':
            self.acknowledged(call)
        elif call and packet.method == 'BYE':
            self.bye(call, packet, packet.src, True)

    def register(self, packet):
        key = packet.call_id, packet.tag
        if key in self.registrations:
            return
        before = self.latest.get(packet.call_id)
        if before:      # a power cycle, or tried again
            before.gives_up = min(before.gives_up, packet.t)
        self.latest[packet.call_id] = self.registrations[key] = Registration(packet, self.settings)

    @staticmethod
    def acknowledged(call):
        """A phone that has given up a call does not acknowledge what comes then."""
        if not call.status and call.heard and call.heard.status not in (401, 407):
            call.status, call.answered = call.heard.status, call.heard.t

    def received(self, packet):
        if packet.method == 'REGISTER' and packet.status >= 200:
            attempt = self.registrations.get((packet.call_id, packet.tag))
            if attempt:
                attempt.answer(packet)
            return
        call = self.calls.get(packet.call_id)
        if call and packet.method == 'BYE':
            self.bye(call, packet, packet.dst, False)
        elif call and packet.method == 'INVITE' and call.caller == packet.dst and \
                packet.cseq == call.cseq and not call.status:
            if packet.status >= 200:
                call.heard = packet
            elif packet.status:
                call.progress(packet)

    @staticmethod
    def bye(call, packet, phone, sent):
        first = call.caller_bye
        if packet.request:
            call.bye = call.bye or (packet.t, phone, sent)
        if phone != call.caller or not call.status:
            return
        if packet.request and not first:
            call.caller_bye = packet.t, phone, sent
        elif first and packet.status >= 200 and (sent != first[2] or packet.status < 300):
            call.bye_answered = call.bye_answered or packet.t   # it, or the other side's that crossed it
