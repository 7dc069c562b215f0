/* Keeps what is really so, for the ledger: whose an alert's subject is, and which claims hold. No
 * part can see any of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/sim/world.h"
#include "lab/world/json.h"

/* Call-IDs and From URIs of attack messages remembered for matching alerts. Past it, alerts on a
 * session or identity first used later count as false: the limit is far above what a trial sends. */
enum { MAX_NAMES = 4 * 1024 * 1024 };

struct RdTruthBook {
  RdWorld *world;
  GHashTable *names; /* hash of a Call-ID or From URI of an attack's own message -> its causes */
  FILE *alerts, *claims;
  bool broken;
};

static uint64_t name_key(RdSlice name) {
  const uint64_t key[2] = {0x6e616d65, 0};
  return rd_siphash(key, name.at, name.len);
}

static FILE *open_in(const char *folder, const char *name, GError **error) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  FILE *f = fopen(path, "w");
  if (!f)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: %s", path, g_strerror(errno));
  return f;
}

RdTruthBook *rd_truth_new(RdWorld *w, const char *folder, GError **error) {
  RdTruthBook *book = g_new0(RdTruthBook, 1);
  book->world = w;
  book->names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  book->alerts = open_in(folder, "alerts.jsonl", error);
  book->claims = book->alerts ? open_in(folder, "claims.jsonl", error) : NULL;
  if (book->claims)
    return book;
  rd_truth_close(book, NULL);
  return NULL;
}

bool rd_truth_close(RdTruthBook *book, GError **error) {
  if (!book)
    return true;
  bool ok = !book->broken;
  if (book->alerts && fclose(book->alerts) != 0)
    ok = false;
  if (book->claims && fclose(book->claims) != 0)
    ok = false;
  if (!ok)
    g_set_error(error, RD_WORLD_ERROR, 0, "alerts.jsonl, claims.jsonl: %s", g_strerror(errno));
  g_hash_table_unref(book->names);
  g_free(book);
  return ok;
}

static void remember(RdTruthBook *book, RdSlice name, uint64_t causes) {
  if (name.len == 0)
    return;
  uint64_t key = name_key(name);
  uint64_t *known = g_hash_table_lookup(book->names, &key);
  if (known)
    *known |= causes;
  else if (g_hash_table_size(book->names) < MAX_NAMES)
    g_hash_table_insert(book->names, g_memdup2(&key, sizeof key),
                        g_memdup2(&causes, sizeof causes));
}

void rd_truth_sent(RdTruthBook *book, const RdParcel *p) {
  RdWorld *w = book->world;
  if (w->n_guards == 0 || p->protocol != RD_PROTO_SIP ||
      !rd_sip_scan(&w->scan_aside, p->bytes, p->len, RD_SIP_DATAGRAM))
    return;
  remember(book, w->scan_aside.sip.call_id, p->tag.causes);
  remember(book, w->scan_aside.sip.from_uri, p->tag.causes);
}

static uint64_t cause_of_source(RdWorld *w, const char *text) {
  RdAddress a;
  uint64_t entity, causes = 0;
  if (!rd_address_parse(rd_slice(text), &a))
    return 0;
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdSide *side = rd_network_find(&w->networks[i], &a, &entity);
    if (side)
      causes |= side->actor->cause;
  }
  return causes;
}

/* "Under attack" is true of whatever attack is on, or was within the grace of ten seconds. */
static uint64_t causes_now(RdWorld *w) {
  uint64_t causes = 0;
  RdTime t = ns3c_now(w->sim);
  for (unsigned i = 0; i < w->trial->n_attacks; i++)
    if (t >= w->trial->attacks[i].start && t <= w->trial->attacks[i].stop + 10 * RD_SECOND)
      causes |= UINT64_C(1) << i;
  return causes;
}

uint64_t rd_truth_of(RdTruthBook *book, const RdAlert *alert) {
  const char *subject = alert->subject ? alert->subject : "";
  uint64_t key = name_key(rd_slice(subject));
  uint64_t *known;
  switch ((RdSubject)alert->subject_kind) {
  case RD_SUBJECT_NONE:
    return causes_now(book->world);
  case RD_SUBJECT_SOURCE:
    return cause_of_source(book->world, subject);
  case RD_SUBJECT_IDENTITY:
  case RD_SUBJECT_SESSION:
    known = g_hash_table_lookup(book->names, &key);
    return known ? *known : 0;
  default:
    return 0;
  }
}

/* One object a line, begun by its time. */
static RdJson begin_line(const RdWorld *w) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_int(&j, "t_ns", ns3c_now(w->sim));
  return j;
}

static void end_line(RdTruthBook *book, RdJson *j, FILE *f) {
  rd_json_close(j);
  g_autofree char *line = rd_json_finish(j);
  if (fputs(line, f) == EOF)
    book->broken = true;
}

void rd_truth_alert(RdTruthBook *book, RdSimGuard *guard, const RdAlert *alert) {
  static const char *const kinds[] = {"none", "source", "identity", "session", "peer"};
  RdWorld *w = book->world;
  uint64_t causes = rd_truth_of(book, alert);
  rd_result_alert(w->result, guard->guard->index, alert, causes, ns3c_now(w->sim));
  RdJson j = begin_line(w);
  rd_json_text(&j, "defense", guard->counters.name);
  rd_json_text(&j, "classes", alert->classes);
  rd_json_text(&j, "subject_kind", kinds[MIN(alert->subject_kind, RD_SUBJECT_PEER)]);
  rd_json_text(&j, "subject", alert->subject);
  rd_json_real(&j, "score", alert->score);
  rd_json_text(&j, "evidence", alert->evidence);
  rd_json_open(&j, "causes", '[');
  for (unsigned i = 0; i < w->trial->n_attacks; i++)
    if (causes >> i & 1)
      rd_json_text(&j, NULL, w->trial->attacks[i].name);
  rd_json_close(&j);
  end_line(book, &j, book->alerts);
}

/* What the nodes know of a claim: 1 true, 0 false, -1 nobody can say. */
static int ask_nodes(RdWorld *w, const RdClaim *claim) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    RdSimActor *a = w->actors[i];
    int says = !a->is_attack && a->part->actor.truth
                   ? a->part->actor.truth(a->self, claim->kind, claim->subject)
                   : -1;
    if (says >= 0)
      return says;
  }
  return -1;
}

void rd_truth_claim(RdTruthBook *book, RdSimActor *attack, const RdClaim *claim) {
  RdWorld *w = book->world;
  int says = ask_nodes(w, claim);
  if (says >= 0)
    rd_result_claim(w->result, attack->index, claim->kind, claim->value, says == 1);
  RdJson j = begin_line(w);
  rd_json_text(&j, "attack", attack->counters.name);
  rd_json_text(&j, "kind", claim->kind);
  rd_json_text(&j, "subject", claim->subject);
  rd_json_real(&j, "value", claim->value);
  if (says < 0)
    rd_json_null(&j, "true");
  else
    rd_json_bool(&j, "true", says == 1);
  end_line(book, &j, book->claims);
}
