/* The bytes a proxy sends: all it received but for what s16.6 and s16.7 change. */
#include <stdarg.h>
#include <stdio.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan_private.h"
#include "lab/stack/proxy_private.h"

void rd_proxy_edit(RdProxyEdits *edits, RdEditKind kind, const char *name, const char *format,
                   ...) {
  RdSlice value = {0};
  if (edits->n == RD_PROXY_EDITS) {
    edits->full = true;
    return;
  }
  if (format) {
    char *at = edits->room + edits->text.len;
    size_t left = sizeof edits->room - edits->text.len;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(at, left, format, args);
    va_end(args);
    edits->full |= n < 0 || (size_t)n >= left;
    if (edits->full)
      return;
    value = rd_slice_of(at, (size_t)n);
    edits->text.len += (size_t)n + 1;
  }
  edits->edit[edits->n++] = (RdEdit){kind, rd_slice(name), value};
}

/* The room itself is left as it is: it is large, and this is the way of every message. */
void rd_proxy_no_edits(RdProxyEdits *edits) {
  edits->n = 0;
  edits->full = false;
  edits->text = rd_text(edits->room, sizeof edits->room);
}

void rd_proxy_host_text(const RdAddress *a, char ret[64]) {
  RdText t = rd_text(ret, 64);
  char ip[RD_ADDRESS_TEXT];
  if (a->port != 5060) {
    rd_address_text(a, ip);
    rd_text_add(&t, ip);
    return;
  }
  rd_address_ip_text(a, ip);
  rd_text_add(&t, a->family == 6 ? "[" : "");
  rd_text_add(&t, ip);
  rd_text_add(&t, a->family == 6 ? "]" : "");
}

static void write_route(RdText *t, const char *host, bool tcp) {
  rd_text_add(t, "<sip:");
  rd_text_add(t, host);
  rd_text_add(t, tcp ? ";transport=tcp;lr>" : ";lr>");
}

static void write_route_to(RdText *t, const RdAddress *a, bool tcp) {
  char host[64];
  rd_proxy_host_text(a, host);
  write_route(t, host, tcp);
}

/* Both sides of the node know it by this name. */
static bool has_one_name(const RdSipProxy *proxy, const RdProxyPlan *plan) {
  RdHost *host = proxy->host;
  RdAddress a;
  return host->resolve(host, plan->attachment, host->name, &a) &&
         host->resolve(host, plan->arrived, host->name, &a);
}

/* Each side has to reach us by what it reads here: our name if the networks resolve it, else an
 * entry for either side; also if they speak different transports (RFC 5658). What goes by TCP for its
 * length alone does not ask for it. */
/* The own address on an attachment, as a peer with or without a security association is told. */
static RdAddress told(const RdSipProxy *proxy, uint16_t attachment, bool is_protected) {
  RdAddress a = *rd_sip_proxy_address(proxy, attachment);
  if (is_protected)
    a.port = proxy->port_s;
  return a;
}

static void write_record_route(RdText *t, const RdSipProxy *proxy, const RdProxyPlan *plan) {
  const bool tcp = plan->next.transport == RD_TCP, same = tcp == plan->came_by_tcp;
  const RdAddress ahead = told(proxy, plan->attachment, plan->protects);
  const RdAddress behind = told(proxy, plan->arrived, plan->came_protected);
  if (plan->arrived != plan->attachment && same && !plan->protects && !plan->came_protected &&
      has_one_name(proxy, plan)) {
    write_route(t, proxy->host->name, tcp);
    return;
  }
  write_route_to(t, &ahead, tcp);
  if (plan->arrived != plan->attachment || !same) {
    rd_text_add(t, ", ");
    write_route_to(t, &behind, plan->came_by_tcp);
  }
}

static void write_own_via(RdText *t, const RdSipProxy *proxy, const RdProxyPlan *plan) {
  char host[64];
  const RdAddress own = told(proxy, plan->attachment, plan->protects);
  rd_proxy_host_text(&own, host);
  const bool tcp = plan->next.transport == RD_TCP;
  rd_text_add(t, tcp ? "Via: SIP/2.0/TCP " : "Via: SIP/2.0/UDP ");
  rd_text_add(t, host);
  rd_text_add(t, ";branch=");
  rd_text_add(t, plan->branch);
  rd_text_add(t, tcp && proxy->alias ? ";alias" : "");
  rd_text_add(t, "\r\n");
}

