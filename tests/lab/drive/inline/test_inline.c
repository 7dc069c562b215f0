/* The bridge on real loopback sockets, without SIPp: the way of a message, and where none may go. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/inline/bridge.h"
#include "lab/drive/inline/children.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/pcap/replay.h"
#include "tests/check_main.h"

#define MESSAGE(call)                                                                              \
  "MESSAGE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK" call            \
  "\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: " call               \
  "\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

/* --- a node that forwards as it is, to the core or to the last one heard from ----------------- */

typedef struct {
  RdHost *host;
  RdAddress core, caller;
} Pipe;

static void *pipe_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Pipe *p = g_new0(Pipe, 1);
  ck_assert_uint_eq(setup->n_attachments, 2);
  p->host = host;
  p->core = *(const RdAddress *)config;
  return p;
}

static void pipe_receive(void *self, const RdMessage *m) {
  Pipe *p = self;
  bool up = m->attachment == RD_SIDE_ACCESS;
  if (up)
    p->caller = m->remote;
  RdSend send = {.size = sizeof send,
                 .attachment = up ? RD_SIDE_CORE : RD_SIDE_ACCESS,
                 .protocol = RD_PROTO_SIP,
                 .remote = up ? p->core : p->caller,
                 .bytes = m->bytes,
                 .len = m->len};
  p->host->send(p->host, &send);
}

static void pipe_close(void *self) {
  g_free(self);
}

static const RdPart pipe_part = {.actor = {.size = sizeof(RdActorOps),
                                           .open = pipe_open,
                                           .receive = pipe_receive,
                                           .close = pipe_close}};

/* --- a defense that does what the Call-ID says ------------------------------------------------ */

typedef struct {
  RdHost *host;
  RdTicket held;
} Doer;

static void *doer_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Doer *d = g_new0(Doer, 1);
  (void)config, (void)setup;
  d->host = host;
  return d;
}

static void doer_timer(void *self, RdTimer timer, uint64_t cookie) {
  Doer *d = self;
  RdVerdict pass = {.size = sizeof pass, .edit_stride = sizeof(RdEdit)};
  static const RdEdit edit = {RD_EDIT_ADD, {"X-Held", 6}, {"yes", 3}};
  (void)timer, (void)cookie;
  pass.action = RD_REWRITE;
  pass.edits = &edit;
  pass.n_edits = 1;
  ck_assert(d->host->release(d->host, d->held, &pass));
  ck_assert(!d->host->release(d->host, d->held, &pass));
}

static void doer_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Doer *d = self;
  if (m->direction != RD_INGRESS || !m->sip)
    return;
  if (rd_slice_is(m->sip->call_id, "drop"))
    v->action = RD_DROP;
  if (rd_slice_is(m->sip->call_id, "reject")) {
    v->action = RD_REJECT;
    v->code = 480;
  }
  if (rd_slice_is(m->sip->call_id, "delay")) {
    v->action = RD_DELAY;
    v->delay = 50 * RD_MILLISECOND;
  }
  if (rd_slice_starts_nocase(m->sip->call_id, "hold")) {
    v->action = RD_HOLD;
    v->ticket = ++d->held;
    v->delay = 100 * RD_MILLISECOND;
    v->fallback = RD_DROP;
  }
  if (rd_slice_is(m->sip->call_id, "hold-and-release")) {
    RdTimerSpec spec = {
        .size = sizeof spec, .at = d->host->now(d->host) + 20 * RD_MILLISECOND, .cookie = 1};
    d->host->timer(d->host, &spec);
  }
}

static const RdPart doer_part = {.defense = {.size = sizeof(RdDefenseOps),
                                             .open = doer_open,
                                             .judge = doer_judge,
                                             .timer = doer_timer,
                                             .close = g_free}};

/* --- the stage -------------------------------------------------------------------------------- */

typedef struct {
  RdBridge *bridge;
  RdAddress caller_address, callee_address;
  int caller, callee;
  char *folder, *capture, *verdicts;
} Stage;

static const RdBridgeDefense doer = {"doer", &doer_part, NULL};

