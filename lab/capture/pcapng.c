#include "lab/capture/pcapng.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/table.h"
#include "lab/capture/packet.h"

G_DEFINE_QUARK(rd_pcapng, rd_pcapng_error)

enum {
  SECTION_HEADER = 0x0a0d0d0a,
  INTERFACE_DESCRIPTION = 1,
  ENHANCED_PACKET = 6,
  BYTE_ORDER_MAGIC = 0x1a2b3c4d,
  LINK_RAW = 101,
  OPT_COMMENT = 1,
  EPB_FLAGS = 2,
  FLAGS_INBOUND = 1,
  FLAGS_OUTBOUND = 2,
  IF_NAME = 2,
  IF_DESCRIPTION = 3,
  IF_TSRESOL = 9,
  NANOSECONDS = 9,
  SNAPLEN = 262144,
  LONGEST_OPTION = 65000,
  CONNECTIONS = 65536
};

struct RdPcapng {
  char *path, *labels_path;
  FILE *file, *labels;
  GByteArray *block; /* in the making */
  GString *line;
  RdTable *connections; /* directed pair -> uint32_t bytes sent */
  uint64_t frames;
  uint32_t interfaces;
  RdTime last;
  int failed; /* errno of the first write that failed */
  bool labels_failed; /* it was the labels' */
};

static void put16(GByteArray *b, uint16_t n) {
  g_byte_array_append(b, (const guint8 *)&n, sizeof n);
}

static void put32(GByteArray *b, uint32_t n) {
  g_byte_array_append(b, (const guint8 *)&n, sizeof n);
}

static void pad(GByteArray *b) {
  static const guint8 zero[4];
  g_byte_array_append(b, zero, (4 - (b->len & 3)) & 3);
}

static void begin(RdPcapng *w, uint32_t type) {
  g_byte_array_set_size(w->block, 0);
  put32(w->block, type);
  put32(w->block, 0); /* length, known at the end */
}

static void option(RdPcapng *w, uint16_t code, const void *value, size_t len) {
  len = MIN(len, LONGEST_OPTION);
  put16(w->block, code);
  put16(w->block, (uint16_t)len);
  g_byte_array_append(w->block, value, (guint)len);
  pad(w->block);
}

static void fail(RdPcapng *w, bool labels) {
  if (w->failed)
    return;
  w->failed = errno ? errno : EIO;
  w->labels_failed = labels;
}

static bool end(RdPcapng *w) {
  uint32_t len = w->block->len + 4;
  memcpy(w->block->data + 4, &len, sizeof len);
  put32(w->block, len);
  if (!w->failed && fwrite(w->block->data, 1, len, w->file) != len)
    fail(w, false);
  return !w->failed;
}

static void section_header(RdPcapng *w) {
  begin(w, SECTION_HEADER);
  put32(w->block, BYTE_ORDER_MAGIC);
  put16(w->block, 1); /* version 1.0 */
  put16(w->block, 0);
  put32(w->block, UINT32_MAX); /* section length: not told */
  put32(w->block, UINT32_MAX);
  end(w);
}

static char *labels_path(const char *path) {
  size_t n = strlen(path) - (g_str_has_suffix(path, ".pcapng") ? strlen(".pcapng") : 0);
  return g_strdup_printf("%.*s.labels.jsonl", (int)n, path);
}

RdPcapng *rd_pcapng_new(const char *path, GError **error) {
  FILE *file = fopen(path, "wb");
  if (!file) {
    g_set_error(error, RD_PCAPNG_ERROR, errno, "%s: %s", path, g_strerror(errno));
    return NULL;
  }
  setvbuf(file, NULL, _IOFBF, 1 << 18);
  RdPcapng *w = g_new0(RdPcapng, 1);
  w->path = g_strdup(path);
  w->labels_path = labels_path(path);
  w->file = file;
  w->block = g_byte_array_new();
  w->line = g_string_new(NULL);
  const uint64_t key[2] = {UINT64_C(0x7265646f75627431), UINT64_C(0x706361706e672121)};
  w->connections = rd_table_new(CONNECTIONS, sizeof(uint32_t), key, NULL, NULL);
  section_header(w);
  return w;
}

uint32_t rd_pcapng_interface(RdPcapng *w, const char *name) {
  return rd_pcapng_described(w, name, NULL);
}

