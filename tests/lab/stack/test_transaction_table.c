#include <stdio.h>
#include <string.h>

#include "lab/stack/transaction_table.h"
#include "tests/check_main.h"

/* The states that the figures of RFC 3261 s17 and of RFC 6026 name. */
static const unsigned figures[RD_TX_MACHINES] = {
    [RD_TX_CLIENT_INVITE] = 1 << RD_TX_START | 1 << RD_TX_CALLING | 1 << RD_TX_PROCEEDING |
                            1 << RD_TX_COMPLETED | 1 << RD_TX_ACCEPTED | 1 << RD_TX_TERMINATED,
    [RD_TX_CLIENT_OTHER] = 1 << RD_TX_START | 1 << RD_TX_TRYING | 1 << RD_TX_PROCEEDING |
                           1 << RD_TX_COMPLETED | 1 << RD_TX_TERMINATED,
    [RD_TX_SERVER_INVITE] = 1 << RD_TX_START | 1 << RD_TX_PROCEEDING | 1 << RD_TX_COMPLETED |
                            1 << RD_TX_CONFIRMED | 1 << RD_TX_ACCEPTED | 1 << RD_TX_TERMINATED,
    [RD_TX_SERVER_OTHER] = 1 << RD_TX_START | 1 << RD_TX_TRYING | 1 << RD_TX_PROCEEDING |
                           1 << RD_TX_COMPLETED | 1 << RD_TX_TERMINATED,
};

/* A set of states grown by all steps from its members, until it grows no more. */
static unsigned closure(int machine, unsigned reached) {
  for (unsigned before = 0; before != reached;) {
    before = reached;
    for (int state = 0; state < RD_TX_STATES; state++)
      for (int event = 0; (reached & 1u << state) && event < RD_TX_EVENTS; event++)
        if (rd_tx_step(machine, state, event)->valid)
          reached |= 1u << rd_tx_step(machine, state, event)->next;
  }
  return reached;
}

START_TEST(every_state_of_the_figure_is_reached) {
  ck_assert_uint_eq(closure(_i, 1u << RD_TX_START), figures[_i]);
}
END_TEST

START_TEST(every_state_can_end) {
  for (int state = 0; state < RD_TX_STATES; state++)
    if (figures[_i] & 1u << state)
      ck_assert_msg(closure(_i, 1u << state) & 1u << RD_TX_TERMINATED, "%s, %s never ends",
                    rd_tx_machine_name(_i), rd_tx_state_name(state));
}
END_TEST

START_TEST(nothing_leaves_the_end) {
  for (int event = 0; event < RD_TX_EVENTS; event++)
    ck_assert(!rd_tx_step(_i, RD_TX_TERMINATED, event)->valid);
}
END_TEST

/* Every state that waits for a timer alone has one running when it is entered. */
START_TEST(every_guarded_state_is_entered_with_its_timer) {
  for (int from = 0; from < RD_TX_STATES; from++)
    for (int event = 0; event < RD_TX_EVENTS; event++) {
      const RdTxStep *s = rd_tx_step(_i, from, event);
      if (!s->valid || s->next == from || !rd_tx_step(_i, s->next, RD_TX_GUARD)->valid)
        continue;
      bool runs_on = s->guard == 0 && rd_tx_step(_i, from, RD_TX_GUARD)->valid;
      ck_assert_msg((s->guard != 0 && s->guard != '-') || runs_on, "%s: %s on %s",
                    rd_tx_machine_name(_i), rd_tx_state_name(from), rd_tx_event_name(event));
    }
}
END_TEST

/* The table as a graph, for `dot`: ./test_sip_transaction_table --dot */
static void dump(void) {
  puts("digraph transactions {");
  for (int m = 0; m < RD_TX_MACHINES; m++)
    for (int from = 0; from < RD_TX_STATES; from++)
      for (int event = 0; event < RD_TX_EVENTS; event++) {
        const RdTxStep *s = rd_tx_step(m, from, event);
        if (s->valid)
          printf("  \"%s\\n%s\" -> \"%s\\n%s\" [label=\"%s\"];\n", rd_tx_machine_name(m),
                 rd_tx_state_name(from), rd_tx_machine_name(m), rd_tx_state_name(s->next),
                 rd_tx_event_name(event));
      }
  puts("}");
}

static Suite *suite(void) {
  Suite *s = suite_create("transaction-table");
  TCase *c = tcase_create("table");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, every_state_of_the_figure_is_reached, 0, RD_TX_MACHINES);
  tcase_add_loop_test(c, every_state_can_end, 0, RD_TX_MACHINES);
  tcase_add_loop_test(c, nothing_leaves_the_end, 0, RD_TX_MACHINES);
  tcase_add_loop_test(c, every_guarded_state_is_entered_with_its_timer, 0, RD_TX_MACHINES);
  return s;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--dot") == 0) {
    dump();
    return EXIT_SUCCESS;
  }
  return rd_check_main(suite);
}
