/* What the pool says of jobs that end well, badly, never, or that outlive us. */
#include "bench/run/pool.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"

#define JOBS_MAX 16

typedef struct {
  const char *script[JOBS_MAX];
  unsigned n, next, ended, most_running;
  RdJobOutcome outcome[JOBS_MAX];
  char reason[JOBS_MAX][512];
  unsigned stop_after; /* 0: never */
} Work;

static char **next(void *user, gpointer *ret_job, GError **error) {
  Work *work = user;
  (void)error;
  if (work->next == work->n)
    return NULL;
  *ret_job = GUINT_TO_POINTER(work->next);
  const char *argv[] = {"/bin/sh", "-c", work->script[work->next++], NULL};
  return g_strdupv((char **)argv);
}

static gboolean ended(void *user, gpointer job, const RdJobOutcome *outcome, GError **error) {
  Work *work = user;
  unsigned i = GPOINTER_TO_UINT(job);
  work->outcome[i] = *outcome;
  g_strlcpy(work->reason[i], outcome->reason, sizeof work->reason[i]);
  if (++work->ended == work->stop_after)
    g_set_error_literal(error, RD_POOL_ERROR, RD_POOL_FAILED, "enough");
  return work->ended != work->stop_after;
}

static void tick(void *user, unsigned running) {
  Work *work = user;
  work->most_running = MAX(work->most_running, running);
}

static RdPool pool_of(Work *work, unsigned processes, gint64 timeout_ms) {
  for (work->n = 0; work->script[work->n]; work->n++)
    continue;
  return (RdPool){processes, timeout_ms, 0, next, ended, tick, work};
}

START_TEST(each_end_has_its_reason) {
  Work work = {.script = {"exit 0", "echo first >&2; echo 'out of luck' >&2; exit 1", "exit 3",
                          "echo 'about to' >&2; kill -SEGV $$", "kill -ABRT $$"}};
  RdPool pool = pool_of(&work, 2, 20000);
  g_autoptr(GError) error = NULL;
  ck_assert(rd_pool_run(&pool, &error));
  ck_assert_uint_eq(work.ended, 5);
  ck_assert_int_eq(work.outcome[0].end, RD_JOB_DONE);
  ck_assert_str_eq(work.reason[0], "");
  ck_assert_int_eq(work.outcome[1].end, RD_JOB_FAILED);
  ck_assert_str_eq(work.reason[1], "out of luck");
  ck_assert_int_eq(work.outcome[2].code, 3);
  ck_assert_str_eq(work.reason[2], "exit code 3 without a word");
  ck_assert_int_eq(work.outcome[3].end, RD_JOB_CRASHED);
  ck_assert_int_eq(work.outcome[3].code, SIGSEGV);
  ck_assert_str_eq(work.reason[3],
                   "killed by SIGSEGV (Segmentation fault); it last said: about to");
  ck_assert_int_eq(work.outcome[4].code, SIGABRT);
}
END_TEST

START_TEST(one_that_never_ends_is_killed_and_the_others_go_on) {
  Work work = {.script = {"while :; do :; done", "exit 0", "exit 0", "exit 0"}};
  RdPool pool = pool_of(&work, 2, 700);
  ck_assert(rd_pool_run(&pool, NULL));
  ck_assert_uint_eq(work.ended, 4);
  ck_assert_int_eq(work.outcome[0].end, RD_JOB_TIMEOUT);
  ck_assert_ptr_nonnull(strstr(work.reason[0], "no end after 0.7 s"));
  for (int i = 1; i < 4; i++)
    ck_assert_int_eq(work.outcome[i].end, RD_JOB_DONE);
}
END_TEST

START_TEST(a_flood_of_words_keeps_its_end) {
  Work work = {
      .script = {"i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1"}};
  RdPool pool = pool_of(&work, 1, 20000);
  ck_assert(rd_pool_run(&pool, NULL));
  ck_assert_str_eq(work.reason[0], "line 2999");
}
END_TEST

