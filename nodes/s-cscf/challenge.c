/* challenge.c - AKAv1-MD5 and digest challenges, and what comes back (TS 24.229 s5.4.1.2). */
#include "lab/auth/digest.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "nodes/s-cscf/s-cscf.h"

/* Subscriber and Call-ID: a stranger's REGISTER in somebody's name opens a challenge of its own and
 * does not spoil the one in progress. */
static size_t pending_key(uint64_t subscriber, RdSlice call_id, const uint64_t key[2],
                          uint8_t ret[16]) {
  uint64_t hash = rd_siphash(key, call_id.at, call_id.len);
  memcpy(ret, &subscriber, 8);
  memcpy(ret + 8, &hash, 8);
  return 16;
}

/* All wait equally long, so the oldest is the first to be over. */
static void expire(Scscf *s) {
  RdTime now = s->host->now(s->host);
  const void *key;
  size_t len;
  for (const Pending *p = rd_table_oldest(s->pending, &key, &len); p && p->until <= now;
       p = rd_table_oldest(s->pending, &key, &len)) {
    uint8_t copy[RD_TABLE_KEY];
    memcpy(copy, key, len);
    rd_table_remove(s->pending, copy, len);
  }
}

/* RAND is a keyed function of the REGISTER that it answers. */
void scscf_draw(const Scscf *s, const RdSip *sip, uint64_t subscriber, uint8_t ret[16]) {
  const RdSlice parts[] = {sip->call_id, sip->via, sip->from_tag};
  for (uint64_t half = 0; half < 2; half++) {
    uint64_t h = rd_mix(subscriber * 2 + half, sip->cseq);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
      const uint64_t mixed[2] = {s->key[0] ^ h, s->key[1] + i};
      h = rd_siphash(mixed, parts[i].at ? parts[i].at : "", parts[i].len);
    }
    for (int i = 0; i < 8; i++)
      ret[half * 8 + i] = (uint8_t)(h >> (8 * i));
  }
}

static uint64_t *sqn_of(Scscf *s, uint64_t subscriber) {
  uint64_t **page = &s->sqn[subscriber / SQN_PAGE];
  if (!*page)
    *page = g_new0(uint64_t, SQN_PAGE);
  return &(*page)[subscriber % SQN_PAGE];
}

void scscf_free_sqn(Scscf *s) {
  for (uint64_t i = 0; i <= s->provision.count / SQN_PAGE; i++)
    g_free(s->sqn[i]);
  g_free(s->sqn);
}

static void next_vector(Scscf *s, uint64_t subscriber, Pending *p) {
  RdAkaKeys keys;
  RdAkaVector vector;
  uint64_t *sqn = sqn_of(s, subscriber);
  *sqn = (*sqn + 1) % RD_SQN_LIMIT;
  rd_provision_keys(&s->provision, subscriber, keys.k, keys.opc);
  rd_aka_vector(&keys, p->rand, *sqn, &vector);
  rd_aka_nonce(&vector, p->nonce);
  memcpy(p->res, vector.res, sizeof p->res);
  memcpy(p->ck, vector.ck, sizeof p->ck);
  memcpy(p->ik, vector.ik, sizeof p->ik);
  p->keyed = true;
  s->host->spend(s->host, s->cost.aka_vector, 0, rd_table_count(s->pending));
}

static void next_nonce(Scscf *s, Pending *p) {
  RdText t = rd_text(p->nonce, sizeof p->nonce);
  for (int i = 0; i < 16; i++)
    rd_text_hex(&t, p->rand[i], 2);
  s->host->spend(s->host, s->cost.digest_challenge, 0, rd_table_count(s->pending));
}

static const char *algorithm_name(const ScscfConfig *c) {
  if (c->auth == AUTH_AKA)
    return "AKAv1-MD5";
  return c->algorithm == ALGORITHM_MD5 ? "MD5" : "SHA-256";
}

/* Answers 503 if there is no room for another challenge, and none is to give way. */
static bool is_full(Scscf *s, RdProxyRequest *r, uint64_t subscriber) {
  uint8_t key[16];
  const size_t len = pending_key(subscriber, r->message->sip->call_id, s->key, key);
  if (s->config->half_open_full != HALF_OPEN_REFUSE ||
      rd_table_count(s->pending) < (uint32_t)s->config->pending ||
      rd_table_get(s->pending, key, len))
    return false;
  s->host->count(s->host, s->n.half_open_refused, 1);
  scscf_answer(s, r, 503);
  return true;
}

static void add_key(RdText *t, const char *name, const uint8_t key[16]) {
  rd_text_add(t, name);
  for (int i = 0; i < 16; i++)
    rd_text_hex(t, key[i], 2);
  rd_text_char(t, '"');
}

/* For the P-CSCF, which is to take them out (TS 24.229 s5.4.1.2.1, s5.2.2). */
static void write_keys(const Scscf *s, const Pending *p, RdText *ret) {
  if (!s->config->give_keys || s->config->auth != AUTH_AKA || !p->keyed)
    return;
  add_key(ret, ", ik=\"", p->ik);
  add_key(ret, ", ck=\"", p->ck);
}

