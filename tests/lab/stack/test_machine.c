/* State machines as tables: what is sound, what is counted, what is drawn. --draw writes the drawings
 * of the README anew. */
#include "lab/stack/diameter_table.h"
#include "lab/stack/machine.h"

#include <stdio.h>

#include "lab/stack/proxy_table.h"
#include "lab/stack/registration_table.h"
#include "lab/stack/transaction_table.h"
#include "tests/machine.h"
#include "tests/mock/host.h"

enum { START, RUNS, ENDS, TOY_STATES };
enum { GO, STOP, TICK, TOY_EVENTS };

static const char *const toy_states[] = {"Start", "Runs", "Ends", NULL};
static const char *const toy_events[] = {"go", "stop", "tick", NULL};

typedef RdStep Toy[TOY_STATES][TOY_EVENTS];

static const Toy sound = {
    [START] = {[GO] = {true, RUNS, 1}},
    [RUNS] = {[STOP] = {true, ENDS, 2}, [TICK] = {true, RUNS, 4}, [GO] = {true, RUNS, 0}}};

static RdMachine toy(const Toy *steps) {
  return (RdMachine){.name = "toy",
                     .states = toy_states,
                     .events = toy_events,
                     .steps = steps,
                     .stride = sizeof(RdStep),
                     .n_events = TOY_EVENTS};
}

START_TEST(a_step_moves_and_what_cannot_be_is_counted) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "node");
  RdHost *host = mock_host(mock);
  const uint32_t counter = host->counter(host, "toys");
  const RdMachine m = toy(&sound);
  uint8_t state = START;
  ck_assert_uint_eq(rd_machine_take(&m, &state, TICK, host, counter), 0);
  ck_assert_uint_eq(state, START);
  ck_assert_int_eq(mock_count(mock, "toys"), 1);
  ck_assert_uint_eq(rd_machine_take(&m, &state, GO, host, counter), 1);
  ck_assert_uint_eq(rd_machine_take(&m, &state, TICK, host, counter), 4);
  ck_assert_uint_eq(state, RUNS);
  ck_assert_uint_eq(rd_machine_take(&m, &state, STOP, host, counter), 2);
  ck_assert_uint_eq(state, ENDS);
  ck_assert_uint_eq(rd_machine_take(&m, &state, GO, host, counter), 0);
  ck_assert_int_eq(mock_count(mock, "toys"), 2);
  mock_world_free(world);
}
END_TEST

static const struct {
  Toy steps;
  uint32_t no_states, no_events;
  const char *why; /* NULL: sound */
} toys[] = {
    {{[START] = {[GO] = {true, RUNS, 0}, [TICK] = {true, START, 0}},
      [RUNS] = {[STOP] = {true, ENDS, 0}}},
     0,
     0,
     NULL},
    {{[START] = {[GO] = {true, ENDS, 0}, [STOP] = {true, ENDS, 0}, [TICK] = {true, ENDS, 0}}},
     0,
     0,
     "toy: Runs is never reached"},
    {{[START] = {[GO] = {true, ENDS, 0}, [STOP] = {true, ENDS, 0}, [TICK] = {true, ENDS, 0}}},
     1 << RUNS,
     0,
     NULL},
    {{[START] = {[GO] = {true, RUNS, 0}, [STOP] = {true, ENDS, 0}},
      [RUNS] = {[TICK] = {true, RUNS, 0}}},
     0,
     0,
     "toy: Runs never ends"},
    {{[START] = {[GO] = {true, RUNS, 0}, [TICK] = {true, START, 0}},
      [RUNS] = {[STOP] = {true, ENDS, 0}},
      [ENDS] = {[GO] = {true, RUNS, 0}}},
     0,
     0,
     "toy: go leaves the end"},
    {{[START] = {[GO] = {true, RUNS, 0}}, [RUNS] = {[STOP] = {true, ENDS, 0}}},
     0,
     0,
     "toy: tick comes nowhere"},
    {{[START] = {[GO] = {true, RUNS, 0}}, [RUNS] = {[STOP] = {true, ENDS, 0}}}, 0, 1 << TICK, NULL},
    {{[START] = {[GO] = {true, RUNS, 0}, [TICK] = {true, 9, 0}},
      [RUNS] = {[STOP] = {true, ENDS, 0}}},
     0,
     0,
     "toy: tick leads nowhere"},
    {{[START] = {[GO] = {true, RUNS, 0}, [TICK] = {true, START, 0}},
      [RUNS] = {[STOP] = {true, ENDS, 0}}},
     1 << RUNS,
     0,
     "toy: Runs is reached"},
};

START_TEST(what_is_wrong_with_a_table_is_said) {
  RdMachine m = toy(&toys[_i].steps);
  m.no_states = toys[_i].no_states;
  m.no_events = toys[_i].no_events;
  char text[200] = "";
  RdText why = rd_text(text, sizeof text);
  ck_assert_int_eq(rd_machine_sound(&m, &why), toys[_i].why == NULL);
  if (toys[_i].why)
    ck_assert_str_eq(text, toys[_i].why);
}
END_TEST

START_TEST(a_drawing_shows_what_does_something) {
  const RdMachine m = toy(&sound);
  g_autofree char *drawing = machine_drawing(&m);
  ck_assert_str_eq(drawing,
                   "```mermaid\nstateDiagram-v2\n  [*] --> Runs: go\n  Runs --> Runs: tick\n"
                   "  Runs --> [*]: stop\n```\n");
}
END_TEST

START_TEST(a_start_that_is_come_back_to_is_a_state) {
  static const Toy steps = {[START] = {[GO] = {true, RUNS, 0}, [STOP] = {true, ENDS, 0}},
                            [RUNS] = {[TICK] = {true, START, 1}}};
  const RdMachine m = toy(&steps);
  g_autofree char *drawing = machine_drawing(&m);
  ck_assert_str_eq(drawing, "```mermaid\nstateDiagram-v2\n  [*] --> Start\n  Start --> Runs: go\n"
                            "  Start --> [*]: stop\n  Runs --> Start: tick\n```\n");
}
END_TEST

static const RdMachine *machine(int i) {
  static const RdMachine *const others[] = {&rd_proxy_invite, &rd_registration, &rd_diameter_peer};
  return i < RD_TX_MACHINES ? rd_tx_machine(i) : others[i - RD_TX_MACHINES];
}
#define MACHINES (RD_TX_MACHINES + 3)

START_TEST(every_machine_is_sound_and_drawn) {
  machine_is_sound(machine(_i));
  machine_is_drawn(machine(_i), README);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("machine");
  TCase *c = tcase_create("tables");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_step_moves_and_what_cannot_be_is_counted);
  tcase_add_loop_test(c, what_is_wrong_with_a_table_is_said, 0, G_N_ELEMENTS(toys));
  tcase_add_test(c, a_drawing_shows_what_does_something);
  tcase_add_test(c, a_start_that_is_come_back_to_is_a_state);
  tcase_add_loop_test(c, every_machine_is_sound_and_drawn, 0, MACHINES);
  return s;
}

int main(int argc, char **argv) {
  bool ok = argc == 2 && strcmp(argv[1], "--draw") == 0;
  if (!ok)
    return rd_check_main(suite);
  for (int i = 0; ok && i < MACHINES; i++)
    ok = machine_draw_anew(machine(i), README);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
