/* Keeps what is really so, for the ledger: whose an alert's subject is, and which claims hold. No
 * part can see any of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/truth.h"
#include "lab/drive/world/whose.h"
#include "lab/text/json.h"

struct RdTruthBook {
  RdWorld *world;
  RdWhoseBook *whose;
  FILE *alerts, *claims;
  bool broken;
};

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
  book->whose = rd_whose_new();
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
  rd_whose_free(book->whose);
  g_free(book);
  return ok;
}

void rd_truth_sent(RdTruthBook *book, const RdParcel *p) {
  RdWorld *w = book->world;
  if (w->n_judges == 0)
    return;
  RdMessage m = {
      .kind = RD_DATA, .protocol = p->protocol, .conn = p->conn, .bytes = p->bytes, .len = p->len};
  rd_codec_view(&w->view_other, &m);
  rd_whose_attack(book->whose, &p->source, &p->destination, m.sip, p->tag.causes);
}

/* Subscribers live on the nodes without a CPU model. */
static bool is_population(const RdWorldActor *a) {
  return !a->is_attack && a->cpu.n_pools == 0;
}

void rd_truth_came(RdTruthBook *book, const RdParcel *p, const RdSip *sip) {
  if (!book || book->world->n_judges == 0 || p->tag.causes || !sip || !p->from)
    return;
  if (is_population(p->from))
    rd_whose_legit(book->whose, sip, true);
  else if (is_population(p->to))
    rd_whose_legit(book->whose, sip, false);
}

/* A node's own address, or a twin's. */
static void ask_networks(RdWorld *w, const char *text, RdWhose *whose) {
  RdAddress a;
  uint64_t entity;
  if (!rd_address_parse(rd_slice(text), &a))
    return;
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdWorldAttachment *attachment = rd_network_find(&w->networks[i], &a, &entity);
    if (!attachment)
      continue;
    whose->legit = whose->legit || !attachment->actor->is_attack;
    whose->sent |= attachment->actor->cause & w->benign_causes;
  }
}

static RdWhose whose_is(RdTruthBook *book, const RdAlert *alert) {
  RdWhose whose = rd_whose(book->whose, alert->subject_kind, alert->subject);
  if (alert->subject_kind == RD_SUBJECT_SOURCE && alert->subject)
    ask_networks(book->world, alert->subject, &whose);
  return whose;
}

/* One object a line, begun by its time. */
static RdJson begin_line(const RdWorld *w) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_int(&j, "t_ns", rd_now(w));
  return j;
}

static void end_line(RdTruthBook *book, RdJson *j, FILE *f) {
  rd_json_close(j);
  g_autofree char *line = rd_json_finish(j);
  if (fputs(line, f) == EOF)
    book->broken = true;
}

void rd_truth_alert(RdTruthBook *book, RdWorldJudge *judge, const RdAlert *alert) {
  static const char *const kinds[] = {"none", "source", "identity", "session", "peer"};
  RdWorld *w = book->world;
  RdWhose whose = whose_is(book, alert);
  RdAlertKind kind = rd_result_alert(w->result, judge->judge->index, alert, &whose, rd_now(w));
  RdJson j = begin_line(w);
  rd_json_text(&j, "defense", judge->spec->name);
  if (judge->spec->apart)
    rd_json_uint(&j, "member", judge->member);
  rd_json_text(&j, "classes", alert->classes);
  rd_json_text(&j, "subject_kind", kinds[MIN(alert->subject_kind, RD_SUBJECT_PEER)]);
  rd_json_text(&j, "subject", alert->subject);
  rd_json_real(&j, "score", alert->score);
  rd_json_text(&j, "evidence", alert->evidence);
  rd_json_text(&j, "kind", rd_alert_kind_name(kind));
  rd_record_causes(&j, w, "causes", whose.sent);
  rd_record_causes(&j, w, "aimed_at_by", whose.targeted);
  rd_json_bool(&j, "legitimate", whose.legit);
  end_line(book, &j, book->alerts);
}

/* What the nodes know of a claim: 1 true, 0 false, -1 nobody can say. */
static int ask_nodes(RdWorld *w, const RdClaim *claim) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    RdWorldActor *a = w->actors[i];
    int says = !a->is_attack && a->part->actor.truth
                   ? a->part->actor.truth(a->self, claim->kind, claim->subject)
                   : -1;
    if (says >= 0)
      return says;
  }
  return -1;
}

void rd_truth_claim(RdTruthBook *book, RdWorldActor *attack, const RdClaim *claim) {
  RdWorld *w = book->world;
  int says = ask_nodes(w, claim);
  if (says >= 0)
    rd_result_claim(w->result, attack->index, claim->kind, claim->value, says == 1);
  RdJson j = begin_line(w);
  rd_json_text(&j, "attack", rd_actor_name(attack));
  rd_json_text(&j, "kind", claim->kind);
  rd_json_text(&j, "subject", claim->subject);
  rd_json_real(&j, "value", claim->value);
  if (says < 0)
    rd_json_null(&j, "true");
  else
    rd_json_bool(&j, "true", says == 1);
  end_line(book, &j, book->claims);
}
