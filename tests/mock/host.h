/* mock/host.h - an RdHost for unit tests: virtual clock, recorded effects, and a small wire.
 *
 * A MockWorld is a clock and its pending events, run in (time, sequence) order. Hosts live in a
 * world; each plays the host of one part. What a part sends is recorded; with mock_wire() it is
 * also delivered, after a delay, to the host of the same world that owns the address on the same
 * network. Everything is freed by mock_world_free(). Uses GLib; tests only. */
#pragma once

#include <glib.h>

#include "lab/sip/scan.h"
#include "redoubt/plugin.h"

typedef struct MockWorld MockWorld;
typedef struct MockHost MockHost;

/* A send, copied; `bytes` has a NUL behind it, so text can be searched. */
typedef struct {
  RdTime at;
  uint16_t attachment;
  uint8_t protocol;
  uint64_t entity;
  RdConn conn;
  RdAddress local, remote;
  uint64_t count; /* of a train */
  RdTime spacing;
  uint8_t *bytes;
  size_t len;
  RdSipScan *scan; /* NULL if unscannable */
} MockSent;

typedef struct {
  RdTime at;
  uint8_t subject_kind;
  double score;
  char *classes, *subject, *evidence;
} MockAlert;

typedef struct {
  char *kind, *subject;
  double value;
} MockClaim;

typedef struct {
  char *kind, *subject, *object;
  int64_t amount;
  uint64_t entity;
} MockFact;

typedef struct {
  uint16_t attachment;
  char *kind, *subject, *bytes;
} MockSecret;

typedef struct {
  uint32_t member;
  uint8_t *bytes;
  size_t len;
} MockReport;

/* What host->epoch says: 2026-01-01T00:00:00Z. */
#define MOCK_EPOCH INT64_C(1767225600)

MockWorld *mock_world_new(uint64_t seed);
/* From now on every connection is refused by the host itself, as one without streams does. */
void mock_no_streams(MockWorld *world);
/* Frees the hosts, closes no part; NULL is fine. Fails the test if a counter "impossible-events" counted. */
void mock_world_free(MockWorld *world);
RdTime mock_now(const MockWorld *world);
/* Runs every event up to and including `until`, and leaves the clock there. Returns their number. */
unsigned mock_run_until(MockWorld *world, RdTime until);
/* Deliver sends between hosts of this world, `delay` after they were sent. */
void mock_wire(MockWorld *world, RdTime delay);
/* Called for each wired message before it is delivered; false loses it. */
void mock_wire_filter(MockWorld *world,
                      bool (*filter)(void *user, MockHost *from, const MockSent *sent), void *user);

MockHost *mock_host_new(MockWorld *world, const char *name);
RdHost *mock_host(MockHost *mock);
/* Joins a network by "192.0.2.1/24" (address of entity 0 and prefix); the index of the attachment. */
uint16_t mock_attach(MockHost *mock, RdInterface interface, const char *network, const char *domain,
                     const char *prefix);
void mock_population(MockHost *mock, uint64_t entities, RdTime start, RdTime stop);
/* A name that resolve() knows on an attachment, besides the hosts of the world. */
void mock_name(MockHost *mock, uint16_t attachment, const char *name, const char *address);
/* From now on resolve() knows no name at all. */
void mock_forget_names(MockHost *mock);
/* The ends of lines that an attack sits on; borrowed. */
void mock_links(MockHost *mock, uint32_t n, const RdPlace *links);
const RdActorSetup *mock_setup(MockHost *mock);

/* Opens an actor on this host and gives it the timers and messages from now on. NULL: it refused.
 * mock_close() closes it; config is borrowed until then. */
void *mock_open(MockHost *mock, const RdActorOps *ops, const void *config);
void mock_close(MockHost *mock);
void *mock_self(MockHost *mock); /* what open() gave */
void mock_start(MockHost *mock); /* the actor's start(), if it has one */
void mock_stop(MockHost *mock);
/* Timers and messages of something that is no actor (a defense, a bare transaction layer). */
void mock_on_timer(MockHost *mock, void (*timer)(void *self, RdTimer id, uint64_t cookie),
                   void *self);
void mock_on_receive(MockHost *mock, void (*receive)(void *self, const RdMessage *message),
                     void *self);

/* A config struct filled with the defaults of a part's parameter rows (numbers, durations, bools,
 * texts, enums, integers, node names; lists and tables stay NULL). Free with g_free(). */
void *mock_config(const RdPlugin *plugin);
/* Sets a parameter by its key: a number, a duration in seconds, a bool, or a choice
 * by its index. */
void mock_set(const RdPlugin *plugin, void *config, const char *key, double value);
/* The same as text, written as a default is; texts are borrowed. */
void mock_set_text(const RdPlugin *plugin, void *config, const char *key, const char *text);

/* The message that `bytes` from `remote` would be at an attachment of this host, scanned. Valid
 * until the next call on this host. `remote` as "192.0.2.7:5060". */
const RdMessage *mock_message(MockHost *mock, uint16_t attachment, RdDirection direction,
                              const char *remote, const void *bytes, size_t len);
/* Hands such a message to the actor (or mock_on_receive) at once. */
void mock_receive(MockHost *mock, uint16_t attachment, const char *remote, const void *bytes,
                  size_t len);
void mock_receive_text(MockHost *mock, uint16_t attachment, const char *remote, const char *text);
/* A report of another member of the same defense. */
void mock_receive_report(MockHost *mock, uint64_t sender, const void *bytes, size_t len);
/* Any message: OPENED, REFUSED, another entity, a stream... */
void mock_deliver(MockHost *mock, const RdMessage *message);

unsigned mock_n_sent(const MockHost *mock);
const MockSent *mock_sent(const MockHost *mock, unsigned i); /* NULL past the end */
const MockSent *mock_last(const MockHost *mock); /* NULL if none */
void mock_forget_sent(MockHost *mock);
/* Makes send() return false from now on (or succeed again). */
void mock_fail_send(MockHost *mock, bool fail);
RdConn mock_closed(const MockHost *mock); /* the connection that was closed last; 0: none */
void mock_set_load(MockHost *mock, double load);

unsigned mock_n_alerts(const MockHost *mock);
const MockAlert *mock_alert(const MockHost *mock, unsigned i);
unsigned mock_n_attempts(const MockHost *mock);
const RdAttempt *mock_attempt(const MockHost *mock, unsigned i);
unsigned mock_n_claims(const MockHost *mock);
const MockClaim *mock_claim(const MockHost *mock, unsigned i);
unsigned mock_n_logs(const MockHost *mock, RdLogLevel level);
const char *mock_last_log(const MockHost *mock); /* "" if none */
unsigned mock_n_facts(const MockHost *mock);
const MockFact *mock_fact(const MockHost *mock,
                          unsigned i); /* NULL past the end; so the next ones */
const MockSecret *mock_secret(const MockHost *mock, unsigned i);
const MockReport *mock_report(const MockHost *mock, unsigned i);
const RdFilter *mock_filter(const MockHost *mock, unsigned i); /* size 0: taken away again */
int64_t mock_count(const MockHost *mock, const char *counter); /* 0 if never counted */
unsigned mock_spent(const MockHost *mock, const char *operation); /* times spent */
unsigned mock_n_operations(const MockHost *mock); /* names asked for by operation() */
const char *mock_operation(const MockHost *mock, unsigned i);
unsigned mock_pending(const MockHost *mock); /* timers armed */
unsigned mock_n_released(const MockHost *mock); /* release() calls */
