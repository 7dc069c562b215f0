/* replay.h - the driver of defenses over captured messages.
 *
 * Capture time is the clock: before each message, timers due by then run, in time order. The loop is
 * open: verdicts are written down, but traffic that already happened cannot react to them, what a
 * defense sends goes nowhere, and load() is 0. Never mix its numbers with a simulator's. */
#pragma once

#include "lab/capture/reader.h"
#include "lab/drive/host/host.h"
#include "lab/drive/pcap/places.h"
#include "lab/plugin/loader.h"

typedef struct {
  const char *name; /* of the instance: keys its random numbers */
  const RdPart *part;
  const void *config; /* valid until rd_replay_free() */
} RdReplayDefense;

typedef struct {
  uint64_t seed;
  const RdReplayDefense *defenses; /* ingress judges first to last, egress last to first */
  unsigned n_defenses;
  const RdPlaces *places; /* at least one; valid until rd_replay_free() */
  RdAddress local; /* foreign captures: messages from here are egress; family 0: all are ingress */
  bool from_zero; /* the clock begins at 0, not at the first message's time */
  void (*line)(void *user, const GString *line); /* a verdict, verdict.h; valid for the call */
  void (*alert)(void *user, const char *defense, RdTime at, const RdAlert *alert); /* or NULL */
  void (*log)(void *user, const char *defense, RdLogLevel level, const char *text);
  void *user;
} RdReplaySpec;

typedef struct {
  uint64_t messages, alerts, actions[RD_ACTION_COUNT];
  uint64_t judged; /* of the messages, those that a defense gave a score */
  uint64_t sent; /* by defenses, into the void */
  uint64_t released; /* held messages released before their deadline */
  uint64_t postponed; /* timers put off: a gap in time held more than a million of them */
} RdReplayCounts;

typedef struct RdReplay RdReplay;

/* Checks the spec; defenses are opened by the first message, when the time is known. */
RdReplay *rd_replay_new(const RdReplaySpec *spec);
/* False: a defense refused to open. */
bool rd_replay_message(RdReplay *r, const RdCaptureMessage *message, GError **error);
const RdReplayCounts *rd_replay_counts(const RdReplay *r);
/* A defense's counters: fills name and value of the i-th; false past the last. */
bool rd_replay_counter(const RdReplay *r, unsigned defense, unsigned i, const char **ret_name,
                       int64_t *ret_value);
void rd_replay_free(RdReplay *r); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdReplay, rd_replay_free)
