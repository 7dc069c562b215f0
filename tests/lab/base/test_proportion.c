/* Intervals of shares and differences against published examples, and at the ends of their range. */
#include <math.h>

#include "lab/base/proportion.h"
#include "tests/check_main.h"

static void is(RdRange got, double low, double high, double tolerance) {
  ck_assert_double_eq_tol(got.low, low, tolerance);
  ck_assert_double_eq_tol(got.high, high, tolerance);
}

/* Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables (2017), chapter 8: Cavo
 * 2012 (59, 6, 16, 80) and Bentur 2009 (1, 1, 7, 12), Tango's interval. */
START_TEST(tango_as_published) {
  is(rd_paired_range(6, 16, 161), -0.1240, -0.0054, 5e-5);
  is(rd_paired_range(16, 6, 161), 0.0054, 0.1240, 5e-5);
  is(rd_paired_range(1, 7, 21), -0.517, -0.026, 5e-4);
}
END_TEST

/* Nobody lost or gained: z^2 / (n + z^2), by solving the score by hand. */
START_TEST(a_difference_of_nothing_has_a_width) {
  const double z2 = 3.841458820694124;
  is(rd_paired_range(0, 0, 100), -z2 / (100 + z2), z2 / (100 + z2), 1e-9);
  is(rd_paired_range(0, 0, 1), -z2 / (1 + z2), z2 / (1 + z2), 1e-9);
}
END_TEST

START_TEST(the_ends_of_the_range) {
  is(rd_paired_range(100, 0, 100), (100 - 3.841458820694124) / (100 + 3.841458820694124), 1, 1e-9);
  is(rd_paired_range(0, 7, 7), -1, -(7 - 3.841458820694124) / (7 + 3.841458820694124), 1e-9);
  ck_assert(isnan(rd_paired_range(0, 0, 0).low));
  for (uint64_t n = 1; n < 40; n++)
    for (uint64_t lost = 0; lost <= n; lost++)
      for (uint64_t gained = 0; gained + lost <= n; gained++) {
        const RdRange r = rd_paired_range(lost, gained, n);
        const double d = ((double)lost - (double)gained) / (double)n;
        ck_assert(r.low >= -1 && r.low <= d + 1e-12 && d - 1e-12 <= r.high && r.high <= 1);
        ck_assert(r.high - r.low > 0.01);
      }
}
END_TEST

/* Newcombe 1998, table II: 56/70 - 48/80 and 9/10 - 3/10 by his method 10. */
START_TEST(newcombe_as_published) {
  is(rd_difference_range(56, 70, 48, 80), 0.0524, 0.3339, 5e-5);
  is(rd_difference_range(9, 10, 3, 10), 0.1705, 0.8090, 5e-5);
  is(rd_difference_range(10, 10, 0, 10), 0.6075, 1, 5e-5);
  is(rd_difference_range(0, 10, 0, 20), -0.1611, 0.2775, 5e-5);
  ck_assert(isnan(rd_difference_range(0, 0, 1, 2).high));
}
END_TEST

/* Newcombe 1998 (17, 857-872), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29. */
START_TEST(wilson_as_published) {
  is(rd_share_range(81, 263), 0.2553, 0.3662, 5e-5);
  is(rd_share_range(15, 148), 0.0624, 0.1605, 5e-5);
  is(rd_share_range(0, 20), 0, 0.1611, 5e-5);
  is(rd_share_range(1, 29), 0.0061, 0.1718, 5e-5);
  ck_assert(rd_share_range(20, 20).high == 1);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("proportion");
  TCase *tc = tcase_create("proportion");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, tango_as_published);
  tcase_add_test(tc, a_difference_of_nothing_has_a_width);
  tcase_add_test(tc, the_ends_of_the_range);
  tcase_add_test(tc, newcombe_as_published);
  tcase_add_test(tc, wilson_as_published);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
