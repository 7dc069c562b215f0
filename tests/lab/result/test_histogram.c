#include "lab/base/random.h"
#include "lab/result/histogram.h"
#include "tests/check_main.h"

static int by_size(const void *a, const void *b) {
  RdTime x = *(const RdTime *)a, y = *(const RdTime *)b;
  return (x > y) - (x < y);
}

START_TEST(single_values_over_nine_decades) {
  RdTime decade = 1;
  for (int d = 0; d <= 9; d++, decade *= 10)
    for (int i = 1; i <= 99; i++) {
      RdTime value = decade * i / 10 + decade;
      RdHistogram *h = rd_histogram_new();
      /* Neighbours far below and above, so that clamping to min and max cannot help. */
      rd_histogram_add(h, 0);
      rd_histogram_add(h, value);
      rd_histogram_add(h, INT64_MAX / 4);
      RdTime got = rd_histogram_quantile(h, 0.5);
      double error = ((double)got - (double)value) / (double)value;
      ck_assert_msg(error < 0.016 && error > -0.016, "%lld read as %lld", (long long)value,
                    (long long)got);
      rd_histogram_free(h);
    }
}
END_TEST

START_TEST(quantiles_of_a_sample) {
  enum { N = 20000 };
  static RdTime values[N];
  RdHistogram *h = rd_histogram_new();
  RdTime sum = 0, max = 0;
  for (int i = 0; i < N; i++) {
    values[i] = (RdTime)rd_exponential(rd_random(1, 2, 3, (uint64_t)i), 5e6);
    rd_histogram_add(h, values[i]);
    sum += values[i];
    max = values[i] > max ? values[i] : max;
  }
  qsort(values, N, sizeof *values, by_size);
  const double qs[] = {0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999};
  for (unsigned i = 0; i < sizeof qs / sizeof *qs; i++) {
    double exact = (double)values[(int)(qs[i] * N + 0.5) - 1];
    double got = (double)rd_histogram_quantile(h, qs[i]);
    ck_assert_double_eq_tol(got / exact, 1, 0.016);
  }
  ck_assert_int_eq(rd_histogram_sum(h), sum);
  ck_assert_int_eq(rd_histogram_max(h), max);
  ck_assert_uint_eq(rd_histogram_count(h), N);
  rd_histogram_free(h);
}
END_TEST

START_TEST(small_values_are_exact) {
  RdHistogram *h = rd_histogram_new();
  for (int i = 1; i <= 60; i++)
    rd_histogram_add(h, i);
  ck_assert_int_eq(rd_histogram_quantile(h, 0.5), 30);
  ck_assert_int_eq(rd_histogram_quantile(h, 0), 1);
  ck_assert_int_eq(rd_histogram_quantile(h, 1), 60);
  rd_histogram_free(h);
}
END_TEST

START_TEST(merging_is_adding) {
  RdHistogram *a = rd_histogram_new(), *b = rd_histogram_new(), *both = rd_histogram_new();
  for (uint64_t i = 0; i < 1000; i++) {
    RdTime value = (RdTime)rd_below(rd_random(7, i, 0, 0), UINT64_C(5000000000));
    rd_histogram_add(i % 3 ? a : b, value);
    rd_histogram_add(both, value);
  }
  rd_histogram_merge(a, b);
  ck_assert_uint_eq(rd_histogram_count(a), rd_histogram_count(both));
  ck_assert_int_eq(rd_histogram_sum(a), rd_histogram_sum(both));
  ck_assert_int_eq(rd_histogram_max(a), rd_histogram_max(both));
  for (int q = 0; q <= 100; q++)
    ck_assert_int_eq(rd_histogram_quantile(a, q / 100.0), rd_histogram_quantile(both, q / 100.0));
  rd_histogram_free(a);
  rd_histogram_free(b);
  rd_histogram_free(both);
}
END_TEST

START_TEST(empty_negative_and_huge) {
  RdHistogram *h = rd_histogram_new();
  ck_assert_int_eq(rd_histogram_quantile(h, 0.5), -1);
  ck_assert_int_eq(rd_histogram_max(h), -1);
  rd_histogram_add(h, -5);
  ck_assert_int_eq(rd_histogram_quantile(h, 0.5), 0);
  rd_histogram_add(h, INT64_MAX);
  rd_histogram_add(h, INT64_MAX);
  ck_assert_int_eq(rd_histogram_sum(h), INT64_MAX);
  ck_assert_int_eq(rd_histogram_max(h), INT64_MAX);
  ck_assert_int_gt(rd_histogram_quantile(h, 1), INT64_MAX / 65 * 64);
  rd_histogram_free(h);
  rd_histogram_free(NULL);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("histogram");
  TCase *t = tcase_create("histogram");
  tcase_add_test(t, single_values_over_nine_decades);
  tcase_add_test(t, quantiles_of_a_sample);
  tcase_add_test(t, small_values_are_exact);
  tcase_add_test(t, merging_is_adding);
  tcase_add_test(t, empty_negative_and_huge);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
