/* SIP over TCP in whole trials: phones and proxies that choose it, what goes by it for its length alone,
 * both fidelities, IPv4 and IPv6. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

#define PACKETS                                                                                    \
  "networks: {gm: {fidelity: packet}, border: {fidelity: packet}, core: {fidelity: packet}}\n"
#define SIX                                                                                        \
  "networks: {gm: {prefix: '2001:db8:4000::/34'}, border: {prefix: '2001:db8:2::/64'}, "           \
  "core: {prefix: '2001:db8:3::/64'}}\n"
/* Addresses of more digits make the last hops' INVITEs too long for UDP. */
#define SIX_LONG                                                                                   \
  "networks: {gm: {prefix: '2001:db8:4000::/34'}, "                                                \
  "border: {prefix: '2001:db8:1234:5678:9abc:def0:1234:0/120'}, "                                  \
  "core: {prefix: '2001:db8:1234:5678:9abc:def0:1235:0/120'}}\n"
#define ALL "transport: tcp"
#define NONE "transport: udp"

/* `phones` and `servers` are parameters of theirs. */
static char *trial(const char *phones, const char *servers, const char *more) {
  return g_strdup_printf("trial: tcp\n"
                         "topology: %s/topologies/volte-home.yaml\n"
                         "seed: 11\nduration: 40 s\nwarmup: 0 s\n"
                         "set: {ue: {subscribers: 60, bhca: 120, %s}, sbc: {%s}, p-cscf: {%s}, "
                         "s-cscf: {%s}}\n%s",
                         g_getenv("REDOUBT_SOURCE"), phones, servers, servers, servers, more);
}

static double number(const char *folder, const char *path) {
  JsonNode *r = world_result(folder);
  double n = world_number(r, path);
  json_node_unref(r);
  return n;
}

static char *run_recorded(const char *text) {
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  char *folder = world_run(text, "--pcap", pcap, NULL);
  g_autofree char *into = g_build_filename(folder, "pcap", NULL);
  ck_assert_int_eq(rename(pcap, into), 0);
  return folder;
}

/* How often a text stands in a capture. */
static unsigned occurs(const char *folder, const char *capture, const char *text) {
  g_autofree char *name = g_strdup_printf("pcap/%s.pcapng", capture);
  gsize len;
  g_autofree char *bytes = world_file(folder, name, &len);
  unsigned n = 0;
  const char *end = bytes + len;
  for (const char *at = bytes; (at = memmem(at, (size_t)(end - at), text, strlen(text))); at++)
    n++;
  return n;
}

static void all_is_well(const char *folder) {
  ck_assert_double_eq(number(folder, "legit.register.ira"), 0);
  ck_assert(number(folder, "legit.register.succeeded") >= 60);
  ck_assert(number(folder, "legit.call.answered") > 10);
  ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
}

/* Who they are; what tells that it went so, and so. */
static const char *const shapes[] = {"", PACKETS, SIX, PACKETS};
static const char *const asks[] = {"", "", "", ", alias: true, keep-alive: 3 s"};

START_TEST(all_speak_tcp) {
  g_autofree char *tcp = g_strdup_printf(ALL "%s", asks[_i]);
  g_autofree char *text = trial(tcp, tcp, shapes[_i]);
  char *folder = run_recorded(text);
  static const char *const captures[] = {"ue.gm", "sbc.border", "s-cscf.core"};
  all_is_well(folder);
  for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
    ck_assert_uint_eq(occurs(folder, captures[i], "SIP/2.0/UDP"), 0);
    ck_assert_uint_gt(occurs(folder, captures[i], "Via: SIP/2.0/TCP"), 100);
  }
  ck_assert_uint_gt(occurs(folder, "s-cscf.core", ";transport=tcp;lr;orig>"), 50);
  ck_assert_double_eq(number(folder, "nodes.0.counters.connections-broken"), 0);
  ck_assert_double_eq(number(folder, "nodes.1.counters.connections-refused"), 0);
  world_remove(folder);
}
END_TEST

/* The tolerance is that of all trials. */
static void agree(const char *a, const char *b) {
  double ser = fabs(number(a, "legit.call.ser") - number(b, "legit.call.ser"));
  double x = number(a, "legit.call.srd_ns.p95"), y = number(b, "legit.call.srd_ns.p95");
  ck_assert(number(a, "legit.call.answered") > 10);
  ck_assert_msg(ser <= 0.5, "SER differs by %g points", ser);
  ck_assert_msg(fabs(x - y) <= 0.05 * x, "SRD p95 %g and %g", x, y);
}

START_TEST(packet_and_flow_agree) {
  g_autofree char *flow = trial(ALL, ALL, ""), *packet = trial(ALL, ALL, PACKETS);
  char *a = world_run(flow, NULL), *b = world_run(packet, NULL);
  agree(a, b);
  world_remove(a);
  world_remove(b);
}
END_TEST