static Stage stage(void) {
  Stage s = {.caller_address = rd_address_ip4(0x7f000001, 0),
             .callee_address = rd_address_ip4(0x7f000007, 0)};
  s.caller = rd_loopback_bind(&s.caller_address, NULL);
  s.callee = rd_loopback_bind(&s.callee_address, NULL);
  s.folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  s.capture = g_build_filename(s.folder, "judged.pcapng", NULL);
  s.verdicts = g_build_filename(s.folder, "verdicts.jsonl", NULL);
  RdBridgeSpec spec = {.name = "pipe",
                       .part = &pipe_part,
                       .config = &s.callee_address,
                       .addresses = {rd_address_ip4(0x7f000005, 0), rd_address_ip4(0x7f000006, 0)},
                       .networks = {"gm", "core"},
                       .domains = {"access", "home"},
                       .interfaces = {RD_IF_GM, RD_IF_MW},
                       .core = s.callee_address,
                       .attacker = rd_address_ip4(0x7f000042, 0),
                       .defenses = &doer,
                       .n_defenses = 1,
                       .capture = s.capture,
                       .verdicts = s.verdicts};
  GError *error = NULL;
  s.bridge = rd_bridge_new(&spec, &error);
  ck_assert_msg(s.bridge != NULL, "%s", error ? error->message : "");
  return s;
}

static void leave(Stage *s) {
  g_autofree char *labels = g_build_filename(s->folder, "judged.labels.jsonl", NULL);
  close(s->caller);
  close(s->callee);
  g_unlink(s->capture);
  g_unlink(s->verdicts);
  g_unlink(labels);
  ck_assert_int_eq(g_rmdir(s->folder), 0);
  g_free(s->folder);
  g_free(s->capture);
  g_free(s->verdicts);
}

static void say(Stage *s, const char *text) {
  RdAddress to = rd_bridge_address(s->bridge, RD_SIDE_ACCESS);
  ck_assert(rd_loopback_send(s->caller, &to, text, strlen(text)));
  rd_bridge_run(s->bridge, 10 * RD_MILLISECOND);
}

/* What waits at a socket: the first 80 bytes; NULL: nothing. */
static const char *hear(int fd) {
  static char bytes[65536];
  RdAddress from;
  uint32_t dropped;
  ssize_t len = rd_loopback_receive(fd, bytes, sizeof bytes - 1, &from, &dropped);
  if (len < 0)
    return NULL;
  bytes[len] = 0;
  return bytes;
}

static void expect(int fd, const char *begins, const char *holds) {
  const char *heard = hear(fd);
  ck_assert_ptr_nonnull(heard);
  ck_assert(g_str_has_prefix(heard, begins));
  ck_assert_ptr_nonnull(strstr(heard, holds));
}

START_TEST(every_action) {
  Stage s = stage();
  say(&s, MESSAGE("pass"));
  expect(s.callee, "MESSAGE", "Call-ID: pass");
  say(&s, MESSAGE("drop"));
  ck_assert_ptr_null(hear(s.callee));
  ck_assert_ptr_null(hear(s.caller));
  say(&s, MESSAGE("reject"));
  expect(s.caller, "SIP/2.0 480 ", "Call-ID: reject");
  ck_assert_ptr_null(hear(s.callee));
  say(&s, MESSAGE("delay"));
  ck_assert_ptr_null(hear(s.callee));
  rd_bridge_run(s.bridge, 60 * RD_MILLISECOND);
  expect(s.callee, "MESSAGE", "Call-ID: delay");
  say(&s, MESSAGE("hold")); /* nobody releases it: its fallback is to drop */
  rd_bridge_run(s.bridge, 120 * RD_MILLISECOND);
  ck_assert_ptr_null(hear(s.callee));
  say(&s, MESSAGE("hold-and-release"));
  ck_assert_ptr_null(hear(s.callee));
  rd_bridge_run(s.bridge, 30 * RD_MILLISECOND);
  expect(s.callee, "MESSAGE", "X-Held: yes");
  const RdBridgeCounts *c = rd_bridge_counts(s.bridge);
  ck_assert_uint_eq(c->received, 6);
  ck_assert_uint_eq(c->actions[RD_LIVE_BENIGN][RD_HOLD], 2);
  ck_assert(rd_bridge_close(s.bridge, NULL));
  leave(&s);
}
END_TEST

static GString *replayed;

static void keep_line(void *user, const GString *line) {
  (void)user;
  g_string_append_len(replayed, line->str, (gssize)line->len);
}

