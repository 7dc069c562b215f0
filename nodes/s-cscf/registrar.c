/* registrar.c - who is where (RFC 3261 s10.3, RFC 3327, RFC 3608, TS 24.229 s5.4.1). */
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "nodes/s-cscf/s-cscf.h"

void scscf_answer(Scscf *s, RdProxyRequest *r, unsigned code) {
  rd_sip_proxy_answer(s->proxy, r->tx, r->message->sip, r->edits.full ? 500 : code, &r->edits);
}

Identity scscf_find(Scscf *s, RdSlice identity, uint64_t *ret_subscriber) {
  if (s->cx) /* from memory: the database is the HSS's to pay for */
    return scscf_cx_find(s->cx, identity, ret_subscriber);
  s->host->spend(s->host, s->cost.lookup, 0, rd_table_count(s->bindings));
  if (rd_provision_find(&s->provision, identity, ret_subscriber))
    return IDENTITY_TEMPORARY;
  if (rd_provision_find_number(&s->provision, identity, ret_subscriber))
    return IDENTITY_NUMBER;
  return IDENTITY_UNKNOWN;
}

static Binding *live_binding(Scscf *s, uint64_t subscriber) {
  Binding *b = rd_table_get(s->bindings, &subscriber, sizeof subscriber);
  if (b && b->until <= s->host->now(s->host)) {
    if (s->cx) /* its timer tells the HSS */
      return NULL;
    rd_table_remove(s->bindings, &subscriber, sizeof subscriber);
    return NULL;
  }
  return b;
}

const Binding *scscf_binding(Scscf *s, uint64_t subscriber) {
  return live_binding(s, subscriber);
}

/* All Path values, top first, as they will be the Route of what goes to the subscriber. */
static bool collect_path(const RdSip *sip, char *ret, size_t cap) {
  RdText t = rd_text(ret, cap);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_PATH); h; h = rd_sip_next(sip, h)) {
    if (t.len > 0)
      rd_text_add(&t, ", ");
    rd_text_slice(&t, h->value);
  }
  return !t.full && !memchr(ret, '\r', t.len) && !memchr(ret, '\n', t.len);
}

/* What the phone asks for, in seconds: the Contact's own, or the header's, or the default. */
static uint64_t asked(const Scscf *s, const RdSip *sip, RdSlice params) {
  uint64_t seconds;
  if (rd_slice_uint(rd_sip_param(params, "expires"), &seconds))
    return seconds;
  return sip->expires >= 0 ? (uint64_t)sip->expires : (uint64_t)(s->config->expires / RD_SECOND);
}

static void add_contact(const Scscf *s, RdProxyRequest *r, const Binding *b) {
  RdTime left = b->until - s->host->now(s->host);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Contact", "<%s>;expires=%lld", b->contact,
                (long long)(left / RD_SECOND));
}

static void confirm(Scscf *s, RdProxyRequest *r, uint64_t subscriber) {
  const Binding *b = scscf_binding(s, subscriber);
  char impu[RD_IDENTITY_TEXT], tel[RD_IDENTITY_TEXT], own[RD_ADDRESS_TEXT];
  rd_address_text(rd_sip_proxy_address(s->proxy, r->message->attachment), own);
  if (b) {
    add_contact(s, r, b);
    if (b->path[0])
      rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Path", "%s", b->path);
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Service-Route", "<sip:%s%s;lr;orig>", own,
                  rd_sip_proxy_transport(s->proxy));
  }
  /* The set without what is barred; the first is the default (s5.4.1.2.2F). */
  if (s->cx && b) {
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "P-Associated-URI", "%s", b->identities);
  } else if (!s->cx) {
    rd_provision_impu(&s->provision, subscriber, impu);
    rd_provision_tel(&s->provision, subscriber, tel);
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "P-Associated-URI", "<%s>, <%s>", impu, tel);
  }
  scscf_answer(s, r, 200);
}

void scscf_unbind(Scscf *s, uint64_t subscriber, RegEventKind why, const RdSip *request) {
  const Binding *b = rd_table_get(s->bindings, &subscriber, sizeof subscriber);
  if (b) {
    s->host->cancel(s->host, b->expiry);
    scscf_tell_servers(s, subscriber, b->criteria, b->identities,
                       scscf_servers_of(b->criteria, request, RD_REGISTERS_OUT), false);
    scscf_reg_changed(s, subscriber, b, why);
  }
  if (rd_table_remove(s->bindings, &subscriber, sizeof subscriber))
    s->host->count(s->host, s->n.deregistered, 1);
}

void scscf_binding_gone(void *binding) {
  g_free(((Binding *)binding)->contact);
  g_free(((Binding *)binding)->identities);
  scscf_criteria_drop(((Binding *)binding)->criteria);
}

