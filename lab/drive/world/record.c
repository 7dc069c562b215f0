/* Writes what a trial leaves to look at: a capture an interface with the truth in its comments, what
 * each defense judged with its verdicts, and the trace. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/capture/pcapng.h"
#include "lab/drive/judge/verdict.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"
#include "lab/text/json.h"
#include "lab/text/names.h"

typedef struct {
  RdPcapng *pcap;
  FILE *verdicts; /* of what a defense judged */
} Tape;

struct RdRecord {
  RdWorld *world;
  GPtrArray *tapes; /* Tape */
  FILE *trace;
  GString *line;
  bool broken;
};

static FILE *open_file(const char *folder, const char *name, GError **error) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  FILE *f = fopen(path, "w");
  if (!f)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: %s", path, g_strerror(errno));
  return f;
}

/* The new tape's number, -1 on failure. */
static int add_tape(RdRecord *r, const char *folder, const char *stem, GError **error) {
  g_autofree char *name = g_strconcat(stem, ".pcapng", NULL);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  Tape *tape = g_new0(Tape, 1);
  g_ptr_array_add(r->tapes, tape);
  tape->pcap = rd_pcapng_new(path, error);
  return tape->pcap ? (int)r->tapes->len - 1 : -1;
}

static bool open_sides(RdRecord *r, const char *folder, GError **error) {
  RdWorld *w = r->world;
  for (unsigned i = 0; i < w->trial->topology->n_nodes; i++) {
    RdWorldActor *a = w->actors[i];
    for (unsigned k = 0; k < a->n_attachments; k++) {
      const char *network = a->attachments[k].network->spec->name;
      g_autofree char *stem = g_strdup_printf("%s.%s", rd_actor_name(a), network);
      a->attachments[k].record = add_tape(r, folder, stem, error);
      if (a->attachments[k].record < 0)
        return false;
      Tape *tape = g_ptr_array_index(r->tapes, a->attachments[k].record);
      rd_pcapng_interface(tape->pcap, stem);
    }
  }
  return true;
}

/* What a defense judges, in its order; one interface for each of its places. */
static bool open_judged(RdRecord *r, const char *folder, GError **error) {
  const RdTrial *trial = r->world->trial;
  r->world->judged_tapes = r->tapes->len;
  for (unsigned i = 0; i < trial->n_defenses; i++) {
    const RdTrialDefense *d = &trial->defenses[i];
    g_autofree char *stem = g_strconcat(d->name, ".judged", NULL);
    g_autofree char *verdicts = g_strconcat(d->name, ".verdicts.jsonl", NULL);
    int index = add_tape(r, folder, stem, error);
    if (index < 0)
      return false;
    Tape *tape = g_ptr_array_index(r->tapes, index);
    tape->verdicts = open_file(folder, verdicts, error);
    if (!tape->verdicts)
      return false;
    for (unsigned k = 0; k < d->n_places; k++) {
      const RdNode *node = &trial->topology->nodes[d->places[k].node];
      const RdNetwork *net = &trial->topology->networks[node->attach[d->places[k].attach].network];
      g_autofree char *name = g_strdup_printf("%s.%s", node->name, net->name);
      g_autofree char *what =
          g_strdup_printf("%s %s", rd_interface_name(net->interface), net->domain);
      rd_pcapng_described(tape->pcap, name, what);
    }
  }
  return true;
}

RdRecord *rd_record_new(RdWorld *w, const RdOutputs *out, GError **error) {
  RdRecord *r = g_new0(RdRecord, 1);
  r->world = w;
  r->tapes = g_ptr_array_new_with_free_func(g_free);
  r->line = g_string_new(NULL);
  bool ok = true;
  if (out->captures)
    ok = open_sides(r, out->captures, error) && open_judged(r, out->captures, error);
  if (ok && out->trace) {
    r->trace = fopen(out->trace, "w");
    ok = r->trace != NULL;
    if (!ok)
      g_set_error(error, RD_WORLD_ERROR, 0, "%s: %s", out->trace, g_strerror(errno));
  }
  if (ok)
    return r;
  rd_record_close(r, NULL);
  return NULL;
}

bool rd_record_close(RdRecord *r, GError **error) {
  if (!r)
    return true;
  bool ok = !r->broken;
  for (unsigned i = 0; i < r->tapes->len; i++) {
    Tape *tape = g_ptr_array_index(r->tapes, i);
    if (tape->pcap && !rd_pcapng_close(tape->pcap, NULL))
      ok = false;
    if (tape->verdicts && fclose(tape->verdicts) != 0)
      ok = false;
  }
  if (r->trace && fclose(r->trace) != 0)
    ok = false;
  if (!ok)
    g_set_error(error, RD_WORLD_ERROR, 0, "writing captures or trace: %s", g_strerror(errno));
  g_ptr_array_unref(r->tapes);
  g_string_free(r->line, TRUE);
  g_free(r);
  return ok;
}

/* --- labels ----------------------------------------------------------------------------------- */

static const char *truth_name(const RdWorld *w, const RdTag *tag) {
  return rd_truth_name(rd_tag_truth(tag, w->benign_causes));
}

/* names: room for those of all causes. */
static RdLabel label_of(const RdWorld *w, const RdTag *tag, const char *names[64]) {
  RdLabel label = {.label = truth_name(w, tag), .causes = names, .depth = tag->depth};
  for (unsigned i = 0; i < w->trial->n_attacks; i++)
    if (tag->causes >> i & 1)
      names[label.n_causes++] = w->trial->attacks[i].name;
  return label;
}

