/* Link layers, IP, UDP, formats, and what is no capture. */
#include <glib/gstdio.h>

#include "lab/capture/pcapng.h"
#include "tests/check_main.h"
#include "tests/lab/capture/made.h"

#define OPTIONS "OPTIONS sip:x@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n"
#define A "192.0.2.1:5060"
#define B "198.51.100.2:5062"

static GByteArray *options_packet(void) {
  return made_packet(A, B, RD_UDP, 0, OPTIONS, strlen(OPTIONS));
}

typedef struct {
  uint32_t link;
  const char *head; /* in front of the IP header */
  size_t len;
} Layer;

#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
static const Layer layers[] = {
    {1, MACS "\x08\x00", 14},
    {1, MACS "\x81\x00\x00\x07\x08\x00", 18},
    {1, MACS "\x88\xa8\x00\x09\x81\x00\x00\x07\x08\x00", 22},
    {113, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00", 16},
    {276, "\x08\x00\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0", 20},
    {276, "\x81\x00\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0\0\7\x08\x00", 24},
    {101, "", 0},
    {228, "", 0},
    {9, "\xff\x03\x00\x21", 4},
    {9, "\x21", 1},
    {50, "\xff\x03\x00\x21", 4},
    {0, "\2\0\0\0", 4},
    {108, "\0\0\0\2", 4},
};

START_TEST(link_layers) {
  const Layer *l = &layers[_i];
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = made_pcap(l->link);
  if (l->len)
    g_byte_array_prepend(packet, (const guint8 *)l->head, (guint)l->len);
  made_frame(capture, 7, packet->data, packet->len);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "7 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS|");
  ck_assert_ptr_null(r.error);
  made_clear(&r);
}
END_TEST

START_TEST(ipv6_with_extensions) {
  g_autoptr(GByteArray) capture = made_pcap(101);
  g_autoptr(GByteArray) packet =
      made_packet("[2001:db8::1]:5060", "[2001:db8::2]:5060", RD_UDP, 0, OPTIONS, strlen(OPTIONS));
  made_frame(capture, 1, packet->data, packet->len);
  /* Hop-by-hop options, then an atomic fragment header, in front of UDP. */
  static const uint8_t extensions[16] = {44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 1};
  g_autoptr(GByteArray) longer = g_byte_array_new();
  g_byte_array_append(longer, packet->data, 40);
  g_byte_array_append(longer, extensions, sizeof extensions);
  g_byte_array_append(longer, packet->data + 40, packet->len - 40);
  longer->data[6] = 0;
  longer->data[5] = (uint8_t)(longer->data[5] + 16);
  made_frame(capture, 2, longer->data, longer->len);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "1 [2001:db8::1]:5060>[2001:db8::2]:5060 0 56 OPTIONS|"
                                "2 [2001:db8::1]:5060>[2001:db8::2]:5060 0 56 OPTIONS|");
  made_clear(&r);
}
END_TEST

/* One piece of an IPv4 packet's payload. */
static void piece(GByteArray *capture, RdTime t, const GByteArray *packet, size_t at, size_t len,
                  bool more) {
  uint8_t bytes[2000];
  memcpy(bytes, packet->data, 20);
  memcpy(bytes + 20, packet->data + 20 + at, len);
  bytes[2] = (uint8_t)((20 + len) >> 8), bytes[3] = (uint8_t)(20 + len);
  bytes[6] = (uint8_t)((more ? 0x20 : 0) | at / 8 >> 8), bytes[7] = (uint8_t)(at / 8);
  made_frame(capture, t, bytes, 20 + len);
}

START_TEST(fragments) {
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = made_pcap(101);
  size_t len = packet->len - 20;
  piece(capture, 1, packet, 40, len - 40, false); /* any order, one piece twice */
  piece(capture, 2, packet, 16, 24, true);
  piece(capture, 3, packet, 16, 24, true);
  piece(capture, 4, packet, 0, 16, true);
  packet->data[5] ^= 1; /* another datagram: overlapping */
  piece(capture, 5, packet, 0, 24, true);
  piece(capture, 6, packet, 16, len - 16, false);
  piece(capture, 7, packet, 24, len - 24, false);
  packet->data[5] ^= 2; /* a third: too late */
  piece(capture, 8, packet, 0, 24, true);
  piece(capture, 8 + 31 * RD_SECOND, packet, 24, len - 24, false);
  packet->data[5] ^= 4; /* a fourth: as many bytes as it is long, and yet a hole */
  piece(capture, 9 + 31 * RD_SECOND, packet, 0, 24, true);
  piece(capture, 9 + 31 * RD_SECOND, packet, 16, 24, true);
  piece(capture, 9 + 31 * RD_SECOND, packet, 48, len - 48, false);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "4 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS|");
  ck_assert_uint_eq(r.stats.fragments, 12);
  ck_assert_uint_eq(r.stats.datagrams_lost, 4); /* the late piece began one that never ended */
  made_clear(&r);
}
END_TEST

