/* The transactions' four machines, held against the figures they are from. */
#include "lab/stack/transaction_table.h"
#include "tests/machine.h"

/* The states that the figures of RFC 3261 s17 and of RFC 6026 name, and the start and the end. */
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

START_TEST(every_state_of_the_figure_and_no_other_is_reached) {
  const RdMachine *m = rd_tx_machine(_i);
  ck_assert_uint_eq(m->no_states, ~figures[_i] & ((1u << RD_TX_STATES) - 1));
  machine_is_sound(m);
}
END_TEST

/* Every state that waits for a timer alone has one running when it is entered. */
START_TEST(every_guarded_state_is_entered_with_its_timer) {
  for (int from = 0; from < RD_TX_STATES; from++)
    for (int event = 0; event < RD_TX_EVENTS; event++) {
      const RdTxStep *s = rd_tx_step(_i, from, event);
      if (!s || s->base.next == from || !rd_tx_step(_i, s->base.next, RD_TX_GUARD))
        continue;
      bool runs_on = s->guard == 0 && rd_tx_step(_i, from, RD_TX_GUARD);
      ck_assert_msg((s->guard != 0 && s->guard != '-') || runs_on, "%s: %s on %s",
                    rd_tx_machine(_i)->name, rd_tx_machine(_i)->states[from],
                    rd_tx_machine(_i)->events[event]);
    }
}
END_TEST

/* Whatever the far end sends finds a step in every state: nothing from the wire is impossible. */
START_TEST(the_wire_can_do_nothing_impossible) {
  static const RdTxEvent client[] = {RD_TX_1XX, RD_TX_2XX, RD_TX_3_6XX, RD_TX_ERROR};
  static const RdTxEvent server[] = {RD_TX_REQUEST, RD_TX_ACK};
  const bool is_client = _i < RD_TX_SERVER_INVITE;
  const unsigned n = is_client ? 4 : _i == RD_TX_SERVER_INVITE ? 2 : 1;
  for (int state = RD_TX_START + 1; state < RD_TX_TERMINATED; state++)
    for (unsigned i = 0; (figures[_i] >> state & 1) && i < n; i++)
      ck_assert_msg(rd_tx_step(_i, state, is_client ? client[i] : server[i]), "%s: %s, event %u",
                    rd_tx_machine(_i)->name, rd_tx_machine(_i)->states[state], i);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("transaction-table");
  TCase *c = tcase_create("table");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, every_state_of_the_figure_and_no_other_is_reached, 0, RD_TX_MACHINES);
  tcase_add_loop_test(c, every_guarded_state_is_entered_with_its_timer, 0, RD_TX_MACHINES);
  tcase_add_loop_test(c, the_wire_can_do_nothing_impossible, 0, RD_TX_MACHINES);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
