/* greeter - a node to start from: a server that answers OPTIONS and refuses everything else, and keeps
 * nothing. Change it into yours. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "redoubt/plugin.h"

/* Filled by Redoubt from the parameter rows below. */
typedef struct {
  int64_t code;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  uint32_t answered, refused;
} Greeter;

static void *greeter_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Greeter *g = rd_alloc(sizeof *g);
  (void)setup;
  g->host = host;
  g->config = config;
  g->key[0] = host->random(host, 0, 1, 0);
  g->key[1] = host->random(host, 0, 2, 0);
  g->answered = host->counter(host, "answered");
  g->refused = host->counter(host, "refused");
  return g;
}

/* An answer goes back the way that the request came. Its To tag is a keyed hash of the call: a request that
 * is repeated gets the same one, and nothing has to be kept. */
static void answer(Greeter *g, const RdMessage *m, unsigned code) {
  char buffer[8192], tag[17];
  const uint64_t hash = rd_siphash(g->key, m->sip->call_id.at, m->sip->call_id.len);
  snprintf(tag, sizeof tag, "%016llx", (unsigned long long)hash);
  RdSipBuild r = rd_sip_reply(buffer, sizeof buffer, m->sip, code, NULL, rd_slice(tag));
  const RdSend send = {.size = sizeof send,
                       .attachment = m->attachment,
                       .protocol = RD_PROTO_SIP,
                       .entity = m->entity,
                       .conn = m->conn,
                       .local = m->local,
                       .remote = m->remote,
                       .bytes = (const uint8_t *)buffer,
                       .len = rd_sip_finish(&r, NULL, (RdSlice){0})};
  if (send.len > 0)
    g->host->send(g->host, &send);
}

static void greeter_receive(void *self, const RdMessage *m) {
  Greeter *g = self;
  if (m->kind != RD_DATA || !m->sip || !m->sip->is_request || !m->sip->call_id.at ||
      m->sip->method == RD_SIP_ACK)
    return;
  const bool known = m->sip->method == RD_SIP_OPTIONS;
  g->host->count(g->host, known ? g->answered : g->refused, 1);
  answer(g, m, known ? (unsigned)g->config->code : 501);
}

static void greeter_close(void *self) {
  free(self);
}

static const RdParam params[] = {RD_PARAM(Config, "code", RD_INTEGER, code, "200", 200, 699, "",
                                          "What OPTIONS is answered with."),
                                 RD_PARAM_END};

RD_PART(RD_NODE, "greeter", "Answers OPTIONS, and refuses everything else",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = greeter_open, .receive = greeter_receive, .close = greeter_close),
        .interface = RD_IF_GM);
