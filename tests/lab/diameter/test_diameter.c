/* Diameter's wire format: known bytes, defects, groups, answers, edits, streams. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/codec/codec.h"
#include "lab/diameter/build.h"
#include "lab/diameter/edit.h"
#include "lab/diameter/scan.h"
#include "lab/diameter/stateless.h"
#include "lab/diameter/stream.h"
#include "tests/check_main.h"

/* A DWR written out by hand after RFC 6733 s3 and s4.1. */
static const uint8_t watchdog[] = {
    0x01, 0x00, 0x00, 0x40, /* version, 64 octets */
    0x80, 0x00, 0x01, 0x18, /* R, 280 */
    0x00, 0x00, 0x00, 0x00, /* common */
    0x01, 0x02, 0x03, 0x04, 0xa1, 0xa2, 0xa3, 0xa4, /* hop by hop, end to end */
    0x00, 0x00, 0x01, 0x08, 0x40, 0x00, 0x00, 0x0d, 'a',  '.',  'e',  'x',
    'a',  0,    0,    0, /* Origin-Host */
    0x00, 0x00, 0x01, 0x28, 0x40, 0x00, 0x00, 0x0b, 'e',  'x',  'a',  0, /* Origin-Realm */
    0x00, 0x00, 0x01, 0x16, 0x40, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x07, /* Origin-State-Id */
    0x00, 0x00, 0x00, 0x00};
#define WATCHDOG_LEN 60

static RdDiaScan scan;

static size_t build_watchdog(uint8_t *ret, size_t cap) {
  RdDiaBuild b = rd_dia_build(ret, cap, RD_DIA_REQUEST, RD_DIA_DEVICE_WATCHDOG, RD_DIA_COMMON,
                              0x01020304, 0xa1a2a3a4);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "a.exa");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, "exa");
  rd_dia_add_number(&b, RD_AVP_ORIGIN_STATE_ID, 7);
  return rd_dia_finish(&b);
}

START_TEST(known_bytes_are_written) {
  uint8_t expected[WATCHDOG_LEN], got[200];
  memcpy(expected, watchdog, sizeof expected);
  expected[3] = WATCHDOG_LEN;
  ck_assert_uint_eq(build_watchdog(got, sizeof got), WATCHDOG_LEN);
  ck_assert_mem_eq(got, expected, WATCHDOG_LEN);
}
END_TEST

START_TEST(known_bytes_are_read) {
  uint8_t bytes[200];
  uint32_t state;
  const size_t len = build_watchdog(bytes, sizeof bytes);
  ck_assert(rd_dia_scan(&scan, bytes, len));
  const RdDiameter *d = &scan.dia;
  ck_assert_uint_eq(d->defects, 0);
  ck_assert(d->is_request && !d->is_proxiable && !d->is_error && !d->is_repeated);
  ck_assert_uint_eq(d->command, 280);
  ck_assert_uint_eq(d->hop_by_hop, 0x01020304);
  ck_assert_uint_eq(d->end_to_end, 0xa1a2a3a4);
  ck_assert(rd_slice_is(d->origin_host, "a.exa"));
  ck_assert(rd_slice_is(d->origin_realm, "exa"));
  ck_assert_uint_eq(d->n_avps, 3);
  ck_assert(rd_dia_number(d, RD_AVP_ORIGIN_STATE_ID, &state));
  ck_assert_uint_eq(state, 7);
  ck_assert_ptr_null(rd_dia_find(d, RD_AVP_SESSION_ID));
}
END_TEST

static size_t build_answer(uint8_t *ret, size_t cap) {
  RdDiaBuild b = rd_dia_build(ret, cap, RD_DIA_PROXIABLE, RD_DIA_MULTIMEDIA_AUTH, RD_DIA_CX, 1, 2);
  rd_dia_add_text(&b, RD_AVP_SESSION_ID, "s;1;2");
  rd_dia_add_application(&b, RD_DIA_CX);
  rd_dia_add_experimental(&b, RD_CX_USER_UNKNOWN);
  rd_dia_add_no_state(&b);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "hss");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, "r");
  rd_dia_open(&b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add_number(&b, RD_AVP_SIP_ITEM_NUMBER, 1);
  rd_dia_add_text(&b, RD_AVP_SIP_AUTHENTICATION_SCHEME, "Digest-AKAv1-MD5");
  rd_dia_close(&b);
  return rd_dia_finish(&b);
}

