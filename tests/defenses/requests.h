/* requests.h - well-formed messages to put before a defense: requests from a source of choice, answers to
 * them, what leaves, and answers to what the defense itself sent. */
#pragma once

#include "tests/mock/host.h"

/* One host with one defense opened on it, at one place. */
typedef struct {
  MockWorld *world;
  MockHost *mock;
  const RdPlugin *plugin;
  void *config, *self;
  uint64_t sent;
  char *last, *last_remote; /* the request judged last */
} Bench;

void bench_open(Bench *b, const RdPlugin *plugin, const void *config); /* takes nothing */
void bench_close(Bench *b);
/* Judges a request of `method` from 198.18.x.y (source = x * 256 + y) at the present time. */
RdVerdict bench_request(Bench *b, const char *method, unsigned source);
/* The same from an address of choice, as "[2001:db8::1]:5060"; the From is source's. */
RdVerdict bench_request_from(Bench *b, const char *method, const char *remote, unsigned source);
/* The same at egress: a request on its way to that address. */
RdVerdict bench_egress(Bench *b, const char *method, unsigned source);
/* An answer to the request that was judged last, from (ingress) or to (egress) where that one came
 * from. */
RdVerdict bench_answer(Bench *b, RdDirection direction, unsigned status);
/* Answers request `i` of those that the defense itself sent, by its receive(). */
void bench_receive(Bench *b, unsigned i, unsigned status);
RdVerdict bench_bytes(Bench *b, RdDirection direction, const char *bytes, size_t len);
/* Moves the clock on. */
void bench_wait(Bench *b, RdTime time);
