/* Replay: the capture's clock, judge points, several defenses, what cannot be done. */
#include "lab/drive/pcap/replay.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"

#define INVITE                                                                                     \
  "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"             \
  "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n" \
  "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

/* A defense that writes down all it is told, and does as its name says. */
typedef struct {
  RdHost *host;
  const RdPlace *places;
  RdTime period;
  const double *alert; /* score of the alert it raises */
} Probe;

static GString *diary;

static void arm(Probe *p) {
  RdTimerSpec spec = {.size = sizeof spec, .at = p->host->now(p->host) + p->period, .cookie = 7};
  p->host->timer(p->host, &spec);
}

static void *probe_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Probe *p = g_new0(Probe, 1);
  p->host = host;
  p->places = setup->places;
  bool alerts = strcmp(host->name, "alerts") == 0;
  p->alert = alerts ? config : NULL;
  p->period = config && !alerts ? *(const RdTime *)config : 0;
  g_string_append_printf(diary, "open %s@%" G_GINT64_FORMAT "|", host->name, host->now(host));
  if (p->period)
    arm(p);
  return p;
}

static void probe_timer(void *self, RdTimer timer, uint64_t cookie) {
  Probe *p = self;
  (void)timer;
  g_string_append_printf(diary, "timer %d@%" G_GINT64_FORMAT "|", (int)cookie,
                         p->host->now(p->host));
  arm(p);
}

static void probe_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Probe *p = self;
  char remote[RD_ADDRESS_TEXT];
  rd_address_text(&m->remote, remote);
  g_string_append_printf(diary, "%s %s@%" G_GINT64_FORMAT " %d %s.%s/%s %s|", p->host->name,
                         m->direction == RD_EGRESS ? "to" : "from", p->host->now(p->host),
                         m->interface, p->places[m->attachment].node, m->network, m->domain,
                         remote);
  if (strcmp(p->host->name, "reject") == 0) {
    v->action = RD_REJECT;
    v->code = 503;
    v->score = 0.25;
    v->reason = "said no";
  } else if (strcmp(p->host->name, "suspect") == 0) {
    v->score = 0.75;
    v->classes = "dos";
  } else if (strcmp(p->host->name, "odd") == 0) {
    v->score = 1e300;
  } else if (strcmp(p->host->name, "alerts") == 0) {
    RdAlert alert = {.size = sizeof alert, .score = *p->alert, .classes = "dos"};
    p->host->alert(p->host, &alert);
  } else if (strcmp(p->host->name, "hold") == 0) {
    RdVerdict pass = {.size = sizeof pass};
    ck_assert(p->host->release(p->host, 9, &pass) == (p->host->now(p->host) == 20));
    v->action = RD_HOLD;
    v->ticket = 9;
    v->delay = 15;
  }
}

static void probe_close(void *self) {
  g_free(self);
}

static const RdPart probe = {.defense = {.size = sizeof(RdDefenseOps),
                                         .open = probe_open,
                                         .judge = probe_judge,
                                         .timer = probe_timer,
                                         .close = probe_close}};

static GString *lines;

static void keep_line(void *user, const GString *line) {
  (void)user;
  g_autoptr(JsonParser) parser = json_parser_new();
  ck_assert(json_parser_load_from_data(parser, line->str, (gssize)line->len, NULL));
  ck_assert_uint_eq(json_object_get_size(json_node_get_object(json_parser_get_root(parser))), 11);
  const char *action = strstr(line->str, "\"method\"");
  g_string_append_len(lines, action, (gssize)strcspn(action, "\n"));
  g_string_append_c(lines, '|');
}

typedef struct {
  RdReplay *replay;
  RdPlaces places;
} Bench;

static Bench bench(const RdReplayDefense *defenses, unsigned n, RdReplaySpec spec) {
  Bench b = {0};
  diary = g_string_new(NULL);
  lines = g_string_new(NULL);
  static RdPlaces places;
  places = (RdPlaces){0};
  ck_assert(rd_places_one("sbc.gm", RD_IF_GM, "access", &places));
  ck_assert(rd_places_one("sbc.core", RD_IF_MW, NULL, &places));
  ck_assert(!rd_places_one("sbc", RD_IF_MW, NULL, &places));
  b.places = places;
  spec.defenses = defenses;
  spec.n_defenses = n;
  spec.places = &places;
  spec.line = keep_line;
  b.replay = rd_replay_new(&spec);
  return b;
}

