/* service.h - the service that subscribers got: RFC 6076 counted at the caller's edge.
 *
 * An attempt is one row of the ledger: the 401 or 407 of a challenge, the request that answers it
 * and every redial belong to it, so they are never counted as attempts, failures or redirections
 * of their own. docs/result-format.md states every definition. Integer arithmetic. */
#pragma once

#include "lab/result/histogram.h"
#include "lab/result/ledger.h"
#include "lab/text/json.h"

typedef enum {
  RD_CALL_ANSWERED = 0, /* 2xx while the caller was there */
  RD_CALL_CALLER_GONE, /* 2xx after the caller had stopped asking: nobody had this call */
  RD_CALL_BUSY, /* 486, 600 */
  RD_CALL_NO_ANSWER, /* it rang: 480, or 487 after the caller gave up */
  RD_CALL_DECLINED, /* 603 */
  RD_CALL_REDIRECTED, /* 3xx */
  RD_CALL_FAILED, /* any other final response */
  RD_CALL_TIMEOUT, /* none at all */
  RD_CALL_OUTCOMES
} RdCallOutcome;

RdCallOutcome rd_call_outcome(const RdLedgerRow *row);
/* An answered call that ended before its caller wanted, by the will of neither of the two. */
bool rd_call_dropped(const RdLedgerRow *row);
/* Of an answered call, with its plausible times only; 0 of any other. */
RdTime rd_call_talked(const RdLedgerRow *row);
RdTime rd_call_lost_talk(const RdLedgerRow *row); /* of a dropped one */
/* In one world: a registration or message with a 2xx; a call that was answered and not dropped, or
 * that its callee would not take (busy, declined, no answer). */
bool rd_attempt_served(const RdLedgerRow *row);
/* Held against the same attempt in another world (NULL: missing there): the same, but a call that
 * was answered there and not here is not served here, whatever the status. A callee's will is the
 * same in every world, so that one met a line that something else kept busy, or rang too long. */
bool rd_attempt_served_beside(const RdLedgerRow *row, const RdLedgerRow *there);
bool rd_attempt_succeeded(const RdLedgerRow *row); /* 2xx */
/* RRD of a successful registration; successful SRD of a call that rang or was answered; of a
 * message the time to its 2xx. -1: none. */
RdTime rd_attempt_delay(const RdLedgerRow *row);

typedef struct {
  uint64_t attempts, succeeded, timeouts;
  RdHistogram *delay; /* RRD, or a message's time to its 2xx */
} RdRequestCounts;

typedef struct {
  RdRequestCounts registers, messages;
  uint64_t calls, outcomes[RD_CALL_OUTCOMES];
  uint64_t effective; /* SEER's numerator */
  uint64_t ineffective; /* ISA's */
  uint64_t completed; /* SCR's */
  uint64_t dropped; /* of those answered */
  uint64_t served; /* of all calls */
  RdTime talked, lost_talk; /* sums over calls answered, and over those dropped */
  RdHistogram *srd, *srd_failed, *sdd, *sdt;
} RdService;

void rd_service_init(RdService *s);
void rd_service_add(RdService *s, const RdLedgerRow *row);
/* Members of an object that is open: "register", "call", "message". */
void rd_service_write(const RdService *s, RdJson *j);
void rd_service_clear(RdService *s);

/* 100 * part / whole; NaN when whole is 0. */
double rd_percent(uint64_t part, uint64_t whole);
/* {n, mean, p50, p95, p99, max}. */
void rd_histogram_write(const RdHistogram *h, RdJson *j, const char *key);