START_TEST(groups_are_read) {
  uint8_t bytes[500];
  uint32_t n;
  ck_assert(rd_dia_scan(&scan, bytes, build_answer(bytes, sizeof bytes)));
  const RdDiameter *d = &scan.dia;
  ck_assert_uint_eq(d->defects, 0);
  ck_assert_uint_eq(d->experimental_result, RD_CX_USER_UNKNOWN);
  ck_assert_uint_eq(d->experimental_vendor, RD_3GPP);
  ck_assert_uint_eq(d->result, 0);
  const RdAvp *item = rd_dia_find(d, RD_AVP_SIP_AUTH_DATA_ITEM);
  ck_assert_ptr_nonnull(item);
  ck_assert_uint_eq(item->flags, RD_AVP_VENDOR | RD_AVP_MANDATORY);
  ck_assert(rd_dia_number_in(item->data, RD_AVP_SIP_ITEM_NUMBER, &n));
  ck_assert_uint_eq(n, 1);
  ck_assert(
      rd_slice_is(rd_dia_in(item->data, RD_AVP_SIP_AUTHENTICATION_SCHEME), "Digest-AKAv1-MD5"));
  ck_assert_ptr_null(rd_dia_in(item->data, RD_AVP_SIP_AUTHORIZATION).at);
}
END_TEST

START_TEST(every_length_that_does_not_fit_gives_nothing) {
  uint8_t bytes[500];
  const size_t len = build_answer(bytes, sizeof bytes);
  for (size_t cap = 0; cap < len; cap++) {
    uint8_t *room = g_malloc(cap); /* so that ASan sees one octet too many */
    ck_assert_uint_eq(build_answer(room, cap), 0);
    g_free(room);
  }
}
END_TEST

START_TEST(groups_nested_wrongly_give_nothing) {
  uint8_t bytes[500];
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, 0, 1, 0, 0, 0);
  rd_dia_close(&b);
  ck_assert_uint_eq(rd_dia_finish(&b), 0);
  b = rd_dia_build(bytes, sizeof bytes, 0, 1, 0, 0, 0);
  rd_dia_open(&b, RD_AVP_FAILED_AVP);
  ck_assert_uint_eq(rd_dia_finish(&b), 0);
  b = rd_dia_build(bytes, sizeof bytes, 0, 1, 0, 0, 0);
  for (int i = 0; i <= RD_DIA_DEEPEST; i++)
    rd_dia_open(&b, RD_AVP_FAILED_AVP);
  ck_assert_uint_eq(rd_dia_finish(&b), 0);
}
END_TEST

/* A change of one octet of the DWR above, and what is found wrong with it. */
static const struct {
  unsigned at;
  uint8_t octet;
  uint32_t defects;
} changed[] = {
    {3, 64, RD_DIA_BAD_LENGTH},
    {3, 56, RD_DIA_BAD_LENGTH | RD_DIA_AVP_LONG},
    {3, 3, RD_DIA_BAD_LENGTH},
    {4, 0xa0, RD_DIA_BAD_FLAGS}, /* E in a request */
    {4, 0x81, RD_DIA_BAD_FLAGS},
    {4, 0x10, RD_DIA_BAD_FLAGS | RD_DIA_MISSING}, /* an answer with T, and no result */
    {27, 7, RD_DIA_AVP_SHORT | RD_DIA_MISSING},
    {27, 60, RD_DIA_AVP_LONG | RD_DIA_MISSING},
    {24, 0xc0, RD_DIA_MISSING | RD_DIA_AVP_LONG}, /* V: four octets of a vendor */
    {24, 0x41, RD_DIA_AVP_FLAGS},
    {33, 1, RD_DIA_PADDING},
    {59 - 12 - 8, 0x08, RD_DIA_MISSING | RD_DIA_DUPLICATE},
};

START_TEST(defects_are_told) {
  uint8_t bytes[200];
  const size_t len = build_watchdog(bytes, sizeof bytes);
  bytes[changed[_i].at] = changed[_i].octet;
  ck_assert(rd_dia_scan(&scan, bytes, len));
  if (changed[_i].at != 24 || changed[_i].octet != 0xc0)
    ck_assert_msg(scan.dia.defects == changed[_i].defects, "octet %u: %#x", changed[_i].at,
                  scan.dia.defects);
  else
    ck_assert(scan.dia.defects & RD_DIA_MISSING);
}
END_TEST

START_TEST(what_is_no_diameter_is_none) {
  uint8_t bytes[200];
  const size_t len = build_watchdog(bytes, sizeof bytes);
  ck_assert(!rd_dia_scan(&scan, bytes, 19));
  bytes[0] = 2;
  ck_assert(!rd_dia_scan(&scan, bytes, len));
}
END_TEST

