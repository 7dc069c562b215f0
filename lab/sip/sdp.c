#include "lab/sip/sdp.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"

/* Cuts the next word off *rest, and the blanks before it. */
static RdSlice word(RdSlice *rest) {
  *rest = rd_slice_trim(*rest);
  uint32_t n = 0;
  while (n < rest->len && rest->at[n] != ' ')
    n++;
  RdSlice first = {rest->at, n};
  if (n > 0)
    *rest = (RdSlice){rest->at + n, rest->len - n};
  return first;
}

/* Cuts off what is before c, and c; all of it if there is none. */
static RdSlice before(RdSlice *rest, char c) {
  const char *stop = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
  uint32_t n = stop ? (uint32_t)(stop - rest->at) : rest->len;
  RdSlice first = {rest->at, n};
  *rest = stop ? (RdSlice){stop + 1, rest->len - n - 1} : (RdSlice){0};
  return first;
}

static uint64_t number(RdSlice text, uint64_t max) {
  uint64_t n;
  return rd_slice_uint(text, &n) && n <= max ? n : 0;
}

/* o=<user> <session id> <version> IN IP4|IP6 <address> */
static void read_origin(RdSdp *sdp, RdSlice value) {
  sdp->origin_user = word(&value);
  sdp->session_id = number(word(&value), UINT64_MAX);
  sdp->session_version = number(word(&value), UINT64_MAX);
  word(&value);
  word(&value);
  sdp->origin_address = word(&value);
}

/* c=IN IP4|IP6 <address>[/<ttl>] */
static void read_connection(RdSdp *sdp, RdSdpMedia *media, RdSlice value) {
  word(&value);
  word(&value);
  RdSlice address = word(&value);
  *(media ? &media->address : &sdp->address) = before(&address, '/');
}

/* m=<kind> <port>[/<count>] <protocol> <format> ... */
static RdSdpMedia *read_media(RdSdp *sdp, RdSlice value, uint8_t direction) {
  if (sdp->n_media == RD_SDP_MAX_MEDIA)
    return NULL;
  RdSdpMedia *media = &sdp->media[sdp->n_media++];
  media->kind = word(&value);
  RdSlice port = word(&value);
  media->port = (uint16_t)number(before(&port, '/'), 65535);
  media->protocol = word(&value);
  media->address = sdp->address;
  media->direction = direction;
  for (RdSlice f = word(&value); f.len > 0; f = word(&value)) {
    uint64_t payload;
    if (media->n_formats < RD_SDP_MAX_FORMATS && rd_slice_uint(f, &payload) && payload < 128)
      media->formats[media->n_formats++].payload = (uint8_t)payload;
  }
  return media;
}

static RdSdpFormat *find_format(RdSdpMedia *media, RdSlice payload) {
  uint64_t n;
  if (!media || !rd_slice_uint(payload, &n))
    return NULL;
  for (int i = 0; i < media->n_formats; i++)
    if (media->formats[i].payload == n)
      return &media->formats[i];
  return NULL;
}

static bool is_direction(RdSlice name, uint8_t *ret) {
  static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
  for (uint8_t i = 0; i < 4; i++) {
    if (rd_slice_is(name, names[i])) {
      *ret = i;
      return true;
    }
  }
  return false;
}

/* a=rtpmap:<payload> <encoding>/<rate>[/<channels>], a=fmtp:<payload> <parameters>, a=sendonly.
 * A direction before the first m= line is every stream's. */
static void read_attribute(RdSdpMedia *media, RdSlice value, uint8_t *session_direction) {
  RdSlice name = before(&value, ':');
  if (is_direction(name, media ? &media->direction : session_direction) || !value.at)
    return;
  bool is_map = rd_slice_is(name, "rtpmap");
  if (!is_map && !rd_slice_is(name, "fmtp"))
    return;
  RdSdpFormat *format = find_format(media, word(&value));
  value = rd_slice_trim(value);
  if (!format || value.len == 0)
    return;
  if (!is_map) {
    format->fmtp = value;
    return;
  }
  format->encoding = before(&value, '/');
  format->rate = (uint32_t)number(before(&value, '/'), UINT32_MAX);
}