static void message(Bench *b, RdTime t, const char *interface, const char *comment,
                    const char *text) {
  RdCaptureMessage m = {.n = 1,
                        .protocol = RD_PROTO_SIP,
                        .time = t,
                        .bytes = (const uint8_t *)text,
                        .len = strlen(text),
                        .interface = interface,
                        .comment = comment,
                        .comment_len = comment ? (uint32_t)strlen(comment) : 0};
  ck_assert(rd_address_parse(rd_slice("192.0.2.1:5060"), &m.src));
  ck_assert(rd_address_parse(rd_slice("192.0.2.2:5060"), &m.dst));
  ck_assert(rd_replay_message(b->replay, &m, NULL));
}

static void done(Bench *b) {
  rd_replay_free(b->replay);
  rd_places_clear(&b->places);
  g_string_free(diary, TRUE);
  g_string_free(lines, TRUE);
}

START_TEST(capture_time_is_the_clock) {
  RdTime period = 10;
  Bench b = bench(&(RdReplayDefense){"p", &probe, &period}, 1, (RdReplaySpec){0});
  message(&b, 100, NULL, NULL, INVITE);
  message(&b, 119, NULL, NULL, INVITE);
  message(&b, 130, NULL, NULL, INVITE);
  message(&b, 125, NULL, NULL, INVITE); /* out of order: time does not run backwards */
  ck_assert_str_eq(diary->str, "open p@100|p from@100 1 sbc.gm/access 192.0.2.1:5060|timer 7@110|"
                               "p from@119 1 sbc.gm/access 192.0.2.1:5060|timer 7@120|timer 7@130|"
                               "p from@130 1 sbc.gm/access 192.0.2.1:5060|"
                               "p from@130 1 sbc.gm/access 192.0.2.1:5060|");
  done(&b);
}
END_TEST

START_TEST(judge_points) {
  Bench b = bench(&(RdReplayDefense){"p", &probe, NULL}, 1, (RdReplaySpec){.from_zero = true});
  message(&b, 5, "sbc.core", "egress benign", INVITE);
  message(&b, 6, "sbc.gm", "ingress attack causes=x depth=0", INVITE);
  message(&b, 7, "other", "odd comment", INVITE);
  ck_assert_str_eq(diary->str, "open p@0|p to@5 2 sbc.core/core 192.0.2.2:5060|"
                               "p from@6 1 sbc.gm/access 192.0.2.1:5060|"
                               "p from@7 1 sbc.gm/access 192.0.2.1:5060|");
  done(&b);
}
END_TEST

START_TEST(local_side) {
  RdReplaySpec spec = {0};
  ck_assert(rd_address_parse(rd_slice("192.0.2.1"), &spec.local));
  Bench b = bench(&(RdReplayDefense){"p", &probe, NULL}, 1, spec);
  message(&b, 5, NULL, NULL, INVITE);
  ck_assert_str_eq(diary->str, "open p@5|p to@5 1 sbc.gm/access 192.0.2.2:5060|");
  done(&b);
}
END_TEST

/* The one that ends it speaks; else the most suspicious. Egress asks in reverse. */
START_TEST(several_defenses) {
  const RdReplayDefense d[] = {
      {"suspect", &probe, NULL}, {"p", &probe, NULL}, {"reject", &probe, NULL}};
  Bench b = bench(d, 2, (RdReplaySpec){0});
  message(&b, 1, NULL, NULL, INVITE);
  ck_assert_str_eq(lines->str,
                   "\"method\": \"INVITE\", \"action\": \"pass\", \"code\": null, \"score\": "
                   "0.750000, \"class\": \"dos\", \"reason\": null, \"defects\": \"\"}|");
  done(&b);
  b = bench(d, 3, (RdReplaySpec){0});
  message(&b, 1, NULL, NULL, INVITE);
  message(&b, 2, NULL, "egress", INVITE);
  ck_assert_str_eq(
      lines->str,
      "\"method\": \"INVITE\", \"action\": \"reject\", \"code\": 503, \"score\": 0.250000, "
      "\"class\": null, \"reason\": \"said no\", \"defects\": \"\"}|"
      "\"method\": \"INVITE\", \"action\": \"reject\", \"code\": 503, \"score\": 0.250000, "
      "\"class\": null, \"reason\": \"said no\", \"defects\": \"\"}|");
  ck_assert_ptr_nonnull(strstr(diary->str, "suspect from@1"));
  ck_assert_ptr_null(strstr(diary->str, "suspect to@2")); /* reject came first */
  ck_assert_uint_eq(rd_replay_counts(b.replay)->actions[RD_REJECT], 2);
  done(&b);
}
END_TEST

/* A message that nobody looked at has no score; of two verdicts the one with a score is told. A hold
 * without one is a sure one: what acts has looked. */
