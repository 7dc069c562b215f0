/* The closed forms themselves, against textbook values and against each other. */
#include <math.h>

#include "tests/check_main.h"
#include "tests/validation/closed_forms.h"

#define NEAR(a, b, tolerance) ck_assert_double_eq_tol(a, b, tolerance)

START_TEST(one_worker) {
  /* Load 0.8: five times the service in the system with M/M/1, four before service... */
  NEAR(mm1_sojourn(800, 1e-3), 5e-3, 1e-12);
  NEAR(mm1_wait(800, 1e-3), 4e-3, 1e-12);
  /* ...and half that wait if service does not vary. */
  NEAR(md1_wait(800, 1e-3), 2e-3, 1e-12);
  NEAR(md1_sojourn(800, 1e-3), 3e-3, 1e-12);
  NEAR(mm1_sojourn_quantile(800, 1e-3, 0.5), 5e-3 * 0.69314718, 1e-9);
  NEAR(mg1_wait(500, 1e-3, 4), 2.5 * mm1_wait(500, 1e-3), 1e-12);
  ck_assert(isinf(mm1_wait(1000, 1e-3)) && isinf(md1_wait(1200, 1e-3)));
}
END_TEST

/* Published Erlang B tables: 10 lines carry 4.46 Erlangs at 1 % blocking, 20 lines 12.03, and 100
 * lines 84.06; 5 lines carry 2.22 at 5 %. */
START_TEST(erlang_b_tables) {
  NEAR(erlang_b(10, 4.461), 0.01, 1e-5);
  NEAR(erlang_b(20, 12.031), 0.01, 1e-5);
  NEAR(erlang_b(100, 84.064), 0.01, 1e-5);
  NEAR(erlang_b(5, 2.2185), 0.05, 1e-5);
  NEAR(erlang_b(1, 1), 0.5, 1e-12);
  NEAR(erlang_b(0, 3), 1, 1e-12);
}
END_TEST

START_TEST(waiting_for_several) {
  NEAR(erlang_c(1, 0.8), 0.8, 1e-12); /* one worker: the chance that it is busy */
  NEAR(erlang_c(2, 1), 1.0 / 3, 1e-12);
  NEAR(erlang_c(3, 2), 4.0 / 9, 1e-12);
  NEAR(erlang_c(2, 2), 1, 1e-12);
  NEAR(mmc_wait(800, 1e-3, 1), mm1_wait(800, 1e-3), 1e-12);
  NEAR(mmc_wait(1000, 1e-3, 2), 1e-3 / 3, 1e-12);
  ck_assert(isinf(mmc_wait(2000, 1e-3, 2)));
}
END_TEST

START_TEST(little_room) {
  NEAR(mm1k_loss(0.5, 1), erlang_b(1, 0.5), 1e-12);
  NEAR(mm1k_loss(1, 4), 0.2, 1e-12);
  /* (1 - r) r**K / (1 - r**(K+1)) */
  NEAR(mm1k_loss(0.8, 10), 0.2 * pow(0.8, 10) / (1 - pow(0.8, 11)), 1e-12);
  NEAR(mm1k_loss(3, 60), 2.0 / 3, 1e-9); /* a flood: all but what one worker can serve */
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("closed forms");
  TCase *t = tcase_create("closed forms");
  tcase_add_test(t, one_worker);
  tcase_add_test(t, erlang_b_tables);
  tcase_add_test(t, waiting_for_several);
  tcase_add_test(t, little_room);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
