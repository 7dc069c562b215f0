#include "bench/judge/evidence.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/judge/compare.h"
#include "bench/judge/facts.h"
#include "lab/result/service.h"

/* Legitimate attempts of one kind in one world, by the time they began. */
typedef struct {
  const RdLedgerRow **rows;
  size_t n;
} Attempts;

typedef struct {
  RdLedger *ledger; /* NULL: there is no such world */
  Attempts registers, calls, messages;
  RdFactFile *facts; /* NULL: there is no such world */
} World;

typedef struct {
  char *kind;
  double value;
  bool truth, known;
} Claim;

struct RdEvidenceFile {
  RdEvidence view;
  World worlds[2]; /* by RdWorldKind */
  RdPair *pair; /* NULL: there is no baseline */
  RdTime warmup; /* attempts begun before are in no figure */
  GPtrArray *claims; /* Claim *, in order */
  GHashTable *counts; /* kind -> number made */
  GHashTable *counters; /* name -> int64_t * */
  char *attack;
};

/* ---- attempts -------------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b) {
  const RdLedgerRow *x = *(const RdLedgerRow *const *)a, *y = *(const RdLedgerRow *const *)b;
  return (x->started > y->started) - (x->started < y->started);
}

static void pick(Attempts *into, const RdLedgerRow *rows, size_t n, uint8_t kind) {
  into->rows = g_new(const RdLedgerRow *, n + 1);
  for (size_t i = 0; i < n; i++)
    if (rows[i].kind == kind && !rows[i].causes)
      into->rows[into->n++] = &rows[i];
  qsort(into->rows, into->n, sizeof *into->rows, by_start);
}

static bool world_open(World *w, const char *folder, GError **error) {
  size_t n;
  w->ledger = rd_ledger_open(folder, error);
  if (!w->ledger)
    return false;
  const RdLedgerRow *rows = rd_ledger_rows(w->ledger, &n);
  pick(&w->registers, rows, n, RD_ATTEMPT_REGISTER);
  pick(&w->messages, rows, n, RD_ATTEMPT_MESSAGE);
  pick(&w->calls, rows, n, RD_ATTEMPT_CALL);
  w->facts = rd_facts_open(folder, error);
  return w->facts != NULL;
}

static void world_close(World *w) {
  g_free(w->registers.rows);
  g_free(w->messages.rows);
  g_free(w->calls.rows);
  rd_ledger_close(w->ledger);
  rd_fact_file_free(w->facts);
}

/* Index of the first attempt begun at `time` or later. */
static size_t first_from(const Attempts *a, RdTime time) {
  size_t low = 0, high = a->n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (a->rows[mid]->started < time)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

static Attempts window(const Attempts *a, RdTime from, RdTime to) {
  size_t low = first_from(a, from), high = first_from(a, to);
  return (Attempts){a->rows + low, high > low ? high - low : 0};
}

static uint64_t failures(const Attempts *a) {
  uint64_t n = 0;
  for (size_t i = 0; i < a->n; i++)
    n += !rd_attempt_served(a->rows[i]);
  return n;
}

static double session_ratio(const Attempts *calls) {
  uint64_t established = 0, asked = 0;
  for (size_t i = 0; i < calls->n; i++) {
    RdCallOutcome outcome = rd_call_outcome(calls->rows[i]);
    established += rd_attempt_succeeded(calls->rows[i]);
    asked += outcome != RD_CALL_REDIRECTED;
  }
  return rd_percent(established, asked);
}

static int by_value(const void *a, const void *b) {
  RdTime x = *(const RdTime *)a, y = *(const RdTime *)b;
  return (x > y) - (x < y);
}

static RdTime *delays(const Attempts *a, size_t *ret_n) {
  RdTime *values = g_new(RdTime, a->n + 1);
  *ret_n = 0;
  for (size_t i = 0; i < a->n; i++) {
    RdTime delay = rd_attempt_delay(a->rows[i]);
    if (delay >= 0)
      values[(*ret_n)++] = delay;
  }
  return values;
}

/* The least value with at least 95 % at or below it, as result.json's. */
static double delay_p95(const Attempts *a) {
  size_t n;
  g_autofree RdTime *values = delays(a, &n);
  if (!n)
    return NAN;
  qsort(values, n, sizeof *values, by_value);
  return (double)values[(n * 95 + 99) / 100 - 1];
}

static double delay_mean(const Attempts *a) {
  size_t n;
  g_autofree RdTime *values = delays(a, &n);
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)values[i];
  return n ? sum / (double)n : NAN;
}

