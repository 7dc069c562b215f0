/* What the store keeps through a kill, and what folders it refuses. */
#include "bench/run/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/folder.h"
#include "bench/run/lease.h"
#include "tests/check_main.h"

static char *folder;

static void setup(void) {
  folder = g_dir_make_tmp("rd-store-XXXXXX", NULL);
}

static void teardown(void) {
  rd_folder_remove(folder);
  g_clear_pointer(&folder, g_free);
}

static void put(const char *at, const char *name, const char *text) {
  g_autofree char *path = g_build_filename(at, name, NULL);
  ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static RdStore *open_ok(void) {
  g_autoptr(GError) error = NULL;
  RdStore *store = rd_store_open(folder, "c", &error);
  ck_assert_msg(store != NULL, "%s", error ? error->message : "");
  return store;
}

static void open_refused(int code, const char *words) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(rd_store_open(folder, "c", &error));
  ck_assert_int_eq(error->code, code);
  ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
}

static void finish_world(RdStore *store, const char *id) {
  g_autofree char *part = rd_store_begin(store, id, "trial: x\n", NULL);
  ck_assert_ptr_nonnull(part);
  put(part, "result.json", "{\"n\": 1}");
  ck_assert(rd_store_finish(store, id, 12, NULL));
}

START_TEST(worlds_stay) {
  RdStore *store = open_ok();
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_UNKNOWN);
  finish_world(store, "aa");
  ck_assert(rd_store_fail(store, "bb", "trial: y\n", "killed by SIGSEGV", "oops\xff", 3, NULL));
  rd_store_close(store);
  store = open_ok();
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_DONE);
  ck_assert_int_eq(rd_store_world(store, "bb"), RD_WORLD_FAILED);
  g_autofree char *result = rd_store_world_result(store, "aa");
  g_autofree char *trial = rd_store_world_trial(store, "aa");
  g_autofree char *reason = rd_store_world_reason(store, "bb");
  ck_assert_str_eq(result, "{\"n\": 1}");
  ck_assert_str_eq(trial, "trial: x\n");
  ck_assert_str_eq(reason, "killed by SIGSEGV");
  finish_world(store, "bb"); /* a failed one may be run again */
  ck_assert_int_eq(rd_store_world(store, "bb"), RD_WORLD_DONE);
  rd_store_close(store);
}
END_TEST

START_TEST(a_world_at_work_is_cleared_away) {
  RdStore *store = open_ok();
  g_autofree char *part = rd_store_begin(store, "aa", "t", NULL);
  put(part, "attempts.rdl", "half");
  rd_store_close(store);
  store = open_ok();
  ck_assert(!g_file_test(part, G_FILE_TEST_EXISTS));
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_UNKNOWN);
  rd_store_close(store);
}
END_TEST

START_TEST(a_world_renamed_but_not_committed_is_found_again) {
  RdStore *store = open_ok();
  g_autofree char *part = rd_store_begin(store, "aa", "trial: x\n", NULL);
  g_autofree char *whole = rd_store_world_folder(store, "aa");
  put(part, "result.json", "{}");
  ck_assert_int_eq(g_rename(part, whole), 0);
  rd_store_close(store);
  store = open_ok();
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_DONE);
  g_autofree char *result = rd_store_world_result(store, "aa");
  ck_assert_str_eq(result, "{}");
  rd_store_close(store);
}
END_TEST

START_TEST(a_world_whose_folder_is_gone_is_unknown) {
  RdStore *store = open_ok();
  finish_world(store, "aa");
  g_autofree char *whole = rd_store_world_folder(store, "aa");
  rd_folder_remove(whole);
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_UNKNOWN);
  rd_store_close(store);
}
END_TEST

START_TEST(a_result_that_is_none_is_a_failure) {
  static const char *const broken[] = {NULL, "", "{\"n\": ", "[1]"};
  RdStore *store = open_ok();
  g_autofree char *part = rd_store_begin(store, "aa", "t", NULL);
  if (broken[_i])
    put(part, "result.json", broken[_i]);
  ck_assert(rd_store_finish(store, "aa", 1, NULL));
  ck_assert_int_eq(rd_store_world(store, "aa"), RD_WORLD_FAILED);
  g_autofree char *reason = rd_store_world_reason(store, "aa");
  ck_assert_ptr_nonnull(strstr(reason, "result.json"));
  rd_store_close(store);
}
END_TEST