START_TEST(no_more_than_asked_run_at_once) {
  Work work = {.script = {"sleep 0.2", "sleep 0.2", "sleep 0.2", "sleep 0.2", "sleep 0.2"}};
  RdPool pool = pool_of(&work, 3, 20000);
  ck_assert(rd_pool_run(&pool, NULL));
  ck_assert_uint_eq(work.ended, 5);
  ck_assert_uint_eq(work.most_running, 3);
}
END_TEST

START_TEST(a_failing_callback_stops_it_all) {
  Work work = {.script = {"exit 0", "sleep 30", "sleep 30"}, .stop_after = 1};
  RdPool pool = pool_of(&work, 2, 0);
  g_autoptr(GError) error = NULL;
  gint64 before = g_get_monotonic_time();
  ck_assert(!rd_pool_run(&pool, &error));
  ck_assert_str_eq(error->message, "enough");
  ck_assert_int_lt(g_get_monotonic_time() - before, 10 * G_USEC_PER_SEC);
}
END_TEST

START_TEST(nothing_to_do_is_done_at_once) {
  Work work = {.script = {NULL}};
  RdPool pool = pool_of(&work, 1, 0);
  ck_assert(rd_pool_run(&pool, NULL));
  ck_assert_uint_eq(work.ended, 0);
}
END_TEST

/* Waits until a file holds a number, at most 10 s. */
static pid_t read_pid(const char *path) {
  for (int i = 0; i < 1000; i++) {
    g_autofree char *text = NULL;
    if (g_file_get_contents(path, &text, NULL, NULL) && strchr(text, '\n'))
      return (pid_t)g_ascii_strtoll(text, NULL, 10);
    g_usleep(10000);
  }
  return 0;
}

static gboolean gone_within(pid_t pid, int seconds) {
  for (int i = 0; i < seconds * 100; i++) {
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *stat = NULL;
    if (!g_file_get_contents(path, &stat, NULL, NULL) || strstr(stat, ") Z "))
      return TRUE;
    g_usleep(10000);
  }
  return FALSE;
}

static pid_t start_pool_apart(const char *script) {
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  Work work = {.script = {script}};
  RdPool pool = pool_of(&work, 1, 0);
  g_autoptr(GError) error = NULL;
  gboolean ok = rd_pool_run(&pool, &error);
  _exit(ok ? 0 : error->code == RD_POOL_INTERRUPTED && work.ended == 0 ? 7 : 8);
}

START_TEST(a_signal_or_our_own_death_ends_the_children) {
  static const int signals[] = {SIGTERM, SIGINT, SIGKILL};
  g_autofree char *folder = g_dir_make_tmp("rd-pool-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "pid", NULL);
  g_autofree char *script = g_strdup_printf("echo $$ > %s; exec sleep 60", file);
  pid_t pool = start_pool_apart(script), child = read_pid(file);
  int status = 0;
  ck_assert_int_gt(child, 0);
  kill(pool, signals[_i]);
  ck_assert_int_eq(waitpid(pool, &status, 0), pool);
  ck_assert(gone_within(child, 5));
  if (signals[_i] != SIGKILL)
    ck_assert_int_eq(WEXITSTATUS(status), 7);
  unlink(file);
  rmdir(folder);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("pool");
  TCase *tc = tcase_create("pool");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, each_end_has_its_reason);
  tcase_add_test(tc, one_that_never_ends_is_killed_and_the_others_go_on);
  tcase_add_test(tc, a_flood_of_words_keeps_its_end);
  tcase_add_test(tc, no_more_than_asked_run_at_once);
  tcase_add_test(tc, a_failing_callback_stops_it_all);
  tcase_add_test(tc, nothing_to_do_is_done_at_once);
  tcase_add_loop_test(tc, a_signal_or_our_own_death_ends_the_children, 0, 3);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
