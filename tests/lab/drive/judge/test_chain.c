/* The chain of judges at one place, with scripted defenses. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/drive/judge/chain.h"
#include "tests/check_main.h"

#define INVITE                                                                                     \
  "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"           \
  "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\n"       \
  "Call-ID: one\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"

/* What one defense says, and what it saw. */
typedef struct {
  RdVerdict says;
  uint64_t wants;
  unsigned asked, attachment;
  char seen[2048];
} Script;

static void script_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Script *s = self;
  ck_assert(isnan(v->score));
  ck_assert_uint_eq(v->edit_stride, 0);
  s->asked++;
  s->attachment = m->attachment;
  if (m->len < sizeof s->seen && m->bytes)
    memcpy(s->seen, m->bytes, m->len);
  *v = s->says;
}

static Script *opening; /* open() has no other way to find its script */

static void *script_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)host, (void)config, (void)setup;
  return opening;
}

static void script_close(void *self) {
  (void)self;
}

typedef struct {
  Script scripts[3];
  RdPart parts[3];
  RdJudge *judges[3];
  RdChain *chain;
  unsigned n, observed;
  RdView view;
  RdMessage message;
  RdChainResult result;
} Bench;

static void observe(void *user, RdJudge *judge, const RdMessage *m, const RdVerdict *v) {
  Bench *b = user;
  (void)judge, (void)m, (void)v;
  b->observed++;
}

static void setup(Bench *b, unsigned n) {
  const uint64_t key[2] = {1, 2};
  memset(b, 0, sizeof *b);
  b->n = n;
  b->chain = rd_chain_new(key, observe, b);
  b->message = (RdMessage){.size = sizeof(RdMessage),
                           .protocol = RD_PROTO_SIP,
                           .bytes = (const uint8_t *)INVITE,
                           .len = sizeof INVITE - 1};
  rd_codec_view(&b->view, &b->message);
  ck_assert_ptr_nonnull(b->message.sip);
}

static void add(Bench *b, unsigned i, RdVerdict says, uint64_t wants) {
  RdPlace place = {.size = sizeof place};
  b->scripts[i] = (Script){.says = says, .wants = wants};
  b->parts[i].defense = (RdDefenseOps){.size = sizeof(RdDefenseOps),
                                       .open = script_open,
                                       .judge = script_judge,
                                       .close = script_close,
                                       .wants = wants};
  opening = &b->scripts[i];
  b->judges[i] = rd_judge_new("d", &b->parts[i], NULL, NULL, &place, 1, i, NULL);
  rd_chain_add(b->chain, b->judges[i], (uint16_t)(10 + i));
}

static void judge(Bench *b) {
  rd_chain_judge(b->chain, 0, &b->message, &b->result);
}

static void teardown(Bench *b) {
  rd_chain_free(b->chain);
  for (unsigned i = 0; i < b->n; i++)
    rd_judge_free(b->judges[i]);
}

#define PASS_ ((RdVerdict){.size = sizeof(RdVerdict)})
#define SAYS(...) ((RdVerdict){.size = sizeof(RdVerdict), __VA_ARGS__})

START_TEST(ingress_is_first_to_last_and_egress_last_to_first) {
  Bench b;
  setup(&b, 2);
  add(&b, 0, PASS_, 0);
  add(&b, 1, SAYS(.action = RD_DROP), 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP);
  ck_assert_ptr_eq(b.result.by, b.judges[1]);
  ck_assert_uint_eq(b.scripts[0].asked, 1);
  ck_assert_uint_eq(b.scripts[0].attachment, 10);
  ck_assert_uint_eq(b.scripts[1].attachment, 11);
  b.message.direction = RD_EGRESS;
  judge(&b);
  ck_assert_uint_eq(b.scripts[0].asked, 1);
  ck_assert_uint_eq(b.scripts[1].asked, 2);
  ck_assert_uint_eq(b.observed, 3);
  teardown(&b);
}
END_TEST

