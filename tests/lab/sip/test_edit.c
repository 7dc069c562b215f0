/* Header and body edits, on folded, compact and unindexed headers too. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "tests/check_main.h"

static const char message[] = "INVITE sip:bea@example.org SIP/2.0\r\n"
                              "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
                              "f: <sip:ada@example.com>;tag=1\r\n"
                              "To: <sip:bea@example.org>\r\n"
                              "s: one\r\n"
                              "Call-ID: 1\r\n"
                              "Subject: two\r\n"
                              "\tand a half\r\n"
                              "X-Mine: a\r\n"
                              "CSeq: 1 INVITE\r\n"
                              "x-mine : b\r\n"
                              "Max-Forwards: 70\r\n"
                              "l: 4\r\n"
                              "\r\n"
                              "body";

/* The message after edits, as text of its head's lines. */
static const char *edited(const char *text, const RdEdit *edits, size_t n) {
  static char result[8192];
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  size_t len = rd_sip_edit(&scan.sip, edits, n, sizeof *edits, result, sizeof result - 1);
  ck_assert_uint_gt(len, 0);
  ck_assert_uint_eq(len, strlen(result));
  return result;
}

static RdEdit make_edit(RdEditKind kind, const char *name, const char *value) {
  return (RdEdit){kind, rd_slice(name), rd_slice(value)};
}

START_TEST(no_edit_changes_nothing) {
  ck_assert_str_eq(edited(message, NULL, 0), message);
}
END_TEST

START_TEST(removes_every_header_of_a_name) {
  RdEdit edits[] = {make_edit(RD_EDIT_REMOVE, "subject", NULL),
                    make_edit(RD_EDIT_REMOVE, "X-MINE", NULL)};
  const char *text = edited(message, edits, 2);
  ck_assert_str_eq(text, "INVITE sip:bea@example.org SIP/2.0\r\n"
                         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
                         "f: <sip:ada@example.com>;tag=1\r\n"
                         "To: <sip:bea@example.org>\r\n"
                         "Call-ID: 1\r\n"
                         "CSeq: 1 INVITE\r\n"
                         "Max-Forwards: 70\r\n"
                         "l: 4\r\n"
                         "\r\n"
                         "body");
}
END_TEST

START_TEST(adds_before_the_first_or_at_the_end) {
  RdEdit edits[] = {make_edit(RD_EDIT_ADD, "Via", "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2"),
                    make_edit(RD_EDIT_ADD, "Privacy", "id")};
  const char *text = edited(message, edits, 2);
  ck_assert_ptr_nonnull(strstr(text, "SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2\r\n"
                                     "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"));
  ck_assert_ptr_nonnull(strstr(text, "l: 4\r\nPrivacy: id\r\n\r\nbody"));
}
END_TEST

START_TEST(replaces_all_by_one) {
  RdEdit edit = make_edit(RD_EDIT_REPLACE, "Subject", "new");
  const char *text = edited(message, &edit, 1);
  ck_assert_ptr_nonnull(strstr(text, "To: <sip:bea@example.org>\r\nSubject: new\r\nCall-ID: 1\r\n"
                                     "X-Mine: a\r\n"));
  edit = make_edit(RD_EDIT_REPLACE, "Geolocation", "<cid:x>");
  ck_assert_ptr_nonnull(strstr(edited(message, &edit, 1), "l: 4\r\nGeolocation: <cid:x>\r\n\r\n"));
}
END_TEST

START_TEST(replaces_the_body_and_its_length) {
  RdEdit edit = make_edit(RD_EDIT_BODY, NULL, "a longer body");
  const char *text = edited(message, &edit, 1);
  ck_assert_ptr_nonnull(
      strstr(text, "Max-Forwards: 70\r\nContent-Length: 13\r\n\r\na longer body"));
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  ck_assert(!(scan.sip.defects & (RD_SIP_BODY_LONG | RD_SIP_BODY_SHORT)));
  edit = make_edit(RD_EDIT_BODY, NULL, "");
  text = edited(message, &edit, 1);
  ck_assert_ptr_nonnull(strstr(text, "Content-Length: 0\r\n\r\n"));
  text = edited("OPTIONS sip:a@b SIP/2.0\r\nX: 1\r\n\r\n", &edit, 1);
  ck_assert_str_eq(text, "OPTIONS sip:a@b SIP/2.0\r\nX: 1\r\nContent-Length: 0\r\n\r\n");
}
END_TEST

START_TEST(two_lengths_become_one) {
  RdEdit edit = make_edit(RD_EDIT_BODY, NULL, "xyz");
  const char *text =
      edited("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 9\r\n\r\nq", &edit, 1);
  ck_assert_str_eq(text, "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 3\r\n\r\nxyz");
}
END_TEST

