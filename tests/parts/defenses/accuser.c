/* accuser - a test defense that looks at nothing and, at times it is told, accuses a subject. */
#include <stdlib.h>

#include "redoubt/plugin.h"

typedef struct {
  int kind;
  const char *subject, *classes;
  RdTime at;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
} Accuser;

static void *accuser_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Accuser *a = calloc(1, sizeof *a);
  (void)setup;
  if (!a)
    return NULL;
  a->host = host;
  a->config = config;
  RdTimerSpec spec = {.size = sizeof spec, .cause = RD_NEW, .at = a->config->at};
  host->timer(host, &spec);
  return a;
}

static void accuser_judge(void *self, const RdMessage *message, RdVerdict *verdict) {
  (void)self, (void)message, (void)verdict;
}

static void accuser_timer(void *self, RdTimer timer, uint64_t cookie) {
  Accuser *a = self;
  (void)timer, (void)cookie;
  RdAlert alert = {.size = sizeof alert,
                   .subject_kind = (uint8_t)(RD_SUBJECT_SOURCE + a->config->kind),
                   .score = 1,
                   .classes = a->config->classes,
                   .subject = a->config->subject,
                   .evidence = "told so"};
  a->host->alert(a->host, &alert);
}

static void accuser_close(void *self) {
  free(self);
}

static const char *const kinds[] = {"source", "identity", "session", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "kind", kind, "source", kinds, "What the subject is."),
    RD_PARAM(Config, "subject", RD_TEXT, subject, NULL, 0, 0, "", "Whom it accuses."),
    RD_PARAM(Config, "classes", RD_TEXT, classes, "dos", 0, 0, "", "Of what."),
    RD_PARAM(Config, "at", RD_DURATION, at, "5 s", 0, 3600, "s", "When."), RD_PARAM_END};

RD_PART(RD_DEFENSE, "accuser", "Test: accuses whom it is told to", RD_CONFIG(Config, params),
        RD_DEFENSE_OPS(.open = accuser_open, .judge = accuser_judge, .timer = accuser_timer,
                       .close = accuser_close));
