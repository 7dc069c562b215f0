/* Messages written, answered, edited and refused read back as meant. */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "lab/sip/stateless.h"
#include "tests/check_main.h"

#define ck_slice(slice, text)                                                                      \
  do {                                                                                             \
    RdSlice s_ = (slice);                                                                          \
    ck_assert_msg(rd_slice_is(s_, (text)), #slice " is '%.*s', not '%s'", (int)s_.len,             \
                  s_.at ? s_.at : "", (text));                                                     \
  } while (0)

static char buffer[4096], second[4096];

static size_t build_invite(char *at, size_t cap, const char *body) {
  RdSipBuild b = rd_sip_request(at, cap, "INVITE", rd_slice("sip:bea@example.org"));
  rd_sip_add(&b, "Via", rd_slice("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1"));
  rd_sip_add(&b, "Via", rd_slice("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2"));
  rd_sip_add(&b, "Record-Route", rd_slice("<sip:p1.example.com;lr>"));
  rd_sip_add(&b, "Record-Route", rd_slice("<sip:p2.example.com;lr>"));
  rd_sip_addf(&b, "Max-Forwards", "%d", 70);
  rd_sip_add(&b, "From", rd_slice("<sip:ada@example.com>;tag=ft"));
  rd_sip_add(&b, "To", rd_slice("<sip:bea@example.org>"));
  rd_sip_add(&b, "Call-ID", rd_slice("c1"));
  rd_sip_addf(&b, "CSeq", "%u %s", 7, "INVITE");
  rd_sip_add(&b, "Contact", rd_slice("<sip:ada@192.0.2.1>"));
  return rd_sip_finish(&b, body ? "text/plain" : NULL, body ? rd_slice(body) : (RdSlice){0});
}

static void scan_clean(RdSipScan *scan, const char *at, size_t len) {
  char names[512];
  ck_assert_uint_gt(len, 0);
  ck_assert(rd_sip_scan(scan, at, len, RD_SIP_DATAGRAM));
  rd_sip_defect_names(scan->sip.defects, names, sizeof names);
  ck_assert_msg(scan->sip.defects == 0, "%s in\n%.*s", names, (int)len, at);
}

START_TEST(a_request_reads_back) {
  RdSipScan scan;
  scan_clean(&scan, buffer, build_invite(buffer, sizeof buffer, "hello"));
  ck_assert_int_eq(scan.sip.method, RD_SIP_INVITE);
  ck_slice(scan.sip.uri, "sip:bea@example.org");
  ck_slice(scan.sip.via_branch, "z9hG4bK1");
  ck_slice(scan.sip.from_tag, "ft");
  ck_slice(scan.sip.call_id, "c1");
  ck_assert_uint_eq(scan.sip.cseq, 7);
  ck_assert_int_eq(scan.sip.max_forwards, 70);
  ck_assert_int_eq(scan.sip.content_length, 5);
  ck_slice(scan.sip.body, "hello");
  ck_slice(rd_sip_value(&scan.sip, RD_HDR_CONTENT_TYPE), "text/plain");
  scan_clean(&scan, buffer, build_invite(buffer, sizeof buffer, NULL));
  ck_assert_int_eq(scan.sip.content_length, 0);
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_CONTENT_TYPE));
}
END_TEST

START_TEST(what_does_not_fit_is_nothing) {
  size_t len = build_invite(buffer, sizeof buffer, "hello");
  for (size_t cap = 1; cap <= len; cap++)
    ck_assert_uint_eq(build_invite(second, cap, "hello"), 0);
  ck_assert_uint_eq(build_invite(second, len + 1, "hello"), len);
}
END_TEST

static size_t reply(RdSipScan *request, unsigned status, const char *tag) {
  RdSipBuild b = rd_sip_reply(second, sizeof second, &request->sip, status, NULL, rd_slice(tag));
  return rd_sip_finish(&b, NULL, (RdSlice){0});
}

