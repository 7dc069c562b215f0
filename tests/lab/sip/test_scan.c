/* The scanner on messages that are as they should be, and its small tools. */
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "tests/check_main.h"

#define ck_slice(slice, text)                                                                      \
  do {                                                                                             \
    RdSlice s_ = (slice);                                                                          \
    ck_assert_msg(rd_slice_is(s_, (text)), #slice " is '%.*s', not '%s'", (int)s_.len,             \
                  s_.at ? s_.at : "", (text));                                                     \
  } while (0)

static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnashds8, SIP/2.0/UDP 192.0.2.9\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKfar\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@example.com>\r\n"
    "From: \"Alice, \\\"A\\\"\" <sip:alice@example.net>;tag=1928301774\r\n"
    "Call-ID: a84b4c76e66710@192.0.2.1\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@192.0.2.1;transport=udp>;expires=60, <sip:other@192.0.2.2>\r\n"
    "X-Thing: one\r\n"
    "X-Other: two\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "v=0\n";

START_TEST(reads_an_invite) {
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, invite, sizeof invite - 1, RD_SIP_DATAGRAM));
  const RdSip *sip = &scan.sip;
  ck_assert_uint_eq(sip->defects, 0);
  ck_assert(sip->is_request);
  ck_assert_int_eq(sip->method, RD_SIP_INVITE);
  ck_assert_int_eq(sip->status, 0);
  ck_slice(sip->method_text, "INVITE");
  ck_slice(sip->uri, "sip:bob@example.com");
  ck_slice(sip->via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnashds8");
  ck_slice(sip->via_sent_by, "192.0.2.1:5060");
  ck_slice(sip->via_branch, "z9hG4bKnashds8");
  ck_slice(sip->to, "Bob <sip:bob@example.com>");
  ck_slice(sip->to_uri, "sip:bob@example.com");
  ck_assert_ptr_null(sip->to_tag.at);
  ck_slice(sip->from_uri, "sip:alice@example.net");
  ck_slice(sip->from_tag, "1928301774");
  ck_slice(sip->call_id, "a84b4c76e66710@192.0.2.1");
  ck_assert_uint_eq(sip->cseq, 314159);
  ck_assert_int_eq(sip->max_forwards, 70);
  ck_assert_int_eq(sip->expires, -1);
  ck_assert_int_eq(sip->content_length, 4);
  ck_slice(sip->contact_uri, "sip:alice@192.0.2.1;transport=udp");
  ck_slice(sip->body, "v=0\n");
  ck_assert_uint_eq(sip->head.len + sip->body.len, sizeof invite - 1);
  ck_assert_int_eq(sip->n_headers, 12);
}
END_TEST

START_TEST(chains_headers_of_one_name) {
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, invite, sizeof invite - 1, RD_SIP_DATAGRAM));
  const RdSip *sip = &scan.sip;
  const RdSipHeader *via = rd_sip_first(sip, RD_HDR_VIA);
  ck_assert_ptr_eq(via, rd_sip_header(sip, 0));
  via = rd_sip_next(sip, via);
  ck_slice(via->value, "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKfar");
  ck_assert_ptr_null(rd_sip_next(sip, via));
  const RdSipHeader *other = rd_sip_first(sip, RD_HDR_OTHER);
  ck_slice(other->name, "X-Thing");
  other = rd_sip_next(sip, other);
  ck_slice(other->name, "X-Other");
  ck_assert_ptr_null(rd_sip_next(sip, other));
  ck_assert_ptr_null(rd_sip_first(sip, RD_HDR_ROUTE));
  ck_assert_ptr_null(rd_sip_value(sip, RD_HDR_ROUTE).at);
  ck_assert_ptr_null(rd_sip_header(sip, 12));
}
END_TEST

START_TEST(reads_a_response) {
  static const char text[] = "SIP/2.0 180 \r\n"
                             "v: SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bK1\r\n"
                             "f: <sip:a@example.com>;tag=1\r\nt: <sip:b@example.com>;tag=2\r\n"
                             "i: x\r\nCSeq: 7 INVITE\r\nl: 0\r\n\r\n";
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, text, sizeof text - 1, RD_SIP_STREAM));
  ck_assert_uint_eq(scan.sip.defects, RD_SIP_COMPACT);
  ck_assert(!scan.sip.is_request);
  ck_assert_int_eq(scan.sip.status, 180);
  ck_assert_int_eq(scan.sip.method, RD_SIP_INVITE);
  ck_slice(scan.sip.method_text, "INVITE");
  ck_slice(scan.sip.via_sent_by, "[2001:db8::1]:5061");
  ck_slice(scan.sip.to_tag, "2");
  ck_assert_ptr_nonnull(scan.sip.reason.at);
  ck_assert_uint_eq(scan.sip.reason.len, 0);
}
END_TEST

START_TEST(refuses_what_is_not_sip) {
  static const char *const texts[] = {"",
                                      "\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
                                      "\x80\x60\x01\x02\x03",
                                      "HELLO\r\n\r\n",
                                      "SIP/2.0\r\n\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    RdSipScan scan;
    ck_assert(!rd_sip_scan(&scan, texts[i], strlen(texts[i]), RD_SIP_DATAGRAM));
    ck_assert_uint_eq(scan.sip.defects, RD_SIP_UNSCANNABLE);
    ck_assert_ptr_null(scan.sip.method_text.at);
    ck_assert_int_eq(scan.sip.n_headers, 0);
    ck_assert_int_eq(scan.sip.content_length, -1);
  }
}
END_TEST

