#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/stream.h"
#include "tests/check_main.h"

#define HEAD                                                                                       \
  "MESSAGE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n"            \
  "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1\r\n"                   \
  "CSeq: 1 MESSAGE\r\n"
#define FIRST HEAD "Content-Length: 4\r\n\r\na\r\nb"
#define SECOND HEAD "l : 0\r\n\r\n"
#define ALL FIRST "\r\n" SECOND "\r\n\r\n" FIRST

/* Pops all there is; messages and pings must come as in ALL, from *next on. */
static void pop_all(RdSipStream *s, unsigned *next) {
  static const char *const expected[] = {FIRST, SECOND, NULL, FIRST};
  RdSlice message;
  RdStreamVerdict v;
  while ((v = rd_sip_stream_pop(s, &message, NULL)) != RD_STREAM_MORE) {
    ck_assert_uint_lt(*next, 4);
    if (expected[*next]) {
      ck_assert_int_eq(v, RD_STREAM_MESSAGE);
      ck_assert(rd_slice_is(message, expected[*next]));
    } else {
      ck_assert_int_eq(v, RD_STREAM_PING);
    }
    ++*next;
  }
}

START_TEST(every_split_gives_the_same_messages) {
  size_t n = strlen(ALL);
  for (size_t cut = 0; cut <= n; cut++) {
    RdSipStream *s = rd_sip_stream_new(1000, 1000);
    unsigned next = 0;
    rd_sip_stream_push(s, ALL, cut);
    pop_all(s, &next);
    rd_sip_stream_push(s, &ALL[cut], n - cut);
    pop_all(s, &next);
    ck_assert_uint_eq(next, 4);
    ck_assert_uint_eq(rd_sip_stream_pending(s), 0);
    rd_sip_stream_free(s);
  }
}
END_TEST

START_TEST(byte_by_byte_too) {
  RdSipStream *s = rd_sip_stream_new(1000, 1000);
  unsigned next = 0;
  for (size_t i = 0; i < strlen(ALL); i++) {
    rd_sip_stream_push(s, &ALL[i], 1);
    pop_all(s, &next);
  }
  ck_assert_uint_eq(next, 4);
  rd_sip_stream_free(s);
}
END_TEST

static const struct {
  const char *bytes, *why;
} bad[] = {
    {HEAD "\r\n", "no Content-Length"},
    {HEAD "Content-Length: x\r\n\r\n", "bad Content-Length"},
    {HEAD "Content-Length: -1\r\n\r\n", "bad Content-Length"},
    {HEAD "Content-Length: 99999999999999999999999\r\n\r\n", "bad Content-Length"},
    {HEAD "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", "two values of Content-Length"},
    {HEAD "Content-Length: 501\r\n\r\n", "body too long"},
    {"GET / HTTP/1.1\r\n", NULL},
    {"\x16\x03\x01\r\n\r\nxxxx", "not SIP"},
};

START_TEST(broken_streams_stay_broken) {
  RdSipStream *s = rd_sip_stream_new(1000, 500);
  RdSlice message;
  const char *why = NULL;
  rd_sip_stream_push(s, bad[_i].bytes, strlen(bad[_i].bytes));
  RdStreamVerdict v = rd_sip_stream_pop(s, &message, &why);
  if (!bad[_i].why) {
    ck_assert_int_eq(v, RD_STREAM_MORE);
  } else {
    ck_assert_int_eq(v, RD_STREAM_BROKEN);
    ck_assert_str_eq(why, bad[_i].why);
    rd_sip_stream_push(s, SECOND, strlen(SECOND));
    ck_assert_int_eq(rd_sip_stream_pop(s, &message, &why), RD_STREAM_BROKEN);
    ck_assert_uint_eq(rd_sip_stream_pending(s), 0);
  }
  rd_sip_stream_free(s);
}
END_TEST

START_TEST(an_endless_head_is_cut_off) {
  RdSipStream *s = rd_sip_stream_new(1000, 500);
  RdSlice message;
  RdStreamVerdict v = RD_STREAM_MORE;
  unsigned pushed = 0;
  rd_sip_stream_push(s, HEAD, strlen(HEAD));
  while (v == RD_STREAM_MORE && pushed++ < 1000) {
    rd_sip_stream_push(s, "X: y\r\n", 6);
    v = rd_sip_stream_pop(s, &message, NULL);
  }
  ck_assert_int_eq(v, RD_STREAM_BROKEN);
  ck_assert_uint_lt(pushed, 1000 / 6);
  rd_sip_stream_free(s);
}
END_TEST

START_TEST(many_headers_cannot_hide_the_length) {
  char text[4000];
  size_t n = (size_t)snprintf(text, sizeof text, HEAD);
  for (int i = 0; i < 130; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "X: y\r\n");
  n += (size_t)snprintf(text + n, sizeof text - n, "Content-Length: 0\r\n\r\n");
  RdSipStream *s = rd_sip_stream_new(4000, 500);
  RdSlice message;
  rd_sip_stream_push(s, text, n);
  ck_assert_int_eq(rd_sip_stream_pop(s, &message, NULL), RD_STREAM_BROKEN);
  rd_sip_stream_free(s);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("stream");
  TCase *c = tcase_create("framing");
  suite_add_tcase(s, c);
  tcase_add_test(c, every_split_gives_the_same_messages);
  tcase_add_test(c, byte_by_byte_too);
  tcase_add_loop_test(c, broken_streams_stay_broken, 0, sizeof bad / sizeof *bad);
  tcase_add_test(c, an_endless_head_is_cut_off);
  tcase_add_test(c, many_headers_cannot_hide_the_length);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
