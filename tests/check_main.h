/* check_main.h - the main() of every Check test: TAP on stdout (meson sets Check's environment). */
#pragma once

#include <check.h>
#include <stdlib.h>

static inline int rd_check_main(Suite *(*make)(void)) {
  SRunner *runner = srunner_create(make());
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
