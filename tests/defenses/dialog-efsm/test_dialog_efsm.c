#include <math.h>
#include <string.h>

#include "defenses/dialog-efsm/dialog.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"
#include "tests/defenses/series.h"

static void *config;
static Bench bench;

static void setup(void) {
  config = mock_config(&redoubt_plugin);
  bench_open(&bench, &redoubt_plugin, config);
}
static void teardown(void) {
  bench_close(&bench);
  g_free(config);
}

/* A request or an answer of call `call` at the place; far end 198.18.0.x. */
static RdVerdict put(RdDirection direction, const char *first_line, const char *cseq, unsigned call,
                     unsigned far, bool inside) {
  g_autofree char *remote = g_strdup_printf("198.18.0.%u:5060", far);
  g_autofree char *text = g_strdup_printf(
      "%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a%u@example.com>;tag=1\r\n"
      "To: <sip:b%u@example.com>%s\r\nCall-ID: c%u\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
      first_line, call, call, call, inside ? ";tag=2" : "", call, cseq);
  const RdMessage *m = mock_message(bench.mock, 0, direction, remote, text, strlen(text));
  RdVerdict v = {.size = sizeof v, .score = NAN};
  redoubt_plugin.defense->judge(bench.self, m, &v);
  return v;
}

static RdVerdict request(RdDirection direction, const char *method, unsigned call, unsigned far,
                         bool inside) {
  g_autofree char *line = g_strdup_printf("%s sip:x@example.com SIP/2.0", method);
  return put(direction, line, method, call, far, inside);
}

/* Phone 1 calls phone 2 through this border, and is answered. */
static void call(unsigned id) {
  request(RD_INGRESS, "INVITE", id, 1, false);
  request(RD_EGRESS, "INVITE", id, 2, false);
  put(RD_INGRESS, "SIP/2.0 200 OK", "INVITE", id, 2, true);
  put(RD_EGRESS, "SIP/2.0 200 OK", "INVITE", id, 1, true);
  request(RD_INGRESS, "ACK", id, 1, true);
}

START_TEST(the_machine) {
  ck_assert_int_eq(dialog_step(DIALOG_UNKNOWN, EVENT_INVITE), DIALOG_CALLING);
  ck_assert_int_eq(dialog_step(DIALOG_UNKNOWN, EVENT_OK), DIALOG_UNKNOWN);
  ck_assert_int_eq(dialog_step(DIALOG_CALLING, EVENT_OK), DIALOG_TALKING);
  ck_assert_int_eq(dialog_step(DIALOG_CALLING, EVENT_FAILED), DIALOG_ENDED);
  ck_assert_int_eq(dialog_step(DIALOG_TALKING, EVENT_INVITE), DIALOG_TALKING);
  ck_assert_int_eq(dialog_step(DIALOG_TALKING, EVENT_FAILED), DIALOG_TALKING);
  ck_assert_int_eq(dialog_step(DIALOG_TALKING, EVENT_END), DIALOG_ENDED);
  ck_assert_int_eq(dialog_step(DIALOG_ENDED, EVENT_OK), DIALOG_ENDED); /* late */
  ck_assert_int_eq(dialog_step(DIALOG_ENDED, EVENT_INVITE), DIALOG_CALLING);
}
END_TEST

START_TEST(parties_are_addresses) {
  Dialog d = {.state = DIALOG_CALLING};
  RdAddress a = rd_address_ip4(0xc0000201, 5060), b = rd_address_ip4(0xc0000201, 9), c;
  dialog_join(&d, &a);
  ck_assert(dialog_is_party(&d, &b)); /* another port */
  b = rd_address_ip4(0xc0000202, 5060);
  ck_assert(!dialog_is_party(&d, &b));
  rd_address_parse(rd_slice("2001:db8::1"), &c);
  ck_assert(!dialog_is_party(&d, &c));
  for (uint32_t i = 0; i < DIALOG_PARTIES; i++) {
    a = rd_address_ip4(0xc6336401 + i, 5060);
    dialog_join(&d, &a);
  }
  ck_assert(dialog_is_party(&d, &b)); /* forked wider than there is room */
}
END_TEST