void scscf_challenge(Scscf *s, RdProxyRequest *r, uint64_t subscriber, Pending *p) {
  uint8_t key[16];
  char value[512], keys[96];
  RdText t = rd_text(keys, sizeof keys);
  p->until = s->host->now(s->host) + s->config->await_auth;
  if (s->config->auth != AUTH_AKA)
    next_nonce(s, p);
  size_t len = pending_key(subscriber, r->message->sip->call_id, s->key, key);
  *(Pending *)rd_table_put(s->pending, key, len, NULL) = *p;
  RdDigest d = {.realm = rd_slice(s->config->realm),
                .nonce = rd_slice(p->nonce),
                .algorithm = rd_slice(algorithm_name(s->config)),
                .qop = rd_slice("auth")};
  size_t n = rd_digest_write_challenge(&d, value, sizeof value);
  write_keys(s, p, &t);
  s->host->count(s->host, s->n.challenges, 1);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "WWW-Authenticate", "%.*s%s", (int)n, value, keys);
  scscf_answer(s, r, n > 0 ? 401 : 500);
}

static void challenge(Scscf *s, RdProxyRequest *r, uint64_t subscriber) {
  Pending p = {.until = 0};
  scscf_draw(s, r->message->sip, subscriber, p.rand);
  if (s->config->auth == AUTH_AKA)
    next_vector(s, subscriber, &p);
  scscf_challenge(s, r, subscriber, &p);
}

void scscf_password(const Scscf *s, uint64_t subscriber, char ret[SCSCF_PASSWORD]) {
  uint8_t k[16], opc[16];
  RdText t = rd_text(ret, SCSCF_PASSWORD);
  rd_provision_keys(&s->provision, subscriber, k, opc);
  for (int i = 0; i < 16; i++)
    rd_text_hex(&t, k[i], 2);
}

bool scscf_pin(const Scscf *s, uint64_t subscriber, char ret[SCSCF_PASSWORD]) {
  if (s->config->pin_digits == 0)
    return false;
  rd_provision_pin(&s->provision, subscriber, (unsigned)s->config->pin_digits, ret);
  return true;
}

/* Digest without AKA: the password is K in hex. */
static bool proves_password(const Scscf *s, uint64_t subscriber, const RdDigest *d) {
  char password[SCSCF_PASSWORD];
  scscf_password(s, subscriber, password);
  if (rd_digest_verify(d, rd_slice(password), rd_slice("REGISTER")))
    return true;
  return scscf_pin(s, subscriber, password) &&
         rd_digest_verify(d, rd_slice(password), rd_slice("REGISTER"));
}

static bool proves(Scscf *s, uint64_t subscriber, const Pending *p, const RdDigest *d) {
  s->host->spend(s->host, s->cost.digest_verify, 0, rd_table_count(s->pending));
  if (!rd_slice_is_nocase(d->algorithm, algorithm_name(s->config)) ||
      !rd_slice_is(d->realm, s->config->realm) || !d->qop.at)
    return false;
  if (p->ha1[0])
    return rd_digest_verify_ha1(d, p->ha1, rd_slice("REGISTER"));
  if (s->config->auth == AUTH_DIGEST)
    return proves_password(s, subscriber, d);
  return rd_digest_verify(d, rd_slice_of(p->res, sizeof p->res), rd_slice("REGISTER"));
}

/* RFC 3310 s3.4: the USIM says where its SQN is; the next vector starts from there. */
static void resynchronise(Scscf *s, uint64_t subscriber, const Pending *p, RdSlice auts) {
  RdAkaKeys keys;
  uint64_t told;
  rd_provision_keys(&s->provision, subscriber, keys.k, keys.opc);
  if (!rd_aka_resync(&keys, p->rand, auts, &told))
    return;
  *sqn_of(s, subscriber) = told;
  s->host->count(s->host, s->n.resynchronised, 1);
}

static void refuse(Scscf *s, RdProxyRequest *r) {
  s->host->count(s->host, s->n.failed, 1);
  scscf_answer(s, r, 403);
}

bool scscf_authenticate(Scscf *s, RdProxyRequest *r, uint64_t subscriber) {
  const RdSip *sip = r->message->sip;
  RdSlice value = rd_sip_value(sip, RD_HDR_AUTHORIZATION);
  RdDigest d = {0};
  uint64_t owner;
  uint8_t key[16];
  if (s->config->auth == AUTH_NONE)
    return true;
  if (s->config->challenged == CHALLENGE_FIRST && scscf_binding(s, subscriber))
    return true;
  expire(s);
  if (value.at && !rd_digest_parse(value, &d)) {
    scscf_answer(s, r, 400);
    return false;
  }
  /* over Cx the HSS says whose they are */
  if (!s->cx && d.username.at) {
    if (!rd_provision_find(&s->provision, d.username, &owner) ||
        (owner != subscriber && s->config->impi_check)) {
      refuse(s, r);
      return false;
    }
    subscriber = owner; /* it is he who has to prove himself */
  }
  size_t len = pending_key(subscriber, sip->call_id, s->key, key);
  const Pending *p = rd_table_get(s->pending, key, len);
  bool answers = p && d.nonce.len > 0 && rd_slice_is(d.nonce, p->nonce);
  if (answers && d.auts.len > 0 && s->config->auth == AUTH_AKA) {
    if (s->cx) {
      scscf_cx_authenticate(s->cx, r, subscriber, d.auts, p->rand);
      return false;
    }
    resynchronise(s, subscriber, p, d.auts);
  } else if (answers && d.response.len > 0) {
    bool good = d.username.at && proves(s, subscriber, p, &d);
    if (!good || s->config->nonce_use == NONCE_ONCE)
      rd_table_remove(s->pending, key, len);
    if (!good && s->cx)
      scscf_cx_report(s->cx, sip, subscriber, RD_CX_AUTHENTICATION_FAILURE);
    if (!good)
      refuse(s, r);
    return good;
  }
  if (is_full(s, r, subscriber))
    return false;
  if (s->cx)
    scscf_cx_authenticate(s->cx, r, subscriber, (RdSlice){0}, NULL);
  else
    challenge(s, r, subscriber);
  return false;
}
