/* quiet-hours - a defense to start from: lets each source begin no more than `most` dialogs in a
 * window of time. Change it into yours. */
#include <stdlib.h>

#include "lab/base/memory.h"
#include "lab/base/table.h"
#include "redoubt/plugin.h"

/* Filled by Redoubt from the parameter rows below. */
typedef struct {
  RdTime window;
  int64_t most, capacity;
} Config;

typedef struct {
  RdTime began;
  int64_t seen;
} Source;

/* Everything one instance knows. Two instances share nothing, so no globals. */
typedef struct {
  RdHost *host;
  const Config *config;
  RdTable *sources;
  uint32_t refused;
} QuietHours;

static void *quiet_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  QuietHours *q = rd_alloc(sizeof *q);
  (void)setup;
  /* chance comes from the host, so the same trial is the same to the byte */
  const uint64_t key[2] = {host->random(host, 0, 1, 0), host->random(host, 0, 2, 0)};
  q->host = host;
  q->config = config;
  q->refused = host->counter(host, "refused");
  q->sources = rd_table_new((uint32_t)q->config->capacity, sizeof(Source), key, NULL, NULL);
  return q;
}

static void quiet_judge(void *self, const RdMessage *m, RdVerdict *v) {
  QuietHours *q = self;
  if (m->direction != RD_INGRESS || !m->sip || m->sip->method != RD_SIP_INVITE ||
      !m->sip->is_request || m->sip->to_tag.at)
    return; /* the verdict came in as a PASS without a score: not judged */
  RdTime now = q->host->now(q->host);
  Source *s = rd_table_put(q->sources, m->remote.ip, sizeof m->remote.ip, NULL);
  if (now - s->began >= q->config->window)
    *s = (Source){.began = now};
  s->seen++;
  v->score = s->seen >= 2 * q->config->most ? 1 : 0.5 * (double)s->seen / (double)q->config->most;
  if (s->seen <= q->config->most)
    return;
  v->action = RD_REJECT;
  v->code = 503;
  v->classes = "dos";
  v->reason = "too many dialogs in the window";
  q->host->count(q->host, q->refused, 1);
}

static uint64_t quiet_state(void *self, uint64_t *ret_bytes) {
  QuietHours *q = self;
  *ret_bytes = rd_table_bytes(q->sources);
  return rd_table_count(q->sources);
}

static void quiet_close(void *self) {
  QuietHours *q = self;
  rd_table_free(q->sources);
  free(q);
}

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "10 s", 0.001, 86400, "s",
             "Length of the window."),
    RD_PARAM(Config, "most", RD_INTEGER, most, "5", 1, 1e6, "",
             "Dialogs a source may begin in one window."),
    RD_PARAM(Config, "capacity", RD_INTEGER, capacity, "10000", 1, 16777216, "",
             "Sources remembered; the one used longest ago gives way."),
    RD_PARAM_END};

RD_PART(RD_DEFENSE, "quiet-hours", "Limits the dialogs that one source may begin in a window",
        RD_CONFIG(Config, params),
        RD_DEFENSE_OPS(.open = quiet_open, .judge = quiet_judge, .state = quiet_state,
                       .close = quiet_close));