START_TEST(a_reply_copies_what_it_must) {
  RdSipScan request, scan;
  scan_clean(&request, buffer, build_invite(buffer, sizeof buffer, NULL));
  scan_clean(&scan, second, reply(&request, 200, "tt"));
  ck_assert_int_eq(scan.sip.status, 200);
  ck_slice(scan.sip.reason, "OK");
  ck_slice(scan.sip.via_branch, "z9hG4bK1");
  const RdSipHeader *via = rd_sip_next(&scan.sip, rd_sip_first(&scan.sip, RD_HDR_VIA));
  ck_slice(via->value, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2");
  const RdSipHeader *route = rd_sip_first(&scan.sip, RD_HDR_RECORD_ROUTE);
  ck_slice(route->value, "<sip:p1.example.com;lr>");
  ck_slice(rd_sip_next(&scan.sip, route)->value, "<sip:p2.example.com;lr>");
  ck_slice(scan.sip.from, "<sip:ada@example.com>;tag=ft");
  ck_slice(scan.sip.to, "<sip:bea@example.org>;tag=tt");
  ck_slice(scan.sip.call_id, "c1");
  ck_slice(scan.sip.method_text, "INVITE");
  ck_assert_uint_eq(scan.sip.cseq, 7);
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_CONTACT));
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_MAX_FORWARDS));
}
END_TEST

START_TEST(a_reply_by_status) {
  RdSipScan request, scan;
  scan_clean(&request, buffer, build_invite(buffer, sizeof buffer, NULL));
  scan_clean(&scan, second, reply(&request, 100, "tt"));
  ck_assert_ptr_null(scan.sip.to_tag.at);
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_RECORD_ROUTE));
  scan_clean(&scan, second, reply(&request, 180, "tt"));
  ck_assert_ptr_nonnull(rd_sip_first(&scan.sip, RD_HDR_RECORD_ROUTE));
  scan_clean(&scan, second, reply(&request, 486, "tt"));
  ck_slice(scan.sip.to_tag, "tt");
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_RECORD_ROUTE));
  scan_clean(&scan, second, reply(&request, 486, NULL));
  ck_assert_ptr_null(scan.sip.to_tag.at);
}
END_TEST

START_TEST(a_reply_keeps_a_tag_and_a_timestamp) {
  static const char bye[] = "BYE sip:bea@192.0.2.9 SIP/2.0\r\n"
                            "v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
                            "f: <sip:ada@example.com>;tag=ft\r\n"
                            "t: <sip:bea@example.org>\r\n ;tag=old\r\n"
                            "Record-Route: <sip:p1.example.com;lr>\r\n"
                            "i: c1\r\nCSeq: 8 BYE\r\nTimestamp: 54.21\r\nl: 0\r\n\r\n";
  RdSipScan request, scan;
  ck_assert(rd_sip_scan(&request, bye, sizeof bye - 1, RD_SIP_DATAGRAM));
  size_t len = reply(&request, 200, "new");
  ck_assert(rd_sip_scan(&scan, second, len, RD_SIP_DATAGRAM));
  ck_slice(scan.sip.to_tag, "old");
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_RECORD_ROUTE));
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_OTHER));
  ck_assert_uint_eq(scan.sip.defects, RD_SIP_FOLDED);
  len = reply(&request, 100, "new");
  ck_assert(rd_sip_scan(&scan, second, len, RD_SIP_DATAGRAM));
  ck_slice(rd_sip_value(&scan.sip, RD_HDR_OTHER), "54.21");
}
END_TEST

START_TEST(reasons_are_the_rfcs) {
  ck_assert_str_eq(rd_sip_reason(503), "Service Unavailable");
  ck_assert_str_eq(rd_sip_reason(407), "Proxy Authentication Required");
  ck_assert_str_eq(rd_sip_reason(299), "");
}
END_TEST

static const uint64_t key[2] = {1, 2};

static size_t refuse(RdSipScan *request, RdVerdict verdict) {
  return rd_sip_refuse(&request->sip, &verdict, key, second, sizeof second);
}

START_TEST(refuses_with_retry_after) {
  RdSipScan request, scan;
  scan_clean(&request, buffer, build_invite(buffer, sizeof buffer, "x"));
  RdVerdict verdict = {.action = RD_REJECT, .code = 503, .retry_after = 17};
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_assert_int_eq(scan.sip.status, 503);
  ck_slice(rd_sip_value(&scan.sip, RD_HDR_RETRY_AFTER), "17");
  ck_assert_uint_eq(scan.sip.to_tag.len, 16);
  verdict.retry_after = 0;
  verdict.code = 0;
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_assert_int_eq(scan.sip.status, 500);
  ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_RETRY_AFTER));
}
END_TEST