START_TEST(no_score_is_null) {
  const RdReplayDefense d[] = {{"p", &probe, NULL}, {"odd", &probe, NULL}, {"hold", &probe, NULL}};
  Bench b = bench(d, 1, (RdReplaySpec){0});
  message(&b, 1, NULL, NULL, INVITE);
  ck_assert_ptr_nonnull(
      strstr(lines->str, "\"action\": \"pass\", \"code\": null, \"score\": null,"));
  ck_assert_uint_eq(rd_replay_counts(b.replay)->judged, 0);
  done(&b);
  b = bench(d, 2, (RdReplaySpec){0});
  message(&b, 1, NULL, NULL, INVITE);
  message(&b, 2, NULL, "egress", INVITE);
  ck_assert_str_eq(lines->str, "\"method\": \"INVITE\", \"action\": \"pass\", \"code\": null, "
                               "\"score\": 1.000000, \"class\": null, \"reason\": null, "
                               "\"defects\": \"\"}|"
                               "\"method\": \"INVITE\", \"action\": \"pass\", \"code\": null, "
                               "\"score\": 1.000000, \"class\": null, \"reason\": null, "
                               "\"defects\": \"\"}|");
  ck_assert_uint_eq(rd_replay_counts(b.replay)->judged, 2);
  done(&b);
  b = bench(&d[2], 1, (RdReplaySpec){0});
  message(&b, 10, NULL, NULL, INVITE);
  ck_assert_ptr_nonnull(strstr(lines->str, "\"hold\", \"code\": null, \"score\": 1.000000,"));
  done(&b);
}
END_TEST

static double alert_score;

static void keep_alert(void *user, const char *defense, RdTime at, const RdAlert *alert) {
  (void)user, (void)defense, (void)at;
  alert_score = alert->score;
}

START_TEST(odd_scores_of_alerts_are_settled) {
  static const double said[] = {7, -0.5, INFINITY, 0.25}, kept[] = {1, 0, 1, 0.25};
  for (unsigned i = 0; i < G_N_ELEMENTS(said); i++) {
    Bench b = bench(&(RdReplayDefense){"alerts", &probe, &said[i]}, 1,
                    (RdReplaySpec){.alert = keep_alert});
    message(&b, 1, NULL, NULL, INVITE);
    ck_assert_double_eq(alert_score, kept[i]);
    done(&b);
  }
}
END_TEST

START_TEST(holding) {
  Bench b = bench(&(RdReplayDefense){"hold", &probe, NULL}, 1, (RdReplaySpec){0});
  message(&b, 10, NULL, NULL, INVITE);
  message(&b, 20, NULL, NULL, INVITE); /* releases the first: in time */
  message(&b, 40, NULL, NULL, INVITE); /* the second's deadline has passed */
  ck_assert_uint_eq(rd_replay_counts(b.replay)->actions[RD_HOLD], 3);
  ck_assert_uint_eq(rd_replay_counts(b.replay)->released, 1);
  done(&b);
}
END_TEST

/* A capture that jumps by years does not run a year of timers. */
START_TEST(a_jump_in_time) {
  RdTime period = RD_MICROSECOND;
  Bench b = bench(&(RdReplayDefense){"p", &probe, &period}, 1, (RdReplaySpec){0});
  message(&b, 0, NULL, NULL, INVITE);
  message(&b, 1700000000 * RD_SECOND, NULL, NULL, INVITE);
  ck_assert_uint_eq(rd_replay_counts(b.replay)->postponed, 1);
  ck_assert_uint_eq(rd_replay_counts(b.replay)->messages, 2);
  done(&b);
}
END_TEST

START_TEST(what_came_over_the_wire) {
  Bench b = bench(&(RdReplayDefense){"p", &probe, NULL}, 1, (RdReplaySpec){0});
  message(&b, 1, NULL, NULL, "no SIP at all");
  message(&b, 1, NULL, NULL, "A\"\\\x01\xff sip:x SIP/2.0\r\n\r\n");
  ck_assert_ptr_nonnull(strstr(lines->str, "\"method\": null, \"action\": \"pass\""));
  ck_assert_ptr_nonnull(strstr(lines->str, "\"defects\": \"unscannable\"}"));
  ck_assert(g_utf8_validate(lines->str, -1, NULL));
  ck_assert_ptr_null(strchr(lines->str, '\x01'));
  done(&b);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("replay");
  TCase *tc = tcase_create("replay");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, capture_time_is_the_clock);
  tcase_add_test(tc, judge_points);
  tcase_add_test(tc, local_side);
  tcase_add_test(tc, several_defenses);
  tcase_add_test(tc, no_score_is_null);
  tcase_add_test(tc, odd_scores_of_alerts_are_settled);
  tcase_add_test(tc, holding);
  tcase_add_test(tc, a_jump_in_time);
  tcase_add_test(tc, what_came_over_the_wire);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
