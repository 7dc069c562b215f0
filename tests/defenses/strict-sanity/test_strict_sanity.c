#include <string.h>

#include <math.h>

#include "tests/check_main.h"
#include "tests/defenses/requests.h"

#define HEAD "OPTIONS sip:bob@example.com SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP 198.18.0.9:5060;branch=z9hG4bK1\r\n"
#define REST                                                                                       \
  "Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"             \
  "Call-ID: x@example.com\r\n"
#define CSEQ "CSeq: 1 OPTIONS\r\n"
#define END "Content-Length: 0\r\n\r\n"

static const struct {
  const char *name, *text;
  int strict, liberal; /* RdAction */
  int code;
} messages[] = {
    {"plain", HEAD VIA REST CSEQ END, RD_PASS, RD_PASS, 0},
    {"compact and folded, odd but valid",
     HEAD "v: SIP/2.0/UDP 198.18.0.9:5060;branch=z9hG4bK1\r\n"
          "Max-Forwards: 70\r\nf: <sip:a@example.com>\r\n ;tag=1\r\nt: <sip:b@example.com>\r\n"
          "i : x@example.com\r\n" CSEQ "l: 0\r\n\r\n",
     RD_PASS, RD_PASS, 0},
    {"leading empty line", "\r\n" HEAD VIA REST CSEQ END, RD_PASS, RD_PASS, 0},
    {"garbage", "\x01\x02\x03 nothing like SIP", RD_DROP, RD_DROP, 0},
    {"no Call-ID",
     HEAD VIA "Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\n"
              "To: <sip:b@example.com>\r\n" CSEQ END,
     RD_REJECT, RD_REJECT, 400},
    {"two CSeq", HEAD VIA REST CSEQ CSEQ END, RD_REJECT, RD_REJECT, 400},
    {"CSeq of another method", HEAD VIA REST "CSeq: 1 INVITE\r\n" END, RD_REJECT, RD_REJECT, 400},
    {"CSeq past 2**31", HEAD VIA REST "CSeq: 36893488147419103232 OPTIONS\r\n" END, RD_REJECT,
     RD_REJECT, 400},
    {"other version", "OPTIONS sip:bob@example.com SIP/7.0\r\n" VIA REST CSEQ END, RD_REJECT,
     RD_REJECT, 505},
    {"header smuggled behind VT",
     HEAD VIA REST CSEQ "P-Asserted-Identity\x0b: <sip:root@example.com>\r\n" END, RD_REJECT,
     RD_REJECT, 400},
    {"body longer than said, odd but valid", HEAD VIA REST CSEQ END "surplus", RD_PASS, RD_PASS, 0},
    {"bare LF", "OPTIONS sip:bob@example.com SIP/2.0\n" VIA REST CSEQ END, RD_REJECT, RD_PASS, 400},
    {"body shorter than said", HEAD VIA REST CSEQ "Content-Length: 99\r\n\r\n", RD_REJECT,
     RD_REJECT, 400},
    {"Max-Forwards too high",
     HEAD VIA "Max-Forwards: 200\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"
              "Call-ID: x\r\n" CSEQ END,
     RD_REJECT, RD_REJECT, 400},
};

static RdVerdict judge(const char *text, size_t len, int profile) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  mock_set_text(&redoubt_plugin, c, "profile", profile ? "liberal" : "strict");
  bench_open(&b, &redoubt_plugin, c);
  RdVerdict v = bench_bytes(&b, RD_INGRESS, text, len);
  ck_assert_uint_eq(mock_n_alerts(b.mock), v.action != RD_PASS);
  bench_close(&b);
  return v;
}

START_TEST(each_message_in_each_profile) {
  const char *text = messages[_i].text;
  RdVerdict strict = judge(text, strlen(text), 0), liberal = judge(text, strlen(text), 1);
  ck_assert_msg(strict.action == messages[_i].strict, "%s, strict: action %d (%s)",
                messages[_i].name, strict.action, strict.reason ? strict.reason : "");
  ck_assert_msg(liberal.action == messages[_i].liberal, "%s, liberal: action %d (%s)",
                messages[_i].name, liberal.action, liberal.reason ? liberal.reason : "");
  if (strict.action == RD_REJECT)
    ck_assert_int_eq(strict.code, messages[_i].code);
  ck_assert(strict.action == RD_PASS ? strict.score >= 0 && strict.score < 0.5 : strict.score == 1);
}
END_TEST

START_TEST(sizes_are_capped) {
  g_autoptr(GString) text = g_string_new(HEAD VIA REST CSEQ "Subject: ");
  for (unsigned i = 0; i < 3000; i++)
    g_string_append_c(text, 'x');
  g_string_append(text, "\r\n" END);
  ck_assert_int_eq(judge(text->str, text->len, 0).code, 513);
  g_string_assign(text, "OPTIONS sip:");
  for (unsigned i = 0; i < 600; i++)
    g_string_append_c(text, 'x');
  g_string_append(text, "@example.com SIP/2.0\r\n" VIA REST CSEQ END);
  ck_assert_int_eq(judge(text->str, text->len, 0).code, 414);
}
END_TEST

START_TEST(egress_is_let_be) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  RdVerdict v = bench_bytes(&b, RD_EGRESS, "garbage", 7);
  ck_assert_int_eq(v.action, RD_PASS);
  ck_assert(isnan(v.score)); /* not judged, which is not "found clean" */
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("strict-sanity");
  TCase *t = tcase_create("strict-sanity");
  tcase_add_loop_test(t, each_message_in_each_profile, 0, G_N_ELEMENTS(messages));
  tcase_add_test(t, sizes_are_capped);
  tcase_add_test(t, egress_is_let_be);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
