/* Where a request goes: Route, Request-URI, loops; and what a proxy says of itself. */
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/uri.h"
#include "lab/stack/proxy_private.h"

#define LOOP_DIGITS 8 /* of the branch's 16 */

RdProxyRoutes rd_proxy_routes(const RdSip *sip) {
  const RdSipHeader *first = rd_sip_first(sip, RD_HDR_ROUTE);
  return (RdProxyRoutes){sip, first, first ? first->value : (RdSlice){0}};
}

RdSlice rd_proxy_next_route(RdProxyRoutes *routes) {
  while (routes->header) {
    RdSlice one = rd_sip_split(&routes->rest);
    if (one.at)
      return rd_sip_name_addr(one, NULL);
    routes->header = rd_sip_next(routes->sip, routes->header);
    routes->rest = routes->header ? routes->header->value : (RdSlice){0};
  }
  return (RdSlice){0};
}

static bool is_own(const RdSipProxy *proxy, const RdSipUri *uri) {
  RdAddress a;
  if (!rd_sip_uri_address(uri, &a))
    return rd_slice_is_nocase(uri->host, proxy->host->name);
  if (proxy->port_s && a.port == proxy->port_s)
    a.port = RD_SIP_PORT;
  for (uint32_t i = 0; i < proxy->setup->n_attachments; i++)
    if (rd_address_equal(&a, rd_sip_proxy_address(proxy, (uint16_t)i)))
      return true;
  return false;
}

bool rd_sip_proxy_is_self(const RdSipProxy *proxy, RdSlice uri) {
  RdSipUri parsed;
  return rd_sip_uri_parse(uri, &parsed) && is_own(proxy, &parsed);
}

unsigned rd_proxy_own_routes(const RdSipProxy *proxy, const RdSip *sip, RdSlice *ret_last,
                             RdSlice *ret_next) {
  RdProxyRoutes routes = rd_proxy_routes(sip);
  unsigned n = 0;
  *ret_last = (RdSlice){0};
  *ret_next = rd_proxy_next_route(&routes);
  while (ret_next->at && rd_sip_proxy_is_self(proxy, *ret_next)) {
    n++;
    *ret_last = *ret_next;
    *ret_next = rd_proxy_next_route(&routes);
  }
  return n;
}

bool rd_sip_proxy_locate(const RdSipProxy *proxy, RdSlice text, RdAddress *ret, bool *ret_loose) {
  RdSipUri uri;
  char name[128];
  if (!rd_sip_uri_parse(text, &uri))
    return false;
  if (ret_loose)
    *ret_loose = rd_sip_param(uri.params, "lr").at != NULL;
  /* RFC 3261 s19.1.1, RFC 3263 s4.1: what a URI names needs no look-up */
  const bool tcp = proxy->tcp && rd_slice_is_nocase(rd_sip_param(uri.params, "transport"), "tcp");
  if (rd_sip_uri_address(&uri, ret)) {
    if (tcp)
      ret->transport = RD_TCP;
    return true;
  }
  if (rd_slice_copy(uri.host, name, sizeof name) != uri.host.len)
    return false;
  for (uint32_t i = 0; i < proxy->setup->n_attachments; i++) {
    if (!proxy->host->resolve(proxy->host, (uint16_t)i, name, ret))
      continue;
    if (uri.port)
      ret->port = uri.port;
    if (tcp)
      ret->transport = RD_TCP;
    return true;
  }
  return false;
}

static uint64_t fold(const RdSipProxy *proxy, uint64_t h, RdSlice part) {
  const uint64_t mixed[2] = {proxy->key[0] ^ h, proxy->key[1] + part.len};
  return rd_siphash(mixed, part.at ? part.at : "", part.len);
}

/* The way tried before had the one in hand. What tells loops stays. */
static void another_branch(const RdSipProxy *proxy, unsigned tries, char branch[RD_SIP_BRANCH]) {
  char digits[LOOP_DIGITS + 1];
  RdText t = rd_text(digits, sizeof digits);
  rd_text_hex(&t, fold(proxy, tries, rd_slice(branch)) & 0xffffffff, LOOP_DIGITS);
  memcpy(branch + RD_SIP_BRANCH - 1 - 2 * LOOP_DIGITS, digits, LOOP_DIGITS);
}