START_TEST(the_parties_may_do_what_they_do) {
  call(1);
  ck_assert_int_eq(request(RD_INGRESS, "INVITE", 1, 2, true).action, RD_PASS);
  ck_assert_int_eq(request(RD_INGRESS, "UPDATE", 1, 1, true).action, RD_PASS);
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 1, 2, true).action, RD_PASS);
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 1, 1, true).action, RD_PASS); /* both at once */
  request(RD_INGRESS, "INVITE", 2, 1, false);
  ck_assert_int_eq(request(RD_INGRESS, "CANCEL", 2, 1, false).action, RD_PASS);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 0);
}
END_TEST

static void foreign(const char *method, bool inside) {
  const RdVerdict v = request(RD_INGRESS, method, 1, 66, inside);
  ck_assert_int_eq(v.action, RD_DROP);
  ck_assert_double_eq(v.score, 1);
  const MockAlert *a = mock_alert(bench.mock, mock_n_alerts(bench.mock) - 1);
  ck_assert_str_eq(a->subject, "198.18.0.66");
}

START_TEST(what_others_send_into_a_dialog_is_stopped) {
  request(RD_INGRESS, "INVITE", 1, 1, false);
  foreign("CANCEL", false);
  ck_assert_ptr_nonnull(
      strstr(mock_alert(bench.mock, 0)->evidence, "CANCEL at 0.000 s into a dialog (calling)"));
  call(1);
  foreign("BYE", true);
  foreign("INVITE", true);
  foreign("UPDATE", true);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 1); /* one a dialog */
  ck_assert_int_eq(mock_count(bench.mock, "foreign-requests"), 4);
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 1, 1, true).action,
                   RD_PASS); /* the call is still theirs */
}
END_TEST

/* Sending an INVITE of the same Call-ID first does not make one a party. */
START_TEST(nobody_joins_by_an_invite_of_his_own) {
  call(1);
  ck_assert_int_eq(request(RD_INGRESS, "INVITE", 1, 66, false).action, RD_PASS);
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 1, 66, true).action, RD_DROP);
}
END_TEST

START_TEST(what_was_not_seen_to_begin_is_left_alone) {
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 9, 66, true).action, RD_PASS);
  ck_assert_int_eq(request(RD_INGRESS, "CANCEL", 9, 67, false).action, RD_PASS);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 0);
}
END_TEST

START_TEST(a_flooded_callee_is_named_and_called_on) {
  for (unsigned i = 0; i < 19; i++)
    bench_request(&bench, "INVITE", i);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 0);
  const RdVerdict v = bench_request(&bench, "INVITE", 19);
  ck_assert_int_eq(v.action, RD_PASS);
  ck_assert_double_gt(v.score, 0.5);
  ck_assert_str_eq(mock_alert(bench.mock, 0)->subject, "sip:bob@example.com");
  bench_wait(&bench, 2 * RD_SECOND);
  ck_assert_double_lt(bench_request(&bench, "INVITE", 1).score, 0.1);
}
END_TEST

START_TEST(answers_that_nobody_asked_for) {
  request(RD_INGRESS, "OPTIONS", 900, 1, false); /* the defense begins */
  for (unsigned i = 0; i < 50; i++)
    put(RD_INGRESS, "SIP/2.0 200 OK", "OPTIONS", 1000 + i, 5, true);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 0); /* asked before its time, for all it knows */
  bench_wait(&bench, 65 * RD_SECOND);
  request(RD_EGRESS, "OPTIONS", 700, 5, false);
  for (unsigned i = 0; i < 100; i++) /* an answer, again and again */
    ck_assert_int_eq(put(RD_INGRESS, "SIP/2.0 200 OK", "OPTIONS", 700, 5, true).action, RD_PASS);
  RdVerdict v = {0};
  for (unsigned i = 0; i < 20; i++)
    v = put(RD_INGRESS, "SIP/2.0 200 OK", "OPTIONS", 2000 + i, 5, true);
  ck_assert_int_eq(v.action, RD_DROP);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 1);
  ck_assert_str_eq(mock_alert(bench.mock, 0)->subject, "198.18.0.5");
}
END_TEST

