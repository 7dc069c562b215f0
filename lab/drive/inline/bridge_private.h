/* bridge_private.h - the bridge's insides, shared by its three files. */
#pragma once

#include <stdio.h>

#include "lab/drive/host/wheel.h"
#include "lab/drive/inline/bridge.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/judge/chain.h"
#include "lab/drive/judge/hold.h"
#include "lab/drive/judge/verdict.h"

enum { RD_BRIDGE_HELD = 65536, RD_BRIDGE_DATAGRAM = 65536 };

typedef struct {
  int fd;
  RdAddress address;
  RdPlace place;
  uint32_t dropped;
} RdBridgeSide;

typedef struct {
  RdBaseHost base; /* first */
  RdBridge *bridge;
  RdJudge *judge;
  GHashTable *held; /* ticket -> RdParked */
} RdBridgeJudge;

typedef struct {
  RdBaseHost base; /* first */
  RdBridge *bridge;
  void *self;
} RdBridgeNode;

/* A message on its way: an effect not yet sent, one delayed, or one held. */
typedef struct {
  RdBridgeJudge *judge; /* who holds it; NULL: nobody */
  RdTicket ticket;
  RdTimer timer;
  uint8_t fallback, direction, side;
  RdVerdict *verdict; /* what it goes on under, owned; NULL: not released */
  bool unjudged; /* goes out as it is: a defense's own, or a stateless answer */
  unsigned next; /* link to go on from */
  RdAddress local, remote;
  size_t len;
  uint8_t bytes[];
} RdParked;

typedef enum { RD_ALARM_NODE, RD_ALARM_JUDGE, RD_ALARM_PARKED } RdAlarmKind;

typedef struct {
  RdAlarmKind kind;
  void *of;
  uint64_t cookie;
} RdAlarm;

struct RdBridge {
  RdBridgeSpec spec;
  RdBridgeSide sides[RD_SIDES];
  RdBridgeNode node;
  RdAttachment attachments[RD_SIDES];
  RdActorSetup setup;
  RdBridgeJudge *judges;
  RdChain *chain; /* at the access side */
  RdWheel *wheel;
  GQueue effects; /* RdParked */
  uint64_t parked;
  RdTime zero, now; /* monotonic at the start; of the work in hand */
  RdTime second; /* the load of which second is being counted */
  RdTime busy_now, busy_before;
  RdWorst worst;
  RdView view_in, view_out;
  uint8_t bytes[RD_BRIDGE_DATAGRAM];
  RdPcapng *capture;
  FILE *verdicts;
  GString *line;
  RdBridgeCounts counts;
};

/* bridge_host.c */
void rd_bridge_lend_node(RdBridge *b);
void rd_bridge_lend_judge(RdBridge *b, RdBridgeJudge *j, const char *name);
RdParked *rd_bridge_park(const RdMessage *m, uint8_t side);
RdTimer rd_bridge_alarm(RdBridge *b, RdTime at, const RdAlarm *alarm);

/* bridge_judge.c */
void rd_bridge_ingress(RdBridge *b, uint8_t side, const RdAddress *from, const uint8_t *bytes,
                       size_t len);
void rd_bridge_flush(RdBridge *b); /* sends the effects of the work just done */
/* Ends a hold: p goes on with the effects, under the verdict. */
bool rd_bridge_release(RdBridge *b, RdParked *p,
                       const RdVerdict *verdict); /* false: it is no verdict */
void rd_bridge_parked_free(void *parked);
void rd_bridge_observe(void *user, RdJudge *judge, const RdMessage *m, const RdVerdict *v);
