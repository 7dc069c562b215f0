/* TCP: streams put together, cut into messages. */
#include "tests/check_main.h"
#include "tests/lab/capture/made.h"

#define A "192.0.2.1:40000"
#define B "198.51.100.2:5060"
#define M1 "MESSAGE sip:a SIP/2.0\r\nContent-Length: 5\r\n\r\nhello"
#define M2 "OPTIONS sip:b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
#define G1 "0 192.0.2.1:40000>198.51.100.2:5060 1 49 MESSAGE|"
#define G2 "0 192.0.2.1:40000>198.51.100.2:5060 1 44 OPTIONS|"

typedef struct {
  GByteArray *capture;
  uint32_t base; /* sequence number of the stream's first byte */
  const char *stream;
} Sender;

static void raw(Sender *s, uint32_t seq, const char *bytes, size_t len, uint8_t flags) {
  g_autoptr(GByteArray) packet = made_packet(A, B, RD_TCP, seq, bytes, len);
  packet->data[20 + 13] = flags;
  made_frame(s->capture, 0, packet->data, packet->len);
}

/* Bytes [at, at + len) of the stream. */
static void segment(Sender *s, size_t at, size_t len) {
  raw(s, s->base + (uint32_t)at, s->stream + at, len, 0x18);
}

static void syn(Sender *s) {
  raw(s, s->base - 1, "", 0, 2);
}

static void expect(Sender *s, const char *text, const RdCaptureStats *counts) {
  MadeReading r = made_read(s->capture);
  ck_assert_str_eq(r.text->str, text);
  ck_assert_uint_eq(r.stats.tcp_gaps, counts->tcp_gaps);
  ck_assert_uint_eq(r.stats.tcp_broken, counts->tcp_broken);
  ck_assert_uint_eq(r.stats.tcp_skipped, counts->tcp_skipped);
  ck_assert_uint_eq(r.stats.keepalives, counts->keepalives);
  made_clear(&r);
  g_byte_array_unref(s->capture);
}

/* From one byte a segment to the whole stream in one, across the wrap of sequence numbers. */
START_TEST(any_segmentation) {
  Sender s = {made_pcap(101), UINT32_MAX - 20, M1 "\r\n\r\n" M2};
  size_t step = (size_t)_i, len = strlen(s.stream);
  syn(&s);
  for (size_t at = 0; at < len; at += step)
    segment(&s, at, MIN(step, len - at));
  expect(&s, G1 G2, &(RdCaptureStats){.keepalives = 1});
}
END_TEST

/* Also where the sequence numbers wrap, in the middle of it. */
START_TEST(reordered_and_repeated) {
  Sender s = {made_pcap(101), _i ? UINT32_MAX - 30 : 5, M1 M2};
  syn(&s);
  segment(&s, 60, 33);
  segment(&s, 20, 30);
  segment(&s, 20, 30);
  segment(&s, 45, 20); /* overlaps both neighbours */
  segment(&s, 0, 20);
  segment(&s, 0, 60);
  expect(&s, G1 G2, &(RdCaptureStats){0});
}
END_TEST

START_TEST(from_the_middle) {
  Sender s = {made_pcap(101), 5, M1 M2 M1};
  segment(&s, 30, 19); /* no SYN; the rest of M1 */
  segment(&s, 49, 44);
  segment(&s, 93, 49);
  expect(&s, G2 G1, &(RdCaptureStats){.tcp_skipped = 19});
}
END_TEST

START_TEST(a_gap) {
  Sender s = {made_pcap(101), 0, NULL};
  g_autofree char *body = g_strnfill(65000, 'x');
  g_autofree char *stream =
      g_strconcat(M2, "MESSAGE sip:c SIP/2.0\r\nContent-Length: 390000\r\n\r\n", body, body, body,
                  body, body, body, M1, NULL);
  s.stream = stream;
  size_t begun = 44 + 49, len = strlen(stream);
  syn(&s);
  segment(&s, 0, begun);
  for (int i = 1; i < 6; i++) /* the first 65000 are never seen */
    segment(&s, begun + 65000u * (unsigned)i, 65000);
  segment(&s, len - 49, 49);
  expect(&s, G2 G1, &(RdCaptureStats){.tcp_gaps = 1, .tcp_skipped = 5 * 65000});
}
END_TEST

/* Too little waits for the gap to be given up before the end. */
START_TEST(a_gap_at_the_end) {
  Sender s = {made_pcap(101), 5, M1 M2};
  syn(&s);
  segment(&s, 30, 19);
  segment(&s, 49, 44);
  expect(&s, G2, &(RdCaptureStats){.tcp_gaps = 1, .tcp_skipped = 19});
}
END_TEST

START_TEST(broken_framing) {
  Sender s = {made_pcap(101), 9, "OPTIONS sip:b SIP/2.0\r\nVia: none\r\n\r\n" M2};
  syn(&s);
  segment(&s, 0, 36);
  segment(&s, 36, 44);
  expect(&s, G2, &(RdCaptureStats){.tcp_broken = 1});
}
END_TEST

/* After FIN both ways, or RST, the same ports are another connection. */
START_TEST(a_connection_again) {
  Sender s = {made_pcap(101), 100, M2};
  syn(&s);
  segment(&s, 0, 44);
  raw(&s, s.base + 44, "", 0, _i ? 4 : 0x11);
  s.base = 7777;
  syn(&s);
  segment(&s, 0, 44);
  expect(&s,
         _i ? G2 "0 192.0.2.1:40000>198.51.100.2:5060 2 44 OPTIONS|"
            : G2 "0 192.0.2.1:40000>198.51.100.2:5060 2 44 OPTIONS|",
         &(RdCaptureStats){0});
}
END_TEST

/* More connections than there is room for. */
START_TEST(many_connections) {
  g_autoptr(GByteArray) capture = made_pcap(101);
  for (unsigned i = 0; i < 10000; i++) {
    g_autofree char *src = g_strdup_printf("198.18.%u.%u:5060", i >> 8, i & 255);
    g_autoptr(GByteArray) packet = made_packet(src, B, RD_TCP, 1, M1, 20);
    made_frame(capture, 0, packet->data, packet->len);
  }
  MadeReading r = made_read(capture);
  ck_assert_uint_eq(r.stats.frames, 10000);
  ck_assert_uint_eq(r.stats.messages, 0);
  made_clear(&r);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("flow");
  TCase *tc = tcase_create("flow");
  tcase_set_timeout(tc, 60);
  tcase_add_loop_test(tc, any_segmentation, 1, 100);
  tcase_add_loop_test(tc, reordered_and_repeated, 0, 2);
  tcase_add_test(tc, from_the_middle);
  tcase_add_test(tc, a_gap);
  tcase_add_test(tc, a_gap_at_the_end);
  tcase_add_test(tc, broken_framing);
  tcase_add_loop_test(tc, a_connection_again, 0, 2);
  tcase_add_test(tc, many_connections);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