START_TEST(folders_that_are_not_ours_are_refused) {
  put(folder, "thesis.tex", "do not touch");
  open_refused(RD_STORE_FOREIGN, "thesis.tex");
  put(folder, "results.sqlite", "this is no database, however long one looks at it");
  open_refused(RD_STORE_FOREIGN, "results.sqlite");
}
END_TEST

START_TEST(another_programs_database_is_refused) {
  g_autofree char *command =
      g_strdup_printf("sqlite3 %s/results.sqlite 'CREATE TABLE t(x)'", folder);
  ck_assert_int_eq(system(command), 0); /* the package sqlite3 (tools/packages) */
  open_refused(RD_STORE_FOREIGN, "another program");
}
END_TEST

START_TEST(a_damaged_database_is_refused) {
  RdStore *store = open_ok();
  for (int i = 0; i < 50; i++) {
    g_autofree char *id = g_strdup_printf("%032d", i);
    finish_world(store, id);
  }
  rd_store_close(store);
  g_autofree char *path = g_build_filename(folder, "results.sqlite", NULL), *bytes = NULL;
  gsize n = 0;
  ck_assert(g_file_get_contents(path, &bytes, &n, NULL));
  for (gsize i = 4096; i < n; i += 7)
    bytes[i] = (char)0x5a;
  ck_assert(g_file_set_contents(path, bytes, (gssize)n, NULL));
  open_refused(RD_STORE_FOREIGN, "damaged");
}
END_TEST

START_TEST(another_campaign_is_refused) {
  g_autoptr(GError) error = NULL;
  rd_store_close(open_ok());
  ck_assert_ptr_null(rd_store_open(folder, "d", &error));
  ck_assert_int_eq(error->code, RD_STORE_FOREIGN);
  ck_assert_ptr_nonnull(strstr(error->message, "\"c\""));
}
END_TEST

/* The .part of a bench that is alive is its own; `owner` as lease.c writes it. */
static void put_part(RdStore *store, const char *id, const char *owner, int silent_s) {
  g_autofree char *name = g_strdup_printf(".%s.part", id);
  g_autofree char *part = g_build_filename(rd_store_folder(store), "worlds", name, NULL);
  g_autofree char *path = g_build_filename(part, "owner", NULL);
  const struct timespec then = {time(NULL) - silent_s, 0}, times[2] = {then, then};
  ck_assert_int_eq(g_mkdir(part, 0777), 0);
  if (owner) {
    put(part, "owner", owner);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
  }
  ck_assert_int_eq(utimensat(AT_FDCWD, part, times, 0), 0);
}

static void taken(const char *id, gboolean wanted) {
  g_autoptr(GError) error = NULL;
  RdStore *store = open_ok();
  g_autofree char *part = rd_store_begin(store, id, "t", &error);
  ck_assert_ptr_null(error);
  ck_assert_msg((part != NULL) == wanted, wanted ? "%s could not be had" : "%s was taken away", id);
  rd_store_close(store);
}

START_TEST(a_world_at_work_elsewhere_is_left_alone) {
  static const char elsewhere[] = "other-host/boot/pid:[1] 17 4711\n";
  static const struct {
    const char *id, *owner;
    int silent_s;
    gboolean free;
  } parts[] = {{"fresh", elsewhere, 0, FALSE},
               {"quiet", elsewhere, RD_LEASE_SILENCE_S - 60, FALSE},
               {"silent", elsewhere, RD_LEASE_SILENCE_S + 60, TRUE},
               {"nameless", NULL, 0, FALSE}, /* between its making and its owner's name */
               {"old-nameless", NULL, RD_LEASE_SILENCE_S + 60, TRUE},
               {"odd", "what", 0, FALSE}};
  RdStore *store = open_ok();
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
    put_part(store, parts[i].id, parts[i].owner, parts[i].silent_s);
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
    taken(parts[i].id, parts[i].free);
  rd_store_close(store);
}
END_TEST

