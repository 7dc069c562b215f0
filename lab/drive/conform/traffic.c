#include "lab/drive/conform/traffic.h"

#include <string.h>

static const char *const texts[] = {
    "INVITE sip:001010000000000@ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.1.9:5060;branch=z9hG4bK%u\r\nMax-Forwards: 70\r\n"
    "From: <sip:a@example.com>;tag=%u\r\nTo: <sip:b@example.com>\r\nCall-ID: c%u\r\n"
    "CSeq: 1 INVITE\r\nContact: <sip:a@198.18.1.9:5060>\r\nContent-Length: 0\r\n\r\n",
    "REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.1.9:5060;branch=z9hG4bKr%u\r\nMax-Forwards: 70\r\n"
    "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=%u\r\n"
    "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>\r\nCall-ID: r%u\r\n"
    "CSeq: 1 REGISTER\r\nContact: <sip:a@198.18.1.9:5060>\r\nExpires: 600000\r\n"
    "Content-Length: 0\r\n\r\n",
    "ACK sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c%u\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\n\r\n",
    "CANCEL sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>\r\nCall-ID: c%u\r\nCSeq: 1 CANCEL\r\nMax-Forwards: 0\r\n\r\n",
    "BYE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKb%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>;tag=7\r\nCall-ID: c%u\r\nCSeq: 2 BYE\r\nMax-Forwards: 70\r\n"
    "Route: <sip:198.18.1.1;lr>, <sip:192.0.2.1;lr>\r\n\r\n",
    "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;tag=%u\r\n"
    "To: <sip:b@h>;tag=3\r\nCall-ID: r%u\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest "
    "realm=\"x\", nonce=\"AAAA\", algorithm=AKAv1-MD5, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;tag=%u\r\n"
    "To: <sip:b@h>;tag=3\r\nCall-ID: c%u\r\nCSeq: 1 INVITE\r\n\r\n",
    "OPTIONS sip: SIP/2.0\r\nVia: \r\nFrom: ;tag=%u\r\nTo:\r\nCall-ID: %u\r\nCSeq: %u\r\n\r\n",
    "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=\"%u\",response=\"\r\nContact: *\r\n"
    "Expires: 99999999999999999999%u\r\nCSeq: 1 REGISTER\r\nCall-ID:%u\r\n\r\n",
    "\r\n\r\n",
    "INVITE",
    "\x80\xff%u%u%u",
    "SIP/2.0 999999 \r\n\r\n",
    ""};

char *rd_traffic_text(unsigned i) {
  return g_strdup_printf(texts[i % G_N_ELEMENTS(texts)], i, i * 7, i / 3);
}

/* A Device-Watchdog-Request of Diameter (RFC 6733 s5.5.1), cut off behind its Origin-Host. */
static const uint8_t diameter[] = {
    0x01, 0x00, 0x00, 0x30, 0x80, 0x00, 0x01, 0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x01, 0x08, 0x40, 0x00, 0x00, 0x1b, 'h',  's',  's',  '.',
    'e',  'x',  'a',  'm',  'p',  'l',  'e',  '.',  'c',  'o',  'm',  '.',  'n',  'e',  't',  0x00};

void rd_traffic_clear(RdTraffic *t) {
  g_clear_pointer(&t->text, g_free);
  g_clear_pointer(&t->report, g_free);
}

void rd_traffic_report(RdTraffic *t, unsigned i) {
  static const size_t lengths[] = {0, 1, 8, 64, RD_REPORT_LONGEST};
  rd_traffic_clear(t);
  const size_t len = lengths[i % G_N_ELEMENTS(lengths)];
  t->report = g_malloc(len + 1); /* a block of its own length: ASan sees one octet too many */
  memset(t->report, (int)(i * 37), len);
  t->today = (RdMessage){
      .size = sizeof t->today, .kind = RD_REPORT, .sender = i % 3, .bytes = t->report, .len = len};
}

void rd_traffic_seal(RdTraffic *t) {
  t->today.flags |= RD_SEALED;
  t->today.sip = NULL;
  t->today.view = NULL;
  for (size_t n = strlen(t->text); n-- > 0;)
    t->text[n] ^= 0x5a;
  t->today.bytes = (const uint8_t *)t->text;
}

static void foreign(RdTraffic *t, unsigned protocol) {
  t->today.protocol = (uint8_t)protocol;
  t->today.sip = NULL;
  t->today.bytes = diameter;
  t->today.len = sizeof diameter;
}

static void fate(RdTraffic *t, unsigned kind, RdConn conn) {
  t->today.kind = (uint8_t)kind;
  t->today.conn = conn;
  t->today.protocol = RD_PROTO_UNKNOWN;
  t->today.sip = NULL;
  t->today.bytes = NULL;
  t->today.len = 0;
  t->today.remote.transport = t->today.local.transport = RD_TCP;
}

void rd_traffic_step(RdTraffic *t, MockHost *mock, unsigned i, uint16_t attachment,
                     RdDirection direction, const char *remote) {
  rd_traffic_clear(t);
  t->text = rd_traffic_text(i);
  t->today = *mock_message(mock, attachment, direction, remote, t->text, strlen(t->text));
  memset(t->newer, 0xa5, sizeof t->newer);
  switch (i % 29) {
  case 3:
    foreign(t, RD_PROTO_DIAMETER);
    break;
  case 7:
    foreign(t, 200); /* of a release to come */
    break;
  case 5:
    t->today.count = 1 + i * 1000 % RD_TRAIN_MOST;
    t->today.spacing = 20 * RD_MILLISECOND;
    break;
  case 11:
    fate(t, RD_OPENED, 1 + i / 29);
    break;
  case 13:
    fate(t, RD_REFUSED, i % 2 ? 2 + i / 29 : 0);
    break;
  case 17:
    fate(t, RD_CLOSED, 1 + i / 29);
    break;
  case 19:
    fate(t, 200, 0); /* a kind of a release to come */
    break;
  case 23:
    t->today.size = sizeof t->today + sizeof t->newer;
    break;
  default:
    break;
  }
}
