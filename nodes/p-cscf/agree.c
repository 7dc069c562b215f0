/* agree.c - sec-agree at the first hop (RFC 3329, TS 33.203, TS 24.229 s5.2.2): who may speak at which port. */
#include <glib.h>
#include <string.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/identity.h"
#include "nodes/p-cscf/p-cscf.h"

#define EMERGENCIES 4096
#define CREDENTIALS 1500

void agree_open(Pcscf *p, const uint64_t key[2]) {
  const PcscfConfig *c = p->config;
  Agree *a = &p->agree;
  a->esp = p->host->operation(p->host, "esp");
  if (!c->sec_agree)
    return;
  a->security = (Security){.null_cipher = c->null_cipher,
                           .port_c = (uint16_t)c->port_c,
                           .port_s = (uint16_t)c->port_s,
                           .temporary = c->await_auth};
  security_open(&a->security, p->host, (uint32_t)c->bindings, key);
  a->emergencies = rd_table_new(EMERGENCIES, 1, key, NULL, NULL);
  a->n.none = p->host->counter(p->host, "no-security-association");
  a->n.unprotected = p->host->counter(p->host, "unprotected-refused");
  a->n.impi = p->host->counter(p->host, "other-identity-refused");
  a->n.verify = p->host->counter(p->host, "security-verify-differs");
  a->n.algorithms = p->host->counter(p->host, "no-common-algorithm");
  a->n.keys = p->host->counter(p->host, "challenges-without-keys");
  a->n.emergencies = p->host->counter(p->host, "emergency-calls");
  rd_sip_proxy_protect(p->proxy, a->security.port_c, a->security.port_s);
}

void agree_start(Pcscf *p) {
  for (uint16_t i = 0; p->config->sec_agree && i < p->setup->n_attachments; i++) {
    if (!rd_sip_proxy_on_gm(p->proxy, i))
      continue;
    RdListen listen = {
        .size = sizeof listen, .attachment = i, .transport = RD_UDP, .protocol = RD_PROTO_SIP};
    const uint16_t ports[] = {p->agree.security.port_c, p->agree.security.port_s};
    for (size_t k = 0; k < G_N_ELEMENTS(ports); k++) {
      listen.port = ports[k];
      if (p->host->listen(p->host, &listen) == 0)
        p->host->log(p->host, RD_LOG_ERROR, "a protected port is taken");
    }
  }
}

void agree_close(Pcscf *p) {
  if (!p->config->sec_agree)
    return;
  security_close(&p->agree.security);
  rd_table_free(p->agree.emergencies);
}

/* --- requests --- */

static AgreeOn refuse(Pcscf *p, RdProxyRequest *r, uint32_t counter, uint16_t code,
                      const char *why) {
  p->host->count(p->host, counter, 1);
  r->action = r->tx ? RD_PROXY_ANSWER : RD_PROXY_DROP;
  r->code = code;
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Warning", "399 %s \"%s\"", p->host->name, why);
  return AGREE_ANSWERED;
}

typedef struct {
  uint8_t bytes[25];
} EmergencyKey;

static EmergencyKey emergency_key(const Pcscf *p, const RdMessage *m) {
  EmergencyKey key;
  const RdSlice id = m->sip->call_id;
  const uint64_t hash = rd_siphash(p->agree.security.key, id.at ? id.at : "", id.len);
  memcpy(key.bytes, m->remote.ip, 16);
  key.bytes[16] = m->remote.family;
  memcpy(key.bytes + 17, &hash, 8);
  return key;
}

/* An emergency call, or what follows one within its dialog. */
static bool is_emergency(Pcscf *p, const RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  const EmergencyKey key = emergency_key(p, r->message);
  const char *sos = "urn:service:sos";
  if (r->in_dialog)
    return rd_table_get(p->agree.emergencies, key.bytes, sizeof key.bytes) != NULL;
  if (sip->method != RD_SIP_INVITE || !rd_slice_starts_nocase(sip->uri, sos) ||
      (sip->uri.len > strlen(sos) && sip->uri.at[strlen(sos)] != '.'))
    return false;
  rd_table_put(p->agree.emergencies, key.bytes, sizeof key.bytes, NULL);
  p->host->count(p->host, p->agree.n.emergencies, 1);
  return true;
}