/* A process of this machine: as long as it lives, however silent; not a moment longer. */
START_TEST(a_world_at_work_here_is_left_alone_while_its_bench_lives) {
  int ends[2], status;
  ck_assert_int_eq(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    RdStore *store = rd_store_open(folder, "c", NULL);
    g_autofree char *part = rd_store_begin(store, "aa", "t", NULL);
    _exit(write(ends[1], "x", 1) == 1 && part && pause());
  }
  char begun;
  ck_assert_int_eq(read(ends[0], &begun, 1), 1);
  g_autofree char *owner = g_build_filename(folder, "worlds", ".aa.part", "owner", NULL);
  const struct timespec then = {time(NULL) - 10 * RD_LEASE_SILENCE_S, 0}, times[2] = {then, then};
  ck_assert_int_eq(utimensat(AT_FDCWD, owner, times, 0), 0);
  taken("aa", FALSE);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  taken("aa", TRUE);
}
END_TEST

/* Comparisons of one attack with seeds 1 to n. */
static gboolean set_plan(RdStore *store, int n, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)rd_plan_row_free);
  for (int i = 1; i <= n; i++) {
    g_autofree char *id = g_strdup_printf("%032d", i);
    RdPlanRow *row = rd_plan_row_new("drum", "none", (guint64)i);
    rd_plan_row_add(row, RD_KIND_BOTH, id);
    g_ptr_array_add(rows, row);
  }
  return rd_store_set_plan(store, rows, error);
}

static pid_t bench_elsewhere(int seeds) {
  int ends[2];
  char begun;
  ck_assert_int_eq(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    RdStore *store = rd_store_open(folder, "c", NULL);
    const gboolean set = store && set_plan(store, seeds, NULL);
    _exit(write(ends[1], set ? "x" : "-", 1) == 1 && pause());
  }
  ck_assert_int_eq(read(ends[0], &begun, 1), 1);
  ck_assert_int_eq(begun, 'x');
  close(ends[0]);
  close(ends[1]);
  return pid;
}

/* Another plan is refused while a bench with one is alive, and by name; the same is taken. */
START_TEST(two_benches_have_one_plan) {
  int status;
  const pid_t pid = bench_elsewhere(2);
  g_autoptr(GError) error = NULL;
  RdStore *store = open_ok();
  ck_assert(!set_plan(store, 3, &error));
  ck_assert_int_eq(error->code, RD_STORE_BUSY);
  ck_assert_ptr_nonnull(strstr(error->message,
                               "2 comparisons are in both plans, 0 only there and 1 "
                               "only here (such as drum, none, seed 3)"));
  ck_assert_ptr_nonnull(strstr(error->message, "-o"));
  g_autoptr(GPtrArray) kept = rd_store_plan(store, NULL);
  ck_assert_uint_eq(kept->len, 2); /* theirs is as it was */
  ck_assert(set_plan(store, 2, NULL));
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  ck_assert(set_plan(store, 3, NULL)); /* the dead have no say */
  rd_store_close(store);
  /* Nor has who is done. */
  store = open_ok();
  ck_assert(set_plan(store, 1, NULL));
  rd_store_close(store);
}
END_TEST

START_TEST(a_finished_world_has_no_owner) {
  RdStore *store = open_ok();
  finish_world(store, "aa");
  g_autofree char *whole = rd_store_world_folder(store, "aa");
  g_autofree char *owner = g_build_filename(whole, "owner", NULL);
  ck_assert(!g_file_test(owner, G_FILE_TEST_EXISTS));
  rd_store_close(store);
}
END_TEST

START_TEST(nothing_to_read) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(rd_store_open_existing(folder, &error));
  ck_assert_int_eq(error->code, RD_STORE_FOREIGN);
}
END_TEST

