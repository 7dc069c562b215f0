/* external - stands for a program outside: SIPp, or whatever serves at its addresses. Here are its parameters;
 * the driver on sockets reads them, and no other driver runs it (docs/abi.md, `external`). */
#include <stdlib.h>

#include "redoubt/plugin.h"

typedef struct {
  int program;
  int64_t addresses, calls;
  double rate;
  RdTime hold, from, patience;
  const char *server;
} Config;

static const char *const programs[] = {"none", "sipp-caller", "sipp-callee", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "program", program, "none", programs,
              "What is started there: SIPp that calls, SIPp that is called, or nothing, as "
              "somebody serves "
              "there already."),
    RD_PARAM(Config, "addresses", RD_INTEGER, addresses, "1", 1, 200, "",
             "How many addresses it has; SIPp's callers call from each in turn."),
    RD_PARAM(Config, "server", RD_NODE_NAME, server, "", 0, 0, "",
             "sipp-caller: the node that its requests go to."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "20", 0.001, 2000, "1/s",
             "sipp-caller: calls begun a second."),
    RD_PARAM(Config, "calls", RD_INTEGER, calls, "0", 0, 1000000, "",
             "sipp-caller: calls in all; 0: as many as end before the trial does."),
    RD_PARAM(Config, "hold", RD_DURATION, hold, "1 s", 0, 600, "s",
             "sipp-caller: time from the answer to the BYE."),
    RD_PARAM(Config, "calls-from", RD_DURATION, from, "500 ms", 0, 86400, "s",
             "sipp-caller: when SIPp is started."),
    RD_PARAM(Config, "patience", RD_DURATION, patience, "4 s", 0.1, 600, "s",
             "sipp-caller: a call without a final answer after so long has failed."),
    RD_PARAM_END};

static void *external_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  (void)setup;
  if (c->program == 1 && !*c->server) {
    host->log(host, RD_LOG_ERROR, "server: SIPp's callers need a node to call");
    return NULL;
  }
  return calloc(1, 1);
}

static void external_close(void *self) {
  free(self);
}

static uint64_t external_entities(const void *config) {
  return (uint64_t)((const Config *)config)->addresses;
}

RD_PART(RD_NODE, "external", "A program outside, on real sockets: SIPp, or a server under test",
        .external = true, RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = external_open, .close = external_close,
                     .entities = external_entities));
