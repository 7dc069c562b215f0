#include "lab/result/result_internal.h"

#include <gio/gio.h>
#include <string.h>

static GArray *named_new(void) {
  return g_array_new(FALSE, TRUE, sizeof(RdNamedCount));
}

static void init_defense(RdDefenseCounts *d, const RdTrialDefense *defense, unsigned n_attacks) {
  static const uint64_t key[2] = {UINT64_C(0x616c61726d732d6f), UINT64_C(0x662d612d74726961)};
  d->place_judged = g_new0(uint64_t, defense->n_places + 1);
  d->place_not_judged = g_new0(uint64_t, defense->n_places + 1);
  d->encounters = g_new0(RdEncounter, n_attacks + 1);
  for (unsigned i = 0; i < n_attacks; i++)
    d->encounters[i].first_alert = d->encounters[i].first_act = RD_NEVER;
  d->alarms = rd_table_new(RD_ALARM_SUBJECTS, sizeof(RdTime), key, NULL, NULL);
  d->counters = named_new();
}

static void init_timeline(RdResult *r) {
  RdTime seconds = (r->trial->duration + RD_SECOND - 1) / RD_SECOND;
  RdTime each = MAX(1, (seconds + RD_TIMELINE_BUCKETS - 1) / RD_TIMELINE_BUCKETS);
  r->bucket_width = each * RD_SECOND;
  r->n_buckets = (unsigned)MAX(1, (seconds + each - 1) / each);
  r->timeline = g_new0(RdBucket, r->n_buckets);
}

RdResult *rd_result_new(const RdTrial *trial) {
  RdResult *r = g_new0(RdResult, 1);
  r->trial = trial;
  for (unsigned i = 0; i < RD_PARTIES; i++)
    rd_service_init(&r->services[i]);
  init_timeline(r);
  r->defenses = g_new0(RdDefenseCounts, trial->n_defenses + 1);
  for (unsigned i = 0; i < trial->n_defenses; i++)
    init_defense(&r->defenses[i], &trial->defenses[i], trial->n_attacks);
  r->attacks = g_new0(RdAttackCounts, trial->n_attacks + 1);
  for (unsigned i = 0; i < trial->n_attacks; i++) {
    r->attacks[i].claims = g_array_new(FALSE, TRUE, sizeof(RdClaimCounts));
    r->attacks[i].counters = named_new();
    if (trial->attacks[i].benign)
      r->benign_mask |= UINT64_C(1) << i;
  }
  r->nodes = g_new0(RdNodeResult, trial->topology->n_nodes + 1);
  for (unsigned i = 0; i < trial->topology->n_nodes; i++) {
    r->nodes[i].counters = named_new();
    r->nodes[i].queues = g_new0(RdQueueResult, trial->topology->nodes[i].n_attach + 1);
  }
  r->networks = g_new0(RdNetworkCounts, trial->topology->n_networks + 1);
  r->facts = g_array_new(FALSE, TRUE, sizeof(RdFactCounts));
  return r;
}

static void count_in_timeline(RdResult *r, const RdLedgerRow *row) {
  unsigned i = (unsigned)CLAMP(row->started / r->bucket_width, 0, (RdTime)r->n_buckets - 1);
  RdBucket *bucket = &r->timeline[i];
  if (row->kind == RD_ATTEMPT_REGISTER) {
    bucket->registers++;
    bucket->registered += rd_attempt_succeeded(row);
  } else if (row->kind == RD_ATTEMPT_CALL) {
    bucket->calls++;
    bucket->answered += rd_call_outcome(row) == RD_CALL_ANSWERED;
    bucket->served += rd_attempt_served(row);
  }
}

void rd_result_attempt(RdResult *r, const RdLedgerRow *row) {
  if (!row->causes)
    count_in_timeline(r, row);
  if (row->started < r->trial->warmup)
    return;
  RdParty party = RD_LEGIT;
  if (row->causes)
    party = row->causes & ~r->benign_mask ? RD_BY_ATTACK : RD_BY_TWIN;
  rd_service_add(&r->services[party], row);
}

void rd_result_attack_sent(RdResult *r, unsigned attack, uint64_t count, size_t bytes) {
  r->attacks[attack].sent += count;
  r->attacks[attack].bytes += count * bytes;
}

static RdClaimCounts *claims_of(GArray *claims, const char *kind) {
  for (guint i = 0; i < claims->len; i++)
    if (!strcmp(g_array_index(claims, RdClaimCounts, i).kind, kind))
      return &g_array_index(claims, RdClaimCounts, i);
  if (claims->len == RD_CLAIM_KINDS)
    return &g_array_index(claims, RdClaimCounts, RD_CLAIM_KINDS - 1);
  RdClaimCounts fresh = {.kind = g_strdup(claims->len == RD_CLAIM_KINDS - 1 ? "other" : kind)};
  g_array_append_val(claims, fresh);
  return &g_array_index(claims, RdClaimCounts, claims->len - 1);
}

void rd_result_claim(RdResult *r, unsigned attack, const char *kind, double value, bool truth) {
  RdClaimCounts *c = claims_of(r->attacks[attack].claims, kind);
  c->made++;
  c->truths += truth;
  c->held += value > 0.5;
  c->right += truth && value > 0.5;
}

static void add_times(RdHistogram **h, RdTime value, uint64_t count) {
  if (!*h && !(*h = rd_histogram_new()))
    g_error("out of memory");
  rd_histogram_add_times(*h, value, count);
}

