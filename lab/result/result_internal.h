/* result_internal.h - what a trial has counted so far; shared by result*.c alone. */
#pragma once

#include "lab/base/table.h"
#include "lab/result/detection.h"
#include "lab/result/histogram.h"
#include "lab/result/result.h"
#include "lab/result/service.h"
#include "lab/text/json.h"
#include "lab/text/names.h"

#define RD_ALERT_GRACE (10 * RD_SECOND) /* an alert this long after an attack still names it */
#define RD_ALARM_MERGE (60 * RD_SECOND) /* false alerts on one subject within it are one alarm */
#define RD_ALARM_SUBJECTS 65536 /* remembered a defense; beyond, the oldest counts anew */
#define RD_BASE_RATE 1e-4 /* share of hostile messages assumed in a deployment */
#define RD_TIMELINE_BUCKETS 3600
#define RD_CLAIM_KINDS 16 /* an attack; more are counted together as "other" */

/* RdTruth, with the traffic of benign twins (and what it causes) told apart. */
typedef enum { RD_IS_BENIGN = 0, RD_IS_INDUCED, RD_IS_ATTACK, RD_IS_TWIN, RD_IS_COUNT } RdTrueClass;

typedef struct {
  char *name;
  int64_t value;
} RdNamedCount;

typedef struct {
  uint64_t judged, not_judged, flagged;
} RdMethodCounts;

/* What one defense did about one attack. */
typedef struct {
  uint64_t judged, not_judged, flagged, blocked, collateral_alerts;
  uint64_t alerts[RD_ALERT_FALSE]; /* of each kind that is about it */
  RdTime first_alert, first_act; /* RD_NEVER: none. first_alert: of the true ones */
} RdEncounter;

typedef struct {
  uint64_t actions[RD_IS_COUNT][RD_ACTION_COUNT]; /* of what it judged */
  uint64_t not_judged[RD_IS_COUNT], rewritten[RD_IS_COUNT]; /* rewritten: of the first */
  RdMethodCounts methods[RD_SIP_METHOD_COUNT][RD_IS_COUNT];
  uint64_t *place_judged, *place_not_judged; /* [n_places] */
  RdScores scores;
  RdTime cost;
  uint64_t alerts[RD_ALERT_KINDS], false_alarms;
  RdTable *alarms; /* subject -> RdTime of the first alert of its group */
  uint64_t entries, bytes, peak_entries, peak_bytes;
  uint64_t filtered[RD_IS_COUNT]; /* before the queue */
  uint64_t reports, reports_lost, report_bytes; /* between members */
  RdEncounter *encounters; /* [n_attacks] */
  GArray *counters; /* RdNamedCount */
} RdDefenseCounts;

typedef struct {
  char *kind;
  uint64_t made, held, right, truths; /* held: value > 0.5; right: held and true */
} RdClaimCounts;

#define RD_FACT_KINDS 64 /* a trial; more are counted together as "other" */

typedef struct {
  char *kind;
  uint64_t n[RD_IS_COUNT]; /* by whose doing it is; nothing is induced */
  int64_t amount[RD_IS_COUNT];
} RdFactCounts;

typedef struct {
  uint64_t sent, bytes;
  GArray *claims; /* RdClaimCounts */
  GArray *counters;
} RdAttackCounts;

typedef struct {
  RdQueueCounts counts;
  uint64_t overflowed[RD_TRUTH_COUNT];
} RdQueueResult;

typedef struct {
  RdNodeCounts counts;
  bool counted;
  RdQueueResult *queues; /* one an attachment */
  uint64_t served[RD_TRUTH_COUNT];
  RdHistogram *wait[RD_TRUTH_COUNT], *service[RD_TRUTH_COUNT]; /* NULL: nothing yet */
  GArray *counters;
} RdNodeResult;

typedef struct {
  uint64_t registers, registered, calls, answered, served;
} RdBucket;

typedef enum { RD_LEGIT = 0, RD_BY_TWIN, RD_BY_ATTACK, RD_PARTIES } RdParty;

struct RdResult {
  const RdTrial *trial;
  uint64_t benign_mask; /* bit per attack that is a twin */
  RdService services[RD_PARTIES];
  RdTime bucket_width;
  RdBucket *timeline;
  unsigned n_buckets;
  RdDefenseCounts *defenses;
  RdAttackCounts *attacks;
  RdNodeResult *nodes;
  RdNetworkCounts *networks;
  GArray *facts; /* RdFactCounts */
  uint64_t events, messages;
  char **loopback; /* of each network; NULL: not on sockets */
  RdLiveCounts live; /* if so */
};

/* What breaks the law, a line each, joined by "; "; NULL: nothing does. */
char *rd_result_conservation(const RdResult *r);
char *rd_result_little(const RdResult *r);
/* Writes result.json, or describes it (json.h). */
void rd_result_write_all(const RdResult *r, const char *conservation, const char *little,
                         RdJson *j);
/* result.json's text. The laws' findings may be NULL. */
char *rd_result_text(const RdResult *r, const char *conservation, const char *little);

/* Parts of it, in files of their own. */
void rd_result_write_defenses(const RdResult *r, RdJson *j);
void rd_result_write_attacks(const RdResult *r, RdJson *j);
void rd_result_write_facts(const RdResult *r, RdJson *j);
void rd_result_write_counters(const GArray *counters, RdJson *j);