unsigned rd_proxy_plan(RdSipProxy *proxy, const RdProxyRequest *r, const RdSip *sip,
                       RdProxyPlan *ret) {
  RdSlice target = r->uri.at ? r->uri : sip->uri, last, route;
  unsigned own = rd_proxy_own_routes(proxy, sip, &last, &route);
  RdAddress next;
  bool loose = true;
  *ret = (RdProxyPlan){.sip = sip, .uri = r->uri, .strip = own, .record_route = r->record_route};
  if (!rd_sip_proxy_locate(proxy, route.at ? route : target, &next, &loose) && r->next.family == 0)
    return 503;
  if (r->next.family != 0) {
    next = r->next;
    if (proxy->prefers_tcp)
      next.transport = RD_TCP;
  } else if (route.at && !loose) { /* s16.6 step 6 */
    ret->uri = route;
    ret->strip++;
    ret->append = target;
  }
  int attachment = proxy->host->route(proxy->host, &next);
  if (attachment < 0)
    return 503;
  ret->next = next;
  ret->attachment = (uint16_t)attachment;
  ret->source = r->message->remote;
  ret->arrived = r->message->attachment;
  ret->protects = proxy->port_s && proxy->ops.protects &&
                  proxy->ops.protects(proxy->user, ret->attachment, &next);
  ret->came_protected = proxy->port_s && r->message->local.port == proxy->port_s;
  ret->came_by_tcp =
      r->message->conn && (proxy->prefers_tcp || r->message->len <= RD_SIP_LONGEST_DATAGRAM);
  ret->max_forwards = sip->max_forwards > 0 ? sip->max_forwards - 1 : 70;
  rd_proxy_branch(proxy, r->message->sip, ret->branch);
  if (r->tries > 0)
    another_branch(proxy, r->tries, ret->branch);
  return 0;
}

/* Of what decides where a request goes, and of who sent it; not of Via, which grows each time. */
static uint64_t loop_hash(const RdSipProxy *proxy, const RdSip *sip) {
  const RdSlice parts[] = {sip->uri, sip->call_id, sip->from_tag, sip->to_tag, sip->method_text};
  uint64_t h = sip->cseq;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    h = fold(proxy, h, parts[i]);
  for (const RdSipHeader *route = rd_sip_first(sip, RD_HDR_ROUTE); route;
       route = rd_sip_next(sip, route))
    h = fold(proxy, h, route->value);
  return h;
}

static void write_mark(const RdSipProxy *proxy, const RdSip *request, char ret[LOOP_DIGITS + 1]) {
  RdText t = rd_text(ret, LOOP_DIGITS + 1);
  rd_text_hex(&t, loop_hash(proxy, request) & 0xffffffff, LOOP_DIGITS);
}

void rd_proxy_branch(const RdSipProxy *proxy, const RdSip *request, char ret[RD_SIP_BRANCH]) {
  rd_sip_proxy_branch(proxy->key, request, ret);
  write_mark(proxy, request, ret + RD_SIP_BRANCH - 1 - LOOP_DIGITS);
}

bool rd_proxy_loops(const RdSipProxy *proxy, const RdSip *request) {
  char digits[LOOP_DIGITS + 1];
  write_mark(proxy, request, digits);
  const RdSlice mark = rd_slice_of(digits, LOOP_DIGITS);
  for (const RdSipHeader *h = rd_sip_first(request, RD_HDR_VIA); h; h = rd_sip_next(request, h)) {
    RdSlice rest = h->value;
    for (RdSlice via = rd_sip_split(&rest); via.at; via = rd_sip_split(&rest)) {
      const char *semicolon = memchr(via.at, ';', via.len);
      if (!semicolon)
        continue;
      RdSlice params = rd_slice_of(semicolon + 1, via.len - (size_t)(semicolon - via.at) - 1);
      RdSlice b = rd_sip_param(params, "branch");
      if (b.len == RD_SIP_BRANCH - 1 &&
          rd_slice_equal(rd_slice_of(rd_slice_end(b) - LOOP_DIGITS, LOOP_DIGITS), mark))
        return true;
    }
  }
  return false;
}

/* --- what the node asks --- */

const RdAttachment *rd_proxy_attachment(const RdSipProxy *proxy, uint16_t attachment) {
  const char *at = (const char *)proxy->setup->attachments;
  return (const RdAttachment *)(at + (size_t)attachment * proxy->setup->attachment_stride);
}

void rd_sip_proxy_protect(RdSipProxy *proxy, uint16_t port_c, uint16_t port_s) {
  proxy->port_c = port_c;
  proxy->port_s = port_s;
}

RdSipLayer *rd_sip_proxy_layer(RdSipProxy *proxy) {
  return proxy->layer;
}

const RdAddress *rd_sip_proxy_address(const RdSipProxy *proxy, uint16_t attachment) {
  return &rd_proxy_attachment(proxy, attachment)->first;
}

const char *rd_sip_proxy_transport(const RdSipProxy *proxy) {
  return proxy->prefers_tcp ? ";transport=tcp" : "";
}

bool rd_sip_proxy_on_gm(const RdSipProxy *proxy, uint16_t attachment) {
  return rd_proxy_attachment(proxy, attachment)->interface == RD_IF_GM;
}