void rd_result_served(RdResult *r, unsigned node, RdTruth truth, RdTime wait, RdTime service) {
  RdNodeResult *n = &r->nodes[node];
  n->served[truth]++;
  add_times(&n->wait[truth], wait, 1);
  add_times(&n->service[truth], service, 1);
}

void rd_result_served_at_once(RdResult *r, unsigned node, RdTruth truth, uint64_t count) {
  RdNodeResult *n = &r->nodes[node];
  n->served[truth] += count;
  add_times(&n->wait[truth], 0, count);
  add_times(&n->service[truth], 0, count);
}

void rd_result_overflow(RdResult *r, unsigned node, unsigned attach, RdTruth truth) {
  r->nodes[node].queues[attach].overflowed[truth]++;
}

void rd_result_queue(RdResult *r, unsigned node, unsigned attach, const RdQueueCounts *counts) {
  r->nodes[node].queues[attach].counts = *counts;
}

void rd_result_node(RdResult *r, unsigned node, const RdNodeCounts *counts) {
  r->nodes[node].counts = *counts;
  r->nodes[node].counted = true;
}

void rd_result_network(RdResult *r, unsigned network, const RdNetworkCounts *counts) {
  r->networks[network] = *counts;
}

void rd_result_counter(RdResult *r, RdPartKind kind, unsigned index, const char *name,
                       int64_t value) {
  GArray *counters = kind == RD_NODE     ? r->nodes[index].counters
                     : kind == RD_ATTACK ? r->attacks[index].counters
                                         : r->defenses[index].counters;
  /* Members of one defense count under the same names. */
  for (guint i = 0; i < counters->len; i++) {
    RdNamedCount *c = &g_array_index(counters, RdNamedCount, i);
    if (strcmp(c->name, name) == 0) {
      if (__builtin_add_overflow(c->value, value, &c->value))
        c->value = value > 0 ? INT64_MAX : INT64_MIN;
      return;
    }
  }
  RdNamedCount fresh = {g_strdup(name), value};
  g_array_append_val(counters, fresh);
}

void rd_result_engine(RdResult *r, uint64_t events, uint64_t messages) {
  r->events = events;
  r->messages = messages;
}

void rd_result_live(RdResult *r, const RdLiveCounts *counts) {
  r->live = *counts;
}

void rd_result_loopback(RdResult *r, unsigned network, const char *addresses) {
  if (!r->loopback)
    r->loopback = g_new0(char *, r->trial->topology->n_networks);
  g_free(r->loopback[network]);
  r->loopback[network] = g_strdup(addresses);
}

/* result.json says "finished and sound"; a broken trial keeps its figures under another name. */
bool rd_result_write(RdResult *r, const char *world_folder, GError **error) {
  g_autofree char *conservation = rd_result_conservation(r);
  g_autofree char *little = rd_result_little(r);
  bool sound = !conservation && !little;
  g_autofree char *text = rd_result_text(r, conservation, little);
  g_autofree char *path =
      g_build_filename(world_folder, sound ? "result.json" : "result-broken.json", NULL);
  if (!g_file_set_contents(path, text, -1, error))
    return false;
  if (!sound)
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "a law is broken: %s%s%s (see %s)",
                conservation ? conservation : "", conservation && little ? "; " : "",
                little ? little : "", path);
  return sound;
}

static void free_counters(GArray *counters) {
  for (guint i = 0; i < counters->len; i++)
    g_free(g_array_index(counters, RdNamedCount, i).name);
  g_array_unref(counters);
}

static void free_attack(RdAttackCounts *attack) {
  for (guint i = 0; i < attack->claims->len; i++)
    g_free(g_array_index(attack->claims, RdClaimCounts, i).kind);
  g_array_unref(attack->claims);
  free_counters(attack->counters);
}

static void free_defense(RdDefenseCounts *defense) {
  g_free(defense->place_judged);
  g_free(defense->place_not_judged);
  g_free(defense->encounters);
  rd_table_free(defense->alarms);
  free_counters(defense->counters);
}

static void free_node(RdNodeResult *node) {
  for (unsigned i = 0; i < RD_TRUTH_COUNT; i++) {
    rd_histogram_free(node->wait[i]);
    rd_histogram_free(node->service[i]);
  }
  g_free(node->queues);
  free_counters(node->counters);
}

void rd_result_free(RdResult *r) {
  if (!r)
    return;
  for (unsigned i = 0; i < RD_PARTIES; i++)
    rd_service_clear(&r->services[i]);
  for (unsigned i = 0; i < r->trial->n_defenses; i++)
    free_defense(&r->defenses[i]);
  for (unsigned i = 0; i < r->trial->n_attacks; i++)
    free_attack(&r->attacks[i]);
  for (unsigned i = 0; i < r->trial->topology->n_nodes; i++)
    free_node(&r->nodes[i]);
  for (unsigned i = 0; r->loopback && i < r->trial->topology->n_networks; i++)
    g_free(r->loopback[i]);
  g_free(r->loopback);
  g_free(r->timeline);
  g_free(r->defenses);
  g_free(r->attacks);
  g_free(r->nodes);
  g_free(r->networks);
  for (guint i = 0; i < r->facts->len; i++)
    g_free(g_array_index(r->facts, RdFactCounts, i).kind);
  g_array_unref(r->facts);
  g_free(r);
}
