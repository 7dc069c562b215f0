/* A folder of results and files of somebody else: nothing of them is run, and nothing of them
 * drives the terminal. */
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/run/folder.h"
#include "tests/check_main.h"

static char *folder, *results, *mark, *page;
static char *out, *err; /* of the last run */

static int redoubt(const char *const *words) {
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  int status = 0;
  g_ptr_array_add(argv, (gpointer)REDOUBT);
  for (; *words; words++)
    g_ptr_array_add(argv, (gpointer)*words);
  g_ptr_array_add(argv, NULL);
  g_clear_pointer(&out, g_free);
  g_clear_pointer(&err, g_free);
  ck_assert(
      g_spawn_sync(folder, (char **)argv->pdata, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define expect(code, ...)                                                                          \
  do {                                                                                             \
    int got = redoubt((const char *const[]){__VA_ARGS__, NULL});                                   \
    ck_assert_msg(got == (code), "exit %d, stderr: %s", got, err);                                 \
  } while (0)

static void says(const char *words) {
  ck_assert_msg(strstr(err, words) != NULL, "\"%s\" is not in: %s", words, err);
}

static void marked(gboolean wanted) {
  ck_assert_msg(g_file_test(mark, G_FILE_TEST_EXISTS) == wanted,
                wanted ? "nothing was run: %s" : "something was run: %s", err);
  g_remove(mark);
}

static void setup(void) {
  folder = g_dir_make_tmp("rd-foreign-XXXXXX", NULL);
  results = g_build_filename(folder, "results", NULL);
  page = g_build_filename(results, "report.html", NULL);
  mark = g_build_filename(folder, "mark", NULL);
  g_setenv("EVIL_MARK", mark, TRUE);
}

static void teardown(void) {
  rd_folder_remove(folder);
  g_clear_pointer(&folder, g_free);
  g_clear_pointer(&results, g_free);
  g_clear_pointer(&page, g_free);
  g_clear_pointer(&mark, g_free);
  g_clear_pointer(&out, g_free);
  g_clear_pointer(&err, g_free);
}

static void tamper(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void tamper(const char *format, ...) {
  g_autofree char *path = g_build_filename(results, "results.sqlite", NULL);
  va_list more;
  va_start(more, format);
  g_autofree char *sql = g_strdup_vprintf(format, more);
  va_end(more);
  sqlite3 *db = NULL;
  ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
  ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
  ck_assert_int_gt(sqlite3_total_changes(db), 0);
  sqlite3_close(db);
}

static void make_results(void) {
  expect(0, "bench", DATA "/small.yaml", "-o", results, "-q");
  ck_assert_int_eq(g_remove(page), 0);
}

static void refused(const char *what) {
  expect(2, "report", results);
  says(results);
  says(what);
  ck_assert_ptr_null(strchr(err, 0x1b));
  ck_assert_str_eq(out, "");
  ck_assert(!g_file_test(page, G_FILE_TEST_EXISTS));
  marked(FALSE);
}

START_TEST(names_are_held_to_the_rule_of_names) {
  make_results();
  tamper("UPDATE plan SET defense = 'x' || char(10) || '!touch %s' || char(10)"
         " WHERE defense = 'weak'",
         mark);
  refused("row 2 of the plan: defense \"x\\u000a!touch");
}
END_TEST

START_TEST(so_are_the_attacks) {
  make_results();
  tamper("UPDATE plan SET attack = '=HYPERLINK(' || char(27) || '[31m)' WHERE n = 3");
  refused("row 3 of the plan: attack \"=HYPERLINK(\\u001b[31m)\"");
}
END_TEST

START_TEST(so_is_the_campaign) {
  make_results();
  tamper("UPDATE meta SET value = 'a' || char(10) || 'b' WHERE key = 'campaign'");
  refused("campaign's name \"a\\u000ab\"");
}
END_TEST

START_TEST(a_worlds_id_is_no_path) {
  make_results();
  tamper("UPDATE plan_world SET id = '../../../etc' WHERE n = 1 AND kind = 'both'");
  refused("world \"../../../etc\"");
  tamper("UPDATE plan_world SET id = '%s' WHERE n = 1 AND kind = 'both'",
         "81ac5826dcf2f8dc5a09d2337793c22b");
  tamper("UPDATE plan_world SET kind = 'x' || char(27) WHERE n = 1 AND kind = 'both'");
  refused("kind of world \"x\\u001b\"");
}
END_TEST

/* The trial text of every world names a part by a path, and the part lies there. */
static void plant(void) {
  g_autofree char *worlds = g_build_filename(results, "worlds", NULL), *code = NULL;
  GDir *dir = g_dir_open(worlds, 0, NULL);
  gsize size;
  ck_assert(g_file_get_contents(EVIL, &code, &size, NULL));
  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(worlds, name, "evil.so", NULL);
    ck_assert(g_file_set_contents(path, code, (gssize)size, NULL));
  }
  g_dir_close(dir);
  tamper("UPDATE world SET trial = replace(trial, 'defense: \"gate\"', 'defense: \"./evil.so\"')");
}

START_TEST(parts_of_results_are_loaded_by_name) {
  make_results();
  plant();
  refused("--allow-part-paths");
  says("evil.so: a defense by its path is code");
  expect(2, "bench", DATA "/small.yaml", "-o", results, "-q"); /* it reports on what is there */
  says("evil.so: a defense by its path is code");
  marked(FALSE);
  expect(2, "report", results, "--allow-part-paths"); /* no part at all, but it was loaded */
  marked(TRUE);
}
END_TEST

static char *file_with(const char *name, const char *text) {
  char *path = g_build_filename(folder, name, NULL);
  ck_assert(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static char *trial_with(const char *defense) {
  g_autofree char *text =
      g_strdup_printf("trial: t\ntopology: %s/town.yaml\nduration: 1 s\ndefenses:\n"
                      "  - {defense: %s, at: box.air}\n",
                      DATA, defense);
  return file_with("t.yaml", text);
}

START_TEST(check_loads_parts_by_name) {
  g_autofree char *trial = trial_with(EVIL);
  expect(2, "check", trial);
  says("t.yaml:5:15: defense: " EVIL ": a defense by its path");
  says("--allow-part-paths");
  marked(FALSE);
  expect(2, "check", trial, "--allow-part-paths");
  marked(TRUE);
}
END_TEST

START_TEST(run_takes_the_users_own_paths) {
  g_autofree char *trial = trial_with(GATE);
  expect(0, "run", trial);
  expect(0, "check", trial, "--allow-part-paths");
}
END_TEST

START_TEST(a_path_drives_no_terminal) {
  g_autofree char *trial =
      file_with("t.yaml", "trial: x\nduration: 1 s\n"
                          "topology: \"./\\e[31mRED\\e]0;pwn\\a\\nt.yaml:1:1: sound\\x9b.yaml\"\n");
  expect(2, "check", trial);
  for (const char *p = err; *p; p++)
    ck_assert_msg(*p == '\n' || (unsigned char)*p >= ' ', "octet %02x in: %s", *p, err);
  ck_assert_ptr_null(strstr(err, "\xc2\x9b"));
  ck_assert_ptr_null(strstr(err, "\nt.yaml:1:1"));
  says("\\u001b[31mRED");
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("foreign");
  TCase *tc = tcase_create("foreign");
  tcase_set_timeout(tc, 120);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, names_are_held_to_the_rule_of_names);
  tcase_add_test(tc, so_are_the_attacks);
  tcase_add_test(tc, so_is_the_campaign);
  tcase_add_test(tc, a_worlds_id_is_no_path);
  tcase_add_test(tc, parts_of_results_are_loaded_by_name);
  tcase_add_test(tc, check_loads_parts_by_name);
  tcase_add_test(tc, run_takes_the_users_own_paths);
  tcase_add_test(tc, a_path_drives_no_terminal);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