/* What is agreed on is between the phone and us. */
static void strip_tag(RdProxyRequest *r, RdHeaderId id, const char *name) {
  char kept[256];
  RdText t = rd_text(kept, sizeof kept);
  for (const RdSipHeader *h = rd_sip_first(r->message->sip, id); h;
       h = rd_sip_next(r->message->sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice tag = rd_sip_split(&rest); tag.at; tag = rd_sip_split(&rest)) {
      if (rd_slice_is_nocase(tag, "sec-agree"))
        continue;
      rd_text_add(&t, t.len > 0 ? ", " : "");
      rd_text_slice(&t, tag);
    }
  }
  r->edits.full |= t.full;
  if (t.len > 0)
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, name, "%s", kept);
  else if (rd_sip_first(r->message->sip, id))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, name, NULL);
}

static void strip(RdProxyRequest *r) {
  if (rd_sip_first(r->message->sip, RD_HDR_SECURITY_CLIENT))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "Security-Client", NULL);
  if (rd_sip_first(r->message->sip, RD_HDR_SECURITY_VERIFY))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "Security-Verify", NULL);
  strip_tag(r, RD_HDR_REQUIRE, "Require");
  strip_tag(r, RD_HDR_PROXY_REQUIRE, "Proxy-Require");
}

static bool says_integrity(RdSlice value) {
  for (RdSlice one = rd_sip_split(&value); one.at; one = rd_sip_split(&value))
    if (rd_slice_starts_nocase(one, "integrity-protected"))
      return true;
  return false;
}

/* integrity-protected is the P-CSCF's own word: written anew, whatever the phone said. False: its
 * Authorization cannot be read. */
static bool mark(const Pcscf *p, RdProxyRequest *r, bool is_protected) {
  const RdSlice value = rd_sip_value(r->message->sip, RD_HDR_AUTHORIZATION);
  RdDigest d;
  char text[CREDENTIALS];
  if (!value.at || (p->config->believe_integrity && says_integrity(value)))
    return true;
  const size_t n =
      rd_digest_parse(value, &d) ? rd_digest_write_credentials(&d, text, sizeof text) : 0;
  rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "Authorization", "%.*s, integrity-protected=\"%s\"",
                (int)n, text, is_protected ? "yes" : "no");
  return n > 0;
}

static AgreeOn pass_register(Pcscf *p, RdProxyRequest *r, bool is_protected) {
  if (!mark(p, r, is_protected)) {
    r->edits.n = 0;
    r->action = RD_PROXY_ANSWER;
    r->code = 400;
    return AGREE_ANSWERED;
  }
  strip(r);
  return AGREE_PASSES;
}

static AgreeOn unprotected_register(Pcscf *p, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  RdSecurity chosen;
  if (p->config->accept_unprotected)
    return pass_register(p, r, false);
  if (rd_sip_first(sip, RD_HDR_SECURITY_VERIFY))
    return refuse(p, r, p->agree.n.verify, 494, "Security-Verify at the unprotected port");
  if (!rd_sip_first(sip, RD_HDR_SECURITY_CLIENT)) {
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Require", "sec-agree");
    return refuse(p, r, p->agree.n.algorithms, 421, "a security agreement is needed");
  }
  if (!security_choose(&p->agree.security, sip, &chosen))
    return refuse(p, r, p->agree.n.algorithms, 494, "no common algorithm");
  return pass_register(p, r, false);
}

static AgreeOn by_association(Pcscf *p, RdProxyRequest *r) {
  const RdMessage *m = r->message;
  SecuritySet *set = security_find(&p->agree.security, &m->remote);
  const bool registers = m->sip->method == RD_SIP_REGISTER;
  RdDigest room;
  p->host->spend(p->host, p->agree.esp, (uint32_t)m->len, 0);
  if (!set || (!registers && set->state != SECURITY_LIVE))
    return refuse(p, r, p->agree.n.none, 403, "no such security association");
  if (registers && p->config->bind_impi &&
      security_hash(&p->agree.security, rd_identity_private(m->sip, &room)) != set->impi)
    return refuse(p, r, p->agree.n.impi, 403, "the association is another's");
  if (p->config->check_verify && r->tx && !security_verifies(set, m->sip)) {
    if (registers)
      security_refuse(&p->agree.security, set);
    return refuse(p, r, p->agree.n.verify, 494, "Security-Verify is not what was sent");
  }
  if (registers)
    return pass_register(p, r, true);
  strip(r);
  return AGREE_PASSES;
}

