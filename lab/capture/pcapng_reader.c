/* pcapng blocks, read one at a time (draft-ietf-opsawg-pcapng s3, s4). */
#include <string.h>

#include "lab/capture/frames_private.h"

enum {
  SECTION_HEADER = 0x0a0d0d0a,
  INTERFACE_DESCRIPTION = 1,
  OLD_PACKET = 2,
  SIMPLE_PACKET = 3,
  ENHANCED_PACKET = 6,
  SECTION_MAGIC = 0x1a2b3c4d,
  OPT_END = 0,
  OPT_COMMENT = 1,
  EPB_FLAGS = 2,
  IF_NAME = 2,
  IF_DESCRIPTION = 3,
  IF_TSRESOL = 9,
  IF_TSOFFSET = 14,
  MICROSECONDS = 6,
  LONGEST_BLOCK = 16 << 20, /* a bound of ours: a packet, its options, and plenty */
  MOST_INTERFACES = 4096
};

/* A time of ours stays well below RD_NEVER, whatever the file says. */
#define LAST_TIME (INT64_MAX / 4)

typedef struct {
  int link;
  uint32_t snaplen;
  uint8_t resolution; /* if_tsresol as written */
  int64_t shift; /* if_tsoffset, seconds */
  char *name, *description;
} Interface;

struct RdPcapngReader {
  FILE *file;
  uint8_t *block;
  size_t room;
  int64_t offset; /* of the block in hand */
  int64_t next; /* of the block after it */
  bool swapped;
  bool in_section;
  GArray *interfaces;
  const char *why;
};

static void clear_interface(void *interface) {
  Interface *in = interface;
  g_free(in->name);
  g_free(in->description);
}

RdPcapngReader *rd_pcapng_reader_new(FILE *file) {
  RdPcapngReader *r = g_new0(RdPcapngReader, 1);
  r->file = file;
  r->room = 1 << 16;
  r->block = g_malloc(r->room);
  r->interfaces = g_array_new(FALSE, FALSE, sizeof(Interface));
  g_array_set_clear_func(r->interfaces, clear_interface);
  return r;
}

void rd_pcapng_reader_free(RdPcapngReader *r) {
  if (!r)
    return;
  g_array_unref(r->interfaces);
  g_free(r->block);
  g_free(r);
}

static uint16_t get16(const RdPcapngReader *r, const uint8_t *at) {
  uint16_t n;
  memcpy(&n, at, sizeof n);
  return r->swapped ? GUINT16_SWAP_LE_BE(n) : n;
}

static uint32_t get32(const RdPcapngReader *r, const uint8_t *at) {
  uint32_t n;
  memcpy(&n, at, sizeof n);
  return r->swapped ? GUINT32_SWAP_LE_BE(n) : n;
}

static int broken(RdPcapngReader *r, const char *why) {
  r->why = why;
  return -1;
}

/* The section header's own length can be read only after its byte order. */
static int section_order(RdPcapngReader *r) {
  if (fread(r->block + 8, 1, 4, r->file) != 4)
    return broken(r, "truncated section header");
  r->swapped = false;
  if (get32(r, r->block + 8) == SECTION_MAGIC)
    return 1;
  r->swapped = true;
  if (get32(r, r->block + 8) == SECTION_MAGIC)
    return 1;
  return broken(r, "no capture: no byte-order magic in the section header");
}

