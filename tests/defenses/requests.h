/* requests.h - well-formed requests to put before a defense, from a source of choice. */
#pragma once

#include "tests/mock/host.h"

/* One host with one defense opened on it, at one place. */
typedef struct {
  MockWorld *world;
  MockHost *mock;
  const RdPlugin *plugin;
  void *config, *self;
  uint64_t sent;
} Bench;

void bench_open(Bench *b, const RdPlugin *plugin, const void *config); /* takes nothing */
void bench_close(Bench *b);
/* Judges a request of `method` from 198.18.x.y (source = x * 256 + y) at the present time. */
RdVerdict bench_request(Bench *b, const char *method, unsigned source);
/* The same from an address of choice, as "[2001:db8::1]:5060"; the From is source's. */
RdVerdict bench_request_from(Bench *b, const char *method, const char *remote, unsigned source);
RdVerdict bench_bytes(Bench *b, RdDirection direction, const char *bytes, size_t len);
/* Moves the clock on. */
void bench_wait(Bench *b, RdTime time);