AgreeOn agree_request(Pcscf *p, RdProxyRequest *r) {
  if (!p->config->sec_agree)
    return AGREE_PASSES;
  if (r->message->local.port == p->agree.security.port_s)
    return by_association(p, r);
  if (r->message->sip->method == RD_SIP_REGISTER)
    return unprotected_register(p, r);
  if (is_emergency(p, r))
    return AGREE_EMERGENCY;
  if (p->config->accept_unprotected) {
    strip(r);
    return AGREE_PASSES;
  }
  return refuse(p, r, p->agree.n.unprotected, 403, "not by a security association");
}

/* --- answers to REGISTER --- */

/* A key of 128 bits, in hex and quotes. False: there is none. */
static bool key_of(RdSlice challenge, const char *name, uint8_t ret[16]) {
  const char *space = challenge.at ? memchr(challenge.at, ' ', challenge.len) : NULL;
  if (!space)
    return false;
  RdSlice rest = rd_slice_of(space + 1, (size_t)(rd_slice_end(challenge) - space - 1));
  for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
    if (one.len != strlen(name) + 35 || !rd_slice_starts_nocase(one, name))
      continue;
    const char *at = one.at + strlen(name);
    if (at[0] != '=' || at[1] != '"' || at[34] != '"')
      continue;
    for (int i = 0; i < 16; i++) {
      const int high = g_ascii_xdigit_value(at[2 + 2 * i]);
      const int low = g_ascii_xdigit_value(at[3 + 2 * i]);
      if (high < 0 || low < 0)
        return false;
      ret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
  }
  return false;
}

static void tell(RdProxyResponse *r, const SecuritySet *set) {
  char list[SECURITY_OWN * RD_SECURITY_TEXT + 8], one[RD_SECURITY_TEXT];
  RdText t = rd_text(list, sizeof list);
  for (unsigned i = 0; i < set->n_own; i++) {
    if (rd_security_write(&set->own[i], one, sizeof one) == 0)
      continue;
    rd_text_add(&t, i > 0 ? ", " : "");
    rd_text_add(&t, one);
  }
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Security-Server", "%s", list);
}

/* The keys stay here; the phone reckons its own. */
static void challenged(Pcscf *p, RdProxyResponse *r) {
  const RdSlice value = rd_sip_value(r->message->sip, RD_HDR_WWW_AUTHENTICATE);
  uint8_t ck[16], ik[16];
  RdSecurity chosen;
  RdDigest d, room;
  char text[CREDENTIALS];
  if (!value.at)
    return;
  const size_t n =
      rd_digest_parse(value, &d) ? rd_digest_write_challenge(&d, text, sizeof text) : 0;
  if (n == 0) {
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "WWW-Authenticate", NULL);
    return;
  }
  rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "WWW-Authenticate", "%.*s", (int)n, text);
  if (!security_choose(&p->agree.security, r->request, &chosen))
    return;
  if (!key_of(value, "ck", ck) || !key_of(value, "ik", ik)) {
    p->host->count(p->host, p->agree.n.keys, 1);
    return;
  }
  const uint64_t impi = security_hash(&p->agree.security, rd_identity_private(r->request, &room));
  tell(r, security_challenge(&p->agree.security, r->from, r->request, &chosen, impi, ck, ik));
}

void agree_response(Pcscf *p, RdProxyResponse *r, uint64_t granted) {
  const unsigned status = r->message->sip->status;
  Security *s = &p->agree.security;
  if (!p->config->sec_agree || status < 200)
    return;
  SecuritySet *set = rd_sip_first(r->request, RD_HDR_SECURITY_VERIFY) || !p->config->check_verify
                         ? security_of_verify(s, r->from, r->request, !p->config->check_verify)
                         : NULL;
  if (set)
    p->host->spend(p->host, p->agree.esp, (uint32_t)r->message->len, 0);
  if (status == 401)
    challenged(p, r);
  else if (set && status >= 300)
    security_refuse(s, set);
  else if (set && granted == 0)
    security_release(s, r->from);
  else if (set)
    security_accept(s, r->from, set,
                    granted > UINT32_MAX ? RD_NEVER
                                         : p->host->now(p->host) + (RdTime)granted * RD_SECOND);
}