uint32_t rd_pcapng_described(RdPcapng *w, const char *name, const char *description) {
  uint8_t resolution = NANOSECONDS;
  begin(w, INTERFACE_DESCRIPTION);
  put16(w->block, LINK_RAW);
  put16(w->block, 0);
  put32(w->block, SNAPLEN);
  option(w, IF_NAME, name, strlen(name));
  if (description)
    option(w, IF_DESCRIPTION, description, strlen(description));
  option(w, IF_TSRESOL, &resolution, 1);
  option(w, 0, NULL, 0);
  end(w);
  return w->interfaces++;
}

static bool frame(RdPcapng *w, uint32_t interface, RdTime t, const void *head, size_t head_len,
                  const void *bytes, size_t len, const char *comment, int direction) {
  if (interface >= w->interfaces || t < 0 || w->failed)
    return false;
  begin(w, ENHANCED_PACKET);
  put32(w->block, interface);
  put32(w->block, (uint32_t)((uint64_t)t >> 32));
  put32(w->block, (uint32_t)t);
  put32(w->block, (uint32_t)(head_len + len));
  put32(w->block, (uint32_t)(head_len + len));
  g_byte_array_append(w->block, head, (guint)head_len);
  g_byte_array_append(w->block, bytes, (guint)len);
  pad(w->block);
  if (comment)
    option(w, OPT_COMMENT, comment, strlen(comment));
  if (direction >= 0) {
    const uint32_t flags = direction == RD_INGRESS ? FLAGS_INBOUND : FLAGS_OUTBOUND;
    option(w, EPB_FLAGS, &flags, sizeof flags);
  }
  if (comment || direction >= 0)
    option(w, 0, NULL, 0);
  if (!end(w))
    return false;
  w->frames++;
  w->last = t;
  return true;
}

/* Bytes sent so far from one address to another; a place to count on. */
static uint32_t *sent(RdPcapng *w, const RdAddress *from, const RdAddress *to) {
  uint8_t key[36];
  memcpy(key, from->ip, 16);
  memcpy(key + 16, to->ip, 16);
  memcpy(key + 32, &from->port, 2);
  memcpy(key + 34, &to->port, 2);
  return rd_table_put(w->connections, key, sizeof key, NULL);
}

bool rd_pcapng_message(RdPcapng *w, uint32_t interface, RdTime t, const RdAddress *src,
                       const RdAddress *dst, const void *bytes, size_t len, const char *comment,
                       int direction) {
  uint8_t headers[RD_PACKET_HEADERS];
  RdPacketNumbers numbers = {.id = (uint16_t)(w->frames + 1)};
  bool stream = src->transport > RD_UDP;
  if (stream) {
    numbers.ack = 1 + *sent(w, dst, src);
    numbers.seq = 1 + *sent(w, src, dst);
  }
  size_t n = rd_packet_headers(src, dst, numbers, bytes, len, headers);
  if (n == 0 || !frame(w, interface, t, headers, n, bytes, len, comment, direction))
    return false;
  if (stream)
    *sent(w, src, dst) += (uint32_t)len;
  return true;
}

bool rd_pcapng_ip(RdPcapng *w, uint32_t interface, RdTime t, const void *packet, size_t len,
                  const char *comment, int direction) {
  return len <= SNAPLEN && frame(w, interface, t, NULL, 0, packet, len, comment, direction);
}

void rd_pcapng_label(RdPcapng *w, const RdLabel *label) {
  if (w->failed || w->frames == 0)
    return;
  if (!w->labels && !(w->labels = fopen(w->labels_path, "wb"))) {
    fail(w, true);
    return;
  }
  g_string_truncate(w->line, 0);
  rd_label_json(w->line, w->frames, w->last, label);
  if (fwrite(w->line->str, 1, w->line->len, w->labels) != w->line->len)
    fail(w, true);
}

uint64_t rd_pcapng_frames(const RdPcapng *w) {
  return w->frames;
}

bool rd_pcapng_close(RdPcapng *w, GError **error) {
  if (!w)
    return true;
  errno = 0;
  if (fclose(w->file) != 0)
    fail(w, false);
  if (w->labels && fclose(w->labels) != 0)
    fail(w, true);
  int failed = w->failed;
  if (failed)
    g_set_error(error, RD_PCAPNG_ERROR, failed, "%s: %s",
                w->labels_failed ? w->labels_path : w->path, g_strerror(failed));
  rd_table_free(w->connections);
  g_byte_array_unref(w->block);
  g_string_free(w->line, TRUE);
  g_free(w->path);
  g_free(w->labels_path);
  g_free(w);
  return failed == 0;
}