START_TEST(the_plan_comes_back_in_order) {
  RdStore *store = open_ok();
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)rd_plan_row_free);
  for (int i = 0; i < 3; i++) {
    RdPlanRow *row = rd_plan_row_new("a", "none", G_MAXUINT64 - (guint64)i);
    g_autofree char *shared = g_strnfill(32, 'a'), *own = g_strnfill(32, (char)('0' + i));
    rd_plan_row_add(row, RD_KIND_NOTHING, shared);
    rd_plan_row_add(row, RD_KIND_BOTH, own);
    for (int k = 0; k < 4 * i; k++) { /* any number of worlds */
      g_autofree char *kind = g_strdup_printf("level-%d", k);
      rd_plan_row_add(row, kind, own);
    }
    for (int k = 0; k < 2 * i; k++) {
      const char value[] = {(char)('0' + k), '\0'};
      rd_plan_row_sweep(row, "a", "none");
      rd_plan_row_coordinate(row, k % 2 ? "node" : "attack", k % 2 ? "ue" : "x", "rate", value);
    }
    g_ptr_array_add(rows, row);
  }
  ck_assert(rd_store_set_plan(store, rows, NULL));
  ck_assert(rd_store_set_plan(store, rows, NULL)); /* replaces */
  g_autoptr(GPtrArray) back = rd_store_plan(store, NULL);
  ck_assert_uint_eq(back->len, 3);
  for (guint i = 0; i < 3; i++) {
    const RdPlanRow *row = back->pdata[i];
    ck_assert_uint_eq(row->seed, G_MAXUINT64 - i);
    ck_assert_int_eq(rd_plan_row_world(row, RD_KIND_BOTH)[0], '0' + (int)i);
    ck_assert_uint_eq(row->worlds->len, 2 + 4 * i);
    ck_assert_str_eq(g_array_index(row->worlds, RdPlanWorld, 0).kind, RD_KIND_NOTHING);
    ck_assert_str_eq(rd_plan_row_world(row, RD_KIND_SHIFTED), "");
    ck_assert_uint_eq(row->sweep->len, 2 * i); /* any number of parameters */
    for (guint k = 0; k < row->sweep->len; k++) {
      const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, k);
      ck_assert_str_eq(at->swept, k % 2 ? "node" : "attack");
      ck_assert_str_eq(rd_plan_coordinate_of(row, at), k % 2 ? "ue" : "a");
      ck_assert_int_eq(at->value[0], '0' + (int)k);
    }
  }
  rd_store_close(store);
}
END_TEST

/* data/results-v2.sql: written by `redoubt bench` when the plan had a column for each of five worlds. */
static void put_old_database(int version) {
  /* What version 3 wrote: the worlds as rows, one swept parameter among a row's columns. */
  static const char to_3[] =
      "CREATE TABLE plan_world(n INTEGER NOT NULL, i INTEGER NOT NULL, kind TEXT NOT NULL,"
      " id TEXT NOT NULL, PRIMARY KEY(n, i)) STRICT, WITHOUT ROWID;"
      "INSERT INTO plan_world SELECT n, 0, 'nothing', nothing_id FROM plan UNION ALL"
      " SELECT n, 1, 'attack', attacked_id FROM plan UNION ALL"
      " SELECT n, 2, 'defense', defended_id FROM plan UNION ALL"
      " SELECT n, 3, 'both', both_id FROM plan UNION ALL"
      " SELECT n, 4, 'shifted', shifted_id FROM plan WHERE shifted_id <> '';"
      "CREATE TABLE old AS SELECT * FROM plan; DROP TABLE plan;"
      "CREATE TABLE plan(n INTEGER PRIMARY KEY, attack TEXT NOT NULL, defense TEXT NOT NULL,"
      " seed TEXT NOT NULL, sweep_of TEXT NOT NULL, instance TEXT NOT NULL, parameter TEXT NOT"
      " NULL, value TEXT NOT NULL, swept TEXT NOT NULL DEFAULT '') STRICT;"
      "INSERT INTO plan SELECT n, attack, defense, seed, sweep_of, instance, parameter, value,"
      " CASE sweep_of WHEN '' THEN '' ELSE 'defense' END FROM old; DROP TABLE old;"
      "PRAGMA user_version = 3;";
  g_autofree char *sql = g_build_filename(folder, "old.sql", NULL);
  g_autofree char *command = g_strdup_printf(
      "cat " DATA "/results-v2.sql %s | sqlite3 %s/results.sqlite && rm %s", sql, folder, sql);
  put(folder, "old.sql", version == 3 ? to_3 : "");
  ck_assert_int_eq(system(command), 0);
}

