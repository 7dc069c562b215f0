/* wiretap - a test attack on a line: does to every request that leaves its node what its parameter says, so that
 * each kind of verdict of an interceptor is carried out once. In a text "|" ends a line. */
#include <stdlib.h>

#include "lab/base/slice.h"
#include "redoubt/plugin.h"

typedef enum {
  READ,
  DROP,
  DELAY,
  HOLD_PASS,
  HOLD_DROP,
  RELEASE,
  RELEASE_REWRITTEN,
  REWRITE,
  INJECT,
  CLOSE
} What;

typedef struct {
  int what, direction;
  RdTime time;
  const char *text;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdTicket tickets;
  RdEdit edit;
  char text[128];
  size_t len;
  uint32_t seen, out, readable, sealed, released, links;
} Wiretap;

static void *wiretap_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Wiretap *t = calloc(1, sizeof *t);
  if (!t)
    return NULL;
  t->host = host;
  t->config = config;
  for (const char *p = t->config->text; *p && t->len < sizeof t->text; p++)
    t->text[t->len++] = *p == '|' ? '\n' : *p;
  t->edit = (RdEdit){RD_EDIT_WHOLE, {0}, rd_slice_of(t->text, t->len)};
  t->seen = host->counter(host, "seen");
  t->out = host->counter(host, "out");
  t->readable = host->counter(host, "readable");
  t->sealed = host->counter(host, "sealed");
  t->released = host->counter(host, "released");
  t->links = host->counter(host, "links");
  host->count(host, t->links, setup->n_links);
  return t;
}

static void rewrite(Wiretap *t, RdVerdict *v) {
  v->action = RD_REWRITE;
  v->edits = &t->edit;
  v->n_edits = 1;
  v->edit_stride = sizeof(RdEdit);
}

static void hold(Wiretap *t, RdVerdict *v, bool release) {
  v->action = RD_HOLD;
  v->ticket = ++t->tickets;
  v->delay = release ? 5 * RD_SECOND : t->config->time;
  v->fallback = t->config->what == HOLD_PASS ? RD_PASS : RD_DROP;
  RdTimerSpec spec = {
      .size = sizeof spec, .at = t->host->now(t->host) + t->config->time, .cookie = v->ticket};
  if (release)
    t->host->timer(t->host, &spec);
}

/* In somebody else's name, to where the message goes. */
static void inject(Wiretap *t, const RdMessage *m) {
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .local = m->local,
                 .remote = m->remote,
                 .bytes = (const uint8_t *)t->text,
                 .len = t->len};
  t->host->send(t->host, &send);
}

static void wiretap_intercept(void *self, const RdMessage *m, RdVerdict *v) {
  Wiretap *t = self;
  t->host->count(t->host, t->seen, 1);
  t->host->count(t->host, t->sealed, (m->flags & RD_SEALED) != 0);
  t->host->count(t->host, t->readable, m->sip || m->view);
  if (m->direction != t->config->direction)
    return;
  t->host->count(t->host, t->out, 1);
  switch ((What)t->config->what) {
  case READ:
    return;
  case DROP:
    v->action = RD_DROP;
    return;
  case DELAY:
    v->action = RD_DELAY;
    v->delay = t->config->time;
    return;
  case HOLD_PASS:
  case HOLD_DROP:
    hold(t, v, false);
    return;
  case RELEASE:
  case RELEASE_REWRITTEN:
    hold(t, v, true);
    return;
  case REWRITE:
    rewrite(t, v);
    return;
  case INJECT:
    inject(t, m);
    return;
  case CLOSE:
    v->action = RD_CLOSE;
    return;
  }
}

static void wiretap_timer(void *self, RdTimer timer, uint64_t cookie) {
  Wiretap *t = self;
  RdVerdict v = {.size = sizeof v};
  (void)timer;
  if (t->config->what == RELEASE_REWRITTEN)
    rewrite(t, &v);
  if (t->host->release(t->host, cookie, &v))
    t->host->count(t->host, t->released, 1);
  if (t->host->release(t->host, cookie, &v)) /* twice is not once */
    t->host->count(t->host, t->released, 100);
}

static void wiretap_close(void *self) {
  free(self);
}

static void wiretap_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)evidence, (void)config;
  ret->succeeded = false;
}

static const char *const whats[] = {
    "read",    "drop",   "delay", "hold-pass", "hold-drop", "release", "release-rewritten",
    "rewrite", "inject", "close", NULL};

static const char *const directions[] = {"ingress", "egress", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "what", what, "read", whats, "What becomes of what its node sends."),
    RD_CHOICE(Config, "direction", direction, "egress", directions, "Seen from the node there."),
    RD_PARAM(Config, "time", RD_DURATION, time, "50 ms", 0, 60, "s", "How long it keeps it."),
    RD_PARAM(Config, "text", RD_TEXT, text, "hello", 0, 0, "", "What it makes of it."),
    RD_PARAM_END};

RD_PART(RD_ATTACK, "wiretap", "Test: stands on a line", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = wiretap_open, .timer = wiretap_timer, .close = wiretap_close,
                     .success = wiretap_success, .intercept = wiretap_intercept),
        .interface = RD_IF_OTHER, .family = "acc");
