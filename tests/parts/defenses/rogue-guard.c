/* rogue-guard - a test defense that hands its host and its driver everything it should not. What it
 * does to a message goes round by their number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
  uint64_t seen;
  RdTicket tickets;
  RdEdit edit;
} Rogue;

static void send_badly(Rogue *r, const RdMessage *m) {
  static const uint8_t junk[] = "OPTIONS";
  RdHost *h = r->host;
  RdSend good = {.size = sizeof good, .protocol = RD_PROTO_SIP, .bytes = junk, .len = 7};
  if (m)
    good.remote = m->remote;
  RdSend bad[6] = {good, good, good, good, good, good};
  bad[0].attachment = UINT16_MAX;
  bad[1].len = SIZE_MAX;
  bad[2].bytes = NULL;
  bad[3].conn = 1;
  bad[4].local.family = 9;
  bad[5].remote.family = 0;
  uint32_t taken = h->counter(h, "taken");
  for (unsigned i = 0; i < 6; i++)
    h->count(h, taken, h->send(h, &bad[i]));
}

static void tell_badly(Rogue *r) {
  RdHost *h = r->host;
  RdAlert alerts[] = {{sizeof(RdAlert), 200, NAN, NULL, NULL, NULL},
                      {sizeof(RdAlert), RD_SUBJECT_SOURCE, -INFINITY, ",,", "no address", NULL},
                      {sizeof(RdAlert), RD_SUBJECT_SESSION, 1e300, "dos", "", "\xff\n"}};
  for (unsigned i = 0; i < 3; i++)
    h->alert(h, &alerts[i]);
  uint32_t big = h->counter(h, "big");
  h->count(h, big, INT64_MIN);
  h->count(h, big, INT64_MIN);
  h->spend(h, h->operation(h, NULL), 1, 1);
  h->spend(h, h->operation(h, "handle"), 1, 1); /* of nodes, not of a defense */
  h->spend(h, UINT32_MAX, 1, 1);
  h->load(h, UINT16_MAX);
  RdAddress nobody = {.family = 77};
  h->route(h, &nobody);
  h->resolve(h, UINT16_MAX, NULL, &nobody);
  h->resolve(h, 0, NULL, &nobody);
  h->log(h, RD_LOG_ERROR, NULL);
  h->release(h, 0, NULL);
  RdAttempt attempt = {.size = sizeof attempt};
  h->attempt(h, &attempt);
  RdTimerSpec spec = {.size = sizeof spec, .cause = 9, .at = INT64_MIN, .entity = UINT64_MAX};
  if (r->seen < 100)
    h->timer(h, &spec);
}

/* A challenge on the stack, gone when the message goes on. */
static void release_twice(Rogue *r, RdTicket ticket) {
  char challenge[64];
  RdVerdict v = {.size = sizeof v, .action = (uint8_t)(ticket % 8), .code = 401, .n_edits = 3};
  snprintf(challenge, sizeof challenge, "Digest realm=\"%llu\"", (unsigned long long)ticket);
  v.challenge = challenge;
  r->host->release(r->host, ticket, NULL);
  r->host->release(r->host, ticket, &v);
  r->host->release(r->host, ticket, &v);
  memset(challenge, 'x', sizeof challenge);
}

static void rogue_timer(void *self, RdTimer timer, uint64_t cookie) {
  Rogue *r = self;
  (void)timer;
  r->seen++;
  tell_badly(r);
  send_badly(r, NULL);
  if (cookie)
    release_twice(r, cookie);
}

static void hold(Rogue *r, RdVerdict *v) {
  v->action = RD_HOLD;
  v->ticket = ++r->tickets;
  RdTimerSpec spec = {
      .size = sizeof spec, .at = r->host->now(r->host) + RD_MILLISECOND, .cookie = r->tickets};
  r->host->timer(r->host, &spec);
}

static void rogue_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Rogue *r = self;
  send_badly(r, m);
  v->delay = RD_SECOND;
  v->score = NAN;
  switch (r->seen++ % 12) {
  case 0:
    v->action = 255;
    break;
  case 1:
    v->action = RD_DELAY;
    v->delay = INT64_MIN;
    v->score = INFINITY;
    break;
  case 2:
    v->action = RD_REWRITE; /* edits that are not there */
    v->n_edits = 5;
    break;
  case 3:
    v->action = RD_REWRITE;
    v->edits = &r->edit;
    v->n_edits = 40;
    v->edit_stride = 0;
    break;
  case 4:
    v->action = RD_REJECT;
    v->code = UINT16_MAX;
    v->retry_after = UINT32_MAX;
    break;
  case 5:
    v->action = RD_HOLD; /* no ticket */
    v->fallback = 99;
    break;
  case 6:
    v->action = RD_HOLD;
    v->ticket = 1; /* the same again and again */
    v->delay = RD_NEVER;
    break;
  case 7:
  case 8:
    hold(r, v);
    break;
  case 9:
    tell_badly(r);
    break;
  case 10:
    v->action = RD_CHALLENGE;
    break;
  default:
    r->host->release(r->host, 1, v); /* a hold ended by the verdict in hand */
  }
}

static void *rogue_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Rogue *r = calloc(1, sizeof *r);
  (void)config, (void)setup;
  if (!r)
    return NULL;
  r->host = host;
  r->tickets = 1000;
  r->edit = (RdEdit){RD_EDIT_ADD, rd_slice("X-Rogue"), rd_slice("yes")};
  tell_badly(r);
  send_badly(r, NULL);
  return r;
}

static void rogue_close(void *self) {
  tell_badly(self);
  send_badly(self, NULL);
  release_twice(self, 1);
  free(self);
}

RD_PART(RD_DEFENSE, "rogue-guard", "Test: asks the host for the impossible",
        RD_DEFENSE_OPS(.open = rogue_open, .judge = rogue_judge, .timer = rogue_timer,
                       .close = rogue_close));