START_TEST(delays_add_up) {
  Bench b;
  setup(&b, 2);
  add(&b, 0, SAYS(.action = RD_DELAY, .delay = 3), 0);
  add(&b, 1, SAYS(.action = RD_DELAY, .delay = -7), 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS);
  ck_assert_int_eq(b.result.delay, 3);
  b.scripts[1].says.delay = RD_NEVER;
  judge(&b);
  ck_assert_int_eq(b.result.delay, 3 + 86400 * RD_SECOND);
  teardown(&b);
}
END_TEST

START_TEST(a_refusal_is_answered_and_its_ack_absorbed) {
  Bench b;
  setup(&b, 1);
  add(&b, 0, SAYS(.action = RD_REJECT, .code = 7), 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_ANSWER);
  ck_assert_int_eq(b.result.verdict.code, 503); /* 7 is no status */
  ck_assert(memcmp(b.result.answer, "SIP/2.0 503 ", 12) == 0);
  RdSipScan answer;
  ck_assert(rd_sip_scan(&answer, b.result.answer, b.result.answer_len, RD_SIP_DATAGRAM));
  char ack[1024];
  int len =
      snprintf(ack, sizeof ack,
               "ACK sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
               "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a\r\nTo: %.*s\r\n"
               "Call-ID: one\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
               (int)answer.sip.to.len, answer.sip.to.at);
  b.message.bytes = (const uint8_t *)ack;
  b.message.len = (size_t)len;
  rd_codec_view(&b.view, &b.message);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_ABSORB);
  ck_assert_uint_eq(b.scripts[0].asked, 1);
  teardown(&b);
}
END_TEST

/* The next judge sees what the one before has made of it. */
START_TEST(rewritten_messages_go_on_rewritten) {
  Bench b;
  RdEdit edit = {RD_EDIT_ADD, rd_slice("X-One"), rd_slice("1")};
  RdEdit other = {RD_EDIT_URI, {NULL, 0}, rd_slice("sip:carol@example.com")};
  setup(&b, 3);
  add(&b, 0, SAYS(.action = RD_REWRITE, .edits = &edit, .n_edits = 1, .edit_stride = sizeof edit),
      0);
  add(&b, 1, SAYS(.action = RD_REWRITE, .edits = &other, .n_edits = 1, .edit_stride = sizeof edit),
      0);
  add(&b, 2, PASS_, 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS);
  ck_assert_ptr_nonnull(strstr(b.scripts[1].seen, "\r\nX-One: 1\r\n"));
  ck_assert_ptr_nonnull(strstr(b.scripts[2].seen, "INVITE sip:carol@example.com SIP/2.0\r\n"));
  ck_assert_ptr_nonnull(strstr(b.scripts[2].seen, "\r\nX-One: 1\r\n"));
  teardown(&b);
}
END_TEST

START_TEST(edits_that_cannot_be_drop_the_message) {
  RdEdit add_one = {RD_EDIT_ADD, rd_slice("X-One"), rd_slice("1")};
  RdEdit blank = {RD_EDIT_URI, {NULL, 0}, rd_slice("sip:a b")};
  RdEdit junk = {RD_EDIT_WHOLE, {NULL, 0}, rd_slice("junk")};
  const RdVerdict bad[] = {
      SAYS(.action = RD_REWRITE, .edits = &add_one, .n_edits = 1),
      SAYS(.action = RD_REWRITE, .n_edits = 1, .edit_stride = sizeof(RdEdit)),
      SAYS(.action = RD_REWRITE, .edits = &blank, .n_edits = 1, .edit_stride = sizeof(RdEdit)),
      SAYS(.action = RD_REWRITE, .edits = &junk, .n_edits = 1, .edit_stride = sizeof(RdEdit))};
  Bench b;
  setup(&b, 1);
  add(&b, 0, bad[_i], 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP);
  teardown(&b);
}
END_TEST

/* Of a protocol without a row, all that can be done is to replace it whole. */
START_TEST(unknown_protocols_are_judged_too) {
  RdEdit whole = {RD_EDIT_WHOLE, {NULL, 0}, rd_slice("other bytes")};
  Bench b;
  setup(&b, 2);
  add(&b, 0, SAYS(.action = RD_REWRITE, .edits = &whole, .n_edits = 1, .edit_stride = sizeof whole),
      0);
  add(&b, 1, SAYS(.action = RD_REJECT, .code = 3004), 0);
  b.message.protocol = 250;
  b.message.sip = NULL;
  judge(&b);
  ck_assert_str_eq(b.scripts[1].seen, "other bytes");
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP); /* nobody knows how it is refused */
  ck_assert_int_eq(b.result.verdict.code, 3004); /* SIP's range is not everybody's */
  teardown(&b);
}
END_TEST

