"""Reads the lab's captures: pcapng, raw IP, UDP, and the comment that carries the label."""
import struct


class Packet:
    """One SIP message as the capture shows it."""

    def __init__(self, t, src, dst, comment, text):
        self.t, self.src, self.dst, self.comment = t, src, dst, comment
        head = text.split('\r\n\r\n', 1)[0].split('\r\n')
        self.first = head[0].split(' ')
        self.headers = {}
        for line in head[1:]:
            name, colon, value = line.partition(':')
            if colon:
                self.headers.setdefault(name.strip().lower(), value.strip())
        self.status = int(self.first[1]) if self.first[0] == 'SIP/2.0' else 0
        self.call_id = self.headers.get('call-id', '')
        self.tag = self.headers.get('from', '').partition(';tag=')[2].split(';')[0]
        number, _, method = self.headers.get('cseq', '').partition(' ')
        self.cseq = int(number) if number.isdigit() else 0
        self.method = method.strip()

    @property
    def request(self):
        return '' if self.status else self.first[0]

    def label(self):
        """attack, induced, twin or benign: what the packet truly was."""
        words = self.comment.split()
        words = [w for w in words if w not in ('ingress', 'egress')]
        if words[0] == 'benign' and any(w.startswith('causes=') for w in words):
            return 'twin'
        return words[0]


def options(data, order):
    """Options of a block, as (code, value)."""
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from(order + 'HH', data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4


def resolution(data, order):
    """Nanoseconds a tick: if_tsresol, a power of ten here; microseconds by default."""
    exponent = 6
    for code, value in options(data, order):
        if code == 9:
            exponent = value[0]
    if exponent > 9:
        raise ValueError('a resolution finer than 1 ns, or a power of two')
    return 10 ** (9 - exponent)


def datagram(frame):
    """Source, destination and payload of a raw IP packet with UDP in it."""
    if frame[0] >> 4 == 4:
        start, protocol, source, target = (frame[0] & 15) * 4, frame[9], frame[12:16], frame[16:20]
        source, target = '.'.join(map(str, source)), '.'.join(map(str, target))
    else:
        start, protocol, source, target = 40, frame[6], frame[8:24].hex(':', 2), frame[24:40].hex(':', 2)
    if protocol != 17:
        raise ValueError('not UDP')
    length = struct.unpack_from('>H', frame, start + 4)[0]
    return source, target, frame[start + 8:start + length]


def packets(path):
    """The packets of a capture, in its order."""
    with open(path, 'rb') as file:
        data = file.read()
    order, ticks, at = '<', [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'
            ticks = []
        kind, size = struct.unpack_from(order + 'II', data, at)
        body = data[at + 8:at + size - 4]
        at += size
        if kind == 1:
            link = struct.unpack_from(order + 'H', body)[0]
            if link not in (101, 228, 229):
                raise ValueError(f'{path}: link type {link}')
            ticks.append(resolution(body[8:], order))
        elif kind == 6:
            interface, high, low, captured = struct.unpack_from(order + 'IIII', body)
            comments = [value for code, value in
                        options(body[20 + (captured + 3) // 4 * 4:], order) if code == 1]
            source, target, payload = datagram(body[20:20 + captured])
            yield Packet(((high << 32) + low) * ticks[interface], source, target,
                         comments[0].decode() if comments else '', payload.decode('latin-1'))
