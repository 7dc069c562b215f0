/* Keyed numbers against known vectors and the laws that they have to follow. */
#include <math.h>
#include <stdlib.h>

#include "lab/base/random.h"
#include "tests/check_main.h"

#define N 200000

static const uint64_t paper_key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

/* The example of the SipHash paper's appendix A, and the first two of its authors' vectors. */
START_TEST(siphash_as_published) {
  uint8_t input[16];
  for (int i = 0; i < 16; i++)
    input[i] = (uint8_t)i;
  ck_assert(rd_siphash(paper_key, input, 15) == UINT64_C(0xa129ca6149be45e5));
  ck_assert(rd_siphash(paper_key, input, 0) == UINT64_C(0x726fdb47dd0e0e31));
  ck_assert(rd_siphash(paper_key, input, 1) == UINT64_C(0x74f839c593dc67fd));
}
END_TEST

START_TEST(draws_are_functions_of_their_key) {
  uint64_t s = rd_stream(1, "ue");
  ck_assert(rd_random(s, 2, 3, 4) == rd_random(s, 2, 3, 4));
  ck_assert(rd_random(s, 2, 3, 4) != rd_random(s, 3, 2, 4));
  ck_assert(rd_random(s, 2, 3, 4) != rd_random(s, 2, 4, 3));
  ck_assert(rd_random(s, 2, 3, 4) != rd_random(rd_stream(2, "ue"), 2, 3, 4));
  ck_assert(rd_stream(1, "ue") != rd_stream(1, "eu"));
  ck_assert(rd_mix(1, 2) != rd_mix(2, 1));
  /* stored results are made of it: entity, then purpose, then index */
  ck_assert(rd_random(1, 2, 3, 4) == rd_mix(rd_mix(rd_mix(1, 2), 3), 4));
}
END_TEST

/* Neighbouring keys have to give what independent draws would: every bit set half of the time, and
 * flipped half of the time by a step of the key. Five standard deviations of a fair coin. */
START_TEST(neighbouring_keys_are_unlike) {
  int set[64] = {0}, flipped[64] = {0};
  uint64_t s = rd_stream(7, "x");
  for (uint64_t i = 0; i < N; i++) {
    uint64_t here = rd_random(s, i, 1, 0), next = rd_random(s, i + 1, 1, 0);
    for (int b = 0; b < 64; b++) {
      set[b] += (int)(here >> b & 1);
      flipped[b] += (int)((here ^ next) >> b & 1);
    }
  }
  double bound = 5 * sqrt(N) / 2;
  for (int b = 0; b < 64; b++) {
    ck_assert_double_lt(fabs(set[b] - N / 2.0), bound);
    ck_assert_double_lt(fabs(flipped[b] - N / 2.0), bound);
  }
}
END_TEST

START_TEST(units_and_bounds_stay_inside) {
  ck_assert_double_eq(rd_unit(0), 0);
  ck_assert(rd_unit(UINT64_MAX) < 1);
  ck_assert_uint_eq(rd_below(0, 10), 0);
  ck_assert_uint_eq(rd_below(UINT64_MAX, 10), 9);
  ck_assert_uint_eq(rd_below(UINT64_MAX, 1), 0);
  int counts[10] = {0};
  for (uint64_t i = 0; i < N; i++)
    counts[rd_below(rd_random(1, i, 2, 0), 10)]++;
  for (int k = 0; k < 10; k++)
    ck_assert_double_lt(fabs(counts[k] - N / 10.0), 5 * sqrt(N * 0.09));
}
END_TEST

START_TEST(logarithm_is_the_logarithm) {
  ck_assert_double_eq(rd_log(1), 0);
  ck_assert_double_lt(fabs(rd_log(M_E) - 1), 1e-15);
  for (double x = 1e-300; x < 1e300; x *= 1.37) {
    double want = log(x);
    ck_assert_msg(fabs(rd_log(x) - want) <= 1e-14 * fmax(1, fabs(want)), "log(%a)", x);
  }
  for (double x = 0.5; x < 2; x += 1.0 / 1024)
    ck_assert_double_lt(fabs(rd_log(x) - log(x)), 1e-14);
  ck_assert_double_lt(fabs(rd_log(0x1p-1074) - log(0x1p-1074)), 1e-11);
}
END_TEST

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

START_TEST(exponential_has_its_mean_and_quantiles) {
  static double drawn[N];
  double sum = 0, mean = 3;
  for (uint64_t i = 0; i < N; i++) {
    drawn[i] = rd_exponential(rd_random(9, i, 1, 0), mean);
    ck_assert(drawn[i] >= 0 && isfinite(drawn[i]));
    sum += drawn[i];
  }
  ck_assert_double_lt(fabs(sum / N - mean), 5 * mean / sqrt(N));
  qsort(drawn, N, sizeof drawn[0], by_value);
  static const double ps[] = {0.01, 0.1, 0.5, 0.9, 0.99};
  for (int i = 0; i < 5; i++) {
    /* The standard deviation of a sample quantile is sqrt(p(1-p)/n) over the density there. */
    double want = -mean * log(1 - ps[i]);
    double sd = sqrt(ps[i] * (1 - ps[i]) / N) / ((1 - ps[i]) / mean);
    ck_assert_double_lt(fabs(drawn[(int)(ps[i] * N)] - want), 5 * sd);
  }
  ck_assert(isfinite(rd_exponential(UINT64_MAX, 1)) && rd_exponential(UINT64_MAX, 1) > 36);
  ck_assert(rd_exponential(0, 1) >= 0);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("random");
  TCase *t = tcase_create("random");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, siphash_as_published);
  tcase_add_test(t, draws_are_functions_of_their_key);
  tcase_add_test(t, neighbouring_keys_are_unlike);
  tcase_add_test(t, units_and_bounds_stay_inside);
  tcase_add_test(t, logarithm_is_the_logarithm);
  tcase_add_test(t, exponential_has_its_mean_and_quantiles);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
