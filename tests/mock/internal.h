/* mock/internal.h - what the halves of the mock host share; tests see mock/host.h alone. */
#pragma once

#include "lab/drive/host/host.h"
#include "tests/mock/host.h"

typedef struct {
  RdTime at;
  uint64_t sequence;
  MockHost *host;
  RdTimer timer; /* 0: a message instead */
  uint64_t cookie;
  /* a message on its way */
  uint16_t attachment;
  uint64_t entity;
  RdAddress local, remote;
  uint8_t *bytes;
  size_t len;
} MockEvent;

typedef struct {
  char *network, *domain;
  RdAddress first;
  unsigned prefix;
} MockAttach;

typedef struct {
  uint16_t attachment;
  char *name;
  RdAddress address;
} MockName;

typedef struct {
  char *name;
  int64_t n;
} MockTally;

struct MockWorld {
  RdTime now, delay;
  uint64_t seed, sequence, timers, conns;
  bool no_streams; /* connect() is refused */
  bool wired;
  GTree *events; /* MockEvent, by (at, sequence) */
  GPtrArray *hosts;
  bool (*filter)(void *user, MockHost *from, const MockSent *sent);
  void *filter_user;
};

struct MockHost {
  RdBaseHost base; /* first: an RdHost * is a MockHost * */
  MockWorld *world;
  GHashTable *armed; /* RdTimer -> MockEvent */
  GArray *attach, *contract_attach, *names, *attempts;
  GPtrArray *sent, *alerts, *claims, *counters, *operations, *facts, *secrets, *reports;
  GArray *filters; /* RdFilter; size 0: taken away */
  RdActorSetup setup;
  const RdActorOps *ops;
  void *self;
  void (*timer)(void *self, RdTimer id, uint64_t cookie);
  void *timer_self;
  void (*receive)(void *self, const RdMessage *message);
  void *receive_self;
  unsigned logs[RD_LOG_DEBUG + 1], released;
  char *last_log;
  double load;
  RdConn closed; /* last */
  bool fail_send, nameless;
  RdSipScan scan; /* of the message last made */
  RdMessage message;
  uint8_t *message_bytes;
};

MockEvent *mock_event(MockWorld *world, RdTime at); /* added to the world's events */
gpointer mock_id(uint64_t id); /* a key for an int64 hash table */
void mock_carry(MockHost *from, const MockSent *sent);
void mock_host_free(MockHost *mock);