static double metric(const RdEvidence *e, RdWorldKind which, RdMetric metric_of, RdTime from,
                     RdTime to) {
  const RdEvidenceFile *file = (const RdEvidenceFile *)e;
  const World *world = &file->worlds[which == RD_WORLD_BASELINE];
  if (!world->ledger)
    return NAN;
  Attempts registers = window(&world->registers, from, to);
  Attempts calls = window(&world->calls, from, to);
  Attempts messages = window(&world->messages, from, to);
  switch (metric_of) {
  case RD_METRIC_SER:
    return session_ratio(&calls);
  case RD_METRIC_SRD_P95:
    return delay_p95(&calls);
  case RD_METRIC_SRD_MEAN:
    return delay_mean(&calls);
  case RD_METRIC_RRD_P95:
    return delay_p95(&registers);
  case RD_METRIC_RRD_MEAN:
    return delay_mean(&registers);
  case RD_METRIC_REGISTER_FAILED:
    return (double)failures(&registers);
  case RD_METRIC_REGISTER_ATTEMPTS:
    return (double)registers.n;
  case RD_METRIC_CALL_FAILED:
    return (double)failures(&calls);
  case RD_METRIC_CALL_ATTEMPTS:
    return (double)calls.n;
  case RD_METRIC_IRA:
    return rd_percent(failures(&registers), registers.n);
  case RD_METRIC_MESSAGE_FAILED:
    return (double)failures(&messages);
  case RD_METRIC_MESSAGE_ATTEMPTS:
    return (double)messages.n;
  case RD_METRIC_MESSAGE_DELAY_P95:
    return delay_p95(&messages);
  case RD_METRIC_MESSAGE_DELAY_MEAN:
    return delay_mean(&messages);
  }
  return NAN;
}

/* ---- attempts against the baseline ------------------------------------------------------------ */

static RdFared fared(const RdEvidence *e, uint32_t kind, RdTime from, RdTime to) {
  const RdEvidenceFile *file = (const RdEvidenceFile *)e;
  if (!file->pair)
    return (RdFared){0};
  const RdChanges c = rd_pair_under_way(file->pair, file->warmup, from, to);
  const RdChange *of = kind == RD_ATTEMPT_REGISTER  ? &c.registers
                       : kind == RD_ATTEMPT_CALL    ? &c.calls
                       : kind == RD_ATTEMPT_MESSAGE ? &c.messages
                                                    : &c.all;
  return (RdFared){of->attempts, of->lost, of->gained};
}

/* ---- claims ---------------------------------------------------------------------------------- */

static void claim_free(gpointer claim) {
  g_free(((Claim *)claim)->kind);
  g_free(claim);
}

static void count_made(GHashTable *counts, const char *kind) {
  gpointer made = g_hash_table_lookup(counts, kind);
  g_hash_table_insert(counts, g_strdup(kind), GSIZE_TO_POINTER(GPOINTER_TO_SIZE(made) + 1));
}

static void take_claim(RdEvidenceFile *file, GHashTable *latest, JsonObject *line) {
  const char *kind = json_object_get_string_member_with_default(line, "kind", "");
  const char *subject = json_object_get_string_member_with_default(line, "subject", "");
  g_autofree char *key = g_strdup_printf("%s\n%s", kind, subject);
  Claim *claim = g_hash_table_lookup(latest, key);
  count_made(file->counts, kind);
  if (!claim) {
    claim = g_new0(Claim, 1);
    claim->kind = g_strdup(kind);
    g_ptr_array_add(file->claims, claim);
    g_hash_table_insert(latest, g_steal_pointer(&key), claim);
  }
  claim->value = json_object_get_double_member_with_default(line, "value", 0);
  claim->known = json_object_has_member(line, "true") && !json_object_get_null_member(line, "true");
  claim->truth = claim->known && json_object_get_boolean_member(line, "true");
}

