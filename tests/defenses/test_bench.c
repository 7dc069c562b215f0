/* The bench that defenses are tested on: what it puts before a defense is what it says it is. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "tests/check_main.h"
#include "tests/defenses/requests.h"

/* A defense that remembers what it saw, and asks the source of each request something itself. */
static struct {
  bool is_request, egress;
  unsigned status, judged, received;
  char call_id[64], branch[64], cseq_method;
  RdAddress remote;
} seen;
static RdHost *the_host;

static void *open_witness(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)config, (void)setup;
  return the_host = host;
}

static void note(const RdMessage *m) {
  seen.is_request = m->sip->is_request;
  seen.egress = m->direction == RD_EGRESS;
  seen.status = m->sip->status;
  seen.remote = m->remote;
  rd_slice_copy(m->sip->call_id, seen.call_id, sizeof seen.call_id);
  rd_slice_copy(m->sip->via_branch, seen.branch, sizeof seen.branch);
}

static void judge_witness(void *self, const RdMessage *m, RdVerdict *verdict) {
  static const char ask[] = "OPTIONS sip:x@example.com SIP/2.0\r\n"
                            "Via: SIP/2.0/UDP 198.18.255.1:5060;branch=z9hG4bKown\r\n"
                            "Max-Forwards: 70\r\nFrom: <sip:w@example.com>;tag=w\r\n"
                            "To: <sip:x@example.com>\r\nCall-ID: own\r\nCSeq: 1 OPTIONS\r\n"
                            "Content-Length: 0\r\n\r\n";
  (void)self;
  seen.judged++;
  note(m);
  verdict->score = 0;
  if (!m->sip->is_request)
    return;
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .remote = m->remote,
                       .bytes = (const uint8_t *)ask,
                       .len = sizeof ask - 1};
  the_host->send(the_host, &send);
}

static void receive_witness(void *self, const RdMessage *m) {
  (void)self;
  seen.received++;
  note(m);
}

static void close_witness(void *self) {
  (void)self;
}

RD_PART(RD_DEFENSE, "witness", "remembers what it saw",
        RD_DEFENSE_OPS(.open = open_witness, .judge = judge_witness, .receive = receive_witness,
                       .close = close_witness));

static Bench bench;

static void setup(void) {
  memset(&seen, 0, sizeof seen);
  bench_open(&bench, &redoubt_plugin, NULL);
}
static void teardown(void) {
  bench_close(&bench);
}

START_TEST(an_answer_is_one_to_the_request_before) {
  char call_id[64], branch[64];
  bench_request(&bench, "INVITE", 7);
  ck_assert(seen.is_request && !seen.egress);
  strcpy(call_id, seen.call_id);
  strcpy(branch, seen.branch);
  bench_answer(&bench, RD_EGRESS, 486);
  ck_assert(!seen.is_request && seen.egress);
  ck_assert_uint_eq(seen.status, 486);
  ck_assert_str_eq(seen.call_id, call_id);
  ck_assert_str_eq(seen.branch, branch);
  ck_assert_uint_eq(seen.remote.ip[3], 7);
  bench_answer(&bench, RD_INGRESS, 200);
  ck_assert(!seen.egress);
}
END_TEST

START_TEST(a_request_may_leave) {
  bench_egress(&bench, "OPTIONS", 9);
  ck_assert(seen.is_request && seen.egress);
  ck_assert_uint_eq(seen.remote.ip[3], 9);
}
END_TEST

START_TEST(what_the_defense_asks_is_answered_to_itself) {
  bench_request(&bench, "INVITE", 7);
  bench_receive(&bench, 0, 200);
  ck_assert_uint_eq(seen.judged, 1);
  ck_assert_uint_eq(seen.received, 1);
  ck_assert_uint_eq(seen.status, 200);
  ck_assert_str_eq(seen.branch, "z9hG4bKown");
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("defense-bench");
  TCase *t = tcase_create("bench");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, an_answer_is_one_to_the_request_before);
  tcase_add_test(t, a_request_may_leave);
  tcase_add_test(t, what_the_defense_asks_is_answered_to_itself);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
