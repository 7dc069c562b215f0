/* fake_trial - stands in for redoubt-trial in the tests of the harness: the same command line and
 * the same files, with known losses.
 *
 * 100 calls and 50 registrations. Call 0 always fails. An attack fails calls 1 to 40 while it runs;
 * a gate of strength s takes the first s percent of those back; the gate itself fails call 50.
 * $FAKE_LOG: a line a world is appended, "SEED attacks=N defenses=N". $FAKE_SLEEP: milliseconds to
 * take. */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/config/trial.h"
#include "lab/result/ledger.h"
#include "tests/bench/parts/actor.h"

#define CALLS 100
#define REGISTRATIONS 50

static void note(const RdTrial *t) {
  const char *path = g_getenv("FAKE_LOG");
  g_autofree char *line = g_strdup_printf("%" G_GUINT64_FORMAT " attacks=%u defenses=%u\n", t->seed,
                                          t->n_attacks, t->n_defenses);
  int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;
  if (file >= 0 && write(file, line, strlen(line)) < 0)
    perror(path);
  if (file >= 0)
    close(file);
}

static int misbehave(const RdTrial *t) {
  int mode = t->n_attacks > 0 ? ((const ActorConfig *)t->attacks[0].config)->mode : MODE_WORK;
  switch (mode) {
  case MODE_CRASH:
    fprintf(stderr, "about to touch what is not there\n");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 1;
  case MODE_LOOP:
    fprintf(stderr, "thinking\n");
    for (;;)
      pause();
  case MODE_FAIL:
    fprintf(stderr, "fake-trial: box: out of luck\n");
    return 1;
  case MODE_FULL:
    fprintf(stderr, "fake-trial: attempts.rdl: No space left on device\n");
    return 1;
  default:
    return 0;
  }
}

static gboolean call_fails(const RdTrial *t, unsigned i) {
  gboolean guarded = t->n_defenses > 0, attacked = t->n_attacks > 0;
  int64_t strength = guarded ? ((const GateConfig *)t->defenses[0].config)->strength : 0;
  unsigned harmed = (unsigned)(40 * (100 - strength) / 100);
  gboolean twin = attacked && rd_trial_subject(t)->benign;
  return i == 0 || (guarded && i == 50) || (attacked && !twin && i >= 1 && i <= harmed);
}

static gboolean write_ledger(const RdTrial *t, const char *folder) {
  RdLedgerWriter *w = rd_ledger_writer_new(folder, NULL);
  RdTime start = t->n_attacks ? rd_trial_subject(t)->start : 20 * RD_SECOND;
  for (unsigned i = 0; w && i < CALLS + REGISTRATIONS; i++) {
    gboolean call = i < CALLS, fails = call && call_fails(t, i);
    RdTime at = start + (RdTime)i * RD_MILLISECOND;
    RdLedgerRow row = {.entity = i % 10,
                       .attempt = i,
                       .peer = call ? (i + 1) % 10 : UINT64_MAX,
                       .status = fails ? 503 : 200,
                       .kind = call ? RD_ATTEMPT_CALL : RD_ATTEMPT_REGISTER,
                       .started = at,
                       .ringing = fails || !call ? RD_NEVER : at + 50 * RD_MILLISECOND,
                       .answered = at + 80 * RD_MILLISECOND,
                       .ended = RD_NEVER,
                       .closed = RD_NEVER,
                       .left = RD_NEVER};
    rd_ledger_write(w, &row);
  }
  return w && rd_ledger_writer_finish(w, NULL);
}

static gboolean write_empty(const char *folder, const char *name) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return g_file_set_contents(path, "", 0, NULL);
}

static void add_defense(GString *json, const RdTrial *t) {
  if (t->n_defenses == 0)
    return;
  g_string_append_printf(
      json,
      "{\"name\": \"%s\", \"message\": {\"tpr\": %s, \"fpr\": 0.010000,"
      " \"precision_at_base_rate\": 0.009804}, \"score\": {\"roc_auc\": %s, \"roc\":"
      " [[0.9, 0.01, 0.8], [0.5, 0.2, 0.95]]}, \"alerts\": {\"false_alarms\": 1},"
      " \"cost\": {\"per_message_ns\": 1200, \"peak_bytes\": 4096}}",
      t->defenses[0].name, t->n_attacks ? "0.8" : "null", t->n_attacks ? "0.9" : "null");
}

