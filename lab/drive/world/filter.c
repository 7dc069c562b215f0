#include "lab/drive/world/filter.h"

#include <math.h>
#include <string.h>

typedef struct {
  uint8_t family, ip[16];
} Source;

/* A token bucket: packets that may still come at once. */
typedef struct {
  double tokens;
  RdTime at;
} Bucket;

typedef struct Rule Rule;
struct Rule {
  uint64_t id;
  RdFilter spec;
  RdHost *by;
  RdWorldJudge *judge;
  RdFilters *filters;
  Rule *next; /* with the same source */
  uint64_t dropped;
  Bucket bucket; /* of all sources, or of those that have no room */
  GHashTable *each; /* Source -> Bucket */
};

struct RdFilters {
  GHashTable *exact; /* Source -> Rule */
  GPtrArray *wide; /* Rule */
  unsigned n;
};

static guint source_hash(gconstpointer key) {
  static const uint64_t secret[2] = {0x66696c74, 0x6572};
  return (guint)rd_siphash(secret, key, sizeof(Source));
}

static gboolean source_equal(gconstpointer a, gconstpointer b) {
  return memcmp(a, b, sizeof(Source)) == 0;
}

static Source source_of(const RdAddress *a) {
  Source s = {.family = a->family};
  memcpy(s.ip, a->ip, sizeof s.ip);
  return s;
}

static bool is_exact(const RdFilter *f) {
  return f->bits > 0 && f->bits == (f->source.family == 6 ? 128 : 32);
}

static RdFilters *filters_of(RdWorldAttachment *a) {
  if (!a->filters) {
    a->filters = g_new0(RdFilters, 1);
    a->filters->exact = g_hash_table_new_full(source_hash, source_equal, g_free, NULL);
    a->filters->wide = g_ptr_array_new();
  }
  return a->filters;
}

static void rule_free(Rule *r) {
  if (r->each)
    g_hash_table_unref(r->each);
  g_free(r);
}

/* --- adding and taking away --------------------------------------------------------------------- */

static void link_rule(RdFilters *f, Rule *r) {
  f->n++;
  if (!is_exact(&r->spec)) {
    g_ptr_array_add(f->wide, r);
    return;
  }
  Source s = source_of(&r->spec.source);
  Rule *first = g_hash_table_lookup(f->exact, &s);
  Rule **end = &first;
  while (*end)
    end = &(*end)->next;
  *end = r;
  g_hash_table_replace(f->exact, g_memdup2(&s, sizeof s), first);
}

static void unlink_rule(RdFilters *f, Rule *r) {
  f->n--;
  if (!is_exact(&r->spec)) {
    g_ptr_array_remove(f->wide, r);
    return;
  }
  Source s = source_of(&r->spec.source);
  Rule *first = g_hash_table_lookup(f->exact, &s);
  Rule **at = &first;
  while (*at != r)
    at = &(*at)->next;
  *at = r->next;
  if (first)
    g_hash_table_replace(f->exact, g_memdup2(&s, sizeof s), first);
  else
    g_hash_table_remove(f->exact, &s);
}

static bool makes_sense(const RdWorldAttachment *a, const RdFilter *f) {
  unsigned most = f->source.family == 6 ? 128 : f->source.family == 4 ? 32 : 0;
  if (f->bits > most || f->transport > RD_SCTP || !isfinite(f->rate) || f->rate < 0 ||
      !isfinite(f->burst) || f->until <= rd_now(a->network->world))
    return false;
  return true;
}

uint64_t rd_filter_add(RdWorldAttachment *a, RdHost *by, RdWorldJudge *judge,
                       const RdFilter *given) {
  RdWorld *w = a->network->world;
  RdFilters *f = filters_of(a);
  if (!makes_sense(a, given) || f->n >= RD_FILTERS_MOST ||
      (!is_exact(given) && f->wide->len >= RD_FILTERS_WIDE_MOST))
    return 0;
  Rule *r = g_new0(Rule, 1);
  r->id = ++w->next_filter;
  r->spec = *given;
  r->spec.burst = MAX(given->burst, 1);
  r->by = by;
  r->judge = judge;
  r->filters = f;
  r->bucket = (Bucket){r->spec.burst, rd_now(w)};
  if (given->each && given->rate > 0)
    r->each = g_hash_table_new_full(source_hash, source_equal, g_free, g_free);
  link_rule(f, r);
  g_hash_table_insert(w->filters, &r->id, r);
  return r->id;
}