START_TEST(refuses_with_a_challenge) {
  RdSipScan request, scan;
  scan_clean(&request, buffer, build_invite(buffer, sizeof buffer, NULL));
  RdVerdict verdict = {.action = RD_CHALLENGE, .code = 407, .challenge = "Digest realm=\"x\""};
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_slice(rd_sip_value(&scan.sip, RD_HDR_PROXY_AUTHENTICATE), "Digest realm=\"x\"");
  verdict.code = 401;
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_slice(rd_sip_value(&scan.sip, RD_HDR_WWW_AUTHENTICATE), "Digest realm=\"x\"");
  verdict.code = 200;
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_assert_int_eq(scan.sip.status, 407);
  request.sip.method =
      RD_SIP_REGISTER; /* a registrar speaks for itself (s22.2), a proxy does not */
  scan_clean(&scan, second, refuse(&request, verdict));
  ck_assert_int_eq(scan.sip.status, 401);
}
END_TEST

START_TEST(does_not_answer_the_unanswerable) {
  static const char *const texts[] = {
      "ACK sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\n"
      "To: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 ACK\r\n\r\n",
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\n"
      "To: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
      "INVITE sip:b@example.org SIP/2.0\r\nFrom: <sip:a@b>\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\n"
      "CSeq: 1 INVITE\r\n\r\n",
      "INVITE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: "
      "<sip:a@b>\r\n"
      "To: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n",
      "INVITE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
      "From: <sip:a@b>\r\nTo: \"b <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
      "\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    RdSipScan scan;
    rd_sip_scan(&scan, texts[i], strlen(texts[i]), RD_SIP_DATAGRAM);
    ck_assert_uint_eq(refuse(&scan, (RdVerdict){.action = RD_REJECT, .code = 503}), 0);
  }
}
END_TEST

static size_t build_ack(RdSlice to, const char *branch, const char *call_id) {
  RdSipBuild b = rd_sip_request(buffer, sizeof buffer, "ACK", rd_slice("sip:bea@example.org"));
  rd_sip_addf(&b, "Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=%s", branch);
  rd_sip_add(&b, "Max-Forwards", rd_slice("70"));
  rd_sip_add(&b, "From", rd_slice("<sip:ada@example.com>;tag=ft"));
  rd_sip_add(&b, "To", to);
  rd_sip_add(&b, "Call-ID", rd_slice(call_id));
  rd_sip_add(&b, "CSeq", rd_slice("7 ACK"));
  return rd_sip_finish(&b, NULL, (RdSlice){0});
}

START_TEST(knows_the_ack_to_its_refusal) {
  static const uint64_t other_key[2] = {1, 3};
  RdSipScan request, answer, ack;
  scan_clean(&request, buffer, build_invite(buffer, sizeof buffer, NULL));
  scan_clean(&answer, second, refuse(&request, (RdVerdict){.action = RD_REJECT, .code = 403}));
  ck_assert(!rd_sip_is_refusal_ack(&request.sip, key));
  scan_clean(&ack, buffer, build_ack(answer.sip.to, "z9hG4bK1", "c1"));
  ck_assert(rd_sip_is_refusal_ack(&ack.sip, key));
  ck_assert(!rd_sip_is_refusal_ack(&ack.sip, other_key));
  scan_clean(&ack, buffer, build_ack(answer.sip.to, "z9hG4bK1", "c2"));
  ck_assert(!rd_sip_is_refusal_ack(&ack.sip, key));
  scan_clean(&ack, buffer, build_ack(answer.sip.to, "z9hG4bK9", "c1"));
  ck_assert(!rd_sip_is_refusal_ack(&ack.sip, key));
  scan_clean(&ack, buffer, build_ack(rd_slice("<sip:bea@example.org>"), "z9hG4bK1", "c1"));
  ck_assert(!rd_sip_is_refusal_ack(&ack.sip, key));
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("build");
  TCase *t = tcase_create("build");
  tcase_add_test(t, a_request_reads_back);
  tcase_add_test(t, what_does_not_fit_is_nothing);
  tcase_add_test(t, a_reply_copies_what_it_must);
  tcase_add_test(t, a_reply_by_status);
  tcase_add_test(t, a_reply_keeps_a_tag_and_a_timestamp);
  tcase_add_test(t, reasons_are_the_rfcs);
  suite_add_tcase(suite, t);
  TCase *r = tcase_create("refuse");
  tcase_add_test(r, refuses_with_retry_after);
  tcase_add_test(r, refuses_with_a_challenge);
  tcase_add_test(r, does_not_answer_the_unanswerable);
  tcase_add_test(r, knows_the_ack_to_its_refusal);
  suite_add_tcase(suite, r);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