/* Whatever is cut off or changed: never past the end. */
START_TEST(any_prefix_is_borne) {
  uint8_t bytes[500];
  const size_t len = build_answer(bytes, sizeof bytes);
  for (size_t n = 0; n <= len; n++) {
    uint8_t *copy = g_memdup2(bytes, n);
    if (rd_dia_scan(&scan, copy, n))
      for (unsigned i = 0; i < scan.dia.n_avps; i++)
        (void)rd_dia_in(rd_dia_avp(&scan.dia, i)->data, RD_AVP_SIP_ITEM_NUMBER);
    g_free(copy);
  }
}
END_TEST

START_TEST(too_many_are_counted_not_read) {
  uint8_t bytes[4000];
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, RD_DIA_REQUEST, 1, 0, 0, 0);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "h");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, "r");
  for (int i = 0; i < RD_DIA_MAX_AVPS; i++)
    rd_dia_add_number(&b, RD_AVP_SUPPORTED_VENDOR_ID, 1);
  ck_assert(rd_dia_scan(&scan, bytes, rd_dia_finish(&b)));
  ck_assert_uint_eq(scan.dia.n_avps, RD_DIA_MAX_AVPS);
  ck_assert_uint_eq(scan.dia.defects, RD_DIA_TOO_MANY);
}
END_TEST

static size_t build_request(uint8_t *ret, size_t cap) {
  RdDiaBuild b = rd_dia_build(ret, cap, RD_DIA_REQUEST | RD_DIA_PROXIABLE, RD_DIA_LOCATION_INFO,
                              RD_DIA_CX, 11, 22);
  rd_dia_add_text(&b, RD_AVP_SESSION_ID, "s");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "i");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, "r1");
  rd_dia_add_text(&b, RD_AVP_DESTINATION_REALM, "r2");
  rd_dia_add_text(&b, RD_AVP_PROXY_INFO, "12345678");
  rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, "sip:a@b");
  rd_dia_add_text(&b, RD_AVP_PROXY_INFO, "abc");
  return rd_dia_finish(&b);
}

START_TEST(a_request_is_refused_from_itself) {
  uint8_t bytes[500], answer[500];
  static RdDiaScan back;
  ck_assert(rd_dia_scan(&scan, bytes, build_request(bytes, sizeof bytes)));
  const size_t len = rd_dia_refuse(&scan.dia, RD_DIA_TOO_BUSY, answer, sizeof answer);
  ck_assert(rd_dia_scan(&back, answer, len));
  const RdDiameter *d = &back.dia;
  ck_assert_uint_eq(d->defects, 0);
  ck_assert(!d->is_request && d->is_error && d->is_proxiable);
  ck_assert_uint_eq(d->hop_by_hop, 11);
  ck_assert_uint_eq(d->end_to_end, 22);
  ck_assert_uint_eq(d->result, RD_DIA_TOO_BUSY);
  ck_assert(rd_slice_is(d->session_id, "s"));
  ck_assert(rd_slice_is(d->origin_realm, "r2"));
  const RdAvp *proxy = rd_dia_find(d, RD_AVP_PROXY_INFO);
  ck_assert(rd_slice_is(proxy->data, "12345678"));
  ck_assert(rd_slice_is(rd_dia_next(d, proxy)->data, "abc"));
  ck_assert_uint_eq(rd_dia_refuse(&back.dia, RD_DIA_TOO_BUSY, answer, sizeof answer), 0);
}
END_TEST

START_TEST(avps_are_edited_by_name) {
  uint8_t bytes[500];
  char edited[500];
  static RdDiaScan back;
  const RdEdit edits[] = {{RD_EDIT_REPLACE, rd_slice("Public-Identity"), rd_slice("sip:c@d")},
                          {RD_EDIT_REMOVE, rd_slice("Proxy-Info"), {0}},
                          {RD_EDIT_ADD, rd_slice("server-name"), rd_slice("sip:s")}};
  const RdEdit unknown = {RD_EDIT_ADD, rd_slice("X-Nobody"), rd_slice("a")};
  ck_assert(rd_dia_scan(&scan, bytes, build_request(bytes, sizeof bytes)));
  RdMessage m = {.size = sizeof m, .protocol = RD_PROTO_DIAMETER, .view = &scan.dia};
  const size_t len = rd_codec_edit(&m, edits, 3, sizeof *edits, edited, sizeof edited);
  ck_assert(rd_dia_scan(&back, edited, len));
  ck_assert_uint_eq(back.dia.defects, 0);
  ck_assert(rd_slice_is(rd_dia_data(&back.dia, RD_AVP_PUBLIC_IDENTITY), "sip:c@d"));
  ck_assert_ptr_null(rd_dia_find(&back.dia, RD_AVP_PROXY_INFO));
  ck_assert(rd_slice_is(rd_dia_data(&back.dia, RD_AVP_SERVER_NAME), "sip:s"));
  ck_assert_uint_eq(back.dia.n_avps, 6);
  ck_assert_uint_eq(rd_codec_edit(&m, &unknown, 1, sizeof unknown, edited, sizeof edited), 0);
}
END_TEST

