#include "nodes/p-cscf/security.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

#define STEP(actions, next)                                                                        \
  { true, SECURITY_##next, (actions) }
#define DROP SECURITY_DO_DROP

static const RdStep steps[SECURITY_STATES][SECURITY_EVENTS] = {
    [SECURITY_NONE] = {[SECURITY_CHALLENGED] = STEP(0, TEMPORARY)},
    [SECURITY_TEMPORARY] = {[SECURITY_ACCEPTED] = STEP(0, LIVE),
                            [SECURITY_REFUSED] = STEP(DROP, OVER),
                            [SECURITY_EXPIRED] = STEP(DROP, OVER),
                            [SECURITY_REPLACED] = STEP(DROP, OVER),
                            [SECURITY_RELEASED] = STEP(DROP, OVER)},
    [SECURITY_LIVE] = {[SECURITY_ACCEPTED] = STEP(0, LIVE),
                       [SECURITY_REFUSED] = STEP(0, LIVE),
                       [SECURITY_EXPIRED] = STEP(DROP, OVER),
                       [SECURITY_REPLACED] = STEP(DROP, OVER),
                       [SECURITY_RELEASED] = STEP(DROP, OVER)},
};
static const char *const states[] = {"None", "Temporary", "Live", "Over", NULL};
static const char *const events[] = {"401",      "2xx",      "refused", "expired",
                                     "replaced", "released", NULL};
_Static_assert(sizeof states / sizeof *states == SECURITY_STATES + 1, "every state has a name");
_Static_assert(sizeof events / sizeof *events == SECURITY_EVENTS + 1, "every event has a name");

const RdMachine p_cscf_security = {.name = "security association",
                                   .states = states,
                                   .events = events,
                                   .steps = steps,
                                   .stride = sizeof(RdStep),
                                   .n_events = SECURITY_EVENTS};

typedef struct {
  SecuritySet live, fresh;
} Phone;

/* Best first; what has no encryption comes last, and only if it is good enough. */
static const RdSecurity ranking[SECURITY_OWN] = {
    {.usable = true, .integrity = RD_HMAC_SHA_1_96, .cipher = RD_CIPHER_AES_CBC, .q = 900},
    {.usable = true, .integrity = RD_HMAC_MD5_96, .cipher = RD_CIPHER_AES_CBC, .q = 800},
    {.usable = true, .integrity = RD_HMAC_SHA_1_96, .cipher = RD_CIPHER_NULL, .q = 700},
    {.usable = true, .integrity = RD_HMAC_MD5_96, .cipher = RD_CIPHER_NULL, .q = 600}};

static unsigned n_own(const Security *s) {
  return s->null_cipher ? SECURITY_OWN : 2;
}

void security_open(Security *s, RdHost *host, uint32_t capacity, const uint64_t key[2]) {
  s->host = host;
  s->key[0] = key[0];
  s->key[1] = key[1];
  s->impossible = host->counter(host, RD_IMPOSSIBLE);
  s->made = host->counter(host, "security-associations");
  s->ended = host->counter(host, "security-associations-ended");
  s->phones = rd_table_new(capacity, sizeof(Phone), key, NULL, NULL);
}

void security_close(Security *s) {
  rd_table_free(s->phones);
}

uint64_t security_hash(const Security *s, RdSlice impi) {
  return rd_siphash(s->key, impi.at ? impi.at : "", impi.len);
}

/* A set that is over is as if there never was one. */
static void meet(Security *s, SecuritySet *set, SecurityEvent event) {
  const unsigned actions =
      rd_machine_take(&p_cscf_security, &set->state, event, s->host, s->impossible);
  if (!(actions & SECURITY_DO_DROP))
    return;
  s->host->count(s->host, s->ended, 1);
  *set = (SecuritySet){.state = SECURITY_NONE};
}

static bool is_up(Security *s, SecuritySet *set) {
  if (set->state == SECURITY_NONE)
    return false;
  if (set->until > s->host->now(s->host))
    return true;
  meet(s, set, SECURITY_EXPIRED);
  return false;
}

typedef struct {
  uint8_t bytes[17];
} Key;

static Key key_of(const RdAddress *a) {
  Key key;
  memcpy(key.bytes, a->ip, 16);
  key.bytes[16] = a->family;
  return key;
}

static Phone *phone_at(Security *s, const RdAddress *address) {
  const Key key = key_of(address);
  return rd_table_get(s->phones, key.bytes, sizeof key.bytes);
}

bool security_choose(const Security *s, const RdSip *request, RdSecurity *ret) {
  RdSecurity offered[RD_SECURITY_MOST];
  unsigned n = rd_security_read(request, RD_HDR_SECURITY_CLIENT, offered, RD_SECURITY_MOST);
  n = n < RD_SECURITY_MOST ? n : RD_SECURITY_MOST;
  const int chosen = rd_security_choose(ranking, n_own(s), offered, n);
  if (chosen >= 0)
    *ret = offered[chosen];
  return chosen >= 0;
}

static uint32_t spi(const Security *s, const RdSip *request) {
  uint64_t h = rd_siphash(s->key, request->via.at ? request->via.at : "", request->via.len);
  const uint64_t mixed[2] = {s->key[0] ^ h, s->key[1] ^ request->cseq};
  h = rd_siphash(mixed, request->call_id.at ? request->call_id.at : "", request->call_id.len);
  return (uint32_t)h | 0x100; /* 256 or more */
}

const SecuritySet *security_challenge(Security *s, const RdAddress *phone, const RdSip *request,
                                      const RdSecurity *chosen, uint64_t impi, const uint8_t ck[16],
                                      const uint8_t ik[16]) {
  const Key key = key_of(phone);
  Phone *p = rd_table_put(s->phones, key.bytes, sizeof key.bytes, NULL);
  SecuritySet *set = &p->fresh;
  const uint32_t first = spi(s, request);
  if (is_up(s, set))
    meet(s, set, SECURITY_REPLACED);
  set->phone = *chosen;
  set->impi = impi;
  set->until = s->host->now(s->host) + s->temporary;
  set->n_own = (uint8_t)n_own(s);
  for (unsigned i = 0; i < set->n_own; i++) {
    set->own[i] = ranking[i];
    set->own[i].spi_c = first;
    set->own[i].spi_s = first ^ 1;
    set->own[i].port_c = s->port_c;
    set->own[i].port_s = s->port_s;
  }
  memcpy(set->ck, ck, sizeof set->ck);
  memcpy(set->ik, ik, sizeof set->ik);
  meet(s, set, SECURITY_CHALLENGED);
  s->host->count(s->host, s->made, 1);
  return set;
}

SecuritySet *security_find(Security *s, const RdAddress *from) {
  Phone *p = phone_at(s, from);
  if (!p)
    return NULL;
  if (is_up(s, &p->fresh) && p->fresh.phone.port_c == from->port)
    return &p->fresh;
  return is_up(s, &p->live) && p->live.phone.port_c == from->port ? &p->live : NULL;
}

bool security_verifies(const SecuritySet *set, const RdSip *request) {
  RdSecurity said[RD_SECURITY_MOST];
  if (rd_security_read(request, RD_HDR_SECURITY_VERIFY, said, RD_SECURITY_MOST) != set->n_own)
    return false;
  for (unsigned i = 0; i < set->n_own; i++)
    if (!rd_security_equal(&said[i], &set->own[i]))
      return false;
  return set->n_own > 0;
}

bool security_reaches(Security *s, const RdAddress *phone) {
  Phone *p = phone_at(s, phone);
  return p && is_up(s, &p->live) && p->live.phone.port_s == phone->port;
}

SecuritySet *security_of_verify(Security *s, const RdAddress *phone, const RdSip *request,
                                bool unchecked) {
  Phone *p = phone_at(s, phone);
  if (!p)
    return NULL;
  if (is_up(s, &p->fresh) && (unchecked || security_verifies(&p->fresh, request)))
    return &p->fresh;
  return is_up(s, &p->live) && (unchecked || security_verifies(&p->live, request)) ? &p->live
                                                                                   : NULL;
}

void security_accept(Security *s, const RdAddress *phone, SecuritySet *set, RdTime until) {
  Phone *p = phone_at(s, phone);
  if (!p)
    return;
  meet(s, set, SECURITY_ACCEPTED);
  set->until = until;
  if (set != &p->fresh)
    return;
  if (p->live.state != SECURITY_NONE)
    meet(s, &p->live, SECURITY_REPLACED);
  p->live = p->fresh;
  p->fresh = (SecuritySet){.state = SECURITY_NONE};
}

void security_refuse(Security *s, SecuritySet *set) {
  meet(s, set, SECURITY_REFUSED);
}

void security_release(Security *s, const RdAddress *phone) {
  Phone *p = phone_at(s, phone);
  if (!p)
    return;
  if (p->live.state != SECURITY_NONE)
    meet(s, &p->live, SECURITY_RELEASED);
  if (p->fresh.state != SECURITY_NONE)
    meet(s, &p->fresh, SECURITY_RELEASED);
}
