#include "lab/drive/inline/map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/world/place.h"

/* Second bytes that blocks begin at; places of a block's /16; hosts of an IPv6 network's first /64. */
enum { FIRST_UNIT = 64, LAST_UNIT = 250, UNIT = 65536, SERVERS = 256 };
#define LOOPBACK (UINT32_C(127) << 24)

struct RdMap {
  const RdNetwork *network;
  uint32_t base; /* host order */
  uint64_t size; /* addresses; 0: each stands for itself */
  int locks[LAST_UNIT + 1]; /* a socket a /16, -1 none */
  char text[32];
};

/* --- blocks ----------------------------------------------------------------------------------- */

/* Nobody else on this machine has the /16: an abstract name that goes with its process. -1: taken. */
static int lock_unit(unsigned unit) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int n = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "redoubt-live-127.%u", unit);
  socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, len) == 0)
    return fd;
  close(fd);
  errno = EADDRINUSE;
  return -1;
}

static void unlock(RdMap *map, unsigned from, unsigned to) {
  for (unsigned u = from; u < to; u++) {
    if (map->locks[u] >= 0)
      close(map->locks[u]);
    map->locks[u] = -1;
  }
}

/* All of so many /16 in a row, or none. */
static bool lock_units(RdMap *map, unsigned first, unsigned units) {
  for (unsigned u = first; u < first + units; u++) {
    map->locks[u] = lock_unit(u);
    if (map->locks[u] < 0) {
      int code = errno;
      unlock(map, first, u);
      errno = code;
      return false;
    }
  }
  return true;
}

static bool claim(RdMap *map, uint64_t places) {
  uint64_t units = 1;
  while (units * UNIT < places)
    units *= 2;
  for (uint64_t first = (FIRST_UNIT + units - 1) / units * units; first + units - 1 <= LAST_UNIT;
       first += units)
    if (lock_units(map, (unsigned)first, (unsigned)units)) {
      map->base = LOOPBACK | (uint32_t)first << 16;
      map->size = units * UNIT;
      return true;
    }
  return false;
}

static unsigned prefix_length(uint64_t size) {
  unsigned bits = 32;
  for (; size > 1; size /= 2)
    bits--;
  return bits;
}

RdMap *rd_map_new(const RdNetwork *network, uint64_t places, GError **error) {
  RdMap *map = g_new0(RdMap, 1);
  map->network = network;
  for (unsigned u = 0; u <= LAST_UNIT; u++)
    map->locks[u] = -1;
  bool there = rd_is_loopback(&network->prefix) && network->prefix.family == 4;
  errno = EADDRINUSE;
  if (!there && !claim(map, places)) {
    int code = errno;
    bool never = places > (uint64_t)(LAST_UNIT - FIRST_UNIT) / 2 * UNIT;
    g_set_error(error, RD_INLINE_ERROR, 0,
                "network %s: no %" G_GUINT64_FORMAT " addresses of 127.%d to 127.%d: %s",
                network->name, places, FIRST_UNIT, LAST_UNIT,
                never ? "too large for loopback" : rd_loopback_reason(code));
    g_free(map);
    return NULL;
  }
  RdAddress base = there ? network->prefix : rd_address_ip4(map->base, 0);
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(&base, ip);
  snprintf(map->text, sizeof map->text, "%.18s/%u", ip,
           there ? network->prefix_length : prefix_length(map->size));
  return map;
}

const char *rd_map_text(const RdMap *map) {
  return map->text;
}

void rd_map_free(RdMap *map) {
  if (!map)
    return;
  unlock(map, 0, LAST_UNIT + 1);
  g_free(map);
}

/* --- addresses -------------------------------------------------------------------------------- */

uint64_t rd_map_index(const RdNetwork *network, uint64_t place) {
  if (network->prefix.family == 4)
    return place;
  if (place >= RD_NETS)
    return SERVERS - 1 + (place - RD_NETS);
  return place < SERVERS ? place : UINT64_MAX;
}

static uint64_t picked(const RdAddress *a) {
  uint64_t high, low;
  memcpy(&high, a->ip, sizeof high);
  memcpy(&low, a->ip + sizeof high, sizeof low);
  return rd_mix(high, low) % (UNIT - 2) + 1;
}

RdAddress rd_map_to(const RdMap *map, const RdAddress *a) {
  uint64_t place, index = UINT64_MAX;
  if (rd_place_of(map->network, a, &place))
    index = rd_map_index(map->network, place);
  RdAddress to;
  if (map->size == 0) {
    to = index == UINT64_MAX ? rd_address_ip4(LOOPBACK | (uint32_t)picked(a), a->port) : *a;
  } else {
    to = rd_address_ip4(map->base + (uint32_t)(index < map->size ? index : picked(a)), a->port);
  }
  to.transport = a->transport;
  return to;
}
