/* acc-enum - finds out which IMSIs or telephone numbers exist by what the network answers, or how fast. */
#include <glib.h>
#include <stdio.h>

#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/proportion.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target, *realm;
  int method, seeks, oracle;
  double rate;
  int64_t sources, first, range;
  double threshold;
} Config;

enum { METHOD_REGISTER = 0, METHOD_OPTIONS, METHOD_INVITE };
static const char *const methods[] = {"REGISTER", "OPTIONS", "INVITE", NULL};
enum { SEEKS_BY_METHOD = 0, SEEKS_SUBSCRIBERS, SEEKS_CALLEES };
static const char *const seeks[] = {"by-method", "subscribers", "callees", NULL};
enum { ORACLE_STATUS = 0, ORACLE_TIME };
static const char *const oracles[] = {"status", "time", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it asks."),
    RD_CHOICE(Config, "method", method, "REGISTER", methods, "What it asks with."),
    RD_CHOICE(
        Config, "seeks", seeks, "by-method", seeks,
        "Whom it names: subscribers by their IMSIs, callees by their telephone numbers; by-method: "
        "REGISTER the former, OPTIONS and INVITE the latter."),
    RD_CHOICE(Config, "oracle", oracle, "status", oracles,
              "What tells it: the answer's status, or how long the answer took."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "20", 0.001, 1e6, "1/s",
             "Probes a second, of all sources."),
    RD_PARAM(Config, "sources", RD_INTEGER, sources, "1", 1, 65536, "",
             "Addresses that take turns."),
    RD_PARAM(Config, "first", RD_INTEGER, first, "0", 0, 9999999999.0, "",
             "The number it begins with: ten digits behind 00101 or +999."),
    RD_PARAM(Config, "range", RD_INTEGER, range, "200", 1, 1e6, "",
             "How many numbers it tries, once each."),
    RD_PARAM(
        Config, "threshold", RD_NUMBER, threshold, "10", 0.001, 100, "%",
        "Share of subscribers found (less that of unknown numbers taken for one) from which it has "
        "succeeded."),
    RD_PARAM(Config, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "", "Home network domain."),
    RD_PARAM_END};

/* A number tried. */
typedef struct {
  RdTime sent; /* 0: not tried */
  RdTime took; /* 0: no answer yet */
  uint16_t status;
} Probe;

typedef struct {
  const Config *config;
  RdProbe sender;
  RdPace *pace;
  Probe *probes;
  uint64_t n; /* probes there are */
  GHashTable *calls; /* Call-ID's number -> index of the probe, for those in flight */
  bool stopped;
  uint32_t sent, answered;
} Enum;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_enum(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  const uint64_t beyond = RD_MSIN_LIMIT - (uint64_t)c->first;
  Enum *e = g_new0(Enum, 1);
  e->config = c;
  e->sender = (RdProbe){.host = host, .setup = setup};
  e->n = MIN((uint64_t)c->range, beyond);
  e->probes = g_new0(Probe, e->n);
  e->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  e->sent = host->counter(host, "probes");
  e->answered = host->counter(host, "answers");
  e->pace = rd_pace_new(host, setup->start, setup->stop, setup->entities,
                        c->rate / (double)setup->entities, RD_PACE_EVEN, 0);
  return e;
}

static void start(void *self) {
  Enum *e = self;
  if (rd_probe_aim(&e->sender, e->config->target))
    rd_pace_start(e->pace);
}

static bool seeks_callees(const Config *c) {
  if (c->seeks == SEEKS_BY_METHOD)
    return c->method != METHOD_REGISTER;
  return c->seeks == SEEKS_CALLEES;
}

typedef char Name[MAX(RD_IMSI_TEXT, RD_NUMBER_TEXT)];

/* The user part of number i of those it tries. */
static void name(const Enum *e, uint64_t i, Name ret) {
  if (seeks_callees(e->config))
    rd_provision_guess_number((uint64_t)e->config->first + i, ret);
  else
    rd_provision_guess((uint64_t)e->config->first + i, ret);
}

static bool ask(Enum *e, uint64_t source, uint64_t number, const char *who) {
  const RdProbe *s = &e->sender;
  char caller[RD_NUMBER_TEXT], contact[RD_IMSI_TEXT];
  /* Its own name, the last number there is, need not exist. */
  rd_provision_guess_number(RD_MSIN_LIMIT - 1, caller);
  rd_provision_guess(RD_MSIN_LIMIT - 1, contact);
  const RdProbeCall call = {caller, contact, who, e->config->realm};
  if (e->config->method == METHOD_OPTIONS)
    return rd_probe_options(s, source, number, caller, who, e->config->realm);
  if (e->config->method == METHOD_INVITE)
    return rd_probe_invite(s, source, number, &call);
  return rd_probe_register(s, source, number, who, e->config->realm);
}

static void remember(Enum *e, uint64_t source, uint64_t number, uint64_t i) {
  const gint64 call = (gint64)rd_probe_call(&e->sender, source, number);
  g_hash_table_insert(e->calls, g_memdup2(&call, sizeof call), GSIZE_TO_POINTER(i));
}

