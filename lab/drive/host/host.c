#include "lab/drive/host/host.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/drive/judge/verdict.h"

static RdBaseHost *lent_of(RdHost *host) {
  return (RdBaseHost *)host;
}

static RdTime no_time(RdHost *host) {
  (void)host;
  return 0;
}

static uint64_t host_random(RdHost *host, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_random(lent_of(host)->stream, entity, purpose, index);
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

static RdConn no_open(RdHost *host, uint16_t attachment, uint64_t entity, const RdAddress *remote) {
  (void)host, (void)attachment, (void)entity, (void)remote;
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

static void host_alert(RdHost *host, const RdAlert *alert) {
  RdBaseHost *base = lent_of(host);
  RdAlert settled = *alert;
  settled.score = rd_score_settled(alert->score);
  base->alerts++;
  if (base->on_alert)
    base->on_alert(base->user, base, &settled);
}

/* Numbers begin at 1: 0 is "no counter". */
static uint32_t host_counter(RdHost *host, const char *name) {
  RdBaseHost *base = lent_of(host);
  for (uint32_t i = 0; i < base->n_counters; i++)
    if (strcmp(base->counters[i], name) == 0)
      return i + 1;
  if (base->n_counters == RD_BASE_HOST_COUNTERS)
    return 0;
  base->counters[base->n_counters] = g_strdup(name);
  return ++base->n_counters;
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  RdBaseHost *base = lent_of(host);
  if (counter > 0 && counter <= base->n_counters)
    base->counts[counter - 1] += delta;
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  RdBaseHost *base = lent_of(host);
  if (base->on_log)
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

void rd_base_host_init(RdBaseHost *base, const char *name, uint64_t seed) {
  *base = (RdBaseHost){.host = {.size = sizeof(RdHost),
                                .now = no_time,
                                .random = host_random,
                                .timer = no_timer,
                                .cancel = no_cancel,
                                .send = no_send,
                                .open = no_open,
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
                                .claim = no_claim},
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
