/* Reading trials and topologies, and writing them out again. */
#include "lab/config/trial.h"

#include <string.h>

#include "tests/check_main.h"
#include "tests/lab/config/stub.h"

static RdParts *parts;

static void setup(void) {
  parts = stub_parts();
}
static void teardown(void) {
  rd_parts_free(parts);
}

static RdTrial *parse(const char *text) {
  g_autoptr(GError) error = NULL;
  RdTrial *trial = rd_trial_parse(text, FOLDER "/trial.yaml", parts, &error);
  ck_assert_msg(trial != NULL, "%s", error ? error->message : "");
  return trial;
}

static const char *const whole =
    "trial: whole\n"
    "topology: volte-home\n"
    "seed: 18446744073709551615\n"
    "duration: 1 min\n"
    "warmup: 10 s\n"
    "costs: costs.yaml\n"
    "set: {ue: {subscribers: 5k}}\n"
    "cpu: {sbc: {sharing: address, buffer: 64 KiB, tick: 62.5 ms, speed: 0.5}}\n"
    "networks: {gm: {fidelity: packet, line: {loss: 1 %}, path: {loss: 3 %}}}\n"
    "attacks:\n"
    "  - attack: flood\n"
    "    at: 20 s\n"
    "    for: 2500 ms\n"
    "    line: {rate: 10 Mbit/s}\n"
    "    set: {rate: 0.1k, every: 1500 us, spoof: yes, text: 'a \"b\"\\c', method: invite,\n"
    "          hosts: [a.example, 'b;c=\\'], headers: {Subject: 'x=y;', Foo: ''},\n"
    "          scenario: scenario.xml, sources: 250, target: sbc}\n"
    "  - {attack: twin, name: other, network: gm}\n"
    "defenses:\n"
    "  - {defense: limit, at: [sbc.gm, p-cscf.core], set: {burst: 20}}\n";

START_TEST(reads_everything) {
  g_autoptr(RdTrial) t = parse(whole);
  const RdTopology *home = t->topology;
  ck_assert_str_eq(t->name, "whole");
  ck_assert_uint_eq(t->seed, UINT64_MAX);
  ck_assert_int_eq(t->duration, 60 * RD_SECOND);
  ck_assert_int_eq(t->warmup, 10 * RD_SECOND);
  ck_assert_uint_eq(home->n_networks, 3);
  ck_assert_int_eq(home->networks[0].fidelity, RD_PACKET);
  ck_assert_int_eq(home->networks[1].fidelity, RD_FLOW);
  const RdNode *ue = &home->nodes[rd_topology_node(home, "ue")];
  ck_assert_uint_eq(ue->entities, 5000);
  ck_assert_int_eq(((StubPhone *)ue->config)->subscribers, 5000);
  ck_assert_str_eq(((StubPhone *)ue->config)->proxy, "sbc");
  ck_assert_uint_eq(ue->cpu.workers, 0);
  ck_assert_int_eq(ue->attach[0].line.delay, 15 * RD_MILLISECOND);
  ck_assert(ue->attach[0].line.loss == 0.01);
  ck_assert_uint_eq(ue->attach[0].line.rate, 1000000000);
  const RdNode *sbc = &home->nodes[rd_topology_node(home, "sbc")];
  ck_assert_uint_eq(sbc->cpu.workers, 1);
  ck_assert_uint_eq(sbc->cpu.sharing, RD_SHARE_ADDRESS);
  ck_assert_uint_eq(sbc->cpu.buffer, 65536);
  ck_assert_int_eq(sbc->cpu.tick, 62500 * RD_MICROSECOND);
  ck_assert(sbc->cpu.speed == 0.5);
}
END_TEST

START_TEST(reads_attacks_and_defenses) {
  g_autoptr(RdTrial) t = parse(whole);
  ck_assert_uint_eq(t->n_attacks, 2);
  const RdTrialAttack *a = &t->attacks[0];
  const StubFlood *f = a->config;
  ck_assert_int_eq(a->start, 20 * RD_SECOND);
  ck_assert_int_eq(a->stop, 22500 * RD_MILLISECOND);
  ck_assert_uint_eq(a->attach[0].line.rate, 10000000);
  ck_assert_int_eq(a->attach[0].line.delay, 5 * RD_MILLISECOND);
  ck_assert_uint_eq(a->entities, 250);
  ck_assert(f->rate == 100 && f->every == 1500000 && f->spoof && f->method == 1);
  ck_assert_str_eq(f->text, "a \"b\"\\c");
  ck_assert_str_eq(f->hosts[1], "b;c=\\");
  ck_assert_ptr_null(f->hosts[2]);
  ck_assert_str_eq(f->headers[0], "Subject");
  ck_assert_str_eq(f->headers[1], "x=y;");
  ck_assert_str_eq(f->headers[3], "");
  ck_assert_ptr_null(f->headers[4]);
  ck_assert(strstr(f->scenario, "<scenario") != NULL);
  ck_assert_str_eq(t->attacks[1].name, "other");
  ck_assert_int_eq(t->attacks[1].stop, t->duration);
  ck_assert_uint_eq(t->defenses[0].n_places, 2);
  ck_assert_uint_eq(t->defenses[0].places[1].attach, 1);
}
END_TEST