bool rd_sdp_parse(RdSlice body, RdSdp *ret) {
  *ret = (RdSdp){0};
  RdSlice rest = body;
  if (!rd_slice_is(rd_slice_trim(before(&rest, '\n')), "v=0"))
    return false;
  RdSdpMedia *media = NULL;
  bool past_last = false; /* lines of a stream that there was no room for */
  uint8_t direction = RD_SDP_SENDRECV;
  while (rest.at) {
    RdSlice line = rd_slice_trim(before(&rest, '\n'));
    if (line.len < 2 || line.at[1] != '=')
      continue;
    RdSlice value = {line.at + 2, line.len - 2};
    if (line.at[0] == 'm') {
      media = read_media(ret, value, direction);
      past_last = !media;
    } else if (line.at[0] == 'o') {
      read_origin(ret, value);
    } else if (line.at[0] == 'c' && !past_last) {
      read_connection(ret, media, value);
    } else if (line.at[0] == 'a' && !past_last) {
      read_attribute(media, value, &direction);
    }
  }
  return true;
}

static const RdSdpFormat *format_of(const RdSdpMedia *media, const char *encoding, uint32_t rate) {
  for (int i = 0; i < media->n_formats; i++)
    if (media->formats[i].rate == rate && rd_slice_is_nocase(media->formats[i].encoding, encoding))
      return &media->formats[i];
  return NULL;
}

const RdSdpMedia *rd_sdp_voice(const RdSdp *sdp, const RdSdpFormat **ret_format) {
  for (int i = 0; i < sdp->n_media; i++) {
    const RdSdpMedia *media = &sdp->media[i];
    if (media->port == 0 || !rd_slice_is_nocase(media->kind, "audio"))
      continue;
    const RdSdpFormat *format = format_of(media, "AMR-WB", 16000);
    format = format ? format : format_of(media, "AMR", 8000);
    if (format) {
      *ret_format = format;
      return media;
    }
  }
  return NULL;
}

static void add_address(RdText *t, const RdAddress *a) {
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(a, ip);
  rd_text_add(t, a->family == 6 ? "IN IP6 " : "IN IP4 ");
  rd_text_add(t, ip);
  rd_text_add(t, "\r\n");
}

static void add_session(RdText *t, const RdAddress *rtp, uint64_t session_id, uint64_t version) {
  rd_text_add(t, "v=0\r\no=- ");
  rd_text_uint(t, session_id);
  rd_text_char(t, ' ');
  rd_text_uint(t, version ? version : session_id);
  rd_text_char(t, ' ');
  add_address(t, rtp);
  rd_text_add(t, "s=-\r\nc=");
  add_address(t, rtp);
  rd_text_add(t, "t=0 0\r\n");
}

size_t rd_sdp_offer(char *buffer, size_t cap, const RdAddress *rtp, uint64_t session_id) {
  RdText t = rd_text(buffer, cap);
  add_session(&t, rtp, session_id, 0);
  rd_text_add(&t, "m=audio ");
  rd_text_uint(&t, rtp->port);
  rd_text_add(&t, " RTP/AVP 97 98 99\r\n"
                  "a=rtpmap:97 AMR-WB/16000/1\r\n"
                  "a=fmtp:97 mode-change-capability=2; max-red=0\r\n"
                  "a=rtpmap:98 AMR/8000/1\r\n"
                  "a=fmtp:98 mode-change-capability=2; max-red=0\r\n"
                  "a=rtpmap:99 telephone-event/16000\r\n"
                  "a=ptime:20\r\na=maxptime:240\r\na=sendrecv\r\n");
  return t.full ? 0 : t.len;
}

static void add_lines(RdText *t, const char *lines) {
  if (lines)
    rd_text_add(t, lines);
}

