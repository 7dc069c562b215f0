/* lab/drive/world/buffer.c beside the buffer of a real UDP socket on loopback: the same datagrams sent
 * and read, the memory charged and the drops compared after every one (SO_MEMINFO, Linux 4.12). Skipped
 * where the kernel is another, or builds its packets otherwise: then the model is not of it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lab/drive/world/buffer.h"
#include "tests/check_main.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
enum { RMEM_ALLOC = 0, DROPS = 8, ROOM = 65536 }; /* linux/sock_diag.h */

static char octets[ROOM];

typedef struct {
  int to, from;
  unsigned family;
} Pair;

static bool pair_open(Pair *p, unsigned family) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr *at = family == 4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
  socklen_t len = family == 4 ? sizeof v4 : sizeof v6;
  p->family = family;
  p->to = socket(at->sa_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  p->from = socket(at->sa_family, SOCK_DGRAM, 0);
  return p->to >= 0 && p->from >= 0 && bind(p->to, at, len) == 0 &&
         getsockname(p->to, at, &len) == 0 && connect(p->from, at, len) == 0;
}

static void pair_close(Pair *p) {
  close(p->to);
  close(p->from);
}

/* False: not this kernel. */
static bool books(const Pair *p, uint32_t *ret_charged, uint32_t *ret_drops) {
  uint32_t info[16] = {0};
  socklen_t len = sizeof info;
  if (getsockopt(p->to, SOL_SOCKET, SO_MEMINFO, info, &len) != 0 || len <= DROPS * sizeof *info)
    return false;
  *ret_charged = info[RMEM_ALLOC];
  *ret_drops = info[DROPS];
  return true;
}

/* A busy kernel delivers a little later than send() returns: waits up to two seconds. */
static void expect(const Pair *p, const RdBuffer *b, uint32_t drops) {
  uint32_t charged = 0, dropped = 0;
  for (int i = 0; i < 2000; i++) {
    ck_assert(books(p, &charged, &dropped));
    if (charged == b->charged && dropped == drops)
      return;
    usleep(1000);
  }
  ck_abort_msg("charged %u, dropped %u; the model: %u, %u", charged, dropped, (unsigned)b->charged,
               drops);
}

static void send_one(const Pair *p, size_t len) {
  ck_assert_int_eq(send(p->from, octets, len, 0), (ssize_t)len);
}

static uint64_t capacity_of(const Pair *p) {
  int capacity = 0;
  socklen_t len = sizeof capacity;
  return getsockopt(p->to, SOL_SOCKET, SO_RCVBUF, &capacity, &len) == 0 ? (uint64_t)capacity : 0;
}

static void send_both(const Pair *p, RdBuffer *b, size_t len, uint32_t *drops) {
  send_one(p, len);
  *drops += !rd_buffer_put(b, rd_buffer_charge(len, p->family));
  expect(p, b, *drops);
}

/* Fills it, floods it while it is read, reads it empty. */
static void compare(const Pair *p, size_t len) {
  RdBuffer b = {.capacity = capacity_of(p)};
  uint32_t drops = 0;
  for (int i = 0; i < 400; i++)
    send_both(p, &b, len, &drops);
  ck_assert_uint_gt(drops, 0);
  for (int reads = 0; b.arrived + b.reading > 0; reads++) {
    ck_assert_int_eq(recv(p->to, octets, sizeof octets, 0), (ssize_t)len);
    rd_buffer_take(&b, rd_buffer_charge(len, p->family));
    expect(p, &b, drops);
    for (int i = 0; i < 3 && reads < 300; i++)
      send_both(p, &b, len, &drops);
  }
  ck_assert_int_eq(recv(p->to, octets, sizeof octets, 0), -1);
}

/* Loopback does not cut packets at 1500 octets: fragments are not compared. */
START_TEST(every_step_is_the_kernels) {
  static const size_t sizes[] = {198, 400, 632, 646, 1000, 1452};
  for (unsigned family = 4; family <= 6; family += 2)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      Pair p;
      bool open = pair_open(&p, family);
      ck_assert(open || family == 6); /* there may be no IPv6 here */
      if (open)
        compare(&p, sizes[i]);
      pair_close(&p);
    }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("socket-buffer");
  TCase *t = tcase_create("socket-buffer");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, every_step_is_the_kernels);
  suite_add_tcase(s, t);
  return s;
}

/* Does this kernel charge a datagram what the model says, and look at the newcomer's size (6.15)? */
static bool same_kernel(void) {
  Pair p;
  uint32_t one = 0, full = 0, drops = 0;
  bool same = pair_open(&p, 4);
  for (int i = 0; same && i < 1000; i++) {
    same = send(p.from, octets, 400, 0) == 400;
    if (i == 0) {
      usleep(100000);
      same = same && books(&p, &one, &drops);
    }
  }
  usleep(100000);
  same = same && books(&p, &full, &drops);
  same = same && one == rd_buffer_charge(400, 4) && full <= capacity_of(&p) && drops > 0;
  pair_close(&p);
  return same;
}

int main(void) {
  if (!same_kernel()) {
    struct utsname name;
    uname(&name);
    printf("1..0 # SKIP %s %s keeps other books of a socket's memory\n", name.sysname,
           name.release);
    return 0;
  }
  return rd_check_main(make);
}