START_TEST(text_comes_back_identical) {
  g_autoptr(GError) error = NULL;
  g_autoptr(RdTrial) t = parse(whole);
  g_autofree char *text = rd_trial_text(t);
  g_autoptr(RdTrial) again = rd_trial_parse(text, "/elsewhere/resolved.yaml", parts, &error);
  ck_assert_msg(again != NULL, "%s\n%s", error ? error->message : "", text);
  g_autofree char *second = rd_trial_text(again);
  ck_assert_str_eq(text, second);
  g_autofree char *identity = rd_trial_identity(t, &error);
  g_autofree char *same = rd_trial_identity(again, &error);
  ck_assert_ptr_nonnull(identity);
  ck_assert_str_eq(identity, same);
}
END_TEST

/* Every single change has to show in the identity; the name must not. */
/* Each network has a line of its own, before and behind the text that a world's process is given. */
START_TEST(each_network_of_an_attack_has_its_line) {
  static const struct {
    const char *network;
    RdTime first, second;
  } cases[] = {{"network: [gm, core]", 5, 1},
               {"network: [gm, core], line: {loss: 2 %}", 5, 1},
               {"network: [gm, core], line: {delay: 7 ms}", 7, 7},
               {"network: {gm: {delay: 9 ms}, core: }", 9, 1},
               {"network: {gm: , core: {delay: 9 ms}}, line: {delay: 7 ms}", 7, 9}};
  g_autofree char *text = g_strdup_printf(
      "trial: lines\ntopology: volte-home\nduration: 1 min\n"
      "networks: {gm: {line: {delay: 5 ms}}, core: {line: {delay: 1 ms}}}\n"
      "attacks:\n  - {attack: flood, %s, set: {scenario: scenario.xml, target: sbc}}\n",
      cases[_i].network);
  g_autoptr(RdTrial) t = parse(text);
  g_autofree char *written = rd_trial_text(t);
  g_autoptr(RdTrial) again = parse(written);
  const RdTrialAttack *both[] = {&t->attacks[0], &again->attacks[0]};
  for (int i = 0; i < 2; i++) {
    ck_assert_uint_eq(both[i]->n_attach, 2);
    ck_assert_int_eq(both[i]->attach[0].line.delay, cases[_i].first * RD_MILLISECOND);
    ck_assert_int_eq(both[i]->attach[1].line.delay, cases[_i].second * RD_MILLISECOND);
  }
}
END_TEST

START_TEST(identity_sees_what_matters) {
  static const struct {
    const char *from, *to;
    bool same;
  } changes[] = {{"trial: whole", "trial: other", true},
                 {"seed: 18446744073709551615", "seed: 1", false},
                 {"1 min", "61 s", false},
                 {"1 min", "60 s", true},
                 {"loss: 1 %", "loss: 2 %", false},
                 {"loss: 1 %", "loss: 0.01", true},
                 {"loss: 3 %", "loss: 0", false},
                 {"burst: 20", "burst: 21", false},
                 {"costs: costs.yaml", "costs: other-costs.yaml", false},
                 {"costs: costs.yaml", "costs: same-costs.yaml", true},
                 {"scenario.xml", "other-scenario.xml", false},
                 {"sbc.gm, p-cscf.core", "sbc.gm", false},
                 {"buffer: 64", "buffer: 65", false},
                 {"sharing: address", "sharing: node", false},
                 {"tick: 62.5", "tick: 62", false}};
  g_autoptr(RdTrial) t = parse(whole);
  g_autofree char *identity = rd_trial_identity(t, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autoptr(GString) s = g_string_new(whole);
    ck_assert_uint_eq(g_string_replace(s, changes[i].from, changes[i].to, 0), 1);
    g_autoptr(RdTrial) changed = parse(s->str);
    g_autofree char *other = rd_trial_identity(changed, NULL);
    ck_assert_msg((strcmp(identity, other) == 0) == changes[i].same, "%s", changes[i].to);
  }
}
END_TEST

START_TEST(defaults_are_the_documented_ones) {
  g_autoptr(RdTrial) t =
      parse("{trial: least, duration: 5 s, topology: {topology: t, networks: {n: {interface: gm, "
            "prefix: '2001:db8::/64'}}, nodes: {a: {node: box, attach: [n]}}}}");
  ck_assert_uint_eq(t->seed, 1);
  ck_assert_int_eq(t->warmup, 0);
  ck_assert_uint_eq(t->n_attacks + t->n_defenses, 0);
  ck_assert_str_eq(t->topology->networks[0].domain, "n");
  ck_assert_uint_eq(t->topology->networks[0].line.queue, 1000);
  ck_assert_uint_eq(t->topology->networks[0].line.rate, 0);
  ck_assert_uint_eq(t->topology->networks[0].prefix.family, 6);
  ck_assert_uint_eq(t->topology->nodes[0].cpu.workers, 0);
  ck_assert(g_str_has_suffix(t->costs, "/lab/costs.yaml"));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("trial");
  TCase *c = tcase_create("trial");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, reads_everything);
  tcase_add_test(c, reads_attacks_and_defenses);
  tcase_add_test(c, text_comes_back_identical);
  tcase_add_loop_test(c, each_network_of_an_attack_has_its_line, 0, 5);
  tcase_add_test(c, identity_sees_what_matters);
  tcase_add_test(c, defaults_are_the_documented_ones);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
