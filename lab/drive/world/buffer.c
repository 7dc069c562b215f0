#include "lab/drive/world/buffer.h"

/* Of x86-64 and arm64: cache lines of 64 octets; struct sk_buff and, behind the packet in the same
 * block, struct skb_shared_info, both in whole lines. In front of the packet there is room for the
 * link's header and alignment. */
enum { LINE = 64, SK_BUFF = 256, SHARED_INFO = 320, RESERVE_4 = 31, RESERVE_6 = 24 };
/* Blocks come in powers of two, but for one size of small heads (6.3 and later; the size depends on
 * what the kernel was built with, and no SIP message is that small). */
enum { SMALL_HEAD = 256, SMALL_BLOCK = 576 };
enum { MTU = 1500, UDP_HEADER = 8, IPV4_HEADER = 20, IPV6_HEADER = 40, FRAGMENT_HEADER = 8 };

static uint32_t one_packet(size_t packet, unsigned reserve) {
  uint32_t head = ((uint32_t)packet + reserve + LINE - 1) / LINE * LINE;
  uint32_t block = 1024;
  if (head <= SMALL_HEAD)
    return SK_BUFF + SMALL_BLOCK;
  while (block < head + SHARED_INFO)
    block *= 2;
  return SK_BUFF + block;
}

uint32_t rd_buffer_charge(size_t len, unsigned family) {
  unsigned header = family == 6 ? IPV6_HEADER : IPV4_HEADER;
  unsigned reserve = family == 6 ? RESERVE_6 : RESERVE_4;
  size_t left = len + UDP_HEADER;
  if (header + left <= MTU)
    return one_packet(header + left, reserve);
  header += family == 6 ? FRAGMENT_HEADER : 0;
  size_t each = (MTU - header) / 8 * 8;
  uint32_t charge = 0;
  for (; left > each; left -= each)
    charge += one_packet(header + each, reserve);
  return charge + one_packet(header + left, reserve);
}

/* Kernels before 6.15 let in one more: they look at what is charged without the newcomer. */
bool rd_buffer_put(RdBuffer *b, uint32_t charge) {
  if (b->charged + charge > b->capacity && (b->charged > 0 || b->capacity == 0))
    return false;
  b->charged += charge;
  b->peak = b->charged > b->peak ? b->charged : b->peak;
  b->arrived++;
  return true;
}

static void swap_over(RdBuffer *b) {
  b->reading += b->arrived;
  b->arrived = 0;
}

void rd_buffer_take(RdBuffer *b, uint32_t charge) {
  if (b->reading == 0)
    swap_over(b);
  b->reading--;
  b->deficit += charge;
  if (b->deficit < b->capacity / 4 && b->reading > 0)
    return;
  b->charged -= b->deficit;
  b->deficit = 0;
  swap_over(b);
}