void rd_record_causes(RdJson *j, const RdWorld *w, const char *key, uint64_t bits) {
  rd_json_open(j, key, '[');
  for (unsigned i = 0; i < w->trial->n_attacks; i++)
    if (bits >> i & 1)
      rd_json_text(j, NULL, w->trial->attacks[i].name);
  rd_json_close(j);
}

/* --- captures --------------------------------------------------------------------------------- */

static void note(RdRecord *r, Tape *tape, const RdLabel *label, bool written) {
  if (written)
    rd_pcapng_label(tape->pcap, label);
  else
    r->broken = true;
}

void rd_record_message(RdRecord *r, const RdWorldAttachment *attachment, const RdParcel *p,
                       bool outgoing) {
  const char *names[64];
  char comment[RD_LABEL_COMMENT];
  rd_record_trace(r, outgoing ? "sent" : "received", p, NULL);
  if (attachment->record < 0 || p->kind != RD_DATA)
    return;
  Tape *tape = g_ptr_array_index(r->tapes, attachment->record);
  RdLabel label = label_of(r->world, &p->tag, names);
  rd_label_comment(-1, &label, comment);
  note(r, tape, &label,
       rd_pcapng_message(tape->pcap, 0, rd_now(r->world), &p->source, &p->destination, p->bytes,
                         p->len, comment, outgoing ? RD_EGRESS : RD_INGRESS));
}

void rd_record_stream(RdRecord *r, const RdStream *stream, bool outgoing, const uint8_t *bytes,
                      size_t len, const RdTag *tag) {
  const char *names[64];
  char comment[RD_LABEL_COMMENT];
  if (stream->attachment->record < 0)
    return;
  Tape *tape = g_ptr_array_index(r->tapes, stream->attachment->record);
  RdLabel label = label_of(r->world, tag, names);
  rd_label_comment(-1, &label, comment);
  note(r, tape, &label,
       rd_pcapng_message(tape->pcap, 0, rd_now(r->world),
                         outgoing ? &stream->local : &stream->remote,
                         outgoing ? &stream->remote : &stream->local, bytes, len, comment,
                         outgoing ? RD_EGRESS : RD_INGRESS));
}

void rd_record_packet(RdRecord *r, const RdWorldAttachment *attachment, bool outgoing, RdTime at,
                      const uint8_t *ip, size_t len, const RdTag *tag) {
  static const RdTag nobody = {0, 0, 0};
  const char *names[64];
  char comment[RD_LABEL_COMMENT];
  Tape *tape = g_ptr_array_index(r->tapes, attachment->record);
  RdLabel label = label_of(r->world, tag ? tag : &nobody, names);
  rd_label_comment(-1, &label, comment);
  note(r, tape, &label,
       rd_pcapng_ip(tape->pcap, 0, at, ip, len, comment, outgoing ? RD_EGRESS : RD_INGRESS));
}

void rd_record_verdict(RdRecord *r, RdWorldJudge *judge, const RdMessage *m, const RdVerdict *v,
                       const RdTag *tag) {
  const char *names[64];
  char comment[RD_LABEL_COMMENT];
  if (r->tapes->len == 0)
    return;
  Tape *tape = g_ptr_array_index(r->tapes, r->world->judged_tapes + judge->judge->index);
  RdTime at = rd_now(r->world);
  bool in = m->direction == RD_INGRESS;
  RdLabel label = label_of(r->world, tag, names);
  rd_label_comment(m->direction, &label, comment);
  note(r, tape, &label,
       rd_pcapng_message(tape->pcap, judge->first_place + m->attachment, at,
                         in ? &m->remote : &m->local, in ? &m->local : &m->remote, m->bytes, m->len,
                         comment, m->direction));
  g_string_truncate(r->line, 0);
  rd_verdict_line(r->line, rd_pcapng_frames(tape->pcap), at, m, v);
  if (fputs(r->line->str, tape->verdicts) == EOF)
    r->broken = true;
}

/* --- the trace -------------------------------------------------------------------------------- */

void rd_record_trace(RdRecord *r, const char *event, const RdParcel *p, const char *detail) {
  char address[RD_ADDRESS_TEXT], first_line[81];
  if (!r->trace)
    return;
  const void *end = memchr(p->bytes, '\r', p->len);
  size_t n = end ? (size_t)((const uint8_t *)end - p->bytes) : p->len;
  rd_slice_copy(rd_slice_of(p->bytes, n), first_line, sizeof first_line);
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_int(&j, "t_ns", rd_now(r->world));
  rd_json_text(&j, "event", event);
  rd_json_text(&j, "network", p->network->spec->name);
  rd_address_text(&p->source, address);
  rd_json_text(&j, "src", address);
  rd_address_text(&p->destination, address);
  rd_json_text(&j, "dst", address);
  rd_json_text(&j, "label", truth_name(r->world, &p->tag));
  rd_json_text(&j, "first_line", first_line);
  if (detail)
    rd_json_text(&j, "detail", detail);
  rd_json_close(&j);
  g_autofree char *line = rd_json_finish(&j);
  if (fputs(line, r->trace) == EOF)
    r->broken = true;
}