/* Each side speaks its own: a Record-Route entry for either. */
START_TEST(phones_and_core_may_differ) {
  g_autofree char *text = _i ? trial(NONE, ALL, "") : trial(ALL, NONE, "");
  char *folder = run_recorded(text);
  const char *mine = _i ? "SIP/2.0/UDP" : "SIP/2.0/TCP", *other = _i ? "/TCP" : "/UDP";
  g_autofree char *top = g_strdup_printf("Via: %s 198.18.0.1", mine);
  g_autofree char *core = g_strdup_printf("Via: SIP/2.0%s 192.0.2.", other);
  all_is_well(folder);
  ck_assert_uint_gt(occurs(folder, "ue.gm", top), 10);
  ck_assert_uint_gt(occurs(folder, "sbc.border", core), 100);
  const char *entries = _i ? "Record-Route: <sip:192.0.2.1;transport=tcp;lr>, <sip:198.18.0.1;lr>"
                           : "Record-Route: <sip:192.0.2.1;lr>, <sip:198.18.0.1;transport=tcp;lr>";
  ck_assert_uint_gt(occurs(folder, "sbc.border", entries), 10);
  world_remove(folder);
}
END_TEST

/* The network with longer names of its border, which Record-Route has twice each. */
static char *with_long_names(void) {
  static const char *const names[] = {"sbc", "p-cscf"};
  g_autofree char *path =
      g_build_filename(g_getenv("REDOUBT_SOURCE"), "topologies", "volte-home.yaml", NULL);
  g_autofree char *text = NULL;
  char *folder = g_dir_make_tmp("redoubt-names-XXXXXX", NULL);
  g_autofree char *copy = g_build_filename(folder, "names.yaml", NULL);
  ck_assert(g_file_get_contents(path, &text, NULL, NULL));
  g_autoptr(GString) topology = g_string_new(text);
  for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *node = g_strdup_printf("node: %s\n", names[i]);
    g_autofree char *longer = g_strdup_printf("%s-of-the-home-network-in-the-north", names[i]);
    g_autofree char *wrong = g_strdup_printf("node: %s\n", longer);
    ck_assert_uint_gt(g_string_replace(topology, names[i], longer, 0), 2);
    ck_assert_uint_eq(g_string_replace(topology, wrong, node, 0), 1);
  }
  ck_assert(g_file_set_contents(copy, topology->str, -1, NULL));
  return folder;
}

/* Nobody chose TCP: on its last hops an INVITE is too long for UDP, and what follows it is not. */
static void only_long_ones(const char *folder, const char *sbc) {
  g_autofree char *tcp = g_strdup_printf("\r\nVia: SIP/2.0/TCP %s;", sbc);
  g_autofree char *udp = g_strdup_printf("\r\nVia: SIP/2.0/UDP %s;", sbc);
  all_is_well(folder);
  ck_assert_uint_gt(occurs(folder, "ue.gm", tcp), 10);
  ck_assert_uint_gt(occurs(folder, "ue.gm", udp), 10);
  ck_assert_uint_eq(occurs(folder, "s-cscf.core", "REGISTER SIP/2.0\r\nVia: SIP/2.0/TCP"), 0);
  ck_assert_uint_eq(occurs(folder, "ue.gm", "transport=tcp"), 0);
}

/* RFC 3261 s18.1.1. */
START_TEST(what_is_too_long_for_udp_goes_by_tcp) {
  char *topology = with_long_names();
  g_autofree char *text = trial(NONE, NONE, "");
  g_autoptr(GString) flow = g_string_new(text);
  g_autofree char *from = g_strdup_printf("%s/topologies/volte-home", g_getenv("REDOUBT_SOURCE"));
  g_autofree char *to = g_strdup_printf("%s/names", topology);
  g_string_replace(flow, from, to, 1);
  g_string_replace(flow, " sbc:", " sbc-of-the-home-network-in-the-north:", 1);
  g_string_replace(flow, " p-cscf:", " p-cscf-of-the-home-network-in-the-north:", 1);
  g_autofree char *packet = g_strconcat(flow->str, PACKETS, NULL);
  char *a = run_recorded(flow->str), *b = run_recorded(packet);
  only_long_ones(a, "198.18.0.1");
  only_long_ones(b, "198.18.0.1");
  agree(a, b);
  world_remove(a);
  world_remove(b);
  world_remove(topology);
}
END_TEST

START_TEST(on_ipv6_too) {
  g_autofree char *text = trial(NONE, NONE, SIX_LONG);
  char *folder = run_recorded(text);
  only_long_ones(folder, "[2001:db8:4000::1]");
  world_remove(folder);
}
END_TEST

static void same_file(const char *a, const char *b, const char *name) {
  gsize a_len, b_len;
  g_autofree char *x = world_file(a, name, &a_len), *y = world_file(b, name, &b_len);
  ck_assert_msg(a_len == b_len && memcmp(x, y, a_len) == 0, "%s differs", name);
}

START_TEST(the_same_trial_is_the_same_bytes) {
  static const char *const left[] = {"attempts.rdl", "result.json", "pcap/sbc.gm.pcapng",
                                     "pcap/s-cscf.core.pcapng"};
  g_autofree char *text = trial(ALL ", keep-alive: 3 s", ALL ", alias: true", _i ? PACKETS : "");
  char *a = run_recorded(text), *b = run_recorded(text);
  for (unsigned i = 0; i < G_N_ELEMENTS(left); i++)
    same_file(a, b, left[i]);
  world_remove(a);
  world_remove(b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("tcp");
  TCase *t = tcase_create("tcp");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, all_speak_tcp, 0, G_N_ELEMENTS(shapes));
  tcase_add_test(t, packet_and_flow_agree);
  tcase_add_loop_test(t, phones_and_core_may_differ, 0, 2);
  tcase_add_test(t, what_is_too_long_for_udp_goes_by_tcp);
  tcase_add_test(t, on_ipv6_too);
  tcase_add_loop_test(t, the_same_trial_is_the_same_bytes, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
