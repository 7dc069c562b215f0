#include "lab/attacker/imposter.h"

#include <stdlib.h>

#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"
#include "lab/stack/transaction.h"

enum { DRAW_BRANCH = 0x696d7001, DRAW_TAG, DRAW_CNONCE };

typedef struct {
  RdImposterTry try;
  uint32_t cseq;
} Open;

struct RdImposter {
  const RdImposterAim *aim;
  const RdImposterOps *ops;
  void *user;
  RdProbe probe; /* whom it sends to, and its Call-IDs */
  RdProvision provision;
  RdPace *pace;
  RdTable *tries; /* Call-ID's number -> Open */
  uint32_t sent, accepted;
};

RdImposter *rd_imposter_new(RdHost *host, const RdActorSetup *setup, const RdImposterAim *aim,
                            const RdImposterOps *ops, void *user) {
  const uint64_t key[2] = {0x696d706f73746572, 0x74726965};
  RdProvision provision;
  if (!rd_provision_init(&provision, aim->secret, (uint64_t)aim->spread,
                         (uint64_t)(aim->first + aim->victims))) {
    host->log(host, RD_LOG_ERROR, "so many subscribers do not fit into ten digits");
    return NULL;
  }
  RdImposter *im = rd_alloc(sizeof *im);
  *im = (RdImposter){.aim = aim,
                     .ops = ops,
                     .user = user,
                     .probe = {.host = host, .setup = setup},
                     .provision = provision,
                     .pace = rd_pace_new(host, setup->start, setup->stop, setup->entities,
                                         aim->rate / (double)setup->entities, RD_PACE_EVEN, 0),
                     .tries = rd_table_new(RD_IMPOSTER_TRIES, sizeof(Open), key, NULL, NULL),
                     .sent = host->counter(host, "sent"),
                     .accepted = host->counter(host, "accepted")};
  return im;
}

const RdProvision *rd_imposter_provision(const RdImposter *im) {
  return &im->provision;
}

uint64_t rd_imposter_entities(const void *config) {
  return (uint64_t)((const RdImposterAim *)config)->sources;
}

void rd_imposter_start(RdImposter *im) {
  if (rd_probe_aim(&im->probe, im->aim->target))
    rd_pace_start(im->pace);
}

void rd_imposter_free(RdImposter *im) {
  if (!im)
    return;
  rd_table_free(im->tries);
  rd_pace_free(im->pace);
  free(im);
}

static void hex(uint64_t bits, char ret[17]) {
  RdText t = rd_text(ret, 17);
  rd_text_hex(&t, bits, 16);
}

/* False: the attack leaves this one out, or it did not fit. */
static bool send(RdImposter *im, const RdImposterTry *t, uint32_t cseq, RdSlice authorization) {
  RdHost *host = im->probe.host;
  char buffer[4096], call_id[17], tag[17], branch[RD_SIP_BRANCH], registrar[RD_IDENTITY_TEXT + 8];
  char who[RD_IDENTITY_TEXT], imsi[RD_IMSI_TEXT];
  hex(rd_probe_call(&im->probe, t->source, t->number), call_id);
  hex(host->random(host, t->source, DRAW_TAG, t->number), tag);
  rd_sip_branch(host->random(host, t->source, DRAW_BRANCH, t->number * 8 + cseq), branch);
  rd_provision_temporary(&im->provision, (uint64_t)im->aim->first + t->victim, who);
  rd_provision_imsi(&im->provision, (uint64_t)im->aim->first + t->victim, imsi);
  RdText uri = rd_text(registrar, sizeof registrar);
  rd_text_add(&uri, "sip:");
  rd_text_add(&uri, im->aim->realm);
  RdSipRequest r = {.method = "REGISTER",
                    .local = im->probe.setup->address(host, 0, t->source),
                    .uri = rd_slice(registrar),
                    .branch = rd_slice(branch),
                    .from_uri = rd_slice(who),
                    .from_tag = rd_slice(tag),
                    .to_uri = rd_slice(who),
                    .call_id = rd_slice(call_id),
                    .cseq = cseq,
                    .contact_user = rd_slice(imsi),
                    .authorization = authorization,
                    .expires = 600000};
  r.local.transport = RD_UDP;
  if (uri.full || (im->ops->ask && !im->ops->ask(im->user, t, &r)))
    return false;
  const RdSend out = {.size = sizeof out,
                      .protocol = RD_PROTO_SIP,
                      .entity = t->source,
                      .remote = im->probe.target,
                      .bytes = (const uint8_t *)buffer,
                      .len = rd_sip_write(&r, buffer, sizeof buffer)};
  if (out.len == 0 || !host->send(host, &out))
    return false;
  host->count(host, im->sent, 1);
  return true;
}

void rd_imposter_timer(RdImposter *im, uint64_t source) {
  const uint64_t mine = rd_pace_tick(im->pace, source);
  const uint64_t number = mine * (uint64_t)im->aim->sources + source;
  const RdImposterTry t = {
      .number = number, .victim = number % (uint64_t)im->aim->victims, .source = source};
  const uint64_t call = rd_probe_call(&im->probe, source, number);
  if (send(im, &t, 1, (RdSlice){0}))
    *(Open *)rd_table_put(im->tries, &call, sizeof call, NULL) = (Open){t, 1};
}

/* False: there is no answer to this challenge. */
static bool answer(RdImposter *im, Open *open, const RdSip *sip) {
  const RdSlice value = rd_sip_value(sip, RD_HDR_WWW_AUTHENTICATE);
  char line[1024], uri[RD_IDENTITY_TEXT + 8], cnonce[17];
  RdHost *host = im->probe.host;
  RdImposterProof proof = {.len = 0};
  RdDigestAlgorithm algorithm;
  RdDigest d;
  if (!im->ops->prove || open->cseq > RD_IMPOSTER_ROUNDS || !value.at ||
      !rd_digest_parse(value, &d) || !rd_digest_algorithm(d.algorithm, &algorithm) ||
      !im->ops->prove(im->user, &open->try, d.nonce, algorithm.aka, &proof))
    return false;
  hex(host->random(host, open->try.source, DRAW_CNONCE, open->try.number * 8 + open->cseq), cnonce);
  RdText t = rd_text(uri, sizeof uri);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, im->aim->realm);
  const size_t n = rd_digest_answer(&d, rd_slice(proof.username),
                                    rd_slice_of(proof.password, proof.len), rd_slice("REGISTER"),
                                    rd_slice(uri), rd_slice(cnonce), 1, NULL, line, sizeof line);
  return n > 0 && send(im, &open->try, ++open->cseq, rd_slice_of(line, n));
}

void rd_imposter_receive(RdImposter *im, const RdMessage *m) {
  uint64_t call;
  if (!rd_probe_answer(m, &call) || m->sip->status < 200)
    return;
  Open *open = rd_table_get(im->tries, &call, sizeof call);
  if (!open || open->cseq != m->sip->cseq || (m->sip->status == 401 && answer(im, open, m->sip)))
    return;
  const RdImposterTry t = open->try;
  rd_table_remove(im->tries, &call, sizeof call);
  im->probe.host->count(im->probe.host, im->accepted, m->sip->status / 100 == 2);
  if (im->ops->over)
    im->ops->over(im->user, &t, m->sip->status);
}