/* Reads the next block whole: 1, 0 at the end of the file, -1. */
static int read_block(RdPcapngReader *r, uint32_t *ret_type, uint32_t *ret_len) {
  r->offset = r->next;
  size_t got = fread(r->block, 1, 8, r->file), have = 8;
  if (got == 0 && !ferror(r->file))
    return r->offset == 0 ? broken(r, "no capture: empty file") : 0;
  if (got < 8)
    return broken(r, "truncated: the block's header is cut");
  uint32_t type = get32(r, r->block);
  if (type == SECTION_HEADER) {
    if (section_order(r) < 0)
      return -1;
    have = 12;
  } else if (!r->in_section) {
    return broken(r, "no capture: it does not begin with a section header");
  }
  uint32_t len = get32(r, r->block + 4);
  if (len < 12 || len % 4 != 0 || len > LONGEST_BLOCK || (type == SECTION_HEADER && len < 28))
    return broken(r, "damaged: impossible block length");
  if (len > r->room) {
    r->block = g_realloc(r->block, len);
    r->room = len;
  }
  if (fread(r->block + have, 1, len - have, r->file) != len - have)
    return broken(r, "truncated: the block goes beyond the end of the file");
  if (get32(r, r->block + len - 4) != len)
    return broken(r, "damaged: a block's two lengths differ");
  r->next += len;
  *ret_type = type;
  *ret_len = len;
  return 1;
}

/* Walks options in [at, end): false at their end. */
static bool next_option(const RdPcapngReader *r, const uint8_t **at, const uint8_t *end,
                        uint16_t *ret_code, uint16_t *ret_len, const uint8_t **ret_value) {
  if (end - *at < 4)
    return false;
  *ret_code = get16(r, *at);
  *ret_len = get16(r, *at + 2);
  *ret_value = *at + 4;
  size_t padded = (*ret_len + 3u) & ~3u;
  if (*ret_code == OPT_END || (size_t)(end - *ret_value) < padded)
    return false;
  *at = *ret_value + padded;
  return true;
}

static int interface_description(RdPcapngReader *r, uint32_t len) {
  if (len < 20)
    return broken(r, "damaged: short interface description");
  if (r->interfaces->len >= MOST_INTERFACES)
    return broken(r, "more than 4096 interfaces");
  Interface in = {.link = get16(r, r->block + 8),
                  .snaplen = get32(r, r->block + 12),
                  .resolution = MICROSECONDS};
  const uint8_t *at = r->block + 16, *end = r->block + len - 4, *value;
  uint16_t code, n;
  while (next_option(r, &at, end, &code, &n, &value)) {
    if (code == IF_NAME && !in.name)
      in.name = g_strndup((const char *)value, n);
    if (code == IF_DESCRIPTION && !in.description)
      in.description = g_strndup((const char *)value, n);
    if (code == IF_TSRESOL && n == 1)
      in.resolution = value[0];
    if (code == IF_TSOFFSET && n == 8) {
      uint32_t low = get32(r, value + (r->swapped ? 4 : 0));
      uint32_t high = get32(r, value + (r->swapped ? 0 : 4));
      in.shift = (int64_t)((uint64_t)high << 32 | low);
    }
  }
  g_array_append_val(r->interfaces, in);
  return 1;
}

/* Whole seconds and the ns after them, of ticks of 10^-n or 2^-n s. */
static void split(uint64_t ticks, uint8_t resolution, uint64_t *ret_seconds, uint64_t *ret_ns) {
  unsigned n = resolution & 0x7f;
  if (resolution & 0x80) {
    uint64_t part = n < 64 ? ticks & ((UINT64_C(1) << n) - 1) : ticks;
    *ret_seconds = n < 64 ? ticks >> n : 0;
    for (; n > 32; n--) /* so that the product below fits */
      part >>= 1;
    *ret_ns = part * UINT64_C(1000000000) >> n;
    return;
  }
  for (; n > 9; n--) /* finer than we keep */
    ticks /= 10;
  uint64_t second = 1, ns = 1000000000;
  for (unsigned i = 0; i < n; i++) {
    second *= 10;
    ns /= 10;
  }
  *ret_seconds = ticks / second;
  *ret_ns = ticks % second * ns;
}

static bool to_time(const Interface *in, uint64_t ticks, RdTime *ret) {
  uint64_t seconds, ns;
  split(ticks, in->resolution, &seconds, &ns);
  const int64_t most = LAST_TIME / RD_SECOND;
  if (seconds > (uint64_t)most || in->shift > most || in->shift < -most)
    return false;
  int64_t shifted = (int64_t)seconds + in->shift;
  if (shifted > most || shifted < 0)
    return false;
  *ret = shifted * RD_SECOND + (int64_t)ns;
  return true;
}