START_TEST(a_hold_goes_on_behind_the_link_that_held) {
  Bench b;
  setup(&b, 3);
  add(&b, 0, PASS_, 0);
  add(&b, 1, SAYS(.action = RD_HOLD, .ticket = 9, .delay = 5), 0);
  add(&b, 2, PASS_, 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_HOLD);
  ck_assert_uint_eq(b.scripts[2].asked, 0);
  unsigned next = b.result.next;
  RdVerdict delay = SAYS(.action = RD_DELAY, .delay = 4), hold = SAYS(.action = RD_HOLD),
            drop = SAYS(.action = RD_DROP);
  rd_chain_resume(b.chain, next, &b.message, &delay, &b.result);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS);
  ck_assert_int_eq(b.result.delay, 4);
  ck_assert_uint_eq(b.scripts[1].asked, 1);
  ck_assert_uint_eq(b.scripts[2].asked, 1);
  rd_chain_resume(b.chain, next, &b.message, &hold, &b.result);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS); /* a hold cannot end in another */
  rd_chain_resume(b.chain, next, &b.message, &drop, &b.result);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP);
  ck_assert_ptr_eq(b.result.by, b.judges[1]);
  teardown(&b);
}
END_TEST

/* Connections are shown to those who asked, and are reset or let be. */
START_TEST(connections_come_to_those_who_want_them) {
  Bench b;
  setup(&b, 2);
  add(&b, 0, SAYS(.action = RD_DROP), 0);
  add(&b, 1, SAYS(.action = RD_HOLD, .ticket = 1), RD_WANT_OPENED);
  b.message = (RdMessage){
      .size = sizeof(RdMessage), .kind = RD_OPENED, .conn = 4, .protocol = RD_PROTO_SIP};
  judge(&b);
  ck_assert_uint_eq(b.scripts[0].asked, 0);
  ck_assert_uint_eq(b.scripts[1].asked, 1);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS);
  b.scripts[1].says.action = RD_REJECT;
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP);
  ck_assert(b.result.close);
  b.message.kind = RD_CLOSED;
  judge(&b);
  ck_assert_uint_eq(b.scripts[1].asked, 2);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_PASS);
  teardown(&b);
}
END_TEST

START_TEST(close_resets_streams_and_drops_datagrams) {
  Bench b;
  setup(&b, 1);
  add(&b, 0, SAYS(.action = RD_CLOSE), 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP);
  ck_assert(!b.result.close);
  b.message.conn = 3;
  judge(&b);
  ck_assert(b.result.close);
  teardown(&b);
}
END_TEST

START_TEST(scores_and_actions_out_of_range_are_settled) {
  Bench b;
  setup(&b, 2);
  add(&b, 0, SAYS(.action = 99, .score = 4), 0);
  add(&b, 1, SAYS(.action = RD_DROP, .score = NAN), 0);
  judge(&b);
  ck_assert_int_eq(b.result.outcome, RD_CHAIN_DROP); /* 99 passed */
  ck_assert_double_eq(b.result.verdict.score, 1); /* what acts has looked at it */
  teardown(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("chain");
  TCase *t = tcase_create("chain");
  tcase_add_test(t, ingress_is_first_to_last_and_egress_last_to_first);
  tcase_add_test(t, delays_add_up);
  tcase_add_test(t, a_refusal_is_answered_and_its_ack_absorbed);
  tcase_add_test(t, rewritten_messages_go_on_rewritten);
  tcase_add_loop_test(t, edits_that_cannot_be_drop_the_message, 0, 4);
  tcase_add_test(t, unknown_protocols_are_judged_too);
  tcase_add_test(t, a_hold_goes_on_behind_the_link_that_held);
  tcase_add_test(t, connections_come_to_those_who_want_them);
  tcase_add_test(t, close_resets_streams_and_drops_datagrams);
  tcase_add_test(t, scores_and_actions_out_of_range_are_settled);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
