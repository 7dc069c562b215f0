/* `redoubt bench`, `report` and `run` from outside, with an engine whose losses are known. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/judge/document.h"
#include "bench/run/folder.h"
#include "tests/check_main.h"

static char *folder, *results, *log_path;
static char *out, *err; /* of the last run */

static void setup(void) {
  folder = g_dir_make_tmp("rd-bench-XXXXXX", NULL);
  results = g_build_filename(folder, "results", NULL);
  log_path = g_build_filename(folder, "log", NULL);
  g_setenv("FAKE_LOG", log_path, TRUE);
  g_unsetenv("FAKE_SLEEP");
}

static void teardown(void) {
  rd_folder_remove(folder);
  g_clear_pointer(&folder, g_free);
  g_clear_pointer(&results, g_free);
  g_clear_pointer(&log_path, g_free);
  g_clear_pointer(&out, g_free);
  g_clear_pointer(&err, g_free);
}

/* Runs redoubt; out and err are what it wrote. Returns its exit code. */
static int redoubt(const char *command, const char *first, ...) {
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  int status = 0;
  va_list more;
  g_ptr_array_add(argv, (gpointer)REDOUBT);
  g_ptr_array_add(argv, (gpointer)command);
  va_start(more, first);
  for (const char *a = first; a; a = va_arg(more, const char *))
    g_ptr_array_add(argv, (gpointer)a);
  va_end(more);
  g_ptr_array_add(argv, NULL);
  g_clear_pointer(&out, g_free);
  g_clear_pointer(&err, g_free);
  ck_assert(
      g_spawn_sync(NULL, (char **)argv->pdata, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define expect(code, ...)                                                                          \
  do {                                                                                             \
    int got = redoubt(__VA_ARGS__, NULL);                                                          \
    ck_assert_msg(got == (code), "exit %d, stderr: %s", got, err);                                 \
  } while (0)

static void says(const char *text, const char *words) {
  ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in: %s", words, text);
}

static unsigned worlds_run(void) {
  g_autofree char *log = NULL;
  unsigned n = 0;
  if (g_file_get_contents(log_path, &log, NULL, NULL))
    for (const char *p = log; *p; p++)
      n += *p == '\n';
  return n;
}

static JsonObject *cell(JsonObject *root, const char *attack, const char *defense) {
  JsonArray *cells = rd_document_array(root, "cells");
  for (guint i = 0; i < json_array_get_length(cells); i++) {
    JsonObject *c = json_array_get_object_element(cells, i);
    if (strcmp(rd_document_text(c, "attack"), attack) == 0 &&
        strcmp(rd_document_text(c, "defense"), defense) == 0)
      return c;
  }
  ck_abort_msg("no cell %s x %s", attack, defense);
  return NULL;
}

static void check_cell(JsonObject *c, const char *verdict, double succeeded, double lost_attack,
                       double lost_defense, double rescued) {
  ck_assert_str_eq(rd_document_text(c, "verdict"), verdict);
  ck_assert_double_eq(rd_document_number(c, "usable"), 2);
  ck_assert_double_eq(rd_document_number(c, "succeeded.k"), succeeded);
  ck_assert_double_eq(rd_document_number(c, "measures.lost_to_attack.mean"), lost_attack);
  ck_assert_double_eq(rd_document_number(c, "measures.lost_to_defense.mean"), lost_defense);
  ck_assert_double_eq(rd_document_number(c, "measures.rescued.mean"), rescued);
}

static void check_sums(JsonObject *c, double undefended, double lost) {
  ck_assert_double_eq(rd_document_number(c, "measures.lost_undefended.mean"), undefended);
  ck_assert_double_eq(rd_document_number(c, "measures.lost.mean"), lost);
}

START_TEST(a_campaign_comes_to_what_its_worlds_say) {
  expect(0, "bench", DATA "/small.yaml", "-o", results, "--format", "json");
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  ck_assert_ptr_nonnull(root);
  ck_assert_uint_eq(worlds_run(), 42);
  /* By fake_trial: 40 calls lost; a weak gate (20 %) gives 8 back, loses one itself. */
  check_cell(cell(root, "drum", "none"), "lost", 2, 40, 0, 0);
  check_cell(cell(root, "drum", "weak"), "lost", 2, 32, 1, 8);
  check_cell(cell(root, "drum", "strong"), "held", 0, 0, 1, 40);
  JsonObject *strong = cell(root, "drum", "strong"), *none = cell(root, "drum", "none");
  check_sums(none, 40, 40);
  check_sums(cell(root, "drum", "weak"), 40, 33); /* the one lost to the gate is lost here, too */
  check_sums(strong, 40, 1);
  ck_assert_double_eq(rd_document_number(strong, "measures.effect.mean"), 0);
  ck_assert_double_eq(rd_document_number(strong, "measures.effect_alone.mean"), 40);
  ck_assert_double_eq(rd_document_number(strong, "effect_change.mean"), -40);
  ck_assert_double_eq(rd_document_number(strong, "threshold"), 5);
  /* What the gate costs is told apart from the word: call 50, in peace and beyond the attack. */
  ck_assert_double_eq(rd_document_number(strong, "measures.lost_in_peace.mean"), 1);
  ck_assert_double_eq(rd_document_number(strong, "measures.lost_beyond_attack.mean"), 1);
  ck_assert_double_eq(rd_document_number(strong, "detected.k"), 2);
  ck_assert_double_eq(rd_document_number(strong, "ttd_median_s"), 1.5);
  ck_assert_double_eq(rd_document_number(strong, "measures.cost_per_message.mean"), 1200);
  /* What has no denominator is null, not 0. */
  ck_assert(isnan(rd_document_number(none, "measures.fpr.mean")));
  ck_assert_double_eq(rd_document_number(none, "detected.n"), 0);
  ck_assert(isnan(rd_document_number(none, "detected.low")));
  check_cell(cell(root, "surge", "strong"), "spared", 0, 0, 1, 0);
  ck_assert_double_eq(rd_document_number(cell(root, "surge", "strong"), "succeeded.n"), 0);
  /* One of the 150 attempts that others and the twin made. */
  ck_assert_double_eq_tol(
      rd_document_number(cell(root, "surge", "strong"), "measures.twin_effect.mean"), 100 / 150.0,
      1e-4);
}
END_TEST

START_TEST(what_is_done_is_not_done_again) {
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  g_autofree char *first = g_strdup(out);
  says(err, "42 worlds: 42 run");
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  says(err, "nothing to compute");
  ck_assert_str_eq(first, out);
  ck_assert_uint_eq(worlds_run(), 42);
}
END_TEST

/* Makes a copy with an octet more: another digest, the same program. */
static void changed_copy(const char *path, const char *to) {
  g_autofree char *bytes = NULL, *dir = g_path_get_dirname(to);
  gsize size;
  ck_assert(g_file_get_contents(path, &bytes, &size, NULL));
  bytes = g_realloc(bytes, size + 1);
  bytes[size] = 'x';
  ck_assert_int_eq(g_mkdir_with_parents(dir, 0777), 0);
  ck_assert(
      g_file_set_contents_full(to, bytes, (gssize)size + 1, G_FILE_SET_CONTENTS_NONE, 0777, NULL));
}

START_TEST(it_says_why_it_computes) {
  g_autofree char *old_engine = g_strdup(g_getenv("REDOUBT_TRIAL"));
  g_autofree char *old_parts = g_strdup(g_getenv("REDOUBT_PARTS"));
  g_autofree char *to_engine = g_build_filename(folder, "trial", NULL);
  g_autofree char *root = g_build_filename(folder, "parts", NULL);
  g_autofree char *to_gate = g_build_filename(root, "defenses", "gate.so", NULL);
  g_autofree char *gate = g_build_filename(old_parts, "defenses", "gate.so", NULL);
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  says(err, "42 of 42 worlds to compute: this folder is new\n");
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  ck_assert_ptr_null(strstr(err, "to compute: "));
  changed_copy(gate, to_gate);
  g_autofree char *both = g_strconcat(root, ":", old_parts, NULL);
  g_setenv("REDOUBT_PARTS", both, TRUE);
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  says(err, "28 of 42 worlds to compute: changed since the last bench here: defense gate\n");
  changed_copy(old_engine, to_engine);
  g_setenv("REDOUBT_TRIAL", to_engine, TRUE);
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  says(err, "42 of 42 worlds to compute: changed since the last bench here: redoubt-trial\n");
  g_setenv("REDOUBT_PARTS", old_parts, TRUE);
  g_setenv("REDOUBT_TRIAL", old_engine, TRUE);
}
END_TEST

START_TEST(it_says_that_worlds_failed_before) {
  g_autofree char *other = g_build_filename(folder, "other", NULL);
  expect(1, "bench", DATA "/bad-worlds.yaml", "-o", other, "--timeout", "1");
  expect(1, "bench", DATA "/bad-worlds.yaml", "-o", other, "--timeout", "1");
  says(err, " failed before\n");
}
END_TEST

static GPid start_bench(void) {
  char *argv[] = {(char *)REDOUBT,
                  (char *)"bench",
                  (char *)DATA "/small.yaml",
                  (char *)"-o",
                  results,
                  (char *)"-j",
                  (char *)"2",
                  NULL};
  GPid pid = 0;
  ck_assert(g_spawn_async(NULL, argv, NULL,
                          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                              G_SPAWN_STDERR_TO_DEV_NULL,
                          NULL, NULL, &pid, NULL));
  return pid;
}

/* Two may have been at work when it was killed: those alone may run a second time. */
START_TEST(a_killed_campaign_goes_on_where_it_was) {
  static const int signals[] = {SIGKILL, SIGTERM, SIGINT};
  int status;
  g_setenv("FAKE_SLEEP", "150", TRUE);
  GPid pid = start_bench();
  for (int i = 0; i < 2000 && worlds_run() < 9; i++)
    g_usleep(10000);
  kill(pid, signals[_i]);
  waitpid(pid, &status, 0);
  if (signals[_i] == SIGKILL)
    ck_assert(WIFSIGNALED(status));
  else
    ck_assert_int_eq(WEXITSTATUS(status), 1);
  g_usleep(300000); /* orphans, if there were any, would still be writing */
  unsigned before = worlds_run();
  ck_assert_uint_lt(before, 42);
  g_unsetenv("FAKE_SLEEP");
  expect(0, "bench", DATA "/small.yaml", "-o", results);
  ck_assert_uint_ge(worlds_run(), 42);
  ck_assert_uint_le(worlds_run(), 44);
  says(err, "finished before");
}
END_TEST

/* Each world is run by one of them; both see the whole campaign. */
START_TEST(two_benches_share_a_folder) {
  int status;
  g_setenv("FAKE_SLEEP", "150", TRUE);
  GPid pid = start_bench();
  for (int i = 0; i < 2000 && worlds_run() < 3; i++)
    g_usleep(10000);
  expect(0, "bench", DATA "/small.yaml", "-o", results, "-j", "2", "--format", "json");
  g_unsetenv("FAKE_SLEEP");
  g_autofree char *first = g_strdup(out);
  says(err, " by another bench here, 0 failed");
  waitpid(pid, &status, 0);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ck_assert_uint_eq(worlds_run(), 42);
  expect(0, "report", results, "--format", "json", "-q");
  ck_assert_str_eq(out, first);
}
END_TEST

START_TEST(bad_worlds_are_told_and_the_others_go_on) {
  expect(1, "bench", DATA "/bad-worlds.yaml", "-o", results, "--timeout", "2");
  says(err, "killed by SIGSEGV (Segmentation fault); it last said: about to touch");
  says(err, "no end after 2 s of wall-clock time: killed; it last said: thinking");
  says(err, "failed: fake-trial: box: out of luck");
  says(err, "left no result.json");
  says(out, "drum, 1 seed;");
  says(out, "held");
  g_autofree char *page = NULL, *path = g_build_filename(results, "report.html", NULL);
  ck_assert(g_file_get_contents(path, &page, NULL, NULL));
  says(page, "What is left out");
  says(page, "SIGSEGV");
  /* The sound ones are kept; the bad ones are tried again: 4 attacks in 4 worlds each. */
  unsigned before = worlds_run();
  expect(1, "bench", DATA "/bad-worlds.yaml", "-o", results, "--timeout", "2");
  ck_assert_uint_eq(worlds_run(), before + 16);
}
END_TEST

START_TEST(a_full_disk_stops_it_and_keeps_what_is_done) {
  expect(1, "bench", DATA "/full-disk.yaml", "-o", results, "-j1");
  says(err, "no space left on the disk");
  says(err, "the same command goes on from there");
  ck_assert_uint_lt(worlds_run(), 12);
  g_autofree char *worlds = g_build_filename(results, "worlds", NULL);
  GDir *dir = g_dir_open(worlds, 0, NULL);
  unsigned kept = 0;
  while (g_dir_read_name(dir))
    kept++;
  g_dir_close(dir);
  ck_assert_uint_ge(kept, 2);
}
END_TEST

START_TEST(folders_that_are_not_ours) {
  g_autofree char *file = g_build_filename(folder, "a-file", NULL);
  ck_assert(g_file_set_contents(file, "x", 1, NULL));
  expect(2, "bench", DATA "/small.yaml", "-o", folder);
  says(err, "no results.sqlite");
  expect(1, "bench", DATA "/small.yaml", "-o", file);
  expect(2, "report", folder);
  says(err, "no results here");
  expect(0, "bench", DATA "/small.yaml", "-o", results, "-q");
  ck_assert_str_eq(err, "");
  expect(2, "bench", DATA "/bad-worlds.yaml", "-o", results);
  says(err, "holds the campaign \"small\"");
}
END_TEST

START_TEST(bad_usage) {
  expect(2, "bench");
  expect(2, "bench", "a.yaml", "b.yaml");
  expect(2, "bench", "--frob");
  says(err, "--frob");
  expect(2, "bench", DATA "/small.yaml", "-j", "0");
  expect(2, "bench", DATA "/small.yaml", "--format", "xml");
  says(err, "xml");
  expect(2, "bench", "/nowhere.yaml");
  says(err, "/nowhere.yaml");
  expect(2, "bench", DATA "/town.yaml");
  expect(2, "report");
  expect(2, "run");
  expect(2, "run", DATA "/town.yaml", "--topology", DATA "/town.yaml");
  expect(2, "run", "--topology", DATA "/town.yaml", "--attack", "drum,mode");
  says(err, "NAME[,key=value...]");
  expect(2, "run", "--topology", DATA "/town.yaml", "--defense", "gate");
  says(err, "@NODE.NETWORK");
  expect(2, "run", "--topology", DATA "/town.yaml", "--attack", "drun");
  says(err, "drum");
  expect(2, "run", "--topology", DATA "/town.yaml", "--seed", "-1");
  expect(2, "run", "--topology", DATA "/town.yaml", "--duration", "soon");
  ck_assert_uint_eq(worlds_run(), 0);
}
END_TEST

#define TRIAL                                                                                      \
  "--topology", DATA "/town.yaml", "--attack", "drum,at=20 s,for=20 s", "--defense",               \
      "gate,strength=50@box.air", "--seed", "7", "--duration", "60"

START_TEST(a_run_prints_the_same_bytes_again) {
  expect(0, "run", TRIAL, "--format", "json");
  g_autofree char *first = g_strdup(out);
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  ck_assert_ptr_nonnull(root);
  ck_assert_double_eq(rd_document_number(root, "comparison.calls.rescued"), 20);
  ck_assert_double_eq(rd_document_number(root, "comparison.with_defense.effect"), 20);
  ck_assert_double_eq(rd_document_number(root, "worlds.both.legit.call.ser"), 78);
  ck_assert_double_eq(rd_document_number(root, "worlds.nothing.legit.call.ser"), 99);
  ck_assert_uint_eq(worlds_run(), 4);
  ck_assert_ptr_null(strstr(out, folder));
  expect(0, "run", TRIAL, "--format", "json", "-j", "1");
  ck_assert_str_eq(first, out);
  expect(0, "run", TRIAL);
  says(out, "with the defense: the attack succeeded: effect 20 [17, 23] points of calls");
  says(out, "SER fell from");
}
END_TEST

START_TEST(a_run_alone_is_one_world) {
  expect(0, "run", TRIAL, "--no-counterfactuals", "--format", "json");
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  ck_assert_uint_eq(worlds_run(), 1);
  ck_assert_ptr_nonnull(rd_document_object(root, "worlds.both"));
  ck_assert_ptr_null(rd_document_object(root, "worlds.nothing"));
  expect(0, "run", TRIAL, "--no-counterfactuals", "-o", results);
  says(out, "calls: 2xx of all (SER), %");
  says(out, "calls served");
  says(out, "calls: answered, the caller gone");
  expect(2, "run", TRIAL, "-o", results);
  says(err, "not an empty folder");
}
END_TEST

START_TEST(a_run_that_fails_says_so) {
  expect(1, "run", "--topology", DATA "/town.yaml", "--attack", "drum,mode=crash");
  says(err, "SIGSEGV");
  ck_assert_str_eq(out, "");
}
END_TEST

/* An attack's own predicate is asked in a process of its own: whatever it does there costs its rows. */
START_TEST(a_bad_predicate_costs_its_rows) {
  expect(1, "bench", DATA "/bad-predicates.yaml", "-o", results, "--timeout", "5");
  says(err, "left out: crasher, strong, seed 1: the predicate of attack crasher, asked about the "
            "world without defense: ");
  says(err, "SEGV");
  says(err, "left out: looper, none, seed 1: the predicate of attack looper, asked about the world "
            "without defense: no end after 5 s of wall-clock time: killed; it last said: thinking");
  says(err, "left out: leaver, none, seed 1: the predicate of attack leaver, asked about the world "
            "without defense: it ended its process before it had answered");
  says(out, "drum, 1 seed;");
  says(out, "talker, 1 seed;");
  ck_assert_ptr_null(strstr(out, "talking"));
  ck_assert_ptr_null(strstr(err, "left out: drum"));
  ck_assert_ptr_null(strstr(err, "left out: talker"));
  expect(1, "report", results, "--format", "json", "-q", "--timeout", "5");
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  JsonObject *sound = cell(root, "drum", "strong"), *bad = cell(root, "crasher", "strong");
  ck_assert_double_eq(rd_document_number(sound, "measures.effect.mean"), 0);
  ck_assert_double_eq(rd_document_number(sound, "measures.effect_alone.mean"), 40);
  ck_assert_double_eq(rd_document_number(bad, "usable"), 0);
}
END_TEST

START_TEST(a_bad_predicate_ends_a_run_with_a_word) {
  static const struct {
    const char *attack, *words;
  } bad[] = {{"drum,asked=crash", "about the world without defense: "},
             {"drum,asked=loop", "no end after 5 s of wall-clock time: killed"},
             {"drum,asked=exit", "it ended its process before it had answered"}};
  expect(1, "run", "--topology", DATA "/town.yaml", "--attack", bad[_i].attack, "--timeout", "5");
  says(err, "redoubt run: the predicate of attack drum, asked ");
  says(err, bad[_i].words);
  ck_assert_str_eq(out, "");
}
END_TEST

/* Four rows, of which the last is not asked any more. */
START_TEST(a_loop_is_waited_for_three_times) {
  expect(1, "bench", DATA "/loop.yaml", "-o", results, "--timeout", "5");
  says(err, "looper, none, seed 3: the predicate of attack looper, asked about");
  says(err, "looper, none, seed 4: the predicate of attack looper was not asked: it took more than "
            "5 s in 3 rows before");
}
END_TEST

/* A file that went bad costs the rows that need it, not the report. */
START_TEST(a_damaged_world_costs_its_rows) {
  expect(0, "bench", DATA "/small.yaml", "-o", results, "-q");
  g_autofree char *worlds = g_build_filename(results, "worlds", NULL);
  GDir *dir = g_dir_open(worlds, 0, NULL);
  g_autofree char *ledger = g_build_filename(worlds, g_dir_read_name(dir), "attempts.rdl", NULL);
  g_dir_close(dir);
  ck_assert(g_file_set_contents(ledger, "", 0, NULL));
  expect(1, "report", results);
  says(err, "left out: ");
  says(err, ledger);
  says(out, "drum, 2 seeds;");
}
END_TEST

static JsonObject *attack_in(JsonObject *cell, unsigned i, const char *name, const char *role) {
  JsonObject *a = json_array_get_object_element(rd_document_array(cell, "attacks"), i);
  ck_assert_str_eq(rd_document_text(a, "name"), name);
  ck_assert_str_eq(rd_document_text(a, "role"), role);
  return a;
}

/* The cell speaks of the one whose role is attack; every predicate is asked, of its own attack. */
START_TEST(attacks_go_together) {
  expect(0, "bench", DATA "/together.yaml", "-o", results, "--format", "json");
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  JsonObject *none = cell(root, "scouted", "none"), *strong = cell(root, "scouted", "strong");
  check_cell(none, "lost", 2, 40, 0, 0);
  check_cell(strong, "held", 0, 0, 1, 40);
  ck_assert(!json_object_get_boolean_member(none, "benign"));
  ck_assert_double_eq(rd_document_number(none, "measures.effect.mean"), 40);
  ck_assert_double_eq(rd_document_number(strong, "detected.k"), 2);
  ck_assert_uint_eq(json_array_get_length(rd_document_array(none, "attacks")), 3);
  JsonObject *scout = attack_in(none, 0, "scout", "probe"),
             *drum = attack_in(none, 1, "drum", "attack");
  JsonObject *surge = attack_in(none, 2, "surge", "twin");
  ck_assert(isnan(rd_document_number(scout, "effect.mean"))); /* nobody tries anything so early */
  ck_assert_double_eq(rd_document_number(scout, "succeeded.n"), 2);
  ck_assert_double_eq(rd_document_number(drum, "effect.mean"), 40);
  ck_assert_double_eq(rd_document_number(drum, "succeeded.k"), 2);
  ck_assert_double_eq(rd_document_number(surge, "succeeded.n"), 0);
  ck_assert_uint_eq(
      json_array_get_length(rd_document_array(cell(root, "surge", "none"), "attacks")), 1);
  g_autofree char *page_path = g_build_filename(results, "report.html", NULL), *page = NULL;
  g_autofree char *csv_path = g_build_filename(results, "attacks.csv", NULL), *csv = NULL;
  ck_assert(g_file_get_contents(page_path, &page, NULL, NULL));
  ck_assert(g_file_get_contents(csv_path, &csv, NULL, NULL));
  says(page, "scout (probe)");
  says(csv, "\nscouted,none,1,drum,attack,1,40,1,40,5,points of calls\n");
  says(csv, "\nscouted,strong,2,drum,attack,1,40,0,0,5,points of calls\n");
  says(csv, "\nscouted,none,1,scout,probe,0,,0,,5,points of calls\n");
  says(csv, "\nsurge,none,1,surge,twin,,,,,,\n");
}
END_TEST

START_TEST(a_run_tells_of_every_attack) {
  expect(0, "run", "--topology", DATA "/town.yaml", "--attack", "drum,at=20 s,for=20 s", "--attack",
         "drum,name=other,at=20 s,for=20 s", "--format", "json");
  g_autoptr(JsonObject) root = rd_document_parse(out, NULL);
  JsonObject *comparison = rd_document_object(root, "comparison");
  JsonObject *other = attack_in(comparison, 1, "other", "attack");
  ck_assert_double_eq(rd_document_number(other, "without_defense.effect"), 40);
  expect(0, "run", "--topology", DATA "/town.yaml", "--attack", "drum,at=20 s,for=20 s", "--attack",
         "drum,name=other,at=20 s,for=20 s");
  says(out, "drum (attack), without a defense: the attack succeeded");
  says(out, "other (attack), without a defense: the attack succeeded");
}
END_TEST

/* What rows differ in has a column, of attacks, defenses and nodes alike. */
START_TEST(parameters_that_differ_are_columns) {
  expect(0, "bench", DATA "/small.yaml", "-o", results, "-q");
  g_autofree char *path = g_build_filename(results, "results.csv", NULL), *csv = NULL;
  ck_assert(g_file_get_contents(path, &csv, NULL, NULL));
  says(csv, ",value,gate.strength,usable,");
  says(csv, "\ndrum,weak,1,,strength=20,,,,20,1,");
  says(csv, "\ndrum,none,1,,,,,,,1,");
}
END_TEST

/* The value of a column in the n-th line (the head is 0). */
static char *csv_field(const char *csv, unsigned line, const char *column) {
  g_auto(GStrv) lines = g_strsplit(csv, "\n", -1);
  g_auto(GStrv) heads = g_strsplit(lines[0], ",", -1), fields = g_strsplit(lines[line], ",", -1);
  for (unsigned i = 0; heads[i]; i++)
    if (strcmp(heads[i], column) == 0)
      return g_strdup(fields[i]);
  ck_abort_msg("no column %s in %s", column, lines[0]);
  return NULL;
}

/* The line of results.csv whose parameters have these values; 0: there is none. */
static unsigned csv_line(const char *csv, const char *attack, const char *defense,
                         const char *crowd) {
  g_auto(GStrv) lines = g_strsplit(csv, "\n", -1);
  for (unsigned i = 1; lines[i] && *lines[i]; i++) {
    g_autofree char *a = csv_field(csv, i, "attack"), *d = csv_field(csv, i, "defense"),
                    *c = csv_field(csv, i, "crowd.subscribers");
    if (strcmp(a, attack) == 0 && strcmp(d, defense) == 0 && strcmp(c, crowd) == 0)
      return i;
  }
  return 0;
}

/* 40 calls are lost, less what the gate gives back: a share by its strength (fake_trial). */
START_TEST(anything_is_swept) {
  static const struct {
    const char *attack, *defense, *crowd, *of, *parameter, *value, *lost;
  } rows[] = {
      {"drum", "none", "10", "", "", "", "40"},
      {"drum-subscribers-16", "none", "10", "drum", "subscribers", "16", "40"},
      {"drum-subscribers-2", "weak", "10", "drum", "subscribers", "2", "32"},
      {"drum", "none", "5", "crowd", "subscribers", "5", "40"},
      {"drum", "weak", "20", "crowd", "subscribers", "20", "32"},
      {"drum", "weak-strength-50", "20", "crowd;weak", "subscribers;strength", "20;50", "20"}};
  g_autofree char *path = g_build_filename(results, "results.csv", NULL), *csv = NULL;
  expect(0, "bench", DATA "/sweeps.yaml", "-o", results);
  says(err, "1 attack x 2 settings (and 11 points of sweeps) x 2 seeds: 44 worlds");
  ck_assert(g_file_get_contents(path, &csv, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const unsigned line = csv_line(csv, rows[i].attack, rows[i].defense, rows[i].crowd);
    ck_assert_msg(line > 0, "no row %s, %s, %s in %s", rows[i].attack, rows[i].defense,
                  rows[i].crowd, csv);
    g_autofree char *of = csv_field(csv, line, "sweep_of"),
                    *parameter = csv_field(csv, line, "parameter"),
                    *value = csv_field(csv, line, "value"),
                    *lost = csv_field(csv, line, "lost_to_attack");
    ck_assert_str_eq(of, rows[i].of);
    ck_assert_str_eq(parameter, rows[i].parameter);
    ck_assert_str_eq(value, rows[i].value);
    ck_assert_str_eq(lost, rows[i].lost);
  }
  g_autofree char *drum = csv_field(csv, 1, "drum.subscribers"),
                  *gate = csv_field(csv, 1, "gate.strength");
  ck_assert_str_eq(drum, "1");
  ck_assert_str_eq(gate, ""); /* without a defense */
}
END_TEST

/* Two lines of the sweep over the crowd, each with the cell itself among its points; a line a grid. */
START_TEST(sweeps_are_drawn) {
  g_autofree char *path = g_build_filename(results, "report.html", NULL), *page = NULL;
  g_autofree char *data = g_build_filename(results, "operating.csv", NULL), *csv = NULL;
  expect(0, "bench", DATA "/sweeps.yaml", "-o", results, "--seeds", "1");
  ck_assert(g_file_get_contents(data, &csv, NULL, NULL));
  says(csv, "drum,none,node,crowd,subscribers,,5,0,");
  says(csv, "drum,none,node,crowd,subscribers,,10,1,");
  says(csv, "drum,weak,node,crowd,subscribers,,20,0,");
  says(csv, "drum,weak,attack,drum,subscribers,,16,0,");
  says(csv, "drum,weak,node,crowd,subscribers,gate.strength = 50,10,0,");
  says(csv, "drum,weak,node,crowd,subscribers,gate.strength = 20,10,1,");
  ck_assert(g_file_get_contents(path, &page, NULL, NULL));
  says(page, "Effect over a parameter");
  says(page, "drum.subscribers");
  says(page, "gate.strength = 50");
}
END_TEST

START_TEST(a_dry_run_tells_and_leaves_nothing) {
  expect(0, "bench", DATA "/sweeps.yaml", "-o", results, "--dry-run");
  says(out, "sweeps: 1 attack x 2 settings (and 11 points of sweeps) x 2 seeds: 44 worlds\n");
  says(out, "26 comparisons; 0 of the worlds are finished in ");
  says(out, ", 44 would be run\n");
  says(out, "  crowd.subscribers: 10, 5, 20\n");
  says(out, "  drum.subscribers: 1, 2, 16\n");
  says(out, "  gate.strength: 20, 50\n");
  ck_assert(!g_file_test(results, G_FILE_TEST_EXISTS));
  ck_assert_uint_eq(worlds_run(), 0);
  expect(0, "bench", DATA "/sweeps.yaml", "-o", results, "--dry-run", "--no-sweeps");
  says(out, "no parameter differs");
  expect(2, "bench", DATA "/sweeps.yaml", "--dry-run", "--seeds", "0-9999999");
}
END_TEST

START_TEST(a_schema_and_the_columns_need_no_folder) {
  expect(0, "report", "--schema");
  says(out, "\"const\": \"redoubt-bench-1\"");
  expect(0, "run", "--schema");
  says(out, "\"const\": \"redoubt-run-1\"");
  expect(0, "report", "--columns");
  says(out, "| `ttd_s` | ");
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("bench");
  TCase *tc = tcase_create("bench");
  tcase_set_timeout(tc, 120);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, a_campaign_comes_to_what_its_worlds_say);
  tcase_add_test(tc, what_is_done_is_not_done_again);
  tcase_add_test(tc, it_says_why_it_computes);
  tcase_add_test(tc, it_says_that_worlds_failed_before);
  tcase_add_loop_test(tc, a_killed_campaign_goes_on_where_it_was, 0, 3);
  tcase_add_test(tc, two_benches_share_a_folder);
  tcase_add_test(tc, bad_worlds_are_told_and_the_others_go_on);
  tcase_add_test(tc, a_full_disk_stops_it_and_keeps_what_is_done);
  tcase_add_test(tc, folders_that_are_not_ours);
  tcase_add_test(tc, bad_usage);
  tcase_add_test(tc, a_run_prints_the_same_bytes_again);
  tcase_add_test(tc, a_run_alone_is_one_world);
  tcase_add_test(tc, a_run_that_fails_says_so);
  tcase_add_test(tc, a_bad_predicate_costs_its_rows);
  tcase_add_loop_test(tc, a_bad_predicate_ends_a_run_with_a_word, 0, 3);
  tcase_add_test(tc, a_loop_is_waited_for_three_times);
  tcase_add_test(tc, a_damaged_world_costs_its_rows);
  tcase_add_test(tc, attacks_go_together);
  tcase_add_test(tc, a_run_tells_of_every_attack);
  tcase_add_test(tc, parameters_that_differ_are_columns);
  tcase_add_test(tc, anything_is_swept);
  tcase_add_test(tc, sweeps_are_drawn);
  tcase_add_test(tc, a_dry_run_tells_and_leaves_nothing);
  tcase_add_test(tc, a_schema_and_the_columns_need_no_folder);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
