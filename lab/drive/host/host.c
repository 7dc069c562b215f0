#include "lab/drive/host/host.h"

#include <math.h>
#include <string.h>

#include "lab/base/random.h"
#include "lab/base/take.h"

static RdBaseHost *base_of(RdHost *host) {
  return (RdBaseHost *)host;
}

static RdTime no_time(RdHost *host) {
  (void)host;
  return 0;
}

static uint64_t host_random(RdHost *host, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_random(base_of(host)->stream, entity, purpose, index);
}

static RdTimer no_timer(RdHost *host, const RdTimerSpec *spec) {
  (void)host, (void)spec;
  return 0;
}

static void no_cancel(RdHost *host, RdTimer timer) {
  (void)host, (void)timer;
}

static bool no_send(RdHost *host, const RdSend *send) {
  (void)host, (void)send;
  return false;
}

static uint16_t no_listen(RdHost *host, const RdListen *listen) {
  (void)host, (void)listen;
  return 0;
}

static RdConn no_connect(RdHost *host, const RdConnect *connect) {
  (void)host, (void)connect;
  return 0;
}

static void no_close(RdHost *host, RdConn conn) {
  (void)host, (void)conn;
}

static bool no_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  (void)host, (void)attachment, (void)name, (void)ret;
  return false;
}

static int no_route(RdHost *host, const RdAddress *remote) {
  (void)host, (void)remote;
  return -1;
}

static double no_load(RdHost *host, uint16_t place) {
  (void)host, (void)place;
  return 0;
}

static bool no_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  (void)host, (void)ticket, (void)verdict;
  return false;
}

double rd_score_settled(double score) {
  return isnan(score) ? NAN : score < 0 ? 0 : score > 1 ? 1 : score;
}

static void host_alert(RdHost *host, const RdAlert *alert) {
  RdBaseHost *base = base_of(host);
  RdAlert taken;
  if (!rd_take(&taken, sizeof taken, RD_END_OF(RdAlert, evidence), alert))
    return;
  taken.score = rd_score_settled(taken.score);
  base->alerts++;
  if (base->on_alert)
    base->on_alert(base->user, base, &taken);
}

/* Numbers begin at 1: 0 is "no counter". */
static uint32_t host_counter(RdHost *host, const char *name) {
  RdBaseHost *base = base_of(host);
  if (!name)
    return 0;
  for (uint32_t i = 0; i < base->n_counters; i++)
    if (strcmp(base->counters[i], name) == 0)
      return i + 1;
  if (base->n_counters == RD_BASE_HOST_COUNTERS)
    return 0;
  base->counters[base->n_counters] = g_strdup(name);
  return ++base->n_counters;
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  RdBaseHost *base = base_of(host);
  if (counter == 0 || counter > base->n_counters)
    return;
  int64_t *count = &base->counts[counter - 1];
  if (__builtin_add_overflow(*count, delta, count))
    *count = delta > 0 ? INT64_MAX : INT64_MIN;
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  RdBaseHost *base = base_of(host);
  if (base->on_log && text)
    base->on_log(base->user, base, level, text);
}

static uint32_t no_operation(RdHost *host, const char *name) {
  (void)host, (void)name;
  return 0;
}

static void no_spend(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy) {
  (void)host, (void)operation, (void)bytes, (void)occupancy;
}

static void no_attempt(RdHost *host, const RdAttempt *attempt) {
  (void)host, (void)attempt;
}

static void no_claim(RdHost *host, const RdClaim *claim) {
  (void)host, (void)claim;
}

static void no_fact(RdHost *host, const RdFact *fact) {
  (void)host, (void)fact;
}

static bool no_secret(RdHost *host, const RdSecret *secret) {
  (void)host, (void)secret;
  return false;
}

static uint64_t no_filter(RdHost *host, const RdFilter *filter) {
  (void)host, (void)filter;
  return 0;
}

static bool no_unfilter(RdHost *host, uint64_t filter, bool keep, uint64_t *ret_dropped) {
  (void)host, (void)filter, (void)keep, (void)ret_dropped;
  return false;
}

static bool no_report(RdHost *host, uint32_t member, const void *bytes, size_t len) {
  (void)host, (void)member, (void)bytes, (void)len;
  return false;
}

void rd_base_host_init(RdBaseHost *base, const char *name, uint64_t seed) {
  *base = (RdBaseHost){.host = {.size = sizeof(RdHost),
                                .now = no_time,
                                .random = host_random,
                                .timer = no_timer,
                                .cancel = no_cancel,
                                .send = no_send,
                                .listen = no_listen,
                                .connect = no_connect,
                                .close = no_close,
                                .resolve = no_resolve,
                                .route = no_route,
                                .load = no_load,
                                .release = no_release,
                                .alert = host_alert,
                                .counter = host_counter,
                                .count = host_count,
                                .log = host_log,
                                .operation = no_operation,
                                .spend = no_spend,
                                .attempt = no_attempt,
                                .claim = no_claim,
                                .fact = no_fact,
                                .secret = no_secret,
                                .filter = no_filter,
                                .unfilter = no_unfilter,
                                .report = no_report},
                       .name = g_strdup(name),
                       .stream = rd_stream(seed, name)};
  base->host.name = base->name;
}

void rd_base_host_clear(RdBaseHost *base) {
  for (uint32_t i = 0; i < base->n_counters; i++)
    g_free(base->counters[i]);
  g_free(base->name);
  memset(base, 0, sizeof *base);
}