/* More incomplete datagrams than there is room for: bounded, and the latest still works. */
START_TEST(fragment_flood) {
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = made_pcap(101);
  for (unsigned i = 0; i < 2000; i++) {
    packet->data[4] = (uint8_t)(i >> 8), packet->data[5] = (uint8_t)i;
    piece(capture, i, packet, 0, 24, true);
  }
  piece(capture, 3000, packet, 24, packet->len - 44, false);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "3000 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS|");
  ck_assert_uint_eq(r.stats.datagrams_lost, 1999);
  made_clear(&r);
}
END_TEST

static void udp(GByteArray *capture, const char *src, const char *dst, const char *bytes,
                size_t len) {
  g_autoptr(GByteArray) packet = made_packet(src, dst, RD_UDP, 0, bytes, len);
  made_frame(capture, 0, packet->data, packet->len);
}

START_TEST(what_counts_as_sip) {
  g_autoptr(GByteArray) capture = made_pcap(101);
  udp(capture, "192.0.2.1:4000", "192.0.2.2:4001", "SIP/2.0 200 OK\r\n\r\n", 18);
  udp(capture, "192.0.2.1:4000", "192.0.2.2:4001", "\x80\0\0\1 media", 10);
  udp(capture, "192.0.2.1:4000", "192.0.2.2:4001", "GET / HTTP/1.1\r\n\r\n", 18);
  udp(capture, "192.0.2.1:4000", "192.0.2.2:5060", "nonsense", 8); /* by its port */
  udp(capture, "192.0.2.1:5060", "192.0.2.2:5060", "\r\n\r\n", 4);
  udp(capture, "192.0.2.1:5060", "192.0.2.2:5060", "\0\0\0\0", 4);
  udp(capture, "192.0.2.1:5060", "192.0.2.2:5060",
      "\0\1\0\0\x21\x12\xa4\x42"
      "0123456789ab",
      20);
  static const uint8_t arp[42] = {[12] = 8, [13] = 6};
  made_frame(capture, 0, arp, sizeof arp);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "0 192.0.2.1:4000>192.0.2.2:4001 0 18 SIP/2.0|"
                                "0 192.0.2.1:4000>192.0.2.2:5060 0 8 nonsense|");
  ck_assert_uint_eq(r.stats.keepalives, 3);
  ck_assert_uint_eq(r.stats.not_sip, 2);
  ck_assert_uint_eq(r.stats.not_ip, 1);
  ck_assert_uint_eq(r.stats.frames, 8);
  made_clear(&r);
}
END_TEST

START_TEST(truncated) {
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = made_pcap(101);
  made_frame(capture, 1, packet->data, packet->len);
  guint second = capture->len;
  made_frame(capture, 2, packet->data, packet->len);
  guint whole = capture->len;
  for (guint len = second + 1; len < whole; len++) {
    g_byte_array_set_size(capture, len);
    MadeReading r = made_read(capture);
    ck_assert_str_eq(r.text->str, "1 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS|");
    ck_assert(g_error_matches(r.error, RD_CAPTURE_ERROR, RD_CAPTURE_BROKEN));
    ck_assert_msg(g_str_has_prefix(r.error->message, "made.pcap: offset 124: truncated"), "%s",
                  r.error->message);
    made_clear(&r);
  }
}
END_TEST

START_TEST(no_capture) {
  static const char *const texts[] = {"\xa1\xb2", "hello, this is no capture at all",
                                      "\n\r\r\n1234", "\n\r\r\n\x1c\0\0\0abcdefghijklmnopqrst"};
  g_autoptr(GByteArray) capture = g_byte_array_new();
  g_byte_array_append(capture, (const guint8 *)texts[_i], _i == 3 ? 28 : (guint)strlen(texts[_i]));
  MadeReading r = made_read(capture);
  ck_assert(g_error_matches(r.error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID));
  ck_assert_msg(g_str_has_prefix(r.error->message, "made.pcap: "), "%s", r.error->message);
  made_clear(&r);
}
END_TEST

START_TEST(unknown_link) {
  g_autoptr(GByteArray) capture = made_pcap(127);
  made_frame(capture, 0, "abcd", 4);
  MadeReading r = made_read(capture);
  ck_assert(g_error_matches(r.error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID));
  ck_assert_ptr_nonnull(strstr(r.error->message, "link type 127"));
  made_clear(&r);
}
END_TEST

START_TEST(snap_length) {
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = made_pcap(101);
  made_frame_cut(capture, 1, packet->data, 68, packet->len);
  made_frame(capture, 2, packet->data, packet->len);
  MadeReading r = made_read(capture);
  ck_assert_str_eq(r.text->str, "2 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS|");
  ck_assert_uint_eq(r.stats.cut, 1);
  ck_assert_msg(g_str_has_prefix(r.stats.warning, "made.pcap: offset 24: packet 1 was cut to 68"),
                "%s", r.stats.warning);
  ck_assert_ptr_null(r.error);
  made_clear(&r);
}
END_TEST

