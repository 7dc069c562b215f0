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

#define FLOOD(set)                                                                                 \
  "attacks:\n  - {attack: dos-register-flood, at: 1 s, for: 30 s, set: {rate: 40, sources: "       \
  "80, " set "}}\n"

/* Connections are held by who does nothing else of note: the border has no more for phones. */
START_TEST(connections_held_are_missing_elsewhere) {
  const char *networks = _i ? PACKETS : "";
  g_autofree char *few = g_strconcat("cpu: {sbc: {connections: 100}}\n", networks, NULL);
  g_autofree char *by_tcp = g_strconcat(few, FLOOD("transport: tcp"), NULL);
  g_autofree char *by_udp = g_strconcat(few, FLOOD("transport: udp"), NULL);
  g_autofree char *many = g_strconcat(networks, FLOOD("transport: tcp"), NULL);
  const char *const more[] = {by_tcp, by_udp, many};
  for (unsigned i = 0; i < G_N_ELEMENTS(more); i++) {
    g_autofree char *text = trial(ALL, ALL, more[i]);
    char *folder = world_run(text, NULL);
    const double failed = number(folder, "legit.register.failed"),
                 refused = number(folder, "nodes.0.counters.connections-refused") +
                           number(folder, "nodes.0.counters.connections-broken");
    ck_assert(number(folder, "attacks.0.sent") > 500);
    ck_assert_msg((failed > 20) == (i == 0), "%u: %g failed", i, failed);
    ck_assert_msg((refused > 20) == (i == 0), "%u: %g refused", i, refused);
    world_remove(folder);
  }
}
END_TEST

/* Who refuses by its word does so on TCP as on UDP; the address is the same. */
START_TEST(defenses_judge_it_as_any_other) {
  static const char *const transports[] = {"transport: tcp", "transport: udp"};
  double tpr[2], sent[2], alerts[2];
  for (unsigned i = 0; i < 2; i++) {
    g_autofree char *more = g_strdup_printf("%sattacks:\n  - {attack: dos-invite-flood-1src, at: "
                                            "10 s, for: 10 s, set: {rate: 100, %s}}\n"
                                            "defenses:\n  - {defense: rl-token, at: sbc.gm}\n",
                                            _i == 0   ? ""
                                            : _i == 1 ? PACKETS
                                                      : SIX,
                                            transports[i]);
    g_autofree char *text = trial(i ? NONE : ALL, i ? NONE : ALL, more);
    char *folder = world_run(text, NULL);
    tpr[i] = number(folder, "defenses.0.message.tpr");
    sent[i] = number(folder, "attacks.0.sent");
    alerts[i] = number(folder, "defenses.0.alerts.true");
    ck_assert_double_eq(number(folder, "legit.register.failed"), 0);
    world_remove(folder);
  }
  ck_assert_msg(tpr[0] > 0.8 && fabs(tpr[0] - tpr[1]) < 0.02, "TPR %g, over UDP %g", tpr[0],
                tpr[1]);
  ck_assert_msg(fabs(sent[0] - sent[1]) < 20, "%g and %g sent", sent[0], sent[1]);
  ck_assert_double_eq(alerts[0], 1);
  ck_assert_double_eq(alerts[1], 1);
}
END_TEST

/* RFC 3261 s18.3; and the room for what is not whole. Nobody else notices. */
static const struct {
  const char *cpu, *what;
  double most; /* pieces of 1000 octets that are taken */
} streams[] = {{"cpu: {sbc: {unframed: 20000 B}}\n", "endless", 40},
               {"", "endless", 400},
               {"", "garbage", 20}};

START_TEST(a_stream_that_cannot_be_cut_is_closed) {
  g_autofree char *more =
      g_strdup_printf("%s%sattacks:\n  - {attack: stuffer, at: 8 s, for: 25 s, set: {what: %s}}\n",
                      streams[_i % 3].cpu, _i < 3 ? "" : PACKETS, streams[_i % 3].what);
  g_autofree char *text = trial(ALL, ALL, more);
  char *folder = world_run(text, NULL);
  all_is_well(folder);
  ck_assert_double_eq(number(folder, "attacks.0.counters.closed"), 1);
  ck_assert(number(folder, "attacks.0.counters.pieces") <= streams[_i % 3].most);
  ck_assert_double_eq(number(folder, "nodes.1.counters.connections-broken"), 1);
  world_remove(folder);
}
END_TEST

