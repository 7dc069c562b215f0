/* What counts as harm: both sides of every threshold, on evidence made by hand. Compiled with an
 * attack on calls and with one on registrations. */
#include <math.h>
#include <string.h>

#include "tests/attacks/bench.h"
#include "tests/check_main.h"

static FakeEvidence fake;

static void setup(void) {
  evidence_of_nothing(&fake);
}

START_TEST(nothing_is_no_harm) {
  const RdSuccess s = evidence_judge(&fake, NULL);
  ck_assert(!s.succeeded);
  if (strcmp(redoubt_plugin.name, "dos-register-flood") == 0)
    ck_assert_double_eq_tol(s.effect, 1, 1e-12);
  else
    ck_assert_double_eq(s.effect, 0);
}
END_TEST

static const struct {
  unsigned from; /* second at which the window begins */
  double ser, failed, srd;
  bool harm;
} windows[] = {
    {20, 90, 1, 1e9, true}, /* five points, and a call more fails */
    {20, 90.1, 1, 1e9, false},  {20, 60, 0, 1e9, false}, /* busier lines, but no failure */
    {20, 95, 0, 2e9, true}, /* twice as long */
    {20, 95, 0, 1.99e9, false}, {10, 0, 9, 1e9, true}, /* first and last window of the attack */
    {30, 0, 9, 1e9, true},      {31, 0, 9, 9e9, false}, /* reaches beyond it */
    {9, 0, 9, 9e9, false},
};

START_TEST(a_window_harms_or_not) {
  const unsigned i = windows[_i].from;
  fake.ser[RD_WORLD_THIS][i] = windows[_i].ser;
  fake.srd[RD_WORLD_THIS][i] = windows[_i].srd;
  fake.call_failed[RD_WORLD_THIS] = windows[_i].failed;
  const RdSuccess s = evidence_judge(&fake, NULL);
  ck_assert_int_eq(s.succeeded, windows[_i].harm);
  if (i >= 10 && i <= 30)
    ck_assert_double_eq_tol(s.effect, 95 - windows[_i].ser, 1e-9);
}
END_TEST

START_TEST(undefined_windows_count_for_nothing) {
  for (unsigned i = 0; i < EVIDENCE_SECONDS; i++) {
    fake.ser[RD_WORLD_THIS][i] = NAN;
    fake.srd[RD_WORLD_BASELINE][i] = NAN;
  }
  fake.call_failed[RD_WORLD_THIS] = 10;
  const RdSuccess s = evidence_judge(&fake, NULL);
  ck_assert(!s.succeeded);
  ck_assert_double_eq(s.effect, 0);
}
END_TEST

START_TEST(an_attack_of_nine_seconds_cannot_succeed) {
  for (unsigned i = 0; i < EVIDENCE_SECONDS; i++)
    fake.ser[RD_WORLD_THIS][i] = 0;
  fake.call_failed[RD_WORLD_THIS] = 10;
  fake.evidence.attack_stop = 19 * RD_SECOND;
  ck_assert(!evidence_judge(&fake, NULL).succeeded);
  fake.evidence.attack_stop = 20 * RD_SECOND;
  ck_assert(evidence_judge(&fake, NULL).succeeded);
}
END_TEST

static const struct {
  double rrd, failed, failed_without;
  bool harm;
} registrations[] = {{1.99e8, 0, 0, false}, {2e8, 0, 0, true},  {1e8, 1, 0, true},
                     {1e8, 3, 3, false},    {1e8, 2, 3, false}, {NAN, 30, 0, true},
                     {NAN, 0, 0, false}};

START_TEST(registrations_are_harmed_or_not) {
  fake.rrd[RD_WORLD_THIS] = registrations[_i].rrd;
  fake.register_failed[RD_WORLD_THIS] = registrations[_i].failed;
  fake.register_failed[RD_WORLD_BASELINE] = registrations[_i].failed_without;
  const RdSuccess s = evidence_judge(&fake, NULL);
  ck_assert_int_eq(s.succeeded, registrations[_i].harm);
  if (!isnan(registrations[_i].rrd))
    ck_assert_double_eq_tol(s.effect, registrations[_i].rrd / 1e8, 1e-12);
  else
    ck_assert(isnan(s.effect));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create(redoubt_plugin.name);
  TCase *t = tcase_create("harm");
  tcase_add_checked_fixture(t, setup, NULL);
  tcase_add_test(t, nothing_is_no_harm);
  if (strcmp(redoubt_plugin.name, "dos-register-flood") == 0) {
    tcase_add_loop_test(t, registrations_are_harmed_or_not, 0, G_N_ELEMENTS(registrations));
  } else {
    tcase_add_loop_test(t, a_window_harms_or_not, 0, G_N_ELEMENTS(windows));
    tcase_add_test(t, undefined_windows_count_for_nothing);
    tcase_add_test(t, an_attack_of_nine_seconds_cannot_succeed);
  }
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
