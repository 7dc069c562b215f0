#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/result/ledger.h"
#include "tests/check_main.h"

static char *folder_new(void) {
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp("redoubt-ledger-XXXXXX", &error);
  ck_assert_msg(folder != NULL, "%s", error ? error->message : "");
  return folder;
}

static void folder_free(char *folder) {
  g_autofree char *path = g_build_filename(folder, "attempts.rdl", NULL);
  g_unlink(path);
  g_rmdir(folder);
  g_free(folder);
}

static RdLedgerRow row_of(uint64_t i) {
  return (RdLedgerRow){.entity = i,
                       .attempt = i * 3,
                       .peer = UINT64_MAX,
                       .node = 2,
                       .status = (uint16_t)(200 + i % 400),
                       .kind = RD_ATTEMPT_CALL,
                       .retries = (uint8_t)i,
                       .started = (RdTime)i * RD_SECOND,
                       .ringing = RD_NEVER,
                       .answered = (RdTime)i * RD_SECOND + 7,
                       .ended = RD_NEVER,
                       .closed = RD_NEVER,
                       .left = (RdTime)i * RD_SECOND + 5,
                       .wanted = (RdTime)i * 11,
                       .talked = (RdTime)i * 10,
                       .causes = i << 40};
}

static void write_rows(const char *folder, uint64_t n) {
  g_autoptr(GError) error = NULL;
  RdLedgerWriter *w = rd_ledger_writer_new(folder, &error);
  ck_assert_msg(w != NULL, "%s", error ? error->message : "");
  for (uint64_t i = 0; i < n; i++) {
    RdLedgerRow row = row_of(i);
    ck_assert(rd_ledger_write(w, &row));
  }
  ck_assert(rd_ledger_writer_finish(w, &error));
}

START_TEST(rows_come_back) {
  char *folder = folder_new();
  g_autoptr(GError) error = NULL;
  write_rows(folder, 1000);
  RdLedger *ledger = rd_ledger_open(folder, &error);
  ck_assert_msg(ledger != NULL, "%s", error ? error->message : "");
  size_t n;
  const RdLedgerRow *rows = rd_ledger_rows(ledger, &n);
  ck_assert_uint_eq(n, 1000);
  for (size_t i = 0; i < n; i++) {
    RdLedgerRow want = row_of(i);
    ck_assert_mem_eq(&rows[i], &want, sizeof want);
  }
  rd_ledger_close(ledger);
  rd_ledger_close(NULL);
  folder_free(folder);
}
END_TEST

START_TEST(no_rows_is_a_ledger) {
  char *folder = folder_new();
  write_rows(folder, 0);
  RdLedger *ledger = rd_ledger_open(folder, NULL);
  size_t n = 99;
  ck_assert_ptr_nonnull(ledger);
  rd_ledger_rows(ledger, &n);
  ck_assert_uint_eq(n, 0);
  rd_ledger_close(ledger);
  folder_free(folder);
}
END_TEST

/* Cuts or spoils a good file and expects a complaint that holds `word` and the file's name. */
static void expect_error(const char *folder, const char *word) {
  g_autoptr(GError) error = NULL;
  RdLedger *ledger = rd_ledger_open(folder, &error);
  ck_assert_ptr_null(ledger);
  ck_assert_ptr_nonnull(error);
  ck_assert_msg(strstr(error->message, word) && strstr(error->message, "attempts.rdl"), "%s",
                error->message);
}

START_TEST(a_cut_file_is_an_error) {
  char *folder = folder_new();
  g_autofree char *path = g_build_filename(folder, "attempts.rdl", NULL);
  write_rows(folder, 10);
  ck_assert_int_eq(truncate(path, 16 + 104 * 9 + 103), 0);
  expect_error(folder, "truncated");
  ck_assert_int_eq(truncate(path, 15), 0);
  expect_error(folder, "truncated");
  ck_assert_int_eq(truncate(path, 0), 0);
  expect_error(folder, "truncated");
  folder_free(folder);
}
END_TEST

START_TEST(a_foreign_file_is_an_error) {
  char *folder = folder_new();
  g_autofree char *path = g_build_filename(folder, "attempts.rdl", NULL);
  expect_error(folder, "No such file");
  ck_assert(g_file_set_contents(path, "this is a text, not a ledger at all", -1, NULL));
  expect_error(folder, "not a ledger");
  RdLedgerHeader header = {.row_size = 96};
  memcpy(header.magic, RD_LEDGER_MAGIC, 8);
  ck_assert(g_file_set_contents(path, (char *)&header, sizeof header, NULL));
  expect_error(folder, "96");
  header.magic[6] = '1'; /* what this program once wrote */
  ck_assert(g_file_set_contents(path, (char *)&header, sizeof header, NULL));
  expect_error(folder, "another format");
  folder_free(folder);
}
END_TEST

/* /dev/full refuses every byte with ENOSPC, as a full disk does. */
START_TEST(a_full_disk_is_an_error) {
  char *folder = folder_new();
  g_autofree char *path = g_build_filename(folder, "attempts.rdl", NULL);
  g_autoptr(GError) error = NULL;
  ck_assert_int_eq(symlink("/dev/full", path), 0);
  RdLedgerWriter *w = rd_ledger_writer_new(folder, &error);
  ck_assert_ptr_nonnull(w);
  bool refused = false;
  for (uint64_t i = 0; i < 10000; i++) {
    RdLedgerRow row = row_of(i);
    refused = refused || !rd_ledger_write(w, &row);
  }
  ck_assert(refused);
  ck_assert(!rd_ledger_writer_finish(w, &error));
  ck_assert_msg(strstr(error->message, "No space left"), "%s", error->message);
  folder_free(folder);
}
END_TEST

START_TEST(a_full_disk_is_noticed_at_the_end) {
  char *folder = folder_new();
  g_autofree char *path = g_build_filename(folder, "attempts.rdl", NULL);
  g_autoptr(GError) error = NULL;
  ck_assert_int_eq(symlink("/dev/full", path), 0);
  RdLedgerWriter *w = rd_ledger_writer_new(folder, &error);
  ck_assert_ptr_nonnull(w);
  ck_assert(!rd_ledger_writer_finish(w, &error));
  ck_assert_ptr_nonnull(error);
  folder_free(folder);
}
END_TEST

START_TEST(no_folder_is_an_error) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(rd_ledger_writer_new("/nonexistent/folder", &error));
  ck_assert_ptr_nonnull(error);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ledger");
  TCase *t = tcase_create("ledger");
  tcase_add_test(t, rows_come_back);
  tcase_add_test(t, no_rows_is_a_ledger);
  tcase_add_test(t, a_cut_file_is_an_error);
  tcase_add_test(t, a_foreign_file_is_an_error);
  tcase_add_test(t, a_full_disk_is_an_error);
  tcase_add_test(t, a_full_disk_is_noticed_at_the_end);
  tcase_add_test(t, no_folder_is_an_error);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
