/* A call's machines. --draw writes their drawings in the README anew. */
#include "nodes/ue/call_table.h"

#include <stdio.h>

#include "tests/machine.h"

static const RdMachine *const machines[] = {&ue_caller, &ue_callee};

START_TEST(every_machine_is_sound_and_drawn) {
  machine_is_sound(machines[_i]);
  machine_is_drawn(machines[_i], README);
}
END_TEST

/* Only the network can break a call without a word; a phone always says BYE or CANCEL, or is told. */
START_TEST(a_call_ends_for_both_sides_by_bye_alone_once_it_is_answered) {
  for (unsigned m = 0; m < G_N_ELEMENTS(machines); m++)
    for (unsigned e = 0; e < CALL_EVENTS; e++) {
      const RdStep *step = rd_machine_step(machines[m], CALL_TALKING, e);
      if (step && step->next == CALL_OVER)
        ck_assert_uint_eq(e, CALL_BYE);
      if (step && step->next == CALL_ENDING)
        ck_assert_uint_eq(step->actions, CALL_DO_HANG_UP);
    }
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ue-machines");
  TCase *c = tcase_create("tables");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, every_machine_is_sound_and_drawn, 0, G_N_ELEMENTS(machines));
  tcase_add_test(c, a_call_ends_for_both_sides_by_bye_alone_once_it_is_answered);
  return s;
}

int main(int argc, char **argv) {
  bool ok = argc == 2 && strcmp(argv[1], "--draw") == 0;
  if (!ok)
    return rd_check_main(suite);
  for (unsigned i = 0; ok && i < G_N_ELEMENTS(machines); i++)
    ok = machine_draw_anew(machines[i], README);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
