#include "lab/drive/world/secrets.h"

#include <string.h>

#include "lab/drive/world/facts.h"

enum { FIRST = RD_SECRET_SHORTEST, SIEVE = 1 << 16 };

typedef struct Secret Secret;
struct Secret {
  Secret *next; /* with the same first octets */
  RdWorldActor *owner;
  char *kind; /* "leak:imsi" */
  char *subject;
  unsigned home;
  uint64_t seen; /* the last message that had it */
  bool number;
  uint8_t len; /* of what it means, in lower case */
  uint8_t bytes[RD_SECRET_LONGEST];
};

struct RdSecrets {
  RdWorld *world;
  GHashTable *by_first; /* the first FIRST octets, and whether it is a number -> Secret */
  unsigned n, n_numbers;
  unsigned *domain; /* of each network: the first network of that domain */
  unsigned *at_home; /* of each domain: its own secrets */
  uint64_t looked;
  uint8_t sieve[SIEVE / 8]; /* the first octets that there may be */
};

RdSecrets *rd_secrets_new(RdWorld *w) {
  const RdTopology *t = w->trial->topology;
  RdSecrets *s = g_new0(RdSecrets, 1);
  s->world = w;
  s->by_first = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  s->domain = g_new0(unsigned, t->n_networks);
  s->at_home = g_new0(unsigned, t->n_networks);
  for (unsigned i = 0; i < t->n_networks; i++)
    while (strcmp(t->networks[s->domain[i]].domain, t->networks[i].domain) != 0)
      s->domain[i]++;
  return s;
}

void rd_secrets_free(RdSecrets *s) {
  GHashTableIter i;
  gpointer first;
  if (!s)
    return;
  g_hash_table_iter_init(&i, s->by_first);
  while (g_hash_table_iter_next(&i, NULL, &first))
    for (Secret *one = first, *next; one; one = next) {
      next = one->next;
      g_free(one->kind);
      g_free(one->subject);
      g_free(one);
    }
  g_hash_table_unref(s->by_first);
  g_free(s->domain);
  g_free(s->at_home);
  g_free(s);
}

/* --- what octets mean -------------------------------------------------------------------------- */

static bool is_space(uint8_t c) {
  return c == ' ' || c == '\t';
}

/* A line end that is followed by white space is no end (RFC 3261 s7.3.1). */
static size_t fold_at(const uint8_t *b, size_t len, size_t at) {
  size_t i = at;
  if (i < len && b[i] == '\r')
    i++;
  if (i < len && b[i] == '\n')
    i++;
  return i > at && i < len && is_space(b[i]) ? i - at : 0;
}

static bool is_separator(uint8_t c) {
  return c == '-' || c == '.' || c == '(' || c == ')';
}

static size_t skip(const uint8_t *b, size_t len, size_t at, bool number) {
  for (size_t fold; at < len;) {
    if (is_space(b[at]) || (number && is_separator(b[at])))
      at++;
    else if ((fold = fold_at(b, len, at)) > 0)
      at += fold;
    else
      break;
  }
  return at;
}

/* The octet that is meant at `*at`, in lower case; moves behind it. */
static uint8_t meant(const uint8_t *b, size_t len, size_t *at) {
  uint8_t c = b[(*at)++];
  if (c == '\\' && *at < len)
    c = b[(*at)++];
  int high, low;
  if (c == '%' && *at + 1 < len && (high = g_ascii_xdigit_value((char)b[*at])) >= 0 &&
      (low = g_ascii_xdigit_value((char)b[*at + 1])) >= 0) {
    *at += 2;
    c = (uint8_t)(high << 4 | low);
  }
  return (uint8_t)g_ascii_tolower((char)c);
}

/* Reads up to `most` octets from `*at`; how many there were. */
static unsigned spell(const uint8_t *b, size_t len, size_t *at, bool number, uint8_t *ret,
                      unsigned most) {
  unsigned n = 0;
  while (n < most) {
    size_t from = skip(b, len, *at, number && n > 0);
    if (from >= len)
      break;
    *at = from;
    ret[n++] = meant(b, len, at);
  }
  return n;
}

static uint64_t key_of(const uint8_t first[FIRST], bool number) {
  uint64_t key = number;
  for (unsigned i = 0; i < FIRST; i++)
    key = key << 8 | first[i];
  return key;
}