/* Cuts packet data and options out of a packet block whose fixed part is `fixed` bytes. */
static int packet(RdPcapngReader *r, uint32_t len, uint32_t fixed, uint32_t number, RdFrame *ret) {
  if (number >= r->interfaces->len)
    return broken(r, "damaged: a packet of an unknown interface");
  const Interface *in = &g_array_index(r->interfaces, Interface, number);
  uint32_t captured = get32(r, r->block + 20);
  if (captured > len - fixed - 4)
    return broken(r, "damaged: a packet longer than its block");
  *ret = (RdFrame){.link = in->link,
                   .bytes = r->block + fixed,
                   .captured = captured,
                   .original = get32(r, r->block + 24),
                   .interface = in->name,
                   .direction = -1,
                   .offset = r->offset};
  uint64_t ticks = (uint64_t)get32(r, r->block + 12) << 32 | get32(r, r->block + 16);
  if (!to_time(in, ticks, &ret->time))
    return broken(r, "damaged: a time out of range");
  const uint8_t *end = r->block + len - 4, *value;
  const uint8_t *at = r->block + fixed + MIN((captured + 3u) & ~3u, len - fixed - 4);
  uint16_t code, n;
  while (next_option(r, &at, end, &code, &n, &value)) {
    if (code == OPT_COMMENT && !ret->comment) {
      ret->comment = (const char *)value;
      ret->comment_len = n;
    } else if (code == EPB_FLAGS && n == 4) {
      const uint32_t way = get32(r, value) & 3;
      ret->direction = way == 1 ? RD_INGRESS : way == 2 ? RD_EGRESS : -1;
    }
  }
  return 1;
}

/* Without a time of its own: that of the start. */
static int simple_packet(RdPcapngReader *r, uint32_t len, RdFrame *ret) {
  if (len < 16 || r->interfaces->len == 0)
    return broken(r, "damaged: a simple packet without an interface");
  const Interface *in = &g_array_index(r->interfaces, Interface, 0);
  uint32_t original = get32(r, r->block + 8), captured = len - 16;
  if (in->snaplen && captured > in->snaplen)
    captured = in->snaplen;
  *ret = (RdFrame){.link = in->link,
                   .bytes = r->block + 12,
                   .captured = MIN(captured, original),
                   .original = original,
                   .interface = in->name,
                   .direction = -1,
                   .offset = r->offset};
  return 1;
}

/* 1: a frame; 2: a block of another kind. */
static int read_one(RdPcapngReader *r, RdFrame *ret) {
  uint32_t type, len;
  int got = read_block(r, &type, &len);
  if (got != 1)
    return got;
  switch (type) {
  case SECTION_HEADER:
    r->in_section = true;
    g_array_set_size(r->interfaces, 0);
    return 2;
  case INTERFACE_DESCRIPTION:
    return interface_description(r, len) < 0 ? -1 : 2;
  case ENHANCED_PACKET:
    if (len < 32)
      return broken(r, "damaged: short packet block");
    return packet(r, len, 28, get32(r, r->block + 8), ret);
  case OLD_PACKET:
    if (len < 32)
      return broken(r, "damaged: short packet block");
    return packet(r, len, 28, get16(r, r->block + 8), ret);
  case SIMPLE_PACKET:
    return simple_packet(r, len, ret);
  default:
    return 2;
  }
}

int rd_pcapng_reader_next(RdPcapngReader *r, RdFrame *ret, int64_t *ret_offset,
                          const char **ret_why) {
  int got;
  do
    got = read_one(r, ret);
  while (got == 2);
  *ret_offset = r->offset;
  *ret_why = r->why;
  return got;
}

const char *rd_pcapng_reader_interface(const RdPcapngReader *r, unsigned i,
                                       const char **ret_description) {
  if (i >= r->interfaces->len)
    return NULL;
  const Interface *in = &g_array_index(r->interfaces, Interface, i);
  *ret_description = in->description;
  return in->name;
}
