/* predicate.c - asks the attacks' own predicates, in a process of its own.
 *
 * The process is a copy of this one, a row each: a fork takes less time than to read the trial once more
 * in a process that stays, and nothing that one predicate spoils reaches the next (docs/decisions.md). */
#include "bench/judge/predicate.h"

#include <string.h>
#include <unistd.h>

#include "bench/judge/evidence.h"
#include "bench/run/apart.h"

/* An answer on its way; the text of its unit goes along, as pointers mean nothing on the other side. */
typedef struct {
  RdSuccess success;
  char unit[128];
  char fault[512]; /* "": none. What is wrong with the evidence */
} Answer;

typedef struct {
  const RdTrial *trial;
  const char *const *folders;
} Question;

/* Answers come in this order: of each attack, undefended and defended. */
static Answer answer_to(const Question *q, unsigned number) {
  const gboolean defended = number % 2;
  g_autoptr(GError) error = NULL;
  Answer a;
  memset(&a, 0, sizeof a);
  if (!rd_evidence_judge(q->folders[defended ? RD_IN_B : RD_IN_A],
                         q->folders[defended ? RD_IN_D : RD_IN_N], &q->trial->attacks[number / 2],
                         q->trial->duration, &a.success, &error))
    g_strlcpy(a.fault, error->message, sizeof a.fault);
  else
    g_strlcpy(a.unit, a.success.unit, sizeof a.unit);
  return a;
}

static void answer_all(void *user, int out) {
  const Question *q = user;
  for (unsigned n = 0; n < 2 * q->trial->n_attacks; n++) {
    const Answer a = answer_to(q, n);
    for (size_t done = 0; done < sizeof a;) {
      ssize_t wrote = write(out, (const char *)&a + done, sizeof a - done);
      if (wrote <= 0)
        _exit(1);
      done += (size_t)wrote;
    }
  }
}

static void take(const Answer *a, RdSuccess *into) {
  *into = a->success;
  into->unit = g_intern_string(a->unit);
}

struct RdPredicates {
  gint64 timeout_ms;
  GHashTable *late; /* name of an attack -> in how many rows it took too long */
};

RdPredicates *rd_predicates_new(gint64 timeout_ms) {
  RdPredicates *p = g_new0(RdPredicates, 1);
  p->timeout_ms = timeout_ms;
  p->late = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return p;
}

void rd_predicates_free(RdPredicates *p) {
  if (!p)
    return;
  g_hash_table_unref(p->late);
  g_free(p);
}

static guint times_late(const RdPredicates *p, const char *attack) {
  return GPOINTER_TO_UINT(g_hash_table_lookup(p->late, attack));
}

static char *why_none(RdPredicates *p, const Question *q, unsigned number, RdJobEnd end,
                      const char *why) {
  const char *attack = q->trial->attacks[number / 2].name;
  if (end == RD_JOB_TIMEOUT)
    g_hash_table_insert(p->late, g_strdup(attack), GUINT_TO_POINTER(times_late(p, attack) + 1));
  return g_strdup_printf("the predicate of attack %s, asked about the world %s defense: %s", attack,
                         number % 2 ? "with" : "without",
                         why ? why : "it ended its process before it had answered");
}

static char *why_unasked(const RdPredicates *p, const RdTrial *trial) {
  for (unsigned i = 0; i < trial->n_attacks; i++)
    if (times_late(p, trial->attacks[i].name) >= RD_PREDICATE_TIMEOUTS)
      return g_strdup_printf("the predicate of attack %s was not asked: it took more than %.10g s "
                             "in %d rows before",
                             trial->attacks[i].name, (double)p->timeout_ms / 1000,
                             RD_PREDICATE_TIMEOUTS);
  return NULL;
}

char *rd_predicates_ask(RdPredicates *p, const RdTrial *trial, const char *const folders[RD_WORLDS],
                        RdSuccess *alone, RdSuccess *defended) {
  Question q = {trial, folders};
  g_autoptr(GByteArray) bytes = NULL;
  g_autofree char *why = NULL;
  char *unasked = why_unasked(p, trial);
  if (unasked)
    return unasked;
  const RdJobEnd end = rd_apart_run(answer_all, &q, p->timeout_ms, &bytes, &why);
  for (unsigned n = 0; n < 2 * trial->n_attacks; n++) {
    Answer a;
    if (bytes->len < (n + 1) * sizeof a)
      return why_none(p, &q, n, end, why);
    memcpy(&a, bytes->data + n * sizeof a, sizeof a);
    if (*a.fault)
      return g_strdup(a.fault);
    take(&a, n % 2 ? &defended[n / 2] : &alone[n / 2]);
  }
  return NULL;
}
