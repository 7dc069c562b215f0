/* Thousands of rows are summed up in little memory: what a row keeps is counted in bytes. */
#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>

#include "bench/judge/matrix.h"
#include "bench/run/folder.h"
#include "bench/run/plan.h"
#include "lab/config/campaign.h"
#include "tests/check_main.h"

#if defined(__has_feature) /* clang's way to ask */
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(WITH_ASAN)
size_t __sanitizer_get_current_allocated_bytes(void); /* gcc's package lacks its header */
static size_t allocated(void) {
  return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t allocated(void) {
  const struct mallinfo2 m = mallinfo2();
  return m.uordblks + m.hblkhd;
}
#endif

#define FEW 20
#define MANY 520
#define ROW_MAX 6000 /* bytes that a row may keep; its four trees of JSON alone are some 100 kB */

static char *folder;

static void setup(void) {
  folder = g_dir_make_tmp("rd-large-XXXXXX", NULL);
}

static void teardown(void) {
  rd_folder_remove(folder);
  g_clear_pointer(&folder, g_free);
}

/* A world as the engine would leave it, with a timeline of an hour. */
static void make_world(RdStore *store, const RdWorldSpec *world) {
  g_autofree char *part = rd_store_begin(store, world->id, world->text, NULL);
  g_autofree char *file = g_build_filename(part, "trial.yaml", NULL);
  g_autofree char *result = g_build_filename(part, "result.json", NULL), *text = NULL;
  char *argv[] = {(char *)g_getenv("REDOUBT_TRIAL"), file, (char *)"--out", part, NULL};
  ck_assert(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL));
  ck_assert(g_file_get_contents(result, &text, NULL, NULL));
  g_autoptr(GString) longer = g_string_new(text);
  g_autoptr(GString) more = g_string_new("\"rows\": [");
  for (int i = 0; i < 1000; i++)
    g_string_append(more, "[1, 1, 10, 10, 10], ");
  g_string_replace(longer, "\"rows\": [", more->str, 1);
  ck_assert(g_file_set_contents(result, longer->str, -1, NULL));
  ck_assert(rd_store_finish(store, world->id, 1, NULL));
}

/* One trial of a twin, which has no predicate to be asked, planned `rows` times under as many seeds' names: the worlds are shared. */
static RdStore *make_results(RdParts *parts, unsigned rows) {
  g_autofree char *name = g_strdup_printf("%u", rows);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autoptr(RdCampaign) c = rd_campaign_load(DATA "/small.yaml", parts, NULL);
  g_autoptr(RdPlan) plan = rd_plan_new(g_getenv("REDOUBT_TRIAL"), NULL);
  RdStore *store = rd_store_open(path, "large", NULL);
  ck_assert_ptr_nonnull(store);
  g_autoptr(RdTrial) trial = rd_campaign_trial(c, 2, 1, 1, NULL);
  for (unsigned i = 0; i < rows; i++) {
    ck_assert(rd_plan_add(plan, trial, "surge", "weak", RD_PLAN_FOUR, NULL));
    ((RdPlanRow *)plan->rows->pdata[i])->seed = i + 1;
  }
  for (guint i = 0; i < plan->worlds->len; i++)
    make_world(store, plan->worlds->pdata[i]);
  ck_assert(rd_store_set_plan(store, plan->rows, NULL));
  return store;
}

static size_t kept_by(RdParts *parts, unsigned rows) {
  RdStore *store = make_results(parts, rows);
  g_autoptr(GError) error = NULL;
  const size_t before = allocated();
  RdMatrix *m = rd_matrix_new(store, parts, 60000, &error);
  const size_t after = allocated();
  ck_assert_msg(m != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq(m->outcomes->len, rows);
  const RdCell *cell = rd_matrix_cell(m, "surge", "weak");
  ck_assert_uint_eq(cell->usable, rows);
  ck_assert_double_eq(cell->measures[RD_M_LOST].mean, 1);
  rd_matrix_free(m);
  rd_store_close(store);
  return after > before ? after - before : 0;
}

START_TEST(a_row_keeps_its_figures_alone) {
  g_autoptr(RdParts) parts = rd_parts_new();
  kept_by(parts, FEW - 1); /* what is allocated once in a program's life */
  const size_t few = kept_by(parts, FEW), many = kept_by(parts, MANY);
  const size_t each = many > few ? (many - few) / (MANY - FEW) : 0;
  ck_assert_msg(each < ROW_MAX, "a row keeps %zu bytes", each);
  ck_assert_uint_gt(each, sizeof(double) * RD_MEASURES); /* or nothing was counted */
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("matrix-large");
  TCase *tc = tcase_create("matrix-large");
  tcase_set_timeout(tc, 550);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, a_row_keeps_its_figures_alone);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