static void timer(void *self, RdTimer id, uint64_t source) {
  Enum *e = self;
  RdHost *host = e->sender.host;
  Name who;
  (void)id;
  const uint64_t number = rd_pace_tick(e->pace, source);
  const uint64_t i = number * (uint64_t)e->config->sources + source;
  if (i >= e->n)
    return;
  name(e, i, who);
  if (!ask(e, source, number, who))
    return;
  e->probes[i].sent = MAX(host->now(host), 1);
  host->count(host, e->sent, 1);
  remember(e, source, number, i);
}

static void receive(void *self, const RdMessage *message) {
  Enum *e = self;
  RdHost *host = e->sender.host;
  uint64_t call;
  gpointer i;
  if (e->stopped || !rd_probe_answer(message, &call) || message->sip->status < 101 ||
      !g_hash_table_lookup_extended(e->calls, &(gint64){(gint64)call}, NULL, &i))
    return;
  Probe *probe = &e->probes[GPOINTER_TO_SIZE(i)];
  probe->status = message->sip->status;
  probe->took = MAX(host->now(host) - probe->sent, 1);
  g_hash_table_remove(e->calls, &(gint64){(gint64)call});
  host->count(host, e->answered, 1);
}

/* How surely a status speaks of a subscriber: a challenge, a success, ringing, or an answer of the
 * phone's own does; 404, 403 and 604 deny it; an error of the network says nothing. */
static double belief(uint16_t status) {
  switch (status) {
  case 403:
  case 404:
  case 410:
  case 484:
  case 485:
  case 604:
    return 0;
  case 401:
  case 407:
  case 480:
  case 486:
  case 488:
  case 600:
  case 603:
    return 1;
  default:
    return status < 300 ? 1 : 0.5;
  }
}

/* Twice the mean time is 2/3, half of it 1/3: known subscribers take the network longer. */
static double belief_by_time(RdTime took, double mean) {
  return (double)took / ((double)took + mean);
}

static double mean_time(const Enum *e) {
  double sum = 0;
  uint64_t n = 0;
  for (uint64_t i = 0; i < e->n; i++)
    if (e->probes[i].took > 0) {
      sum += (double)e->probes[i].took;
      n++;
    }
  return n > 0 ? sum / (double)n : 1;
}

static double belief_in(const Enum *e, const Probe *probe, double mean) {
  if (probe->took == 0)
    return 0.5;
  return e->config->oracle == ORACLE_TIME ? belief_by_time(probe->took, mean)
                                          : belief(probe->status);
}

/* What it has learned of every number tried: of one that was never answered, nothing, which is half
 * a chance. */
static void stop(void *self) {
  Enum *e = self;
  RdHost *host = e->sender.host;
  const double mean = mean_time(e);
  Name who;
  e->stopped = true;
  for (uint64_t i = 0; i < e->n; i++) {
    if (e->probes[i].sent == 0)
      continue;
    name(e, i, who);
    g_autofree char *subject =
        g_strdup_printf("sip:%s@%s%s", who, e->config->realm, who[0] == '+' ? ";user=phone" : "");
    const RdClaim claim = {.size = sizeof claim,
                           .kind = "identity-exists",
                           .subject = subject,
                           .value = belief_in(e, &e->probes[i], mean)};
    host->claim(host, &claim);
  }
}

static void close_enum(void *self) {
  Enum *e = self;
  rd_pace_free(e->pace);
  g_hash_table_destroy(e->calls);
  g_free(e->probes);
  g_free(e);
}

/* What it found of the subscribers among the numbers it tried, less what it took for one of the others:
 * who calls every number a subscriber finds all and knows nothing. */
static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  const RdClaimed c = evidence->claimed(evidence, "identity-exists");
  const RdRange range = rd_difference_range(c.right, c.truths, c.wrong, c.falses);
  ret->least = -100;
  ret->most = 100;
  ret->threshold = ((const Config *)config)->threshold;
  ret->unit = "percent of subscribers found, less strangers taken for one";
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  if (c.truths > 0 && c.falses > 0)
    ret->effect = 100 * ((double)c.right / (double)c.truths - (double)c.wrong / (double)c.falses);
  ret->succeeded = ret->effect >= ret->threshold && ret->effect_low > 0; /* NaN: neither holds */
  const int len = snprintf(
      ret->why, sizeof ret->why,
      "%llu numbers tried: %llu of %llu subscribers found, %llu of %llu others "
      "taken for one",
      (unsigned long long)c.made, (unsigned long long)c.right, (unsigned long long)c.truths,
      (unsigned long long)c.wrong, (unsigned long long)c.falses);
  if (c.auc == c.auc) /* defined: there were numbers of both kinds */
    snprintf(ret->why + len, sizeof ret->why - (size_t)len, "; AUC %.3f", c.auc);
}

RD_PART(RD_ATTACK, "acc-enum",
        "Tries one number after the other and learns from the answers who exists.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_enum, .start = start, .receive = receive, .timer = timer,
                     .stop = stop, .close = close_enum, .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "acc");
