#include "lab/result/service.h"

#include <math.h>

/* RFC 3261 s17.1.1.2: 64*T1, after which a BYE counts as unanswered. */
#define BYE_TIMEOUT (32 * RD_SECOND)

static bool between(uint16_t status, uint16_t low, uint16_t high) {
  return status >= low && status <= high;
}

bool rd_attempt_succeeded(const RdLedgerRow *row) {
  return between(row->status, 200, 299);
}

/* A ledger may be a stranger's file: times before the trial are no times. */
static RdTime span(RdTime from, RdTime to) {
  return from < 0 || from == RD_NEVER || to == RD_NEVER || to < from ? -1 : to - from;
}

static bool caller_had_left(const RdLedgerRow *row) {
  return span(row->started, row->left) >= 0 && span(row->left, row->answered) >= 0;
}

/* 480 without ringing is the network's word (callee not registered), not the callee's. */
RdCallOutcome rd_call_outcome(const RdLedgerRow *row) {
  if (row->status == 0)
    return RD_CALL_TIMEOUT;
  if (rd_attempt_succeeded(row))
    return caller_had_left(row) ? RD_CALL_CALLER_GONE : RD_CALL_ANSWERED;
  if (between(row->status, 300, 399))
    return RD_CALL_REDIRECTED;
  switch (row->status) {
  case 486:
  case 600:
    return RD_CALL_BUSY;
  case 603:
    return RD_CALL_DECLINED;
  case 480:
  case 487:
    return row->ringing != RD_NEVER ? RD_CALL_NO_ANSWER : RD_CALL_FAILED;
  default:
    return RD_CALL_FAILED;
  }
}

static bool answered(const RdLedgerRow *row) {
  return row->kind == RD_ATTEMPT_CALL && rd_call_outcome(row) == RD_CALL_ANSWERED;
}

RdTime rd_call_talked(const RdLedgerRow *row) {
  return answered(row) ? CLAMP(row->talked, 0, RD_NEVER - 1) : 0;
}

RdTime rd_call_lost_talk(const RdLedgerRow *row) {
  const RdTime talked = rd_call_talked(row);
  return answered(row) && row->wanted > talked ? row->wanted - talked : 0;
}

bool rd_call_dropped(const RdLedgerRow *row) {
  return rd_call_lost_talk(row) > 0;
}

bool rd_attempt_served(const RdLedgerRow *row) {
  if (row->kind != RD_ATTEMPT_CALL)
    return rd_attempt_succeeded(row);
  switch (rd_call_outcome(row)) {
  case RD_CALL_ANSWERED:
    return !rd_call_dropped(row);
  case RD_CALL_BUSY:
  case RD_CALL_DECLINED:
  case RD_CALL_NO_ANSWER:
    return true;
  default:
    return false;
  }
}

bool rd_attempt_served_beside(const RdLedgerRow *row, const RdLedgerRow *there) {
  return rd_attempt_served(row) && !(there && answered(there) && !answered(row));
}

RdTime rd_attempt_delay(const RdLedgerRow *row) {
  if (row->kind == RD_ATTEMPT_CALL && row->ringing != RD_NEVER)
    return span(row->started, row->ringing);
  return rd_attempt_succeeded(row) ? span(row->started, row->answered) : -1;
}

static RdHistogram *histogram_new(void) {
  RdHistogram *h = rd_histogram_new();
  if (!h)
    g_error("out of memory");
  return h;
}

void rd_service_init(RdService *s) {
  *s = (RdService){
      .registers.delay = histogram_new(),
      .messages.delay = histogram_new(),
      .srd = histogram_new(),
      .srd_failed = histogram_new(),
      .sdd = histogram_new(),
      .sdt = histogram_new(),
  };
}

static void add_span(RdHistogram *h, RdTime from, RdTime to) {
  RdTime value = span(from, to);
  if (value >= 0)
    rd_histogram_add(h, value);
}

static void add_request(RdRequestCounts *counts, const RdLedgerRow *row) {
  counts->attempts++;
  counts->succeeded += rd_attempt_succeeded(row);
  counts->timeouts += row->status == 0;
  RdTime delay = rd_attempt_delay(row);
  if (delay >= 0)
    rd_histogram_add(counts->delay, delay);
}

/* RFC 6076 s4.7. */
static bool effective(uint16_t status) {
  return between(status, 200, 299) || status == 480 || status == 486 || status == 600 ||
         status == 603;
}

/* RFC 6076 s4.8; RFC 3261 s8.1.3.1 has a timeout treated as a 408. */
static bool ineffective(uint16_t status) {
  return status == 0 || status == 408 || status == 500 || status == 503 || status == 504;
}

static void add_session(RdService *s, const RdLedgerRow *row) {
  RdTime closing = span(row->ended, row->closed);
  s->completed += closing >= 0 && closing < BYE_TIMEOUT;
  add_span(s->sdd, row->ended, row->closed);
  add_span(s->sdt, row->answered, row->ended);
}

/* Sums stop at what a time can hold: a row is whatever a part has told. */
static void add_talk(RdTime *sum, RdTime value) {
  *sum = value > RD_NEVER - *sum ? RD_NEVER : *sum + value;
}

