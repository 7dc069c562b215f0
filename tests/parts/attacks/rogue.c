/* rogue - a test attack that hands its host everything it should not: whatever a part says, the
 * engine must go on and its books must close. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
  RdAddress target;
  uint32_t fired;
} Rogue;

static uint64_t rogue_entities(const void *config) {
  (void)config;
  return 3;
}

static const uint8_t junk[70000] = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK\r\n";

static void send_badly(Rogue *r) {
  RdHost *h = r->host;
  RdSend good = {
      .size = sizeof good, .protocol = RD_PROTO_SIP, .remote = r->target, .bytes = junk, .len = 60};
  RdSend bad[12];
  for (unsigned i = 0; i < 12; i++)
    bad[i] = good;
  bad[0].attachment = UINT16_MAX;
  bad[1].entity = UINT64_MAX;
  bad[2].len = SIZE_MAX;
  bad[3].len = 65508;
  bad[4].conn = 77;
  bad[5].bytes = NULL;
  bad[6].local = (RdAddress){.family = 9};
  bad[7].remote = (RdAddress){.family = 0};
  bad[8].remote.family = 6;
  bad[9].remote = (RdAddress){.ip = {203, 0, 113, 1}, .family = 4};
  bad[10].local = (RdAddress){.family = 6};
  bad[11].attachment = 1;
  uint32_t taken = h->counter(h, "taken");
  for (unsigned i = 0; i < 12; i++)
    h->count(h, taken, h->send(h, &bad[i]));
  RdSend odd[5] = {good, good, good, good, good};
  odd[0].len = 0;
  odd[0].bytes = NULL;
  odd[1].len = 65507;
  odd[2].protocol = 255;
  odd[3].remote.port = 0;
  odd[4].local = (RdAddress){.ip = {255, 255, 255, 255}, .family = 4, .transport = 200};
  uint32_t odds = h->counter(h, "odd");
  for (unsigned i = 0; i < 5; i++)
    h->count(h, odds, h->send(h, &odd[i]));
}

static void time_badly(Rogue *r) {
  static const RdTime times[] = {INT64_MIN, -1, 0, 1, RD_NEVER - 1, RD_NEVER};
  RdHost *h = r->host;
  for (unsigned i = 0; i < 6; i++) {
    RdTimerSpec spec = {.size = sizeof spec, .cause = 200, .at = times[i], .cookie = 1};
    spec.entity = spec.attempt = UINT64_MAX;
    RdTimer timer = h->timer(h, &spec);
    if (i > 2)
      h->cancel(h, timer);
    h->cancel(h, timer + 1);
  }
  h->cancel(h, 0);
  h->cancel(h, UINT64_MAX);
}

static void tell_badly(Rogue *r) {
  RdHost *h = r->host;
  RdClaim claims[] = {{sizeof(RdClaim), NULL, NULL, NAN},
                      {sizeof(RdClaim), "identity-exists", "\xff\xfe\"", NAN},
                      {sizeof(RdClaim), "", "", INFINITY}};
  for (unsigned i = 0; i < 3; i++)
    h->claim(h, &claims[i]);
  RdAttempt none = {.size = sizeof none, .kind = 99, .status = 9999, .started = INT64_MIN};
  RdAttempt late = {.size = sizeof late,
                    .kind = RD_ATTEMPT_CALL,
                    .status = 200,
                    .entity = UINT64_MAX,
                    .ringing = RD_NEVER - 1,
                    .answered = INT64_MIN,
                    .ended = 0,
                    .closed = RD_NEVER - 1};
  h->attempt(h, &none);
  h->attempt(h, &late);
  h->attempt(h, &late);
  h->counter(h, NULL);
  uint32_t big = h->counter(h, "big");
  h->count(h, big, INT64_MAX);
  h->count(h, big, INT64_MAX);
  h->count(h, UINT32_MAX, 1);
  for (char name[2] = "!"; name[0] < '~'; name[0]++)
    h->counter(h, name);
  h->log(h, (RdLogLevel)77, NULL);
  h->log(h, RD_LOG_ERROR, NULL);
  h->log(h, RD_LOG_WARNING, "%s%n");
  h->spend(h, h->operation(h, NULL), 1, 1);
  h->spend(h, h->operation(h, "transactoin"), 1, 1); /* never declared, asked for again and again */
  h->spend(h, UINT32_MAX, UINT32_MAX, UINT32_MAX);
  RdAlert alert = {.size = sizeof alert, .subject_kind = 200, .score = NAN};
  h->alert(h, &alert);
  h->release(h, 1, NULL);
  RdConnect to = {
      .size = sizeof to, .attachment = UINT16_MAX, .entity = UINT64_MAX, .remote = r->target};
  h->close(h, h->connect(h, &to));
  h->connect(h, NULL);
  to.attachment = 0;
  h->connect(h, &to);
  RdListen at = {.size = sizeof at, .attachment = UINT16_MAX, .port = 5060, .transport = 77};
  h->listen(h, &at);
  at.attachment = 0;
  h->listen(h, &at);
  at.transport = RD_TCP;
  at.protocol = 250;
  h->listen(h, &at);
  h->listen(h, NULL);
  h->close(h, UINT64_MAX);
  RdAddress nobody;
  h->resolve(h, UINT16_MAX, "sbc", &nobody);
  h->resolve(h, 0, NULL, &nobody);
  h->load(h, UINT16_MAX);
}

static void everything(Rogue *r) {
  send_badly(r);
  time_badly(r);
  tell_badly(r);
}

static void *rogue_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Rogue *r = calloc(1, sizeof *r);
  (void)config;
  if (!r)
    return NULL;
  r->host = host;
  host->resolve(host, 0, "sbc", &r->target);
  setup->address(host, UINT16_MAX, 0);
  setup->address(host, 0, UINT64_MAX);
  everything(r);
  return r;
}

static void rogue_start(void *self) {
  everything(self);
}

static void rogue_receive(void *self, const RdMessage *message) {
  (void)message;
  tell_badly(self);
}

static void rogue_timer(void *self, RdTimer timer, uint64_t cookie) {
  Rogue *r = self;
  (void)timer, (void)cookie;
  if (r->fired++ < 50)
    everything(r);
}

static void rogue_close(void *self) {
  everything(self);
  free(self);
}

static void rogue_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)evidence, (void)config;
  ret->succeeded = false; /* it wants nothing */
}

RD_PART(RD_ATTACK, "rogue", "Test: asks the host for the impossible",
        RD_ACTOR_OPS(.open = rogue_open, .start = rogue_start, .receive = rogue_receive,
                     .timer = rogue_timer, .stop = rogue_start, .close = rogue_close,
                     .entities = rogue_entities, .success = rogue_success),
        .interface = RD_IF_GM, .family = "dos");
