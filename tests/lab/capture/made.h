/* made.h - captures made in memory for tests. */
#pragma once

#include <check.h>
#include <glib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/capture/packet.h"
#include "lab/capture/reader.h"

static inline RdAddress made_address(const char *text, uint8_t transport) {
  RdAddress a;
  ck_assert(rd_address_parse(rd_slice(text), &a));
  a.transport = transport;
  return a;
}

static inline void made_32(GByteArray *b, uint32_t n) {
  g_byte_array_append(b, (const guint8 *)&n, sizeof n);
}

/* A classic pcap with nanosecond times and link type `link`, in host order. */
static inline GByteArray *made_pcap(uint32_t link) {
  GByteArray *b = g_byte_array_new();
  made_32(b, 0xa1b23c4d);
  made_32(b, 2 | 4 << 16);
  made_32(b, 0);
  made_32(b, 0);
  made_32(b, 262144);
  made_32(b, link);
  return b;
}

static inline void made_frame_cut(GByteArray *b, RdTime t, const void *bytes, size_t len,
                                  size_t original) {
  made_32(b, (uint32_t)(t / RD_SECOND));
  made_32(b, (uint32_t)(t % RD_SECOND));
  made_32(b, (uint32_t)len);
  made_32(b, (uint32_t)original);
  g_byte_array_append(b, bytes, (guint)len);
}

static inline void made_frame(GByteArray *b, RdTime t, const void *bytes, size_t len) {
  made_frame_cut(b, t, bytes, len, len);
}

/* An IP packet that carries the bytes. */
static inline GByteArray *made_packet(const char *src, const char *dst, uint8_t transport,
                                      uint32_t seq, const void *bytes, size_t len) {
  uint8_t head[RD_PACKET_HEADERS];
  RdAddress s = made_address(src, transport), d = made_address(dst, transport);
  size_t n = rd_packet_headers(&s, &d, (RdPacketNumbers){seq, 0, (uint16_t)seq}, bytes, len, head);
  ck_assert_uint_gt(n, 0);
  GByteArray *b = g_byte_array_new();
  g_byte_array_append(b, head, (guint)n);
  g_byte_array_append(b, bytes, (guint)len);
  return b;
}

/* What reading gave, a line a message: "TIME SRC>DST CONN LENGTH FIRST-WORD|". */
typedef struct {
  GString *text;
  RdCaptureStats stats;
  GError *error;
} MadeReading;

static inline void made_note(void *user, const RdCaptureMessage *m) {
  char src[RD_ADDRESS_TEXT], dst[RD_ADDRESS_TEXT];
  MadeReading *r = user;
  rd_address_text(&m->src, src);
  rd_address_text(&m->dst, dst);
  const void *space = memchr(m->bytes, ' ', m->len);
  int word = space ? (int)((const uint8_t *)space - m->bytes) : (int)m->len;
  g_string_append_printf(r->text, "%" G_GINT64_FORMAT " %s>%s %" G_GUINT64_FORMAT " %zu %.*s",
                         m->time, src, dst, m->conn, m->len, word, (const char *)m->bytes);
  if (m->interface)
    g_string_append_printf(r->text, " %s", m->interface);
  if (m->direction >= 0)
    g_string_append(r->text, m->direction == RD_EGRESS ? " out" : " in");
  if (m->comment)
    g_string_append_printf(r->text, " (%.*s)", (int)m->comment_len, m->comment);
  g_string_append_c(r->text, '|');
}

static inline MadeReading made_read(GByteArray *capture) {
  MadeReading r = {.text = g_string_new(NULL)};
  FILE *file = fmemopen(capture->data, capture->len, "rb");
  rd_capture_read_file(file, "made.pcap", made_note, &r, &r.stats, &r.error);
  return r;
}

static inline void made_clear(MadeReading *r) {
  g_string_free(r->text, TRUE);
  rd_capture_stats_clear(&r->stats);
  g_clear_error(&r->error);
}
