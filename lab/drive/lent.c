#include "lab/drive/lent.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/drive/verdict.h"

static RdLent *lent_of(RdHost *host) {
  return (RdLent *)host;
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

static RdConn no_open(RdHost *host, uint16_t interface, uint64_t entity, const RdAddress *remote) {
  (void)host, (void)interface, (void)entity, (void)remote;
  return 0;
}

static void no_close(RdHost *host, RdConn conn) {
  (void)host, (void)conn;
}

static bool no_resolve(RdHost *host, uint16_t interface, const char *name, RdAddress *ret) {
  (void)host, (void)interface, (void)name, (void)ret;
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
  RdLent *lent = lent_of(host);
  RdAlert settled = *alert;
  settled.score = rd_score_settled(alert->score);
  lent->alerts++;
  if (lent->on_alert)
    lent->on_alert(lent->user, lent, &settled);
}

/* Numbers begin at 1: 0 is "no counter". */
static uint32_t host_counter(RdHost *host, const char *name) {
  RdLent *lent = lent_of(host);
  for (uint32_t i = 0; i < lent->n_counters; i++)
    if (strcmp(lent->counters[i], name) == 0)
      return i + 1;
  if (lent->n_counters == RD_LENT_COUNTERS)
    return 0;
  lent->counters[lent->n_counters] = g_strdup(name);
  return ++lent->n_counters;
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  RdLent *lent = lent_of(host);
  if (counter > 0 && counter <= lent->n_counters)
    lent->counts[counter - 1] += delta;
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  RdLent *lent = lent_of(host);
  if (lent->on_log)
    lent->on_log(lent->user, lent, level, text);
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

void rd_lent_init(RdLent *lent, const char *name, uint64_t seed) {
  *lent = (RdLent){.host = {.size = sizeof(RdHost),
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
  lent->host.name = lent->name;
}

void rd_lent_clear(RdLent *lent) {
  for (uint32_t i = 0; i < lent->n_counters; i++)
    g_free(lent->counters[i]);
  g_free(lent->name);
  memset(lent, 0, sizeof *lent);
}