/* Found by fuzzing: the V bit with vendor 0 is four octets more of header. */
START_TEST(what_is_not_edited_stays_to_the_bit) {
  uint8_t bytes[500];
  char edited[500];
  static RdDiaScan back;
  static const uint8_t odd[] = {0, 0, 2, 0x5b, 0xe1, 0, 0, 13, 0, 0, 0, 0, 'x', 0, 0, 0};
  size_t len = build_request(bytes, sizeof bytes);
  memcpy(bytes + len, odd, sizeof odd);
  len += sizeof odd;
  bytes[2] = (uint8_t)(len >> 8);
  bytes[3] = (uint8_t)len;
  ck_assert(rd_dia_scan(&scan, bytes, len));
  const RdEdit edit = {RD_EDIT_REMOVE, rd_slice("Session-Id"), {0}};
  len = rd_dia_edit(&scan.dia, &edit, 1, sizeof edit, edited, sizeof edited);
  ck_assert(rd_dia_scan(&back, edited, len));
  ck_assert_uint_eq(back.dia.n_avps, scan.dia.n_avps - 1);
  ck_assert_mem_eq(edited + len - sizeof odd, odd, sizeof odd);
}
END_TEST

START_TEST(a_stream_is_cut_wherever_it_is_broken_up) {
  uint8_t bytes[500];
  size_t len = build_watchdog(bytes, sizeof bytes);
  len += build_request(bytes + len, sizeof bytes - len);
  for (size_t at = 0; at <= len; at++) {
    RdDiaStream *s = rd_dia_stream_new(1000);
    RdSlice one;
    unsigned n = 0;
    rd_dia_stream_push(s, bytes, at);
    while (rd_dia_stream_pop(s, &one) == RD_DIA_MESSAGE)
      n++;
    rd_dia_stream_push(s, bytes + at, len - at);
    while (rd_dia_stream_pop(s, &one) == RD_DIA_MESSAGE)
      n++;
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(rd_dia_stream_pending(s), 0);
    rd_dia_stream_free(s);
  }
}
END_TEST

START_TEST(a_stream_without_boundaries_is_broken_for_good) {
  static const uint8_t heads[][4] = {{2, 0, 0, 20}, {1, 0, 0, 16}, {1, 0, 0, 22}, {1, 1, 0, 0}};
  RdDiaStream *s = rd_dia_stream_new(1000);
  RdSlice one;
  rd_dia_stream_push(s, heads[_i], 4);
  ck_assert_int_eq(rd_dia_stream_pop(s, &one), RD_DIA_BROKEN);
  rd_dia_stream_push(s, watchdog, WATCHDOG_LEN);
  ck_assert_int_eq(rd_dia_stream_pop(s, &one), RD_DIA_BROKEN);
  rd_dia_stream_free(s);
}
END_TEST

START_TEST(names_go_both_ways) {
  ck_assert(rd_avp_by_name(rd_slice("origin-host")) == RD_AVP_ORIGIN_HOST);
  ck_assert(rd_avp_by_name(rd_slice("nobody")) == RD_AVP_NONE);
  ck_assert_str_eq(rd_avp_name(RD_AVP_SIP_AUTH_DATA_ITEM), "SIP-Auth-Data-Item");
  ck_assert_str_eq(rd_dia_command_name(300, true), "UAR");
  ck_assert_str_eq(rd_dia_command_name(300, false), "UAA");
  ck_assert_ptr_null(rd_dia_command_name(1, true));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("diameter");
  TCase *c = tcase_create("wire");
  suite_add_tcase(s, c);
  tcase_add_test(c, known_bytes_are_written);
  tcase_add_test(c, known_bytes_are_read);
  tcase_add_test(c, groups_are_read);
  tcase_add_test(c, every_length_that_does_not_fit_gives_nothing);
  tcase_add_test(c, groups_nested_wrongly_give_nothing);
  tcase_add_loop_test(c, defects_are_told, 0, (int)G_N_ELEMENTS(changed));
  tcase_add_test(c, what_is_no_diameter_is_none);
  tcase_add_test(c, any_prefix_is_borne);
  tcase_add_test(c, too_many_are_counted_not_read);
  tcase_add_test(c, a_request_is_refused_from_itself);
  tcase_add_test(c, avps_are_edited_by_name);
  tcase_add_test(c, what_is_not_edited_stays_to_the_bit);
  tcase_add_test(c, a_stream_is_cut_wherever_it_is_broken_up);
  tcase_add_loop_test(c, a_stream_without_boundaries_is_broken_for_good, 0, 4);
  tcase_add_test(c, names_go_both_ways);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
