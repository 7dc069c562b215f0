/* How many worlds a campaign comes to, and what makes one another. */
#include "bench/run/plan.h"

#include <string.h>

#include "lab/config/campaign.h"
#include "tests/check_main.h"

static RdCampaign *campaign(RdParts *parts) {
  g_autoptr(GError) error = NULL;
  RdCampaign *c = rd_campaign_load(DATA "/small.yaml", parts, &error);
  ck_assert_msg(c != NULL, "%s", error ? error->message : "");
  return c;
}

static RdTrial *trial(const RdCampaign *c, int attack, unsigned defense, uint64_t seed) {
  g_autoptr(GError) error = NULL;
  RdTrial *t = rd_campaign_trial(c, attack, defense, seed, &error);
  ck_assert_msg(t != NULL, "%s", error ? error->message : "");
  return t;
}

static const RdPlanRow *add(RdPlan *plan, const RdTrial *t) {
  ck_assert(rd_plan_add(plan, t, "a", "d", RD_PLAN_FOUR_AND_NOISE, NULL));
  return plan->rows->pdata[plan->rows->len - 1];
}

static const char *both_of(const RdPlanRow *row) {
  return rd_plan_row_world(row, RD_KIND_BOTH);
}

START_TEST(each_world_is_planned_once) {
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdCampaign) c = campaign(parts);
  g_autoptr(RdPlan) plan = rd_plan_new(DATA "/town.yaml", NULL);
  for (unsigned s = 0; s < c->n_seeds; s++)
    for (unsigned a = 0; a < c->n_attacks; a++)
      for (unsigned d = 0; d < c->n_defenses; d++) {
        g_autoptr(RdTrial) t = trial(c, (int)a, d, c->seeds[s]);
        add(plan, t);
      }
  ck_assert_uint_eq(plan->rows->len, 2 * 3 * 3);
  /* A seed: nothing, 3 attacks, 2 defenses, 3 x 2 of both, and each of the 3 x 3 shifted. */
  ck_assert_uint_eq(plan->worlds->len, 2 * (1 + 3 + 2 + 6 + 9));
}
END_TEST

START_TEST(halves_are_shared) {
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdCampaign) c = campaign(parts);
  g_autoptr(RdPlan) plan = rd_plan_new(DATA "/town.yaml", NULL);
  g_autoptr(RdTrial) bare = trial(c, 0, 0, 1), guarded = trial(c, 0, 1, 1),
                     brief = trial(c, 1, 1, 1);
  const RdPlanRow *x = add(plan, bare), *y = add(plan, guarded), *z = add(plan, brief);
  ck_assert_str_eq(rd_plan_row_world(x, RD_KIND_NOTHING), rd_plan_row_world(x, RD_KIND_DEFENSE));
  ck_assert_str_eq(rd_plan_row_world(x, RD_KIND_ATTACK), rd_plan_row_world(x, RD_KIND_BOTH));
  ck_assert_str_eq(rd_plan_row_world(x, RD_KIND_NOTHING), rd_plan_row_world(y, RD_KIND_NOTHING));
  ck_assert_str_eq(rd_plan_row_world(x, RD_KIND_ATTACK), rd_plan_row_world(y, RD_KIND_ATTACK));
  ck_assert_str_eq(rd_plan_row_world(y, RD_KIND_DEFENSE), rd_plan_row_world(z, RD_KIND_DEFENSE));
  ck_assert_str_ne(rd_plan_row_world(y, RD_KIND_BOTH), rd_plan_row_world(z, RD_KIND_BOTH));
  ck_assert_str_ne(rd_plan_row_world(y, RD_KIND_BOTH), rd_plan_row_world(y, RD_KIND_ATTACK));
  ck_assert_str_ne(rd_plan_row_world(y, RD_KIND_SHIFTED), rd_plan_row_world(y, RD_KIND_ATTACK));
  ck_assert_str_ne(rd_plan_row_world(y, RD_KIND_SHIFTED), rd_plan_row_world(y, RD_KIND_BOTH));
  ck_assert_str_ne(
      rd_plan_row_world(x, RD_KIND_SHIFTED),
      rd_plan_row_world(y, RD_KIND_SHIFTED)); /* each cell's noise is its own world's */
}
END_TEST

START_TEST(a_trial_alone_has_one_world) {
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdCampaign) c = campaign(parts);
  g_autoptr(RdPlan) plan = rd_plan_new(DATA "/town.yaml", NULL);
  g_autoptr(RdTrial) t = trial(c, 0, 1, 1);
  ck_assert(rd_plan_add(plan, t, "a", "d", RD_PLAN_ALONE, NULL));
  ck_assert_uint_eq(plan->worlds->len, 1);
  const RdPlanRow *row = plan->rows->pdata[0];
  ck_assert_uint_eq(row->worlds->len, 1);
  ck_assert_str_eq(rd_plan_row_world(row, RD_KIND_NOTHING), "");
}
END_TEST

START_TEST(seed_and_engine_make_another_world_and_a_name_does_not) {
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdCampaign) c = campaign(parts);
  g_autoptr(RdPlan) plan = rd_plan_new(DATA "/town.yaml", NULL);
  g_autoptr(RdPlan) other = rd_plan_new(DATA "/small.yaml", NULL);
  g_autoptr(RdTrial) one = trial(c, 0, 1, 1), two = trial(c, 0, 1, 2), same = trial(c, 0, 1, 1);
  g_free(same->name);
  same->name = g_strdup("another-name");
  const char *id = both_of(add(plan, one));
  ck_assert_str_ne(id, both_of(add(plan, two)));
  ck_assert_str_eq(id, both_of(add(plan, same)));
  ck_assert_str_ne(id, both_of(add(other, one)));
}
END_TEST

START_TEST(noise_is_taken_in_few_seeds) {
  ck_assert_uint_eq(rd_plan_noise_seeds(1), 1);
  ck_assert_uint_eq(rd_plan_noise_seeds(5), 2);
  ck_assert_uint_eq(rd_plan_noise_seeds(30), 6);
}
END_TEST

START_TEST(no_engine) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(rd_plan_new("/nowhere/redoubt-trial", &error));
  ck_assert_ptr_nonnull(strstr(error->message, "/nowhere/redoubt-trial"));
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("plan");
  TCase *tc = tcase_create("plan");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, each_world_is_planned_once);
  tcase_add_test(tc, halves_are_shared);
  tcase_add_test(tc, a_trial_alone_has_one_world);
  tcase_add_test(tc, seed_and_engine_make_another_world_and_a_name_does_not);
  tcase_add_test(tc, noise_is_taken_in_few_seeds);
  tcase_add_test(tc, no_engine);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
