/* bridge.h - the driver on real sockets: one node between an access side and a core side, judged at
 * its access side by a chain of defenses.
 *
 * One thread, UDP on loopback alone. Time is the monotonic clock since rd_bridge_new(), but work has a
 * time of its own: a message is judged at the time it was read, and before it every timer due by then
 * runs at the very time it was armed for. So what was recorded gives the same verdicts when replayed.
 * Effects of a message leave when its work is done. */
#pragma once

#include "lab/capture/pcapng.h"
#include "lab/drive/host/host.h"
#include "lab/plugin/loader.h"
#include "redoubt/defense.h"

enum { RD_SIDE_ACCESS = 0, RD_SIDE_CORE = 1, RD_SIDES = 2 };
enum { RD_LIVE_BENIGN = 0, RD_LIVE_INDUCED = 1, RD_LIVE_ATTACK = 2, RD_LIVE_TRUTHS = 3 };

typedef struct {
  const char *name;
  const RdPart *part;
  const void *config;
} RdBridgeDefense;

typedef struct {
  uint64_t seed;
  const char *name; /* of the node */
  const RdPart *part;
  const void *config;
  RdAddress addresses[RD_SIDES]; /* loopback; port 0: a free one */
  const char *networks[RD_SIDES], *domains[RD_SIDES];
  RdInterface interfaces[RD_SIDES];
  RdAddress core; /* this IP is on the core side, every other on the access side */
  RdAddress attacker; /* what comes from this IP, and calls that name it, is the attack's */
  const RdBridgeDefense *defenses;
  unsigned n_defenses;
  const char *capture, *verdicts; /* files to write the judge point to; NULL: none */
  void (*log)(void *user, const char *instance, RdLogLevel level, const char *text);
  void *user;
} RdBridgeSpec;

typedef struct {
  uint64_t received, sent, judged, alerts;
  uint64_t actions[RD_LIVE_TRUTHS][RD_ACTION_COUNT]; /* of messages coming in */
  uint64_t not_judged[RD_LIVE_TRUTHS]; /* of these, passed by defenses that did not look at them */
  uint64_t overflowed; /* dropped by the kernel before we read them */
  uint64_t refused; /* sends to somewhere else than loopback */
  uint64_t send_failed;
  RdTime first_alert; /* RD_NEVER: none */
  RdTime busy; /* time spent at work */
} RdBridgeCounts;

typedef struct RdBridge RdBridge;

/* What the spec points at stays valid until rd_bridge_free(). */
RdBridge *rd_bridge_new(const RdBridgeSpec *spec, GError **error);
RdAddress rd_bridge_address(const RdBridge *b, unsigned side);
RdTime rd_bridge_clock(const RdBridge *b); /* since it was made */
/* Works for `span` ns, or until a signal arrives. */
void rd_bridge_run(RdBridge *b, RdTime span);
const RdBridgeCounts *rd_bridge_counts(const RdBridge *b);
const RdBaseHost *rd_bridge_node(const RdBridge *b);
const RdBaseHost *rd_bridge_defense(const RdBridge *b, unsigned i);
/* Closes parts and files. False: a file could not be written. Frees b; NULL is fine. */
bool rd_bridge_close(RdBridge *b, GError **error);