/* A full table forgets, and then it does not judge what it may have forgotten. */
START_TEST(a_full_table_fails_open) {
  uint64_t bytes;
  bench_close(&bench);
  mock_set(&redoubt_plugin, config, "dialogs", 10);
  bench_open(&bench, &redoubt_plugin, config);
  call(1);
  bench_wait(&bench, 65 * RD_SECOND);
  for (unsigned i = 2; i < 40; i++)
    call(i);
  ck_assert_int_eq(mock_count(bench.mock, "dialogs-evicted"), 29);
  ck_assert_int_eq(request(RD_INGRESS, "BYE", 1, 66, true).action, RD_PASS);
  for (unsigned i = 0; i < 50; i++)
    put(RD_INGRESS, "SIP/2.0 200 OK", "INVITE", 5000 + i, 5, true);
  ck_assert_uint_eq(mock_n_alerts(bench.mock), 0);
  ck_assert_uint_le(redoubt_plugin.defense->state(bench.self, &bytes), 10 + 39);
}
END_TEST

/* A third of all messages lost, a third of the rest late by up to two seconds. */
START_TEST(loss_and_reordering_do_not_alarm) {
  for (Shape shape = 0; shape < SHAPES; shape++) {
    g_autoptr(GArray) events = series_make(shape, 120 + shape, 300, NULL);
    GArray *kept = g_array_new(FALSE, FALSE, sizeof(SeriesEvent));
    for (unsigned i = 0; i < events->len; i++) {
      SeriesEvent e = g_array_index(events, SeriesEvent, i);
      const double luck = rd_unit(rd_random(9, i, 1, 0));
      if (luck < 0.33)
        continue;
      if (luck < 0.55)
        e.at += (RdTime)(2e9 * rd_unit(rd_random(9, i, 2, 0)));
      g_array_append_val(kept, e);
    }
    for (unsigned i = 1; i < kept->len; i++) { /* nearly in order: insertion does */
      SeriesEvent e = g_array_index(kept, SeriesEvent, i);
      unsigned at = i;
      for (; at > 0 && g_array_index(kept, SeriesEvent, at - 1).at > e.at; at--)
        g_array_index(kept, SeriesEvent, at) = g_array_index(kept, SeriesEvent, at - 1);
      g_array_index(kept, SeriesEvent, at) = e;
    }
    const SeriesOutcome o = series_run(&redoubt_plugin, config, kept, 300, NULL);
    ck_assert_uint_eq(o.alerts, 0);
    ck_assert_uint_eq(o.alarmed, 0);
    g_array_unref(kept);
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("dialog-efsm");
  TCase *t = tcase_create("dialogs");
  tcase_set_timeout(t, 100);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, the_machine);
  tcase_add_test(t, parties_are_addresses);
  tcase_add_test(t, the_parties_may_do_what_they_do);
  tcase_add_test(t, what_others_send_into_a_dialog_is_stopped);
  tcase_add_test(t, nobody_joins_by_an_invite_of_his_own);
  tcase_add_test(t, what_was_not_seen_to_begin_is_left_alone);
  tcase_add_test(t, a_flooded_callee_is_named_and_called_on);
  tcase_add_test(t, answers_that_nobody_asked_for);
  tcase_add_test(t, a_full_table_fails_open);
  tcase_add_test(t, loss_and_reordering_do_not_alarm);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
