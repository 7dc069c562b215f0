/* result.h - counts a trial while it runs, and writes result.json when it is over.
 *
 * Histograms and counters only: memory grows with defenses and nodes, not with time. Everything
 * here is integer or basic IEEE arithmetic, so the same trial writes the same bytes. */
#pragma once

#include <glib.h>

#include "lab/config/trial.h"
#include "lab/result/ledger.h"
#include "redoubt/defense.h"

/* What a message truly is. */
typedef enum { RD_BENIGN = 0, RD_INDUCED = 1, RD_ATTACKED = 2, RD_TRUTH_COUNT = 3 } RdTruth;

typedef struct RdResult RdResult;
RdResult *rd_result_new(const RdTrial *trial);

/* A subscriber's attempt is over (also goes to the ledger, by the caller). Rows with causes == 0,
 * begun after the warm-up, count as legitimate. */
void rd_result_attempt(RdResult *r, const RdLedgerRow *row);

/* A defense judged a message at place `place` (index into its trial places). `causes`: bit per
 * attack. cost in modelled ns. */
void rd_result_judged(RdResult *r, unsigned defense, unsigned place, RdTruth truth, uint64_t causes,
                      uint8_t method, const RdVerdict *verdict, RdTime at, RdTime cost);
/* Whose an alert's subject is: bits of attacks, those of twins among them. */
typedef struct {
  uint64_t sent; /* that have themselves sent from it, as it or in it */
  uint64_t targeted; /* that have aimed at it */
  bool legit; /* a legitimate subscriber's or a node's own */
} RdWhose;

/* What an alert is worth. Of an attack it can only be one of the first three if it comes in the attack's
 * window (or 10 s after) and its classes name the attack's family. */
typedef enum {
  RD_ALERT_TRUE = 0, /* the subject is the attack's alone */
  RD_ALERT_TRUE_HITS_VICTIM, /* the attack's, and a subscriber's, a node's or a twin's as well: acting
                                on it hits both */
  RD_ALERT_VICTIM, /* the attack has aimed at it and never used it: nothing found, nothing invented */
  RD_ALERT_FALSE,
  RD_ALERT_KINDS
} RdAlertKind;
const char *rd_alert_kind_name(RdAlertKind kind); /* "true_hits_victim" */

/* A defense raised an alert. Returns what it counted it as. */
RdAlertKind rd_result_alert(RdResult *r, unsigned defense, const RdAlert *alert,
                            const RdWhose *whose, RdTime at);
/* A rule of a defense dropped a packet before the queue. */
void rd_result_filtered(RdResult *r, unsigned defense, RdTruth truth, uint64_t causes, RdTime at);
/* A member of a defense that stands apart told another something, or it was lost on the way. */
void rd_result_report(RdResult *r, unsigned defense, size_t bytes, bool lost);
void rd_result_defense_state(RdResult *r, unsigned defense, uint64_t entries, uint64_t bytes);
/* Attack messages sent (depth 0): `count` of so many octets each. */
void rd_result_attack_sent(RdResult *r, unsigned attack, uint64_t count, size_t bytes);
void rd_result_claim(RdResult *r, unsigned attack, const char *kind, double value, bool truth);

/* A node noted a fact (it goes to facts.jsonl by the caller). `causes`: bit per attack. */
void rd_result_fact(RdResult *r, const char *kind, int64_t amount, uint64_t causes);

/* The queues and workers of a node with a CPU. `wait` in queue, `service` on a worker. Called when a
 * message leaves; overflow when it never entered the queue at attachment `attach`. truth: of the
 * message. */
void rd_result_served(RdResult *r, unsigned node, RdTruth truth, RdTime wait, RdTime service);
/* The same of a train, at a node that is infinitely fast. */
void rd_result_served_at_once(RdResult *r, unsigned node, RdTruth truth, uint64_t count);
void rd_result_overflow(RdResult *r, unsigned node, unsigned attach, RdTruth truth);

typedef struct {
  uint64_t arrived, served, overflowed, waiting, in_service; /* at the end of the trial */
  double busy; /* worker-seconds used / available, in [0, 1] */
  RdTime busy_time; /* worker-nanoseconds used: messages and timers */
  RdTime area; /* integral of messages present over time: Little's L x T, counted by the clock */
  RdTime sojourn; /* sum of times present, counted by the message, those still there included */
  uint32_t peak_queue; /* in all its queues */
  uint64_t workers; /* in all; 0: no CPU model */
} RdNodeCounts;

/* The receive queue at one of the node's addresses. */
typedef struct {
  uint64_t arrived, taken, overflowed, waiting; /* taken: by a worker */
  uint32_t peak; /* messages */
  uint64_t peak_bytes; /* of kernel memory */
} RdQueueCounts;
void rd_result_queue(RdResult *r, unsigned node, unsigned attach, const RdQueueCounts *counts);
void rd_result_node(RdResult *r, unsigned node, const RdNodeCounts *counts);

typedef struct {
  uint64_t sent, received, lost, queue_dropped, no_route, no_socket, in_flight, fragments_lost,
      filtered, intercepted; /* by a rule before the queue; by an attack on the line */
} RdNetworkCounts;
void rd_result_network(RdResult *r, unsigned network, const RdNetworkCounts *counts);

/* A named counter of an instance (node, attack or defense), at the end. */
void rd_result_counter(RdResult *r, RdPartKind kind, unsigned index, const char *name,
                       int64_t value);
void rd_result_engine(RdResult *r, uint64_t events, uint64_t messages);

/* What only a world on real sockets has. */
typedef struct {
  RdTime late_p50, late_p95, late_p99, late_max; /* how long after its time each event ran */
  double busy; /* share of the time that this program did not wait */
  uint64_t datagrams, connections; /* that the kernel carried */
  uint64_t kernel_dropped; /* datagrams that a full socket lost */
  uint64_t strangers; /* datagrams and connections that nobody of the trial sent */
} RdLiveCounts;
void rd_result_live(RdResult *r, const RdLiveCounts *counts);
/* The loopback addresses that stand for a network's. */
void rd_result_loopback(RdResult *r, unsigned network, const char *addresses);

/* Checks conservation (sent = received + dropped + in flight; arrived = served + overflowed +
 * waiting + in service, and = taken + overflowed + waiting in each queue) and Little's law (area == sojourn, to the nanosecond), writes result.json
 * into the folder. False with *error: a law is broken (which, where, by how much) or I/O failed. */
bool rd_result_write(RdResult *r, const char *world_folder, GError **error);
void rd_result_free(RdResult *r); /* NULL is fine */
