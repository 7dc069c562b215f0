"""SIP messages as the phones and the stranger of this experiment write and read them."""

SDP = (b"v=0\r\no=- 1 1 IN IP4 %b\r\ns=-\r\nc=IN IP4 %b\r\nt=0 0\r\n"
       b"m=audio 49152 RTP/AVP 97 98 99\r\nb=AS:41\r\n"
       b"a=rtpmap:97 AMR-WB/16000/1\r\na=fmtp:97 mode-change-capability=2;max-red=0\r\n"
       b"a=rtpmap:98 AMR/8000/1\r\na=fmtp:98 mode-change-capability=2;max-red=0\r\n"
       b"a=rtpmap:99 telephone-event/16000\r\na=ptime:20\r\na=maxptime:240\r\na=sendrecv\r\n")


def sdp(address):
    return SDP % (address, address)


def fields(message, name):
    """The header lines of that name, in order, names included."""
    head = message.partition(b"\r\n\r\n")[0]
    mark = name.lower() + b":"
    return [line for line in head.split(b"\r\n")[1:] if line.lower().startswith(mark)]


def field(message, name):
    """The value of the first header of that name, or nothing."""
    lines = fields(message, name)
    return lines[0].partition(b":")[2].strip() if lines else b""


def status(message):
    """The code of a response, 0 of a request."""
    return int(message[8:11]) if message.startswith(b"SIP/2.0 ") else 0


def method(message):
    """What a message is about: a request's own method, a response's by its CSeq."""
    if message.startswith(b"SIP/2.0 "):
        return field(message, b"CSeq").split()[-1]
    return message.split(b" ", 1)[0]


def build(first, lines, body=b""):
    head = [first] + lines
    if body:
        head.append(b"Content-Type: application/sdp")
    head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def request(verb, uri, own, call_id, branch, cseq, caller, to, extra=(), body=b""):
    """A request of a phone at OWN. CALLER and TO are whole header values."""
    lines = [b"Via: SIP/2.0/UDP %b:5060;branch=z9hG4bK%b" % (own, branch), b"Max-Forwards: 70",
             b"From: " + caller, b"To: " + to, b"Call-ID: " + call_id,
             b"CSeq: %d %b" % (cseq, verb)]
    return build(b"%b %b SIP/2.0" % (verb, uri), lines + list(extra), body)


def response(asked, line, tag, contact=b"", body=b""):
    """The answer to ASKED; with a contact it takes the route along."""
    to = fields(asked, b"To")[0]
    if b"tag=" not in to:
        to += b";tag=" + tag
    lines = fields(asked, b"Via")
    if contact:
        lines = lines + fields(asked, b"Record-Route")
    lines = lines + [fields(asked, b"From")[0], to, fields(asked, b"Call-ID")[0],
                     fields(asked, b"CSeq")[0]]
    if contact:
        lines.append(b"Contact: <" + contact + b">")
    return build(b"SIP/2.0 " + line, lines, body)
