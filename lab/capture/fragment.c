#include "lab/capture/fragment.h"

#include <glib.h>
#include <string.h>

#include "lab/base/table.h"

enum { MOST_DATAGRAMS = 256, MOST_PIECES = 64, LONGEST = 65535 };
#define TIMEOUT (30 * RD_SECOND)

typedef struct {
  uint32_t begin, end;
} Piece;

typedef struct {
  RdTime first;
  uint32_t total; /* 0: the last piece has not come */
  uint32_t have;
  uint32_t n;
  bool refused;
  uint8_t protocol;
  Piece pieces[MOST_PIECES];
  uint8_t *bytes; /* LONGEST */
} Datagram;

struct RdFragments {
  RdTable *table;
  uint8_t *whole; /* of the datagram last put together */
  RdFragmentCounts counts;
};

static void drop(Datagram *d) {
  g_clear_pointer(&d->bytes, g_free);
}

static void evicted(void *value, void *user) {
  RdFragments *f = user;
  Datagram *d = value;
  if (!d->refused)
    f->counts.given_up++;
  drop(d);
}

RdFragments *rd_fragments_new(void) {
  static const uint64_t key[2] = {UINT64_C(0x667261676d656e74), UINT64_C(0x73616e6469706964)};
  RdFragments *f = g_new0(RdFragments, 1);
  f->table = rd_table_new(MOST_DATAGRAMS, sizeof(Datagram), key, evicted, f);
  return f;
}

void rd_fragments_free(RdFragments *f) {
  const void *key;
  size_t len;
  Datagram *d;
  if (!f)
    return;
  while ((d = rd_table_oldest(f->table, &key, &len))) {
    uint8_t copy[RD_TABLE_KEY];
    memcpy(copy, key, len);
    drop(d);
    rd_table_remove(f->table, copy, len);
  }
  rd_table_free(f->table);
  g_free(f->whole);
  g_free(f);
}

static size_t key_of(const RdIp *ip, uint8_t ret[RD_TABLE_KEY]) {
  memcpy(ret, ip->src.ip, 16);
  memcpy(ret + 16, ip->dst.ip, 16);
  memcpy(ret + 32, &ip->id, 4);
  ret[36] = ip->src.family;
  ret[37] = ip->src.family == 4 ? ip->protocol : 0; /* RFC 791 counts it in, RFC 8200 does not */
  return 38;
}

static void refuse(RdFragments *f, Datagram *d) {
  if (!d->refused)
    f->counts.given_up++;
  d->refused = true;
  drop(d);
}

/* Could the piece be, beside what is there? */
static bool acceptable(const Datagram *d, const RdIp *ip, uint32_t end) {
  if (ip->len == 0 || end > LONGEST || d->n == MOST_PIECES)
    return false;
  if (ip->more && (ip->len % 8 != 0 || (d->total && end >= d->total)))
    return false;
  if (!ip->more && d->total && d->total != end)
    return false;
  for (uint32_t i = 0; i < d->n; i++) {
    if (ip->at < d->pieces[i].end && d->pieces[i].begin < end)
      return false;
    if (!ip->more && d->pieces[i].end > end)
      return false;
  }
  return true;
}

static bool repeated(const Datagram *d, const RdIp *ip, uint32_t end) {
  for (uint32_t i = 0; i < d->n; i++)
    if (d->pieces[i].begin == ip->at && d->pieces[i].end == end)
      return memcmp(d->bytes + ip->at, ip->payload, ip->len) == 0;
  return false;
}

static void add_piece(Datagram *d, const RdIp *ip, uint32_t end) {
  if (!d->bytes)
    d->bytes = g_malloc(LONGEST);
  memcpy(d->bytes + ip->at, ip->payload, ip->len);
  d->pieces[d->n++] = (Piece){ip->at, end};
  d->have += (uint32_t)ip->len;
  if (ip->at == 0) /* RFC 8200: the first piece says what follows */
    d->protocol = ip->protocol;
  if (!ip->more)
    d->total = end;
}

static bool take_whole(RdFragments *f, Datagram *d, RdIp *ip) {
  g_free(f->whole);
  f->whole = g_steal_pointer(&d->bytes);
  ip->payload = f->whole;
  ip->len = d->total;
  ip->protocol = d->protocol;
  ip->fragment = ip->more = false;
  f->counts.whole++;
  return rd_ip_skip_extensions(ip) && !ip->fragment;
}

static Datagram *find(RdFragments *f, const uint8_t *key, size_t key_len, RdTime now) {
  bool added;
  Datagram *d = rd_table_put(f->table, key, key_len, &added);
  if (!added && now - d->first > TIMEOUT) {
    refuse(f, d);
    memset(d, 0, sizeof *d);
    added = true;
  }
  if (added) {
    d->first = now;
    f->counts.begun++;
  }
  return d;
}

bool rd_fragments_add(RdFragments *f, RdIp *ip, RdTime now) {
  uint8_t key[RD_TABLE_KEY];
  size_t key_len = key_of(ip, key);
  Datagram *d = find(f, key, key_len, now);
  uint32_t end = ip->at + (uint32_t)MIN(ip->len, LONGEST + 1u);
  f->counts.pieces++;
  if (d->refused || repeated(d, ip, end))
    return false;
  if (!acceptable(d, ip, end)) {
    refuse(f, d);
    return false;
  }
  add_piece(d, ip, end);
  if (d->total == 0 || d->have != d->total)
    return false;
  bool sound = take_whole(f, d, ip);
  rd_table_remove(f->table, key, key_len);
  return sound;
}

RdFragmentCounts rd_fragments_counts(const RdFragments *f) {
  return f->counts;
}