bool rd_filter_remove(RdWorld *w, RdHost *by, uint64_t id, bool keep, uint64_t *ret_dropped) {
  Rule *r = g_hash_table_lookup(w->filters, &id);
  if (!r || r->by != by)
    return false;
  if (ret_dropped)
    *ret_dropped = r->dropped;
  if (keep)
    return true;
  g_hash_table_remove(w->filters, &id);
  unlink_rule(r->filters, r);
  rule_free(r);
  return true;
}

/* The rules themselves go with their attachment. */
void rd_filters_free(RdFilters *f) {
  GHashTableIter i;
  gpointer first;
  if (!f)
    return;
  g_hash_table_iter_init(&i, f->exact);
  while (g_hash_table_iter_next(&i, NULL, &first))
    for (Rule *r = first, *next; r; r = next) {
      next = r->next;
      rule_free(r);
    }
  for (guint k = 0; k < f->wide->len; k++)
    rule_free(f->wide->pdata[k]);
  g_hash_table_unref(f->exact);
  g_ptr_array_unref(f->wide);
  g_free(f);
}

/* --- what it does to a packet ------------------------------------------------------------------- */

static bool agrees(const RdFilter *f, const RdAddress *source) {
  if ((f->transport && f->transport != source->transport) ||
      (f->source.port && f->source.port != source->port))
    return false;
  if (f->bits == 0)
    return true;
  if (f->source.family != source->family || memcmp(f->source.ip, source->ip, f->bits / 8) != 0)
    return false;
  uint8_t mask = (uint8_t)(0xff00 >> f->bits % 8);
  return f->bits % 8 == 0 || ((f->source.ip[f->bits / 8] ^ source->ip[f->bits / 8]) & mask) == 0;
}

static Bucket *bucket_of(Rule *r, const RdAddress *source, RdTime now) {
  if (!r->each)
    return &r->bucket;
  Source s = source_of(source);
  Bucket *b = g_hash_table_lookup(r->each, &s);
  if (b)
    return b;
  if (g_hash_table_size(r->each) >= RD_FILTER_SOURCES_MOST)
    return &r->bucket;
  b = g_new(Bucket, 1);
  *b = (Bucket){r->spec.burst, now};
  g_hash_table_insert(r->each, g_memdup2(&s, sizeof s), b);
  return b;
}

static bool is_above(Rule *r, const RdAddress *source, RdTime now) {
  if (r->spec.rate <= 0)
    return true;
  Bucket *b = bucket_of(r, source, now);
  double more = (double)(now - b->at) * r->spec.rate / (double)RD_SECOND;
  b->tokens = MIN(r->spec.burst, b->tokens + more);
  b->at = now;
  if (b->tokens < 1)
    return true;
  b->tokens -= 1;
  return false;
}

static bool drops(Rule *r, const RdAddress *source, RdTime now) {
  if (now >= r->spec.until || !agrees(&r->spec, source) || !is_above(r, source, now))
    return false;
  r->dropped++;
  return true;
}

static Rule *dropping(RdFilters *f, const RdAddress *source, RdTime now) {
  Source s = source_of(source);
  for (Rule *r = g_hash_table_lookup(f->exact, &s); r; r = r->next)
    if (drops(r, source, now))
      return r;
  for (guint i = 0; i < f->wide->len; i++)
    if (drops(f->wide->pdata[i], source, now))
      return f->wide->pdata[i];
  return NULL;
}

bool rd_filter_drops(RdWorldAttachment *a, const RdAddress *source, const RdTag *tag) {
  RdWorld *w = a->network->world;
  Rule *r = a->filters ? dropping(a->filters, source, rd_now(w)) : NULL;
  if (r && r->judge)
    rd_result_filtered(w->result, r->judge->judge->index, rd_tag_truth(tag, w->benign_causes),
                       tag->causes, rd_now(w));
  return r != NULL;
}