static bool take_line(RdEvidenceFile *file, GHashTable *latest, const char *attack,
                      const char *text, GError **error) {
  g_autoptr(JsonNode) node = json_from_string(text, error);
  if (!node) {
    if (error && !*error)
      g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "empty");
    return false;
  }
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "not an object");
    return false;
  }
  JsonObject *line = json_node_get_object(node);
  if (!g_strcmp0(json_object_get_string_member_with_default(line, "attack", ""), attack))
    take_claim(file, latest, line);
  return true;
}

/* A world without claims may have no such file. */
static bool read_claims(RdEvidenceFile *file, const char *folder, const char *attack,
                        GError **error) {
  g_autofree char *path = g_build_filename(folder, "claims.jsonl", NULL);
  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    return true;
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, error))
    return false;
  g_autoptr(GHashTable) latest = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  unsigned number = 1;
  for (char *line = text, *end; line && *line; line = end, number++) {
    end = strchr(line, '\n');
    if (end)
      *end++ = 0;
    if (!take_line(file, latest, attack, line, error)) {
      g_prefix_error(error, "%s:%u: ", path, number);
      return false;
    }
  }
  return true;
}

static int by_belief(const void *a, const void *b) {
  double x = (*(const Claim *const *)a)->value, y = (*(const Claim *const *)b)->value;
  return (x > y) - (x < y);
}

/* Mann-Whitney: the chance that a true claim is held more firmly than a false one, ties half. */
static double rank_auc(const Claim **claims, size_t n) {
  double ranks = 0, truths = 0;
  qsort(claims, n, sizeof *claims, by_belief);
  for (size_t i = 0; i < n;) {
    size_t end = i;
    while (end < n && claims[end]->value == claims[i]->value)
      end++;
    for (size_t k = i; k < end; k++) {
      ranks += claims[k]->truth ? (double)(i + 1 + end) / 2 : 0;
      truths += claims[k]->truth;
    }
    i = end;
  }
  double falses = (double)n - truths;
  return truths > 0 && falses > 0 ? (ranks - truths * (truths + 1) / 2) / (truths * falses) : NAN;
}

static RdClaimed claimed(const RdEvidence *e, const char *kind) {
  const RdEvidenceFile *file = (const RdEvidenceFile *)e;
  g_autofree const Claim **scored = g_new(const Claim *, file->claims->len + 1);
  RdClaimed c = {.made = GPOINTER_TO_SIZE(g_hash_table_lookup(file->counts, kind))};
  size_t n = 0;
  for (guint i = 0; i < file->claims->len; i++) {
    const Claim *claim = g_ptr_array_index(file->claims, i);
    if (!claim->known || strcmp(claim->kind, kind))
      continue;
    const bool held = claim->value > 0.5;
    scored[n++] = claim;
    c.truths += claim->truth;
    c.right += claim->truth && held;
    c.falses += !claim->truth;
    c.wrong += !claim->truth && held;
  }
  c.auc = rank_auc(scored, n);
  return c;
}

/* ---- counters -------------------------------------------------------------------------------- */

static void keep_counters(RdEvidenceFile *file, JsonObject *counters) {
  g_autoptr(GList) names = json_object_get_members(counters);
  for (GList *name = names; name; name = name->next) {
    gint64 *value = g_new(gint64, 1);
    *value = json_object_get_int_member(counters, name->data);
    g_hash_table_insert(file->counters, g_strdup(name->data), value);
  }
}