size_t rd_sdp_offer_full(char *buffer, size_t cap, const RdAddress *rtp, uint64_t session_id,
                         const RdSdpMore *more) {
  RdText t = rd_text(buffer, cap);
  add_session(&t, rtp, session_id, more->version);
  rd_text_add(&t, "m=audio ");
  rd_text_uint(&t, rtp->port);
  rd_text_add(&t, " RTP/AVP 96 97 98 99 100 101\r\n");
  add_lines(&t, more->bandwidth);
  rd_text_add(&t, "a=rtpmap:96 AMR-WB/16000/1\r\n"
                  "a=fmtp:96 mode-change-capability=2; max-red=0\r\n"
                  "a=rtpmap:97 AMR-WB/16000/1\r\n"
                  "a=fmtp:97 mode-change-capability=2; max-red=0; octet-align=1\r\n"
                  "a=rtpmap:98 AMR/8000/1\r\n"
                  "a=fmtp:98 mode-change-capability=2; max-red=0\r\n"
                  "a=rtpmap:99 AMR/8000/1\r\n"
                  "a=fmtp:99 mode-change-capability=2; max-red=0; octet-align=1\r\n"
                  "a=rtpmap:100 telephone-event/16000\r\n"
                  "a=fmtp:100 0-15\r\n"
                  "a=rtpmap:101 telephone-event/8000\r\n"
                  "a=fmtp:101 0-15\r\n"
                  "a=ptime:20\r\na=maxptime:240\r\na=sendrecv\r\n");
  rd_text_slice(&t, more->attributes);
  return t.full ? 0 : t.len;
}

static void add_format(RdText *t, const RdSdpFormat *format, const char *channels) {
  rd_text_add(t, "a=rtpmap:");
  rd_text_uint(t, format->payload);
  rd_text_char(t, ' ');
  rd_text_slice(t, format->encoding);
  rd_text_char(t, '/');
  rd_text_uint(t, format->rate);
  rd_text_add(t, channels);
  if (format->fmtp.at) {
    rd_text_add(t, "a=fmtp:");
    rd_text_uint(t, format->payload);
    rd_text_char(t, ' ');
    rd_text_slice(t, format->fmtp);
    rd_text_add(t, "\r\n");
  }
}

static void add_voice(RdText *t, const RdSdpMedia *media, const RdSdpFormat *format, uint16_t port,
                      const RdSdpMore *more) {
  static const char *const mirror[] = {"sendrecv", "recvonly", "sendonly", "inactive"};
  const RdSdpFormat *events =
      more->events ? format_of(media, "telephone-event", format->rate) : NULL;
  rd_text_add(t, "m=audio ");
  rd_text_uint(t, port);
  rd_text_char(t, ' ');
  rd_text_slice(t, media->protocol);
  rd_text_char(t, ' ');
  rd_text_uint(t, format->payload);
  if (events) {
    rd_text_char(t, ' ');
    rd_text_uint(t, events->payload);
  }
  rd_text_add(t, "\r\n");
  add_lines(t, more->bandwidth);
  add_format(t, format, "/1\r\n");
  if (events)
    add_format(t, events, "\r\n");
  rd_text_add(t, "a=ptime:20\r\na=maxptime:240\r\na=");
  rd_text_add(t, mirror[media->direction]);
  rd_text_add(t, "\r\n");
  rd_text_slice(t, more->attributes);
}

static void add_refusal(RdText *t, const RdSdpMedia *media) {
  rd_text_add(t, "m=");
  rd_text_slice(t, media->kind);
  rd_text_add(t, " 0 ");
  rd_text_slice(t, media->protocol);
  rd_text_char(t, ' ');
  rd_text_uint(t, media->n_formats > 0 ? media->formats[0].payload : 0);
  rd_text_add(t, "\r\n");
}

size_t rd_sdp_answer_full(char *buffer, size_t cap, const RdSdp *offer, const RdAddress *rtp,
                          uint64_t session_id, const RdSdpMore *more) {
  const RdSdpFormat *format = NULL;
  const RdSdpMedia *voice = rd_sdp_voice(offer, &format);
  if (!voice)
    return 0;
  RdText t = rd_text(buffer, cap);
  add_session(&t, rtp, session_id, more->version);
  for (int i = 0; i < offer->n_media; i++) {
    if (&offer->media[i] == voice)
      add_voice(&t, voice, format, rtp->port, more);
    else
      add_refusal(&t, &offer->media[i]);
  }
  return t.full ? 0 : t.len;
}

size_t rd_sdp_answer(char *buffer, size_t cap, const RdSdp *offer, const RdAddress *rtp,
                     uint64_t session_id) {
  return rd_sdp_answer_full(buffer, cap, offer, rtp, session_id, &(RdSdpMore){0});
}