/* A big-endian section with ticks of 2^-10 s, an offset of a day, and a block of a kind unknown. */
START_TEST(foreign_pcapng) {
  static const uint8_t head[] = {
      0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0, 1, /* section */
      0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0, 28, /**/
      0,    0,    0,    1,    0,    0,    0,    48,   0,    101,  0,    0,    0, 0, /* interface */
      0,    0,    0,    2,    0,    2,    'g',  'm',  0,    0,    0,    9,    0, 1, /**/
      0x8a, 0,    0,    0,    0,    14,   0,    8,    0,    0,    0,    0,    0, 1, /**/
      0x51, 0x80, 0,    0,    0,    48, /**/
      0,    0,    0x0b, 0xad, 0,    0,    0,    16,   1,    2,    3,    4,    0, 0, /* unknown */
      0,    16};
  g_autoptr(GByteArray) packet = options_packet();
  g_autoptr(GByteArray) capture = g_byte_array_new();
  uint32_t padded = (packet->len + 3) & ~3u;
  g_byte_array_append(capture, head, sizeof head);
  const uint32_t words[] = {6, 32 + padded, 0, 0, 1024 + 512, packet->len, packet->len};
  for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
    made_32(capture, GUINT32_TO_BE(words[i]));
  g_byte_array_append(capture, packet->data, packet->len);
  g_byte_array_append(capture, (const guint8 *)"\0\0\0", padded - packet->len);
  made_32(capture, GUINT32_TO_BE(32 + padded));
  MadeReading r = made_read(capture);
  ck_assert_ptr_null(r.error);
  ck_assert_str_eq(r.text->str, "86401500000000 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS gm|");
  made_clear(&r);
}
END_TEST

/* What our writer writes, our reader reads: names, comments, nanoseconds, judge points. */
START_TEST(own_pcapng) {
  g_autofree char *folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "own.pcapng", NULL);
  RdAddress a = made_address(A, RD_UDP), b = made_address(B, RD_UDP);
  RdPcapng *w = rd_pcapng_new(path, NULL);
  uint32_t i = rd_pcapng_interface(w, "sbc.gm");
  ck_assert(rd_pcapng_message(w, i, 1234567890123, &a, &b, OPTIONS, strlen(OPTIONS), NULL, -1));
  ck_assert(rd_pcapng_message(w, i, 1234567890124, &b, &a, "\r\n", 2, "egress benign", RD_EGRESS));
  ck_assert(rd_pcapng_close(w, NULL));
  MadeReading r = {.text = g_string_new(NULL)};
  ck_assert(rd_capture_read(path, made_note, &r, &r.stats, &r.error));
  ck_assert_str_eq(
      r.text->str,
      "1234567890123 192.0.2.1:5060>198.51.100.2:5062 0 56 OPTIONS sbc.gm|"
      "1234567890124 198.51.100.2:5062>192.0.2.1:5060 0 2 \r\n sbc.gm out (egress benign)|");
  made_clear(&r);
  g_unlink(path);
  g_rmdir(folder);
}
END_TEST

START_TEST(folder_of_messages) {
  g_autofree char *folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  static const char *const names[] = {"b.sip", "a.sip", ".hidden"};
  static const char *const texts[] = {"MESSAGE sip:x SIP/2.0\r\n\r\n", "odd thing\r\n", "hidden"};
  char *paths[3];
  for (int i = 0; i < 3; i++) {
    paths[i] = g_build_filename(folder, names[i], NULL);
    ck_assert(g_file_set_contents(paths[i], texts[i], -1, NULL));
  }
  MadeReading r = {.text = g_string_new(NULL)};
  ck_assert(rd_capture_read(folder, made_note, &r, &r.stats, &r.error));
  ck_assert_str_eq(r.text->str, "0 192.0.2.1:5060>192.0.2.2:5060 0 11 odd|"
                                "1000000000 192.0.2.1:5060>192.0.2.2:5060 0 25 MESSAGE|");
  ck_assert_uint_eq(r.stats.files, 2);
  ck_assert(rd_capture_read(paths[0], made_note, &r, &r.stats, &r.error));
  ck_assert(!rd_capture_read(paths[1], made_note, &r, &r.stats, &r.error));
  ck_assert(g_error_matches(r.error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID));
  g_clear_error(&r.error);
  ck_assert(!rd_capture_read("/nonexistent", made_note, &r, &r.stats, &r.error));
  ck_assert_str_eq(r.error->message, "/nonexistent: No such file or directory");
  made_clear(&r);
  for (int i = 0; i < 3; i++) {
    g_unlink(paths[i]);
    g_free(paths[i]);
  }
  g_rmdir(folder);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("reader");
  TCase *tc = tcase_create("reader");
  tcase_set_timeout(tc, 60);
  tcase_add_loop_test(tc, link_layers, 0, G_N_ELEMENTS(layers));
  tcase_add_test(tc, ipv6_with_extensions);
  tcase_add_test(tc, fragments);
  tcase_add_test(tc, fragment_flood);
  tcase_add_test(tc, what_counts_as_sip);
  tcase_add_test(tc, truncated);
  tcase_add_loop_test(tc, no_capture, 0, 4);
  tcase_add_test(tc, unknown_link);
  tcase_add_test(tc, snap_length);
  tcase_add_test(tc, foreign_pcapng);
  tcase_add_test(tc, own_pcapng);
  tcase_add_test(tc, folder_of_messages);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
