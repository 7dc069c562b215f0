/* buffer.h - the receive buffer of a UDP socket, as Linux accounts for it (net/ipv4/udp.c, 4.10 and
 * later). Counts bytes of kernel memory, not of messages; the messages themselves are elsewhere.
 *
 * The receiving attachment has two queues: datagrams arrive at one, the reader takes from the other, and
 * swaps the whole first one over when its own is empty. The room of what it has taken is given back
 * only when that reaches a quarter of the buffer, or its queue is empty. So a reader that cannot
 * keep up frees room for many datagrams at a time, and no arrival is sure to come just after one
 * read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t capacity; /* what SO_RCVBUF reads back; 0: nothing waits here */
  uint64_t charged; /* memory that counts against it, the deficit included */
  uint64_t deficit; /* of what was taken, and has not been given back */
  uint64_t peak; /* of charged */
  uint32_t arrived, reading; /* datagrams in the two queues */
} RdBuffer;

/* What a datagram of `len` octets is charged: for each of its IP fragments a struct sk_buff and the
 * memory block for its head. `family` is 4 or 6. */
uint32_t rd_buffer_charge(size_t len, unsigned family);
/* False: no room, the datagram is dropped. */
bool rd_buffer_put(RdBuffer *b, uint32_t charge);
/* The datagram that has waited longest, and was charged this, is taken. */
void rd_buffer_take(RdBuffer *b, uint32_t charge);
