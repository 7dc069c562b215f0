/* compare.h - what legitimate subscribers lost, and to whom: four worlds on one seed, an attempt at
 * a time.
 *
 * Worlds: N nothing, A attack, B attack and defense (both), D defense alone. An attempt is *served*
 * if by the end of the trial it got what the network owes it: a registration or message with a 2xx;
 * a call that was answered while its caller was there and not torn down, or whose callee was busy,
 * declined or let it ring. A call that N answered and this world did not is not served here, whatever
 * its status (rd_attempt_served_beside). A missing row is an attempt that was not served. By
 * (N, A, B, D), 1 = served:
 *
 *   0 any any any   baseline         it fails without attack or defense: nobody's fault
 *   1  1   1   1    served           in all four
 *   1  1   0   1    interaction      neither alone loses it, both together do
 *   1  1   *   0    lost to defense  the defense alone loses it, the attack alone does not
 *   1  0   0   1    lost to attack   the attack loses it, and the defense does not help
 *   1  0   0   0    either           each alone loses it
 *   1  0   1   *    rescued          the attack loses it, with the defense it is served
 *
 * The counts of all 16 combinations are kept too, so that 1110 (lost to the defense only while there
 * is no attack) and 1010 (rescued, though lost in peace) can be told apart. docs/method.md. */
#pragma once

#include <glib.h>

#include "lab/result/ledger.h"

typedef enum { RD_IN_N = 0, RD_IN_A, RD_IN_B, RD_IN_D, RD_WORLDS } RdWorldOf;

typedef enum {
  RD_FATE_BASELINE = 0,
  RD_FATE_SERVED,
  RD_FATE_LOST_TO_ATTACK,
  RD_FATE_LOST_TO_DEFENSE,
  RD_FATE_EITHER,
  RD_FATE_INTERACTION,
  RD_FATE_RESCUED,
  RD_FATES
} RdFate;

const char *rd_fate_name(RdFate fate); /* "lost-to-attack" */
RdFate rd_fate(bool n, bool a, bool b, bool d);

/* Index of a combination in `combinations`: N A B D as binary digits, N first. */
static inline unsigned rd_combination(bool n, bool a, bool b, bool d) {
  return (unsigned)n << 3 | (unsigned)a << 2 | (unsigned)b << 1 | (unsigned)d;
}

/* Delay in a world less delay in N, over attempts that have one in both (RRD, successful SRD). */
typedef struct {
  uint64_t n;
  double mean, p50, p95; /* ns; NaN if n == 0 */
} RdAddedDelay;

typedef struct {
  uint64_t attempts; /* legitimate ones in any world, begun in the window */
  uint64_t missing; /* of these, in at least one world no row */
  uint64_t combinations[16], fates[RD_FATES];
  uint64_t lost[RD_WORLDS]; /* served in N but not there */
  uint64_t gained[RD_WORLDS]; /* there but not in N; or answered there and not in N */
  RdAddedDelay added[RD_WORLDS]; /* [RD_IN_N]: 0 by its making */
} RdComparison;

typedef struct {
  RdComparison registers, calls, messages;
} RdComparisons;

/* Folders by RdWorldOf. Attempts are matched by (node, entity, kind, attempt); one whose causes
 * are clean in N is legitimate everywhere. Window: begun in [from, to). */
bool rd_compare_worlds(const char *const folders[RD_WORLDS], RdTime from, RdTime to,
                       RdComparisons *ret, GError **error);

/* Two worlds of one seed: what `world` lost and gained against `baseline`, for any window. */
typedef struct {
  uint64_t attempts; /* legitimate ones, begun in the window */
  uint64_t lost, gained; /* as in RdComparison; never both for one attempt */
  uint64_t missing; /* no row in one of the two */
} RdChange;

typedef struct {
  RdChange registers, calls, messages, all;
} RdChanges;

typedef struct RdPair RdPair;
RdPair *rd_pair_open(const char *baseline, const char *world, GError **error);
/* As legitimate count attempts, too, that nobody but `twins` (bits of the trial's attacks) caused. */
RdPair *rd_pair_open_with(const char *baseline, const char *world, uint64_t twins, GError **error);
RdChanges rd_pair_changes(const RdPair *pair, RdTime from, RdTime to); /* begun in [from, to) */
/* Begun in [first, to), and not over before `from` in the baseline (or here, if it has none there): what
 * was begun before can be lost, too, while it rings or talks. */
RdChanges rd_pair_under_way(const RdPair *pair, RdTime first, RdTime from, RdTime to);
void rd_pair_free(RdPair *pair); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdPair, rd_pair_free)

/* How far two worlds that should be alike are apart. A placebo (a pass-all defense of zero cost)
 * must give zero everywhere; a tiny perturbation gives the noise floor that losses are read
 * against. */
typedef struct {
  uint64_t attempts, missing;
  uint64_t served_differs; /* lost or gained from one to the other */
  uint64_t status_differs;
  uint64_t times_differ; /* any of the times and spans */
  RdTime largest_shift; /* of a time that both reached */
} RdDrift;

bool rd_compare_drift(const char *world, const char *other, RdTime from, RdTime to, RdDrift *ret,
                      GError **error);