static void add_call(RdService *s, const RdLedgerRow *row) {
  RdCallOutcome outcome = rd_call_outcome(row);
  s->calls++;
  s->outcomes[outcome]++;
  s->effective += effective(row->status);
  s->ineffective += ineffective(row->status);
  RdTime delay = rd_attempt_delay(row);
  if (delay >= 0)
    rd_histogram_add(s->srd, delay);
  else if (outcome != RD_CALL_REDIRECTED)
    add_span(s->srd_failed, row->started, row->answered);
  s->dropped += rd_call_dropped(row);
  s->served += rd_attempt_served(row);
  add_talk(&s->talked, rd_call_talked(row));
  add_talk(&s->lost_talk, rd_call_lost_talk(row));
  if (rd_attempt_succeeded(row))
    add_session(s, row);
}

void rd_service_add(RdService *s, const RdLedgerRow *row) {
  if (row->kind == RD_ATTEMPT_REGISTER)
    add_request(&s->registers, row);
  else if (row->kind == RD_ATTEMPT_MESSAGE)
    add_request(&s->messages, row);
  else if (row->kind == RD_ATTEMPT_CALL)
    add_call(s, row);
}

double rd_percent(uint64_t part, uint64_t whole) {
  return whole ? 100.0 * (double)part / (double)whole : NAN;
}

void rd_histogram_write(const RdHistogram *h, RdJson *j, const char *key) {
  uint64_t n = rd_histogram_count(h);
  rd_json_open_flat(j, key, '{');
  rd_json_uint(j, "n", n);
  rd_json_time(j, "mean", n ? rd_histogram_sum(h) / (RdTime)n : -1);
  rd_json_time(j, "p50", rd_histogram_quantile(h, 0.50));
  rd_json_time(j, "p95", rd_histogram_quantile(h, 0.95));
  rd_json_time(j, "p99", rd_histogram_quantile(h, 0.99));
  rd_json_time(j, "max", rd_histogram_max(h));
  rd_json_close(j);
}

static void write_request(const RdRequestCounts *counts, RdJson *j, const char *key,
                          const char *ratio, const char *delay) {
  uint64_t failed = counts->attempts - counts->succeeded;
  rd_json_open(j, key, '{');
  rd_json_uint(j, "attempts", counts->attempts);
  rd_json_uint(j, "succeeded", counts->succeeded);
  rd_json_uint(j, "failed", failed);
  rd_json_uint(j, "timeouts", counts->timeouts);
  rd_json_real(j, ratio, rd_percent(failed, counts->attempts));
  rd_histogram_write(counts->delay, j, delay);
  rd_json_close(j);
}

static void write_ratios(const RdService *s, RdJson *j) {
  uint64_t asked = s->calls - s->outcomes[RD_CALL_REDIRECTED];
  uint64_t established = s->outcomes[RD_CALL_ANSWERED] + s->outcomes[RD_CALL_CALLER_GONE];
  rd_json_real(j, "ser", rd_percent(established, asked));
  rd_json_real(j, "seer", rd_percent(s->effective, asked));
  rd_json_real(j, "isa", rd_percent(s->ineffective, s->calls));
  rd_json_real(j, "scr", rd_percent(s->completed, s->calls));
}

void rd_service_write(const RdService *s, RdJson *j) {
  write_request(&s->registers, j, "register", "ira", "rrd_ns");
  rd_json_open(j, "call", '{');
  rd_json_uint(j, "attempts", s->calls);
  rd_json_uint(j, "served", s->served);
  rd_json_uint(j, "answered", s->outcomes[RD_CALL_ANSWERED]);
  rd_json_uint(j, "caller_gone", s->outcomes[RD_CALL_CALLER_GONE]);
  rd_json_uint(j, "busy", s->outcomes[RD_CALL_BUSY]);
  rd_json_uint(j, "no_answer", s->outcomes[RD_CALL_NO_ANSWER]);
  rd_json_uint(j, "declined", s->outcomes[RD_CALL_DECLINED]);
  rd_json_uint(j, "redirected", s->outcomes[RD_CALL_REDIRECTED]);
  rd_json_uint(j, "failed", s->outcomes[RD_CALL_FAILED] + s->outcomes[RD_CALL_TIMEOUT]);
  rd_json_uint(j, "timeouts", s->outcomes[RD_CALL_TIMEOUT]);
  rd_json_uint(j, "completed", s->completed);
  rd_json_uint(j, "dropped", s->dropped);
  rd_json_int(j, "talked_ns", s->talked);
  rd_json_int(j, "lost_talk_ns", s->lost_talk);
  write_ratios(s, j);
  rd_histogram_write(s->srd, j, "srd_ns");
  rd_histogram_write(s->srd_failed, j, "srd_failed_ns");
  rd_histogram_write(s->sdd, j, "sdd_ns");
  rd_histogram_write(s->sdt, j, "sdt_ns");
  rd_json_close(j);
  write_request(&s->messages, j, "message", "failed_percent", "delay_ns");
}

void rd_service_clear(RdService *s) {
  RdHistogram *histograms[] = {
      s->registers.delay, s->messages.delay, s->srd, s->srd_failed, s->sdd, s->sdt};
  for (unsigned i = 0; i < G_N_ELEMENTS(histograms); i++)
    rd_histogram_free(histograms[i]);
}