static unsigned sieve_of(uint64_t key) {
  return (unsigned)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

/* --- adding ------------------------------------------------------------------------------------ */

/* Digits alone, an address is none. */
static bool is_number(const uint8_t *b, unsigned n) {
  for (unsigned i = 0; i < n; i++)
    if (!g_ascii_isdigit(b[i]) && !(i == 0 && b[i] == '+'))
      return false;
  return true;
}

static bool same(const Secret *a, const Secret *b) {
  return a->home == b->home && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0 &&
         strcmp(a->kind, b->kind) == 0 && strcmp(a->subject, b->subject) == 0;
}

static bool insert(RdSecrets *s, const Secret *fresh) {
  uint64_t key = key_of(fresh->bytes, fresh->number);
  Secret *first = g_hash_table_lookup(s->by_first, &key);
  for (const Secret *one = first; one; one = one->next)
    if (same(one, fresh))
      return false;
  Secret *copy = g_memdup2(fresh, sizeof *fresh);
  copy->next = first;
  g_hash_table_replace(s->by_first, g_memdup2(&key, sizeof key), copy);
  s->sieve[sieve_of(key) / 8] |= (uint8_t)(1 << sieve_of(key) % 8);
  s->n++;
  s->n_numbers += copy->number;
  s->at_home[copy->home]++;
  return true;
}

bool rd_secrets_add(RdSecrets *s, RdWorldActor *owner, const RdSecret *secret) {
  Secret fresh = {.owner = owner};
  const uint8_t *b = (const uint8_t *)secret->bytes.at;
  uint8_t all[RD_SECRET_LONGEST + 1];
  size_t at = 0;
  if (!b || !secret->kind || !secret->subject || s->n >= RD_SECRETS_MOST ||
      secret->attachment >= owner->n_attachments)
    return false;
  unsigned n = spell(b, secret->bytes.len, &at, false, all, sizeof all);
  /* A number is one with its separators, too: "+1-555-0100". But an address is none. */
  uint8_t digits[RD_SECRET_LONGEST + 1];
  size_t end = 0;
  unsigned n_digits = spell(b, secret->bytes.len, &end, true, digits, sizeof digits);
  fresh.number = is_number(digits, MIN(n_digits, (unsigned)sizeof digits)) &&
                 !memchr(b, '.', secret->bytes.len);
  n = fresh.number ? n_digits : n;
  if (n < RD_SECRET_SHORTEST || n > RD_SECRET_LONGEST)
    return false;
  memcpy(fresh.bytes, fresh.number ? digits : all, n);
  fresh.len = (uint8_t)n;
  fresh.home = s->domain[owner->attachments[secret->attachment].network->index];
  fresh.kind = g_strconcat("leak:", secret->kind, NULL);
  fresh.subject = g_strdup(secret->subject);
  if (!insert(s, &fresh)) {
    g_free(fresh.kind);
    g_free(fresh.subject);
  }
  return true;
}

/* --- finding ------------------------------------------------------------------------------------ */

/* Does the secret stand at `at`, and if it is a number, whole? */
static bool stands(const Secret *one, const uint8_t *b, size_t len, size_t at) {
  uint8_t found[RD_SECRET_LONGEST];
  bool inside = one->number && at > 0 && g_ascii_isdigit(b[at - 1]);
  if (inside || spell(b, len, &at, one->number, found, one->len) < one->len ||
      memcmp(found, one->bytes, one->len) != 0)
    return false;
  return !one->number || at >= len || !g_ascii_isdigit(b[at]);
}

/* Whom the message is seen by: a domain, or nobody's. */
typedef struct {
  RdSecrets *secrets;
  const RdParcel *parcel;
  const char *object;
  unsigned domain; /* UINT_MAX: none */
} Look;

static void found(const Look *look, Secret *one) {
  RdWorld *w = look->secrets->world;
  RdFact fact = {.size = sizeof fact,
                 .kind = one->kind,
                 .subject = one->subject,
                 .object = look->object,
                 .amount = one->len};
  one->seen = look->secrets->looked;
  rd_facts_note(w->facts, &one->owner->host.base.host, &fact, look->parcel->tag.causes);
}

static void look_at(const Look *look, size_t at, bool number) {
  RdSecrets *s = look->secrets;
  const RdParcel *p = look->parcel;
  uint8_t first[FIRST];
  size_t end = at;
  if (spell(p->bytes, p->len, &end, number, first, FIRST) < FIRST)
    return;
  uint64_t key = key_of(first, number);
  if (!(s->sieve[sieve_of(key) / 8] >> sieve_of(key) % 8 & 1))
    return;
  for (Secret *one = g_hash_table_lookup(s->by_first, &key); one; one = one->next)
    if (one->home != look->domain && one->seen != s->looked && stands(one, p->bytes, p->len, at))
      found(look, one);
}

static void look_through(const Look *look) {
  RdSecrets *s = look->secrets;
  const RdParcel *p = look->parcel;
  s->looked++;
  for (size_t at = 0; at + FIRST <= p->len; at++) {
    uint8_t c = p->bytes[at];
    if (is_space(c) || c == '\r' || c == '\n')
      continue;
    if (s->n > s->n_numbers)
      look_at(look, at, false);
    if (s->n_numbers > 0)
      look_at(look, at, true);
  }
}

void rd_secrets_arrived(RdSecrets *s, const RdParcel *p) {
  unsigned domain = s->domain[p->network->index];
  if (s->n == s->at_home[domain] || p->kind != RD_DATA)
    return;
  look_through(&(Look){s, p, p->network->spec->domain, domain});
}

void rd_secrets_overheard(RdSecrets *s, const RdParcel *p, const RdWorldActor *attack) {
  if (s->n > 0 && p->kind == RD_DATA)
    look_through(&(Look){s, p, rd_actor_name(attack), UINT_MAX});
}