START_TEST(stream_body_ends_where_content_length_says) {
  static const char text[] = "SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabcSIP/2.0 200 OK\r\n";
  RdSipScan scan;
  rd_sip_scan(&scan, text, sizeof text - 1, RD_SIP_STREAM);
  ck_slice(scan.sip.body, "abc");
  ck_assert_uint_eq(scan.sip.defects, RD_SIP_MISSING_HEADER);
  rd_sip_scan(&scan, text, sizeof text - 1, RD_SIP_DATAGRAM);
  ck_slice(scan.sip.body, "abc");
  ck_assert_uint_eq(scan.sip.defects, RD_SIP_MISSING_HEADER | RD_SIP_BODY_LONG);
}
END_TEST

START_TEST(every_header_name_is_found) {
  for (int id = RD_HDR_VIA; id < RD_HDR_COUNT; id++) {
    const char *name = rd_sip_header_name((RdHeaderId)id);
    char upper[32] = "";
    ck_assert_uint_gt(strlen(name), 0);
    ck_assert_int_eq(rd_sip_header_id(rd_slice(name)), id);
    for (size_t i = 0; name[i]; i++)
      upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    ck_assert_int_eq(rd_sip_header_id(rd_slice(upper)), id);
  }
  ck_assert_int_eq(rd_sip_header_id(rd_slice("I")), RD_HDR_CALL_ID);
  ck_assert_int_eq(rd_sip_header_id(rd_slice("Via ")), RD_HDR_OTHER);
  ck_assert_int_eq(rd_sip_header_id(rd_slice("P-Asserted-Identity\x0b")), RD_HDR_OTHER);
  ck_assert_int_eq(rd_sip_header_id(rd_slice("Call\rID")), RD_HDR_OTHER);
  ck_assert_int_eq(rd_sip_header_id(rd_slice("")), RD_HDR_OTHER);
  ck_assert_int_eq(rd_sip_header_id(rd_slice("X-A-Name-Longer-Than-Any-We-Know")), RD_HDR_OTHER);
}
END_TEST

START_TEST(methods_are_case_sensitive) {
  ck_assert_int_eq(rd_sip_method(rd_slice("INVITE")), RD_SIP_INVITE);
  ck_assert_int_eq(rd_sip_method(rd_slice("Invite")), RD_SIP_OTHER_METHOD);
  ck_assert_int_eq(rd_sip_method(rd_slice("")), RD_SIP_NONE);
  for (int m = RD_SIP_INVITE; m < RD_SIP_OTHER_METHOD; m++)
    ck_assert_int_eq(rd_sip_method(rd_slice(rd_sip_method_name((RdSipMethod)m))), m);
}
END_TEST

START_TEST(splits_lists) {
  RdSlice rest = rd_slice(" a , \"b, \\\",\" <sip:x,y@h>;p=\",\" ,, c\r\n ,");
  ck_slice(rd_sip_split(&rest), "a");
  ck_slice(rd_sip_split(&rest), "\"b, \\\",\" <sip:x,y@h>;p=\",\"");
  ck_slice(rd_sip_split(&rest), "c");
  ck_assert_ptr_null(rd_sip_split(&rest).at);
  ck_assert_ptr_null(rd_sip_split(&rest).at);
}
END_TEST

START_TEST(finds_parameters) {
  RdSlice p = rd_slice(";tag=1 ; LR ;q = 0.5;x=\"a;tag=2\\\"\";empty=;\r\n y=z");
  ck_slice(rd_sip_param(p, "tag"), "1");
  ck_slice(rd_sip_param(p, "lr"), "");
  ck_assert_ptr_nonnull(rd_sip_param(p, "lr").at);
  ck_slice(rd_sip_param(p, "q"), "0.5");
  ck_slice(rd_sip_param(p, "x"), "a;tag=2\\\"");
  ck_assert_ptr_nonnull(rd_sip_param(p, "empty").at);
  ck_slice(rd_sip_param(p, "Y"), "z");
  ck_assert_ptr_null(rd_sip_param(p, "a").at);
  ck_slice(rd_sip_param(rd_slice("lr;a=b"), "a"), "b");
}
END_TEST

START_TEST(cuts_name_addrs) {
  RdSlice params;
  ck_slice(rd_sip_name_addr(rd_slice("\"<sip:x@y>\" <sip:a@b;lr>;tag=1"), &params), "sip:a@b;lr");
  ck_slice(params, ";tag=1");
  ck_slice(rd_sip_name_addr(rd_slice("sip:a@b ;tag=1"), &params), "sip:a@b");
  ck_slice(params, ";tag=1");
  ck_slice(rd_sip_name_addr(rd_slice("A B<tel:+1>"), NULL), "tel:+1");
  ck_assert_ptr_null(rd_sip_name_addr(rd_slice("\"open <sip:a@b>"), NULL).at);
}
END_TEST

START_TEST(names_defects) {
  char text[512];
  rd_sip_defect_names(RD_SIP_TRUNCATED | RD_SIP_UNTERMINATED_QUOTE, text, sizeof text);
  ck_assert_str_eq(text, "truncated,unterminated-quote");
  ck_assert_uint_eq(rd_sip_defect_names(0, text, sizeof text), 0);
  ck_assert_uint_eq(rd_sip_defect_names(UINT32_MAX, text, 8), 7);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("scan");
  TCase *t = tcase_create("scan");
  tcase_add_test(t, reads_an_invite);
  tcase_add_test(t, chains_headers_of_one_name);
  tcase_add_test(t, reads_a_response);
  tcase_add_test(t, refuses_what_is_not_sip);
  tcase_add_test(t, stream_body_ends_where_content_length_says);
  tcase_add_test(t, every_header_name_is_found);
  tcase_add_test(t, methods_are_case_sensitive);
  tcase_add_test(t, splits_lists);
  tcase_add_test(t, finds_parameters);
  tcase_add_test(t, cuts_name_addrs);
  tcase_add_test(t, names_defects);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