/* Who sends more than a border can do waits: 256 KiB of a connection are taken, and in packets ns-3's own
 * buffer stands before that. Over UDP they would be dropped. */
START_TEST(a_slow_reader_takes_no_more_than_its_window) {
  g_autofree char *more = g_strdup_printf("%scpu: {sbc: {speed: 0.05}}\n"
                                          "attacks:\n  - {attack: dos-invite-flood-1src, at: 8 s, "
                                          "for: 6 s, set: {rate: 1000, transport: tcp}}\n",
                                          _i ? PACKETS : "");
  g_autofree char *text = trial(ALL, ALL, more);
  g_autoptr(GString) brief = g_string_new(text);
  g_string_replace(brief, "duration: 40 s", "duration: 18 s", 1);
  char *folder = world_run(brief->str, NULL);
  const double peak = number(folder, "nodes.1.queues.0.peak"),
               sent = number(folder, "attacks.0.sent");
  ck_assert_msg(sent > 5000, "%g sent", sent);
  /* one of 262,144 octets in messages of some 660, and what 60 phones had in hand */
  ck_assert_msg(peak > 300 && peak < 500, "a queue of %g", peak);
  ck_assert_double_eq(number(folder, "nodes.1.overflowed"), 0);
  world_remove(folder);
}
END_TEST

/* What tshark prints for one field of the frames that pass a filter, words apart. */
static char *tshark(const char *folder, const char *capture, const char *filter,
                    const char *field) {
  g_autofree char *command = g_strdup_printf(
      "tshark -n -r '%s/pcap/%s.pcapng' -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE "
      "-o tcp.check_checksum:TRUE -Y '%s' -T fields -E aggregator=/s -e %s",
      folder, capture, filter, field);
  char *out = NULL;
  int status = 0;
  ck_assert(g_spawn_command_line_sync(command, &out, NULL, &status, NULL));
  ck_assert_int_eq(status, 0);
  return g_strdelimit(out, "\n", ' ');
}

static unsigned words(const char *text) {
  unsigned n = 0;
  for (const char *at = text; *at; at++)
    n += *at != ' ' && (at[1] == ' ' || !at[1]);
  return n;
}

/* Another dissector reads as many messages as came, long ones in pieces, and finds nothing amiss. */
START_TEST(tshark_reads_it) {
  static const char wrong[] = "_ws.malformed or ip.checksum.status==0 or tcp.checksum.status==0 or "
                              "udp.checksum.status==0 or _ws.expert.severity>=6291456";
  g_autofree char *text = trial(ALL ", keep-alive: 5 s", ALL, _i ? PACKETS : "");
  char *folder = run_recorded(text);
  static const char *const captures[] = {"sbc.gm", "sbc.border", "s-cscf.core"};
  for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
    g_autofree char *path = g_strdup_printf("networks.%u.received", i);
    g_autofree char *amiss = tshark(folder, captures[i], wrong, "frame.number");
    g_autofree char *read = tshark(folder, captures[i], "sip and tcp", "sip.Call-ID");
    const unsigned pings = i == 0 ? 2 * 60 * 7 : 0; /* and pongs, of 60 phones in some 35 s */
    ck_assert_msg(words(amiss) == 0, "%s: frames %s", captures[i], amiss);
    const double came = number(folder, path);
    ck_assert_msg(words(read) <= came && words(read) >= came - pings, "%s: %u of %g", captures[i],
                  words(read), came);
    ck_assert_uint_gt(words(read), 400);
  }
  world_remove(folder);
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
  tcase_add_loop_test(t, connections_held_are_missing_elsewhere, 0, 2);
  tcase_add_loop_test(t, defenses_judge_it_as_any_other, 0, 3);
  tcase_add_loop_test(t, a_stream_that_cannot_be_cut_is_closed, 0, 6);
  tcase_add_loop_test(t, a_slow_reader_takes_no_more_than_its_window, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

static Suite *make_tshark(void) {
  Suite *s = suite_create("tcp-tshark");
  TCase *t = tcase_create("tcp-tshark");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, tshark_reads_it, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

/* The argument "tshark" asks for the comparison with it alone, so that its lack shows as a skip. */
int main(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[1], "tshark") != 0)
    return rd_check_main(make);
  g_autofree char *program = g_find_program_in_path("tshark");
  if (program)
    return rd_check_main(make_tshark);
  puts("1..0 # SKIP tshark is not installed");
  return 0;
}