static void add_attacks(GString *json, const RdTrial *t) {
  for (unsigned i = 0; i < t->n_attacks; i++) {
    const RdTrialAttack *a = &t->attacks[i];
    gboolean benign = a->benign, seen = t->n_defenses > 0 && !benign;
    g_string_append_printf(json,
                           "%s{\"name\": \"%s\", \"detected\": %s, \"ttd_ns\": %s, \"ttm_ns\": %s,"
                           " \"blocked_share\": 0.75}",
                           i ? ", " : "", a->name,
                           benign ? "null"
                           : seen ? "true"
                                  : "false",
                           seen ? "1500000000" : "null", seen ? "20000000" : "null");
  }
}

static void add_timeline(GString *json, const RdTrial *t) {
  g_string_append(json,
                  "\"timeline\": {\"bucket_ns\": 1000000000, \"columns\": [\"register_attempts\","
                  " \"registered\", \"call_attempts\", \"answered\", \"served\"], \"rows\": [");
  for (unsigned s = 0; s < t->duration / RD_SECOND; s++) {
    gboolean hit = t->n_attacks && s >= t->attacks[0].start / RD_SECOND &&
                   s < t->attacks[0].stop / RD_SECOND && call_fails(t, 20);
    g_string_append_printf(json, "%s[1, 1, 10, %d, %d]", s ? ", " : "", hit ? 6 : 10, hit ? 6 : 10);
  }
  g_string_append(json, "]}");
}

static gboolean write_result(const RdTrial *t, const char *folder) {
  unsigned failed = 0;
  GString *json = g_string_new("{\n");
  for (unsigned i = 0; i < CALLS; i++)
    failed += call_fails(t, i);
  g_string_append_printf(
      json,
      "\"format\": 1, \"legit\": {\"call\": {\"attempts\": %d, \"ser\": %u,"
      " \"srd_ns\": {\"n\": %u, \"p95\": 50000000}}, \"register\": {\"attempts\":"
      " %d, \"ira\": 0, \"rrd_ns\": {\"p95\": 80000000}}},\n\"defenses\": [",
      CALLS, 100 - failed, 100 - failed, REGISTRATIONS);
  add_defense(json, t);
  g_string_append(json, "],\n\"attacks\": [");
  add_attacks(json, t);
  g_string_append(json, "],\n");
  add_timeline(json, t);
  g_string_append(json, "\n}\n");
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  gboolean ok = g_file_set_contents(path, json->str, -1, NULL);
  g_string_free(json, TRUE);
  return ok;
}

int main(int argc, char **argv) {
  const char *sleep_ms = g_getenv("FAKE_SLEEP");
  g_autoptr(GError) error = NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  if (argc < 4 || strcmp(argv[2], "--out") != 0)
    return 2;
  g_autoptr(RdTrial) trial = rd_trial_load(argv[1], parts, &error);
  if (!trial) {
    fprintf(stderr, "%s\n", error->message);
    return 2;
  }
  if (argc > 4 && strcmp(argv[4], "--build-only") == 0)
    return 0;
  note(trial);
  int code = misbehave(trial);
  if (code)
    return code;
  if (sleep_ms)
    g_usleep((gulong)g_ascii_strtoull(sleep_ms, NULL, 10) * 1000);
  gboolean mute =
      trial->n_attacks && ((const ActorConfig *)trial->attacks[0].config)->mode == MODE_MUTE;
  return write_ledger(trial, argv[3]) && write_empty(argv[3], "claims.jsonl") &&
                 write_empty(argv[3], "alerts.jsonl") && (mute || write_result(trial, argv[3]))
             ? 0
             : 1;
}