static void feed(void *user, const RdCaptureMessage *m) {
  ck_assert(rd_replay_message(user, m, NULL));
}

/* What was judged on sockets is judged the same when its own capture is replayed. */
START_TEST(parity) {
  Stage s = stage();
  static const char *const texts[] = {MESSAGE("a"),    MESSAGE("drop"), MESSAGE("reject"),
                                      MESSAGE("hold"), "no SIP",        "\r\n\r\n"};
  for (unsigned i = 0; i < 60; i++)
    say(&s, texts[i % G_N_ELEMENTS(texts)]);
  ck_assert(rd_bridge_close(s.bridge, NULL));
  RdPlaces places = rd_places_of(s.capture);
  ck_assert_uint_eq(places.n, 1);
  ck_assert_str_eq(places.places[0].domain, "access");
  ck_assert_uint_eq(places.places[0].interface, RD_IF_GM);
  RdReplayDefense d = {"doer", &doer_part, NULL};
  RdReplaySpec spec = {
      .defenses = &d, .n_defenses = 1, .places = &places, .from_zero = true, .line = keep_line};
  replayed = g_string_new(NULL);
  RdReplay *replay = rd_replay_new(&spec);
  RdCaptureStats stats = {0};
  ck_assert(rd_capture_read(s.capture, feed, replay, &stats, NULL));
  g_autofree char *live = NULL;
  ck_assert(g_file_get_contents(s.verdicts, &live, NULL, NULL));
  ck_assert_uint_ge(stats.messages, 60);
  ck_assert(strcmp(live, replayed->str) == 0);
  rd_replay_free(replay);
  rd_places_clear(&places);
  rd_capture_stats_clear(&stats);
  g_string_free(replayed, TRUE);
  leave(&s);
}
END_TEST

/* A message cannot make it send anywhere else, and nobody can make it listen anywhere else. */
START_TEST(never_beyond_loopback) {
  static const char *const elsewhere[] = {"192.0.2.1:5060", "0.0.0.0:5060", "[2001:db8::1]:5060",
                                          "[::]:5060", "[::ffff:127.0.0.1]:5060"};
  RdAddress a;
  GError *error = NULL;
  ck_assert(rd_address_parse(rd_slice(elsewhere[_i]), &a));
  ck_assert(!rd_is_loopback(&a));
  ck_assert_int_eq(rd_loopback_bind(&a, &error), -1);
  ck_assert_ptr_nonnull(strstr(error->message, "only loopback"));
  g_error_free(error);
  Stage s = stage();
  ck_assert(!rd_loopback_send(s.caller, &a, "x", 1));
  const RdHost *host = &rd_bridge_node(s.bridge)->host;
  RdSend send = {.size = sizeof send,
                 .remote = a,
                 .protocol = RD_PROTO_SIP,
                 .bytes = (const uint8_t *)"x",
                 .len = 1};
  ck_assert(!host->send((RdHost *)(uintptr_t)host, &send));
  ck_assert_uint_eq(rd_bridge_counts(s.bridge)->refused, 1);
  ck_assert_uint_eq(rd_bridge_counts(s.bridge)->sent, 0);
  ck_assert(rd_bridge_close(s.bridge, NULL));
  leave(&s);
}
END_TEST

START_TEST(children_end) {
  const char *const argv[] = {"sleep", "1000", NULL};
  g_autofree char *folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  g_autofree char *log = g_build_filename(folder, "sleep.log", NULL);
  int code = 0;
  pid_t child = rd_child_start(argv, folder, "sleep", NULL);
  ck_assert_int_gt(child, 0);
  ck_assert(!rd_child_ended(child, &code));
  ck_assert_int_ge(rd_child_stop(child, 1000), 128);
  const char *const none[] = {"no-such-program-here", NULL};
  child = rd_child_start(none, folder, "sleep", NULL);
  ck_assert_int_eq(rd_child_stop(child, 1000) != 0, 1);
  g_unlink(log);
  g_rmdir(folder);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("inline");
  TCase *tc = tcase_create("inline");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, every_action);
  tcase_add_test(tc, parity);
  tcase_add_loop_test(tc, never_beyond_loopback, 0, 5);
  tcase_add_test(tc, children_end);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