/* Cuts "; name[=value]" off a via-parm's parameters; absent when there are no more. */
static RdSlice cut_param(RdSlice *rest) {
  if (rest->len == 0)
    return (RdSlice){0};
  const char *end = rd_slice_end(*rest), *at = rest->at + 1;
  while (at < end && *at != ';') {
    const char *close = *at == '"' ? rd_sip_close_quote(at + 1, end) : NULL;
    at = close ? close + 1 : at + 1;
  }
  RdSlice param = rd_sip_between(rest->at, at);
  *rest = rd_sip_between(at, end);
  return param;
}

static bool is_param(RdSlice param, const char *name) {
  RdSlice text = rd_slice_trim(rd_slice_of(param.at + 1, param.len - 1));
  const char *equals = text.len ? memchr(text.at, '=', text.len) : NULL;
  if (equals)
    text = rd_slice_trim(rd_slice_of(text.at, (size_t)(equals - text.at)));
  return rd_slice_is_nocase(text, name);
}

/* The top via-parm with the truth about its sender (s18.2.1, RFC 3581 s4). */
static void write_top_via(RdText *t, RdSlice via, RdSlice sent_by, const RdAddress *source) {
  char ip[RD_ADDRESS_TEXT];
  RdAddress said;
  const char *semicolon = via.len ? memchr(via.at, ';', via.len) : NULL;
  uint32_t head = semicolon ? (uint32_t)(semicolon - via.at) : via.len;
  RdSlice rest = rd_slice_of(via.at + head, via.len - head);
  bool rport = false;
  rd_text_slice(t, rd_slice_of(via.at, head));
  for (RdSlice p = cut_param(&rest); p.at; p = cut_param(&rest)) {
    if (is_param(p, "rport"))
      rport = true;
    else if (!is_param(p, "received"))
      rd_text_slice(t, p);
  }
  if (rport || !rd_address_parse(sent_by, &said) || !rd_address_same_ip(&said, source)) {
    rd_address_ip_text(source, ip);
    rd_text_add(t, ";received=");
    rd_text_add(t, ip);
  }
  if (rport) {
    rd_text_add(t, ";rport=");
    rd_text_uint(t, source->port);
  }
}

static void write_first_via(RdText *t, const RdProxyPlan *plan, const RdSipField *f) {
  RdSlice rest = f->value, via = rd_sip_split(&rest);
  rd_text_slice(t, rd_sip_between(f->raw.at, via.at ? via.at : rd_slice_end(f->raw)));
  if (!via.at)
    return;
  write_top_via(t, via, plan->sip->via_sent_by, &plan->source);
  rd_text_slice(t, rd_sip_between(rd_slice_end(via), rd_slice_end(f->raw)));
}

/* A list header without its first *strip elements; *strip goes down by what was taken. */
static void write_stripped(RdText *t, const RdSipField *f, unsigned *strip) {
  RdSlice rest = f->value;
  if (*strip == 0) {
    rd_text_slice(t, f->raw);
    return;
  }
  while (*strip > 0 && rd_sip_split(&rest).at)
    --*strip;
  RdSlice keep = rest, first = rd_sip_split(&rest);
  if (!first.at)
    return;
  rd_text_slice(t, f->name);
  rd_text_add(t, ": ");
  rd_text_slice(t, rd_sip_between(first.at, rd_slice_end(keep)));
  rd_text_add(t, "\r\n");
}

static void write_start_line(RdText *t, const RdSip *sip, RdSlice raw, RdSlice uri) {
  if (!uri.at) {
    rd_text_slice(t, raw);
    return;
  }
  rd_text_slice(t, sip->method_text);
  rd_text_char(t, ' ');
  rd_text_slice(t, uri);
  rd_text_add(t, " SIP/2.0\r\n");
}

static void write_max_forwards(RdText *t, const RdProxyPlan *plan) {
  rd_text_add(t, "Max-Forwards: ");
  rd_text_uint(t, (uint64_t)plan->max_forwards);
  rd_text_add(t, "\r\n");
}

typedef struct {
  bool via, record_route, max_forwards;
  unsigned strip;
} Written;

