/* What a flood did to legitimate people, and when it is a success: on evidence made by hand. One
 * definition for attacks on calls and on registrations. */
#include <math.h>
#include <string.h>

#include "tests/attacks/floods.h"
#include "tests/check_main.h"

static FakeEvidence fake;
static void *config;
static uint32_t kind;
static const char *what = "attempts";

static void setup(void) {
  evidence_of_nothing(&fake);
  fake.kind = kind;
  config = mock_config(&redoubt_plugin);
}

static void teardown(void) {
  g_free(config);
}

START_TEST(nothing_is_no_harm) {
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(!s.succeeded);
  ck_assert_double_eq(s.effect, 0);
  ck_assert_double_eq(s.worst, 0);
  ck_assert_double_eq(s.threshold, 5);
  ck_assert(s.effect_low < 0 && s.effect_high > 0);
}
END_TEST

/* 300 attempts begin in the attack; 5 points are 15 of them. */
static const struct {
  unsigned lost, gained;
  double effect;
  bool success;
} cases[] = {{15, 0, 5, true},      {14, 0, 14 / 3.0, false},  {300, 0, 100, true},
             {30, 15, 5, true},     {30, 16, 14 / 3.0, false}, {0, 30, -10, false},
             {150, 135, 5, false}, /* as many turn as would by chance: the interval reaches 0 */
             {2, 0, 2 / 3.0, false}};

START_TEST(a_share_is_lost_or_not) {
  for (unsigned i = 0; i < 30; i++) {
    fake.seconds[10 + i].lost = cases[_i].lost / 30 + (i < cases[_i].lost % 30);
    fake.seconds[10 + i].gained = cases[_i].gained / 30 + (i < cases[_i].gained % 30);
  }
  fake.seconds[9].lost = fake.seconds[40].lost = 10; /* before it and after */
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert_double_eq_tol(s.effect, cases[_i].effect, 1e-9);
  ck_assert_int_eq(s.succeeded, cases[_i].success);
}
END_TEST

/* Two calls lost in one bad second were "harm in a window"; they are told beside, and are no success. */
START_TEST(the_worst_ten_seconds_stand_beside) {
  fake.seconds[25].lost = 10;
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert_double_eq_tol(s.effect, 100.0 * 10 / 300, 1e-9);
  ck_assert_double_eq_tol(s.worst, 10, 1e-9);
  ck_assert(!s.succeeded);
  g_autofree char *text = g_strdup_printf("10 of 300 legitimate %s lost, 0 gained", what);
  ck_assert_ptr_nonnull(strstr(s.why, text));
  ck_assert_ptr_nonnull(strstr(s.why, "worst 10 s 10.0 points"));
}
END_TEST

START_TEST(delay_alone_is_no_success_but_is_told) {
  const bool calls = kind != RD_ATTEMPT_REGISTER;
  (calls ? fake.srd : fake.rrd)[RD_WORLD_THIS] = (calls ? 24 : 2.4) * 1e9;
  (calls ? fake.rrd : fake.srd)[RD_WORLD_THIS] = NAN;
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(!s.succeeded);
  ck_assert_ptr_nonnull(strstr(s.why, calls ? "SRD p95 x24.00" : "RRD p95 x24.00"));
  ck_assert_ptr_null(strstr(s.why, calls ? "RRD" : "SRD"));
}
END_TEST

START_TEST(nobody_tried_is_undefined) {
  memset(fake.seconds, 0, sizeof fake.seconds);
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(!s.succeeded && isnan(s.effect) && isnan(s.worst) && isnan(s.effect_low));
}
END_TEST

START_TEST(a_short_attack_has_no_worst_window) {
  for (unsigned i = 10; i < 19; i++)
    fake.seconds[i].lost = 10;
  fake.evidence.attack_stop = 19 * RD_SECOND;
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(s.succeeded);
  ck_assert(isnan(s.worst));
}
END_TEST

START_TEST(the_threshold_can_be_stated) {
  mock_set(&redoubt_plugin, config, "threshold", 50);
  for (unsigned i = 10; i < 40; i++)
    fake.seconds[i].lost = 4;
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert_double_eq_tol(s.effect, 40, 1e-9);
  ck_assert_double_eq(s.threshold, 50);
  ck_assert(!s.succeeded);
}
END_TEST

void harm_add(Suite *s) {
  TCase *t = tcase_create("harm");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, nothing_is_no_harm);
  tcase_add_loop_test(t, a_share_is_lost_or_not, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, the_worst_ten_seconds_stand_beside);
  tcase_add_test(t, delay_alone_is_no_success_but_is_told);
  tcase_add_test(t, nobody_tried_is_undefined);
  tcase_add_test(t, a_short_attack_has_no_worst_window);
  tcase_add_test(t, the_threshold_can_be_stated);
  suite_add_tcase(s, t);
}

void harm_of(uint32_t of, const char *called) {
  kind = of;
  what = called;
}

void harm_add_of(Suite *suite, uint32_t of, const char *called) {
  harm_of(of, called);
  harm_add(suite);
}
