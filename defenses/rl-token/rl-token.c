/* rl-token - a token bucket for each source, network prefix or caller. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "redoubt/plugin.h"

typedef enum { KEY_SOURCE, KEY_PREFIX, KEY_CALLER } KeyKind;

typedef struct {
  double rate, burst;
  int key;
  int64_t capacity, drop_after, prefix, retry_after;
  RdTime quiet;
  int64_t prefix6;
} Config;

typedef struct {
  double tokens;
  RdTime filled; /* when tokens was right */
  RdTime refused; /* last refusal */
  bool known; /* it was refused before */
  int64_t in_a_row;
} Bucket;

typedef struct {
  RdHost *host;
  const Config *config;
  RdTable *buckets;
  uint32_t refused, silent, evicted;
} RlToken;

static void on_eviction(void *value, void *user) {
  RlToken *rl = user;
  (void)value;
  rl->host->count(rl->host, rl->evicted, 1);
}

static void *rl_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  RlToken *rl = rd_alloc(sizeof *rl);
  (void)setup;
  const uint64_t key[2] = {host->random(host, 0, 1, 0), host->random(host, 0, 2, 0)};
  rl->host = host;
  rl->config = config;
  rl->refused = host->counter(host, "refused");
  rl->silent = host->counter(host, "dropped-silently");
  rl->evicted = host->counter(host, "evicted");
  rl->buckets = rd_table_new((uint32_t)rl->config->capacity, sizeof(Bucket), key, on_eviction, rl);
  return rl;
}

static void rl_close(void *self) {
  RlToken *rl = self;
  rd_table_free(rl->buckets);
  free(rl);
}

/* The first `bits` bits of an address, the rest zero; returns the length of the key. */
static size_t prefix_key(const RdAddress *a, int64_t bits, uint8_t ret[16]) {
  size_t bytes = a->family == 6 ? 16 : 4;
  for (size_t i = 0; i < bytes; i++) {
    int64_t left = bits - (int64_t)i * 8;
    uint8_t mask = left >= 8 ? 0xff : left <= 0 ? 0 : (uint8_t)(0xff << (8 - left));
    ret[i] = a->ip[i] & mask;
  }
  return bytes;
}

static Bucket *find_bucket(RlToken *rl, const RdMessage *m, bool *ret_fresh) {
  uint8_t bytes[16];
  const Config *c = rl->config;
  if (c->key == KEY_CALLER)
    return rd_table_put(rl->buckets, m->sip->from_uri.at ? m->sip->from_uri.at : "",
                        m->sip->from_uri.len, ret_fresh);
  /* an IPv6 host owns a /64 at least: it is one source */
  bool six = m->remote.family == 6;
  int64_t bits = six ? 64 : 32;
  if (c->key == KEY_PREFIX)
    bits = six ? c->prefix6 : c->prefix;
  return rd_table_put(rl->buckets, bytes, prefix_key(&m->remote, bits, bytes), ret_fresh);
}

static void raise_alert(RlToken *rl, const RdMessage *m, double score) {
  char subject[256], evidence[96];
  uint8_t kind = RD_SUBJECT_SOURCE;
  if (rl->config->key == KEY_CALLER) {
    rd_slice_copy(m->sip->from_uri, subject, sizeof subject);
    kind = RD_SUBJECT_IDENTITY;
  } else {
    rd_address_ip_text(&m->remote, subject);
  }
  snprintf(evidence, sizeof evidence, "over %.3g requests/s with a burst of %.3g", rl->config->rate,
           rl->config->burst);
  RdAlert alert = {.size = sizeof alert,
                   .subject_kind = kind,
                   .score = score,
                   .classes = "dos,acc",
                   .subject = subject,
                   .evidence = evidence};
  rl->host->alert(rl->host, &alert);
}

static void refuse(RlToken *rl, const RdMessage *m, Bucket *b, RdTime now, RdVerdict *v) {
  const Config *c = rl->config;
  bool first = !b->known || now - b->refused > c->quiet;
  bool silent = b->in_a_row >= c->drop_after;
  b->refused = now;
  b->known = true;
  b->in_a_row++;
  v->score = 0.5 + 0.5 * (double)(b->in_a_row < c->drop_after ? b->in_a_row : c->drop_after) /
                       (double)(c->drop_after > 0 ? c->drop_after : 1);
  v->classes = "dos,acc";
  v->reason = silent ? "source over rate, silenced" : "source over rate";
  v->action = silent ? RD_DROP : RD_REJECT;
  v->code = 503;
  v->retry_after = (uint32_t)c->retry_after;
  rl->host->count(rl->host, silent ? rl->silent : rl->refused, 1);
  if (first)
    raise_alert(rl, m, v->score);
}

/* Requests coming in are metered. ACK is not: it answers our side's own response, and refusing it
 * would only make that response come again. */
static void rl_judge(void *self, const RdMessage *m, RdVerdict *v) {
  RlToken *rl = self;
  const Config *c = rl->config;
  bool fresh;
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request || m->sip->method == RD_SIP_ACK)
    return;
  RdTime now = rl->host->now(rl->host);
  Bucket *b = find_bucket(rl, m, &fresh);
  if (fresh)
    b->tokens = c->burst;
  else
    b->tokens += (double)(now - b->filled) * 1e-9 * c->rate;
  b->filled = now;
  if (b->tokens > c->burst)
    b->tokens = c->burst;
  if (b->tokens < 1) {
    refuse(rl, m, b, now, v);
    return;
  }
  b->tokens -= 1;
  b->in_a_row = 0;
  v->score = 0.5 * (1 - b->tokens / c->burst);
}

static uint64_t rl_state(void *self, uint64_t *ret_bytes) {
  RlToken *rl = self;
  *ret_bytes = rd_table_bytes(rl->buckets);
  return rd_table_count(rl->buckets);
}

static const char *const key_names[] = {"source", "prefix", "caller", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "10", 0.001, 1e9, "1/s",
             "Requests a second that one key may send for ever."),
    RD_PARAM(Config, "burst", RD_NUMBER, burst, "20", 1, 1e9, "",
             "Requests that it may send at once after a silence."),
    RD_CHOICE(Config, "key", key, "source", key_names,
              "What has a bucket of its own: a source address (IPv6: its /64), a prefix, or the "
              "From URI."),
    RD_PARAM(Config, "prefix", RD_INTEGER, prefix, "24", 1, 128, "bits",
             "Length of the prefix of IPv4, with key: prefix; above 32 as 32."),
    RD_PARAM(Config, "prefix6", RD_INTEGER, prefix6, "56", 1, 128, "bits",
             "Length of the prefix of IPv6, with key: prefix."),
    RD_PARAM(Config, "capacity", RD_INTEGER, capacity, "10000", 1, 16777216, "",
             "Buckets kept; the one used longest ago gives way, and its key starts afresh."),
    RD_PARAM(Config, "drop-after", RD_INTEGER, drop_after, "10", 0, 1e9, "",
             "Refusals in a row that are answered 503; those after are dropped in silence."),
    RD_PARAM(Config, "retry-after", RD_INTEGER, retry_after, "5", 0, 86400, "s",
             "Retry-After of the 503; 0: none."),
    RD_PARAM(Config, "quiet", RD_DURATION, quiet, "60 s", 0, 86400, "s",
             "A key that was refused alerts again only after this long without a refusal."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "110 ns",
     .per_doubling = "80 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged; what acting costs is in the send."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "rl-token", "Token bucket for each source, prefix or caller: 503, then silence",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = rl_open, .judge = rl_judge, .state = rl_state, .close = rl_close));
