/* match.c - does a message fit what the scenario waits for, and what is learned from it. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

/* --- a message as text ------------------------------------------------------------------------------- */

static RdSlice line_at(const char *p, const char *end) {
  const char *lf = memchr(p, '\n', (size_t)(end - p));
  const char *stop = lf ? lf : end;
  while (stop > p && stop[-1] == '\r')
    stop--;
  return rd_slice_of(p, (size_t)(stop - p));
}

static const char *next_line(const char *p, const char *end) {
  const char *lf = memchr(p, '\n', (size_t)(end - p));
  return lf ? lf + 1 : end;
}

static bool same_name(RdSlice a, RdSlice b) {
  const RdHeaderId id = rd_sip_header_id(a);
  if (id != RD_HDR_OTHER)
    return id == rd_sip_header_id(b);
  return a.len == b.len && g_ascii_strncasecmp(a.at, b.at, a.len) == 0;
}

RdSlice rd_play_header(const RdBytes *message, RdSlice name, unsigned n, RdSlice *ret_line) {
  const char *p = message->at, *end = p + message->len;
  if (message->len == 0)
    return (RdSlice){NULL, 0};
  for (p = next_line(p, end); p < end; p = next_line(p, end)) {
    RdSlice line = line_at(p, end);
    if (line.len == 0)
      break;
    const char *colon = memchr(line.at, ':', line.len);
    if (!colon || !same_name(rd_slice_trim(rd_slice_of(p, (size_t)(colon - p))), name) || --n > 0)
      continue;
    if (ret_line)
      *ret_line = line;
    return rd_slice_trim(rd_slice_of(colon + 1, (size_t)(rd_slice_end(line) - colon - 1)));
  }
  return (RdSlice){NULL, 0};
}

RdSlice rd_play_body(const RdBytes *message) {
  const char *gap = message->len > 0 ? g_strstr_len(message->at, message->len, "\r\n\r\n") : NULL;
  if (!gap)
    return (RdSlice){"", 0};
  gap += 4;
  return rd_slice_of(gap, message->len - (size_t)(gap - message->at));
}

/* --- matching ------------------------------------------------------------------------------------------ */

static bool method_fits(const RdCommand *d, RdSlice method) {
  char text[64];
  if (!d->regex)
    return rd_slice_is(method, d->request);
  rd_slice_copy(method, text, sizeof text);
  return regexec(d->regex, text, 0, NULL, 0) == 0;
}

bool rd_play_matches(RdPlayer *p, RdCall *call, int index, const RdMessage *m) {
  const RdCommand *d = &p->scenario->body.commands[index];
  const RdSip *sip = m->sip;
  if (d->kind != RD_DO_RECV || (d->response != 0) == sip->is_request)
    return false;
  if (sip->is_request)
    return method_fits(d, sip->method_text);
  if (d->response != sip->status)
    return false;
  if (d->response_txn >= 0)
    return rd_slice_is(sip->via_branch, call->branches[d->response_txn]);
  return d->any_method || (d->methods >> sip->method & 1) != 0;
}

static bool optional_at(const RdPlayer *p, int index) {
  return p->scenario->body.commands[index].optional != RD_OPTIONAL_NO;
}

int rd_play_find(RdPlayer *p, RdCall *call, const RdMessage *m) {
  const int n = (int)p->scenario->body.n;
  bool nearby = true;
  for (int i = call->at; i < n; i++) {
    if (rd_play_matches(p, call, i, m))
      return i;
    if (!optional_at(p, i))
      break;
  }
  for (int i = call->at - 1; i >= 0; i--) {
    nearby = nearby && optional_at(p, i);
    const bool global = p->scenario->body.commands[i].optional == RD_OPTIONAL_GLOBAL;
    if ((nearby || global) && rd_play_matches(p, call, i, m))
      return i;
  }
  return -1;
}

int rd_play_find_old(RdPlayer *p, RdCall *call, const RdMessage *m) {
  for (int i = MIN(call->at, (int)p->scenario->body.n) - 1; i >= 0; i--)
    if (rd_play_matches(p, call, i, m))
      return i;
  return -1;
}

/* --- learning -------------------------------------------------------------------------------------------- */

/* Record-Route as the route set: of a response from the last to the first (RFC 3261 s12.1.2). */
static void learn_routes(RdCall *call, const RdSip *sip) {
  RdSlice found[16];
  unsigned n = 0;
  RdText t = rd_text(call->routes, sizeof call->routes);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_RECORD_ROUTE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value, one;
    while (n < G_N_ELEMENTS(found) && (one = rd_sip_split(&rest)).at)
      found[n++] = one;
  }
  for (unsigned i = 0; i < n; i++) {
    if (i > 0)
      rd_text_add(&t, ", ");
    rd_text_slice(&t, rd_slice_trim(found[sip->is_request ? i : n - 1 - i]));
  }
  if (t.full)
    call->routes[0] = 0;
  if (sip->contact_uri.at)
    rd_slice_copy(sip->contact_uri, call->next_url, sizeof call->next_url);
}

static void learn_challenge(RdCall *call, const RdSip *sip) {
  RdSlice value = rd_sip_value(sip, RD_HDR_PROXY_AUTHENTICATE);
  call->proxy_challenge = value.at != NULL;
  if (!value.at)
    value = rd_sip_value(sip, RD_HDR_WWW_AUTHENTICATE);
  if (!value.at)
    return;
  rd_bytes_set(&call->challenge, value.at, value.len);
  call->nonce_count = 0;
}

void rd_play_learn(RdPlayer *p, RdCall *call, const RdCommand *d, const RdMessage *m) {
  const RdSip *sip = m->sip;
  (void)p;
  rd_bytes_set(&call->last, m->bytes, m->len);
  if (!sip->is_request && sip->to_tag.len > 0 && sip->to_tag.len + 6 < sizeof call->tag) {
    RdText t = rd_text(call->tag, sizeof call->tag);
    rd_text_add(&t, ";tag=");
    rd_text_slice(&t, sip->to_tag);
  }
  if (d->rrs)
    learn_routes(call, sip);
  if (d->auth)
    learn_challenge(call, sip);
  call->established = call->established || (sip->is_request && sip->method == RD_SIP_ACK);
}