START_TEST(edits_apply_together) {
  RdEdit edits[] = {
      make_edit(RD_EDIT_REMOVE, "Subject", NULL), make_edit(RD_EDIT_ADD, "Subject", "kept"),
      make_edit(RD_EDIT_REPLACE, "Max-Forwards", "69"), make_edit(RD_EDIT_BODY, NULL, "b")};
  const char *text = edited(message, edits, 4);
  RdSipScan scan;
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  ck_assert(rd_slice_is(rd_sip_value(&scan.sip, RD_HDR_SUBJECT), "kept"));
  ck_assert_ptr_null(rd_sip_next(&scan.sip, rd_sip_first(&scan.sip, RD_HDR_SUBJECT)));
  ck_assert_int_eq(scan.sip.max_forwards, 69);
  ck_assert_int_eq(scan.sip.content_length, 1);
  ck_assert_uint_eq(scan.sip.defects, RD_SIP_COMPACT | RD_SIP_SPACE_BEFORE_COLON);
}
END_TEST

START_TEST(reaches_headers_past_the_index) {
  static char text[8192] = "OPTIONS sip:a@b SIP/2.0\r\n";
  for (int i = 0; i < RD_SIP_MAX_HEADERS; i++)
    strcat(text, "X-Many: 1\r\n");
  strcat(text, "P-Asserted-Identity: <sip:boss@example.com>\r\n\r\n");
  RdEdit edit = make_edit(RD_EDIT_REMOVE, "P-Asserted-Identity", NULL);
  ck_assert_ptr_null(strstr(edited(text, &edit, 1), "Asserted"));
}
END_TEST

START_TEST(a_line_that_is_no_header_is_left) {
  RdEdit edit = make_edit(RD_EDIT_REMOVE, "Subject", NULL);
  ck_assert_str_eq(edited("OPTIONS sip:a@b SIP/2.0\r\nSubject\r\nSubject: x\r\n\r\n", &edit, 1),
                   "OPTIONS sip:a@b SIP/2.0\r\nSubject\r\n\r\n");
}
END_TEST

START_TEST(what_does_not_fit_is_nothing) {
  char result[sizeof message + 1];
  RdSipScan scan;
  rd_sip_scan(&scan, message, sizeof message - 1, RD_SIP_DATAGRAM);
  for (size_t cap = 0; cap < sizeof message; cap++)
    ck_assert_uint_eq(rd_sip_edit(&scan.sip, NULL, 0, sizeof(RdEdit), result, cap), 0);
  ck_assert_uint_eq(rd_sip_edit(&scan.sip, NULL, 0, sizeof(RdEdit), result, sizeof message),
                    sizeof message - 1);
  rd_sip_scan(&scan, message, 60, RD_SIP_DATAGRAM); /* no head to its end: not to be edited */
  ck_assert_uint_eq(rd_sip_edit(&scan.sip, NULL, 0, sizeof(RdEdit), result, sizeof result), 0);
}
END_TEST

START_TEST(a_stride_of_the_future_is_kept_to) {
  struct {
    RdEdit edit;
    uint64_t more;
  } edits[2] = {{make_edit(RD_EDIT_REMOVE, "Subject", NULL), 1},
                {make_edit(RD_EDIT_REMOVE, "X-Mine", NULL), 2}};
  char result[1024];
  RdSipScan scan;
  rd_sip_scan(&scan, message, sizeof message - 1, RD_SIP_DATAGRAM);
  ck_assert_uint_gt(rd_sip_edit(&scan.sip, &edits[0].edit, 2, sizeof edits[0], result, 1024), 0);
  ck_assert_ptr_null(strstr(result, "X-Mine"));
  ck_assert_ptr_null(strstr(result, "Subject"));
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("edit");
  TCase *t = tcase_create("edit");
  tcase_add_test(t, no_edit_changes_nothing);
  tcase_add_test(t, removes_every_header_of_a_name);
  tcase_add_test(t, adds_before_the_first_or_at_the_end);
  tcase_add_test(t, replaces_all_by_one);
  tcase_add_test(t, replaces_the_body_and_its_length);
  tcase_add_test(t, two_lengths_become_one);
  tcase_add_test(t, edits_apply_together);
  tcase_add_test(t, reaches_headers_past_the_index);
  tcase_add_test(t, a_line_that_is_no_header_is_left);
  tcase_add_test(t, what_does_not_fit_is_nothing);
  tcase_add_test(t, a_stride_of_the_future_is_kept_to);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