static void check_old_plan(RdStore *store) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) plan = rd_store_plan(store, &error);
  ck_assert_msg(plan != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq(plan->len, 3);
  const RdPlanRow *first = plan->pdata[0], *strong = plan->pdata[1], *point = plan->pdata[2];
  ck_assert_str_eq(strong->defense, "strong");
  ck_assert_uint_eq(strong->sweep->len, 0);
  ck_assert_uint_eq(strong->worlds->len, 5);
  ck_assert_str_eq(rd_plan_row_world(first, RD_KIND_NOTHING), "81ac5826dcf2f8dc5a09d2337793c22b");
  ck_assert_str_eq(rd_plan_row_world(strong, RD_KIND_ATTACK), "b2674ea3963618ab2dab9e5cd984dd4f");
  ck_assert_str_eq(rd_plan_row_world(strong, RD_KIND_DEFENSE), "ba01ce8ca80acd570b815edb2231faae");
  ck_assert_str_eq(rd_plan_row_world(strong, RD_KIND_BOTH), "dac3422e7bb7de3e543cb631d9b938e5");
  ck_assert_str_eq(rd_plan_row_world(strong, RD_KIND_SHIFTED), "fc150ea7e492ec1705395c132fa43d5e");
  ck_assert_uint_eq(point->worlds->len, 4); /* it had no noise floor */
  ck_assert_uint_eq(point->sweep->len, 1);
  const RdPlanCoordinate *at = &g_array_index(point->sweep, RdPlanCoordinate, 0);
  ck_assert_str_eq(at->swept, "defense");
  ck_assert_str_eq(at->instance, "gate");
  ck_assert_str_eq(at->parameter, "strength");
  ck_assert_str_eq(at->value, "40");
  ck_assert_str_eq(point->of_attack, "drum");
  ck_assert_str_eq(point->of_defense, "strong");
  ck_assert_str_eq(rd_plan_coordinate_of(point, at), "strong");
  g_autofree char *result = rd_store_world_result(store, rd_plan_row_world(strong, RD_KIND_BOTH));
  ck_assert_ptr_nonnull(strstr(result, "\"timeline\""));
}

START_TEST(an_older_database_is_read) {
  g_autofree char *path = g_build_filename(folder, "results.sqlite", NULL);
  g_autofree char *before = NULL, *after = NULL;
  gsize size;
  put_old_database(_i);
  ck_assert(g_file_get_contents(path, &before, &size, NULL));
  RdStore *store = rd_store_open_existing(folder, NULL);
  ck_assert_ptr_nonnull(store);
  check_old_plan(store);
  rd_store_close(store);
  ck_assert(g_file_get_contents(path, &after, &size, NULL));
  ck_assert_int_eq(memcmp(before, after, size), 0); /* reading it changes nothing */
}
END_TEST

START_TEST(an_older_database_is_brought_up_to_date) {
  put_old_database(_i);
  for (int i = 0; i < 2; i++) {
    g_autoptr(GError) error = NULL;
    RdStore *store = rd_store_open(folder, "old", &error);
    ck_assert_msg(store != NULL, "%s", error ? error->message : "");
    check_old_plan(store);
    g_autoptr(GPtrArray) plan = rd_store_plan(store, NULL);
    ck_assert(rd_store_set_plan(store, plan, NULL)); /* and can be written */
    check_old_plan(store);
    rd_store_close(store);
  }
}
END_TEST

START_TEST(a_version_that_nobody_knows_is_refused) {
  g_autofree char *command =
      g_strdup_printf("sqlite3 %s/results.sqlite 'PRAGMA user_version = 99'", folder);
  rd_store_close(open_ok());
  ck_assert_int_eq(system(command), 0);
  open_refused(RD_STORE_FOREIGN, "another version");
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("store");
  TCase *tc = tcase_create("store");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, worlds_stay);
  tcase_add_test(tc, a_world_at_work_is_cleared_away);
  tcase_add_test(tc, a_world_renamed_but_not_committed_is_found_again);
  tcase_add_test(tc, a_world_whose_folder_is_gone_is_unknown);
  tcase_add_loop_test(tc, a_result_that_is_none_is_a_failure, 0, 4);
  tcase_add_test(tc, folders_that_are_not_ours_are_refused);
  tcase_add_test(tc, another_programs_database_is_refused);
  tcase_add_test(tc, a_damaged_database_is_refused);
  tcase_add_test(tc, another_campaign_is_refused);
  tcase_add_test(tc, a_world_at_work_elsewhere_is_left_alone);
  tcase_add_test(tc, a_world_at_work_here_is_left_alone_while_its_bench_lives);
  tcase_add_test(tc, two_benches_have_one_plan);
  tcase_add_test(tc, a_finished_world_has_no_owner);
  tcase_add_test(tc, nothing_to_read);
  tcase_add_test(tc, the_plan_comes_back_in_order);
  tcase_add_loop_test(tc, an_older_database_is_read, 2, 4);
  tcase_add_loop_test(tc, an_older_database_is_brought_up_to_date, 2, 4);
  tcase_add_test(tc, a_version_that_nobody_knows_is_refused);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