static bool read_counters(RdEvidenceFile *file, const char *folder, const char *attack,
                          GError **error) {
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  g_autoptr(JsonParser) parser = json_parser_new();
  if (!json_parser_load_from_file(parser, path, error))
    return false;
  JsonNode *root = json_parser_get_root(parser);
  JsonArray *attacks = NULL;
  if (root && JSON_NODE_HOLDS_OBJECT(root) &&
      json_object_has_member(json_node_get_object(root), "attacks"))
    attacks = json_object_get_array_member(json_node_get_object(root), "attacks");
  if (root && JSON_NODE_HOLDS_OBJECT(root) &&
      json_object_has_member(json_node_get_object(root), "trial"))
    file->warmup = json_object_get_int_member_with_default(
        json_object_get_object_member(json_node_get_object(root), "trial"), "warmup_ns", 0);
  for (guint i = 0; attacks && i < json_array_get_length(attacks); i++) {
    JsonObject *one = json_array_get_object_element(attacks, i);
    if (g_strcmp0(json_object_get_string_member_with_default(one, "name", NULL), attack))
      continue;
    if (json_object_has_member(one, "counters"))
      keep_counters(file, json_object_get_object_member(one, "counters"));
    return true;
  }
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: no attack named '%s'", path, attack);
  return false;
}

static int64_t counter(const RdEvidence *e, const char *name) {
  const RdEvidenceFile *file = (const RdEvidenceFile *)e;
  const gint64 *value = g_hash_table_lookup(file->counters, name);
  return value ? *value : 0;
}

static RdFacts facts(const RdEvidence *e, RdWorldKind which, const char *kind, RdFactsOf of,
                     RdTime from, RdTime to) {
  const RdEvidenceFile *file = (const RdEvidenceFile *)e;
  return rd_facts_count(file->worlds[which == RD_WORLD_BASELINE].facts, kind, of, file->attack,
                        from, to);
}

/* ---- the whole ------------------------------------------------------------------------------- */

RdEvidenceFile *rd_evidence_open(const char *folder, const char *baseline,
                                 const RdTrialAttack *attack, RdTime trial_stop, GError **error) {
  g_autoptr(RdEvidenceFile) file = g_new0(RdEvidenceFile, 1);
  file->view = (RdEvidence){sizeof(RdEvidence),
                            attack->start,
                            attack->stop,
                            trial_stop,
                            metric,
                            fared,
                            claimed,
                            counter,
                            facts};
  file->attack = g_strdup(attack->name);
  file->claims = g_ptr_array_new_with_free_func(claim_free);
  file->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  file->counters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  if (!world_open(&file->worlds[RD_WORLD_THIS], folder, error) ||
      (baseline && !world_open(&file->worlds[RD_WORLD_BASELINE], baseline, error)) ||
      (baseline && !(file->pair = rd_pair_open(baseline, folder, error))) ||
      !read_claims(file, folder, attack->name, error) ||
      !read_counters(file, folder, attack->name, error))
    return NULL;
  return g_steal_pointer(&file);
}

const RdEvidence *rd_evidence_view(const RdEvidenceFile *file) {
  return &file->view;
}

void rd_evidence_close(RdEvidenceFile *file) {
  if (!file)
    return;
  world_close(&file->worlds[RD_WORLD_THIS]);
  world_close(&file->worlds[RD_WORLD_BASELINE]);
  rd_pair_free(file->pair);
  g_ptr_array_unref(file->claims);
  g_hash_table_unref(file->counts);
  g_hash_table_unref(file->counters);
  g_free(file->attack);
  g_free(file);
}

RdSuccess rd_evidence_nothing(void) {
  return (RdSuccess){.size = sizeof(RdSuccess),
                     .effect = NAN,
                     .effect_low = NAN,
                     .effect_high = NAN,
                     .least = -INFINITY,
                     .most = INFINITY,
                     .threshold = NAN,
                     .worst = NAN,
                     .unit = ""};
}

bool rd_evidence_judge(const char *folder, const char *baseline, const RdTrialAttack *attack,
                       RdTime trial_stop, RdSuccess *ret, GError **error) {
  *ret = rd_evidence_nothing();
  g_autoptr(RdEvidenceFile) file = rd_evidence_open(folder, baseline, attack, trial_stop, error);
  if (!file)
    return false;
  if (attack->part->actor.success)
    attack->part->actor.success(&file->view, attack->config, ret);
  ret->why[sizeof ret->why - 1] = 0;
  ret->unit = ret->unit ? ret->unit : "";
  return true;
}
