/* Cost rows through points: exact where the points lie on a row, never negative where they do not. */
#include "lab/drive/timing/fit.h"

#include <math.h>

#include "tests/check_main.h"

static const double sizes[] = {500, 900, 1300}, entries[] = {0, 255, 65535};

static unsigned points_of(double base, double per_byte, double per_doubling, RdFitPoint ret[9]) {
  unsigned n = 0;
  for (unsigned s = 0; s < 3; s++)
    for (unsigned e = 0; e < 3; e++, n++)
      ret[n] = (RdFitPoint){sizes[s], entries[e],
                            base + per_byte * sizes[s] + per_doubling * 8 * (double)e};
  return n;
}

START_TEST(points_on_a_row_give_that_row) {
  RdFitPoint p[9];
  RdFit fit;
  ck_assert(rd_fit_cost(p, points_of(500, 0.25, 60, p), &fit));
  ck_assert_double_eq_tol(fit.base, 500, 1e-6);
  ck_assert_double_eq_tol(fit.per_byte, 0.25, 1e-9);
  ck_assert_double_eq_tol(fit.per_doubling, 60, 1e-6);
  ck_assert_double_lt(fit.worst, 1e-9);
}
END_TEST

START_TEST(a_term_that_would_be_negative_is_left_out) {
  RdFitPoint p[9];
  RdFit fit;
  ck_assert(rd_fit_cost(p, points_of(2000, -1, 0, p), &fit));
  ck_assert_double_eq(fit.per_byte, 0);
  ck_assert_double_eq_tol(fit.per_doubling, 0, 1e-6);
  ck_assert_double_gt(fit.base, 700); /* the points cost 700, 1100 and 1500 */
  ck_assert_double_lt(fit.base, 1500);
  ck_assert_double_gt(fit.worst, 0.1);
}
END_TEST

START_TEST(equal_sizes_are_no_division_by_zero) {
  const RdFitPoint p[] = {{900, 0, 100}, {900, 0, 102}, {900, 0, 98}};
  RdFit fit;
  ck_assert(rd_fit_cost(p, 3, &fit));
  ck_assert_double_eq_tol(fit.base + 900 * fit.per_byte, 100, 0.1);
}
END_TEST

START_TEST(what_is_no_measurement_is_refused) {
  const RdFitPoint bad[] = {{900, 0, NAN}, {900, -1, 1}, {INFINITY, 0, 1}, {900, 0, -1}};
  RdFit fit;
  for (unsigned i = 0; i < 4; i++)
    ck_assert(!rd_fit_cost(&bad[i], 1, &fit));
  ck_assert(!rd_fit_cost(bad, 0, &fit));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("fit");
  TCase *t = tcase_create("fit");
  tcase_add_test(t, points_on_a_row_give_that_row);
  tcase_add_test(t, a_term_that_would_be_negative_is_left_out);
  tcase_add_test(t, equal_sizes_are_no_division_by_zero);
  tcase_add_test(t, what_is_no_measurement_is_refused);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