/* 0, or the status that the new binding deserves. */
static unsigned bind(Scscf *s, const RdSip *sip, uint64_t subscriber, RdSlice uri, uint64_t seconds,
                     const char *identities) {
  uint64_t call_id = rd_siphash(s->key, sip->call_id.at, sip->call_id.len);
  const Binding *old = scscf_binding(s, subscriber);
  char path[PATH_TEXT];
  if (old && old->call_id == call_id && sip->cseq <= old->cseq)
    return 500; /* s10.3 step 7: out of order */
  if (uri.len >= CONTACT_TEXT || uri.len == 0 || memchr(uri.at, '\n', uri.len) ||
      memchr(uri.at, 0, uri.len) || !collect_path(sip, path, sizeof path))
    return 513;
  Binding *b = rd_table_put(s->bindings, &subscriber, sizeof subscriber, NULL);
  scscf_binding_gone(b);
  *b = (Binding){.until = s->host->now(s->host) + (RdTime)seconds * RD_SECOND,
                 .call_id = call_id,
                 .cseq = sip->cseq,
                 .expiry = b->expiry,
                 .identities = g_strdup(identities),
                 .contact = g_malloc(uri.len + strlen(path) + 2)};
  rd_slice_copy(uri, b->contact, uri.len + 1);
  b->path = strcpy(b->contact + uri.len + 1, path);
  s->host->count(s->host, s->n.registered, 1);
  return 0;
}

static RdSlice first_contact(const RdSip *sip) {
  RdSlice rest = rd_sip_value(sip, RD_HDR_CONTACT);
  return rd_sip_split(&rest);
}

Asks scscf_asks(const Scscf *s, const RdSip *sip) {
  RdSlice contact = first_contact(sip), params;
  if (!contact.at) /* a query, s10.2.3 */
    return ASKS_NOTHING;
  if (rd_slice_is(contact, "*"))
    return ASKS_TO_UNBIND;
  rd_sip_name_addr(contact, &params);
  return asked(s, sip, params) == 0 ? ASKS_TO_UNBIND : ASKS_TO_BIND;
}

/* 0, or why what it asks for cannot be. */
static unsigned objection(Scscf *s, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  const uint64_t least = (uint64_t)(s->config->expires_min / RD_SECOND);
  RdSlice contact = first_contact(sip), params;
  if (rd_slice_is(contact, "*"))
    return sip->expires == 0 ? 0 : 400;
  rd_sip_name_addr(contact, &params);
  if (scscf_asks(s, sip) != ASKS_TO_BIND || asked(s, sip, params) >= least)
    return 0;
  s->host->count(s->host, s->n.too_brief, 1);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Min-Expires", "%llu", (unsigned long long)least);
  return 423;
}

bool scscf_accept(Scscf *s, RdProxyRequest *r, uint64_t subscriber, const char *identities) {
  const RdSip *sip = r->message->sip;
  const uint64_t most = (uint64_t)(s->config->expires_max / RD_SECOND);
  RdSlice params;
  const Asks asks = scscf_asks(s, sip);
  unsigned code = 0;
  if (asks == ASKS_TO_UNBIND) {
    scscf_unbind(s, subscriber, REG_UNREGISTERED, sip);
  } else if (asks == ASKS_TO_BIND) {
    RdSlice uri = rd_sip_name_addr(first_contact(sip), &params);
    code = bind(s, sip, subscriber, uri, MIN(asked(s, sip, params), most), identities);
  }
  if (code)
    scscf_answer(s, r, code);
  else
    confirm(s, r, subscriber);
  return code == 0;
}

static void update(Scscf *s, RdProxyRequest *r, uint64_t subscriber) {
  if (!s->cx)
    s->host->spend(s->host, s->cost.write, 0, rd_table_count(s->bindings));
  const unsigned code = objection(s, r);
  if (code)
    scscf_answer(s, r, code);
  else if (s->cx)
    scscf_cx_assign(s->cx, r, subscriber);
  else
    scscf_accept(s, r, subscriber, NULL);
}

void scscf_register(Scscf *s, RdProxyRequest *r) {
  uint64_t subscriber;
  r->action = RD_PROXY_TAKEN;
  if (s->cx) {
    subscriber = scscf_cx_who(s->cx, r->message->sip);
    if (scscf_authenticate(s, r, subscriber))
      update(s, r, subscriber);
  } else if (scscf_find(s, r->message->sip->to_uri, &subscriber) == IDENTITY_UNKNOWN) {
    s->host->count(s->host, s->n.unknown, 1);
    scscf_answer(s, r, (unsigned)s->config->unknown_user_code);
  } else if (scscf_authenticate(s, r, subscriber)) {
    update(s, r, subscriber);
  }
}
