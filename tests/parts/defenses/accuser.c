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
    {"kind", RD_ENUM, offsetof(Config, kind), "source", 0, 0, "", kinds, "What the subject is."},
    {"subject", RD_TEXT, offsetof(Config, subject), NULL, 0, 0, "", NULL, "Whom it accuses."},
    {"classes", RD_TEXT, offsetof(Config, classes), "dos", 0, 0, "", NULL, "Of what."},
    {"at", RD_DURATION, offsetof(Config, at), "5 s", 0, 3600, "s", NULL, "When."},
    {.key = NULL}};

static const RdDefenseOps ops = {.size = sizeof ops,
                                 .open = accuser_open,
                                 .judge = accuser_judge,
                                 .timer = accuser_timer,
                                 .close = accuser_close};

RD_EXPORT const RdPlugin redoubt_plugin = {.abi = RD_ABI,
                                           .size = sizeof(RdPlugin),
                                           .kind = RD_DEFENSE,
                                           .param_size = sizeof(RdParam),
                                           .name = "accuser",
                                           .summary = "Test: accuses whom it is told to",
                                           .params = params,
                                           .config_size = sizeof(Config),
                                           .defense = &ops};