static void write_field(RdText *t, const RdSipProxy *proxy, const RdProxyPlan *plan,
                        const RdSipField *f, Written *done) {
  bool first = rd_sip_first(plan->sip, RD_HDR_RECORD_ROUTE) == NULL ? f->id == RD_HDR_VIA
                                                                    : f->id == RD_HDR_RECORD_ROUTE;
  if (plan->record_route && first && !done->record_route) {
    done->record_route = true;
    rd_text_add(t, "Record-Route: ");
    write_record_route(t, proxy, plan);
    rd_text_add(t, f->id == RD_HDR_VIA ? "\r\n" : ", ");
    if (f->id == RD_HDR_RECORD_ROUTE) {
      rd_text_slice(t, rd_sip_between(f->value.at, rd_slice_end(f->raw)));
      return;
    }
  }
  if (f->id == RD_HDR_VIA && !done->via) {
    done->via = true;
    write_own_via(t, proxy, plan);
    write_first_via(t, plan, f);
  } else if (f->id == RD_HDR_ROUTE) {
    write_stripped(t, f, &done->strip);
  } else if (f->id == RD_HDR_MAX_FORWARDS) {
    if (!done->max_forwards)
      write_max_forwards(t, plan);
    done->max_forwards = true;
  } else {
    rd_text_slice(t, f->raw);
  }
}

static size_t end_message(RdText *t, const RdSip *sip) {
  rd_text_add(t, "\r\n");
  rd_text_slice(t, sip->body);
  return t->full ? 0 : t->len;
}

size_t rd_proxy_write_request(const RdSipProxy *proxy, const RdProxyPlan *plan, char *buffer,
                              size_t cap) {
  const RdSip *sip = plan->sip;
  const char *at = sip->head.at, *end = rd_slice_end(sip->head);
  RdText t = rd_text(buffer, cap);
  RdSlice line;
  uint32_t defects = 0;
  Written done = {.strip = plan->strip};
  at = rd_sip_cut_line(at, end, &line, &defects);
  write_start_line(&t, sip, rd_sip_between(sip->head.at, at), plan->uri);
  while (at < end) {
    RdSipField f;
    at = rd_sip_cut_field(at, end, &f);
    if (!f.name.at)
      break;
    write_field(&t, proxy, plan, &f, &done);
  }
  if (plan->append.at) {
    rd_text_add(&t, "Route: <");
    rd_text_slice(&t, plan->append);
    rd_text_add(&t, ">\r\n");
  }
  if (!done.max_forwards)
    write_max_forwards(&t, plan);
  return end_message(&t, sip);
}

size_t rd_proxy_write_response(const RdSip *sip, char *buffer, size_t cap) {
  const char *at = sip->head.at, *end = rd_slice_end(sip->head);
  RdText t = rd_text(buffer, cap);
  RdSlice line;
  uint32_t defects = 0;
  unsigned strip = 1;
  at = rd_sip_cut_line(at, end, &line, &defects);
  rd_text_slice(&t, rd_sip_between(sip->head.at, at));
  while (at < end) {
    RdSipField f;
    at = rd_sip_cut_field(at, end, &f);
    if (!f.name.at)
      break;
    if (f.id == RD_HDR_VIA)
      write_stripped(&t, &f, &strip);
    else
      rd_text_slice(&t, f.raw);
  }
  return end_message(&t, sip);
}

size_t rd_proxy_undo_strict(const RdSip *sip, char *buffer, size_t cap) {
  RdProxyRoutes routes = rd_proxy_routes(sip);
  unsigned n = 0;
  RdSlice last = {0}, line;
  for (RdSlice uri = rd_proxy_next_route(&routes); uri.at; uri = rd_proxy_next_route(&routes), n++)
    last = uri;
  const char *at = sip->head.at, *end = rd_slice_end(sip->head);
  RdText t = rd_text(buffer, cap);
  uint32_t defects = 0;
  at = rd_sip_cut_line(at, end, &line, &defects);
  write_start_line(&t, sip, line, last);
  routes = rd_proxy_routes(sip);
  for (unsigned i = 0; i + 1 < n; i++) {
    rd_text_add(&t, "Route: <");
    rd_text_slice(&t, rd_proxy_next_route(&routes));
    rd_text_add(&t, ">\r\n");
  }
  while (at < end) {
    RdSipField f;
    at = rd_sip_cut_field(at, end, &f);
    if (!f.name.at)
      break;
    if (f.id != RD_HDR_ROUTE)
      rd_text_slice(&t, f.raw);
  }
  return end_message(&t, sip);
}
