/* part.c - the part that plays scenarios; the loader makes an attack of each file (config.h). */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/attacker/harm.h"
#include "lab/attacker/scenario/config.h"
#include "lab/attacker/scenario/player.h"
#include "lab/base/proportion.h"
#include "lab/base/text.h"
#include "lab/stack/tcp_rows.h"

static const char *const media[] = {"refuse", "skip", NULL};
static const char *const predicates[] = RD_SCENARIO_PREDICATES;

static const RdParam params[] = {
    RD_PARAM(RdScenarioConfig, "target", RD_NODE_NAME, target, "sbc", 0, 0, "",
             "The node it calls; a scenario that waits for calls needs none."),
    RD_PARAM(RdScenarioConfig, "remote", RD_TEXT, remote, "", 0, 0, "",
             "Where it sends instead: 192.0.2.1:5060."),
    RD_PARAM(RdScenarioConfig, "rate", RD_NUMBER, rate, "10", 0.000001, 1e6, "1/s",
             "Calls begun a second, of all sources (-r of SIPp)."),
    RD_PARAM(RdScenarioConfig, "calls", RD_INTEGER, calls, "0", 0, 1e12, "",
             "Calls at most (-m); 0: as many as there is time for."),
    RD_PARAM(RdScenarioConfig, "at-once", RD_INTEGER, at_once, "4096", 1, RD_PLAYER_AT_ONCE, "",
             "Calls under way at most (-l); more are not begun, and counted."),
    RD_PARAM(RdScenarioConfig, "sources", RD_INTEGER, sources, "1", 1, 65536, "",
             "Addresses that take turns."),
    RD_CHOICE(RdScenarioConfig, "transport", transport, "udp", rd_sip_transports,
              "tcp: one connection a source (-t t1)."),
    RD_PARAM(RdScenarioConfig, "retransmit", RD_BOOL, retransmit, "true", 0, 0, "",
             "Messages with retrans= are sent again over UDP; false is -nr."),
    RD_PARAM(RdScenarioConfig, "pause", RD_DURATION, pause, "0 s", 0, 1e6, "",
             "Length of a pause that says none (-d)."),
    RD_PARAM(RdScenarioConfig, "recv-timeout", RD_DURATION, recv_timeout, "0 s", 0, 1e6, "",
             "How long a message is waited for that says no timeout; 0: for ever."),
    RD_PARAM(RdScenarioConfig, "service", RD_TEXT, service, "service", 0, 0, "",
             "What [service] stands for (-s)."),
    RD_PARAM(RdScenarioConfig, "username", RD_TEXT, username, "", 0, 0, "",
             "Of [authentication] that names none (-au); empty: the service."),
    RD_PARAM(RdScenarioConfig, "password", RD_TEXT, password, "password", 0, 0, "",
             "Of [authentication] that has none (-ap)."),
    RD_PARAM(RdScenarioConfig, "key", RD_TABLE, key, "", 0, 0, "",
             "More [keywords] and what they stand for (-key)."),
    RD_CHOICE(
        RdScenarioConfig, "media", media, "refuse", media,
        "refuse: a scenario that plays media is an error; skip: it runs without, and counts them."),
    RD_CHOICE(RdScenarioConfig, "predicate", predicate, "harm", predicates,
              "What it is judged by: legitimate attempts lost, facts that nodes noted because of "
              "it, or the "
              "share of its calls that went through to the end."),
    RD_PARAM(RdScenarioConfig, "fact", RD_TEXT, fact, "", 0, 0, "",
             "The kind of fact that is counted, with predicate=facts."),
    RD_PARAM(
        RdScenarioConfig, "threshold", RD_NUMBER, threshold, "5", 0.000001, 1e12, "",
        "From which effect on it has succeeded: points of attempts, facts, or percent of calls."),
    RD_PARAM_END};

typedef struct {
  RdHost *host;
  const RdScenarioConfig *config;
  RdScenario *scenario;
  RdPlayer *player;
  const char **keys, **values; /* of the declared and of the others */
  GPtrArray *owned;
  bool faulty;
} Part;

/* --- keys ------------------------------------------------------------------------------------------------ */

/* A value as SIPp's -key would have it on a command line. */
static char *value_text(const RdScenarioValue *v, uint32_t type) {
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  switch (type) {
  case RD_INTEGER:
    return g_strdup_printf("%" G_GINT64_FORMAT, v->integer);
  case RD_NUMBER:
    return g_strdup(g_ascii_dtostr(number, sizeof number, v->number));
  case RD_DURATION: /* in milliseconds, as scenarios count */
    return g_strdup_printf("%" G_GINT64_FORMAT, v->duration / RD_MILLISECOND);
  case RD_BOOL:
    return g_strdup(v->yes ? "true" : "false");
  default:
    return g_strdup(v->text ? v->text : "");
  }
}

static void collect_keys(Part *p) {
  const RdScenarioGiven *g = &p->config->given;
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  g_autoptr(GPtrArray) values = g_ptr_array_new();
  for (unsigned i = 0; g->keys && g->keys[i]; i++) {
    char *text = value_text(&p->config->values[i], g->types[i]);
    g_ptr_array_add(p->owned, text);
    g_ptr_array_add(keys, (gpointer)g->keys[i]);
    g_ptr_array_add(values, text);
  }
  for (const char *const *k = p->config->key; k && *k; k += 2) {
    g_ptr_array_add(keys, (gpointer)k[0]);
    g_ptr_array_add(values, (gpointer)k[1]);
  }
  g_ptr_array_add(keys, NULL);
  g_ptr_array_add(values, NULL);
  p->keys = (const char **)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
  p->values = (const char **)g_ptr_array_free(g_steal_pointer(&values), FALSE);
}

/* --- life ------------------------------------------------------------------------------------------------ */

static void say(void *user, bool warning, unsigned line, unsigned column, const char *message) {
  Part *p = user;
  const char *path = p->config->given.path;
  g_autofree char *text =
      g_strdup_printf("%s:%u:%u: %s", path ? path : "scenario", line, column, message);
  p->host->log(p->host, warning ? RD_LOG_INFO : RD_LOG_ERROR, text);
}

static void close_part(void *self) {
  Part *p = self;
  rd_player_free(p->player);
  rd_scenario_free(p->scenario);
  g_free(p->keys);
  g_free(p->values);
  g_ptr_array_unref(p->owned);
  g_free(p);
}

static void *open_part(RdHost *host, const void *config, const RdActorSetup *setup) {
  const RdScenarioConfig *c = config;
  const RdScenarioReport report = {say, NULL};
  Part *p = g_new0(Part, 1);
  p->host = host;
  p->config = c;
  p->owned = g_ptr_array_new_with_free_func(g_free);
  collect_keys(p);
  const RdScenarioScope scope = {p->keys, c->given.files, c->given.contents, c->media == 1};
  const RdScenarioReport to = {report.say, p};
  if (c->given.xml)
    p->scenario = rd_scenario_new(c->given.xml, strlen(c->given.xml), &scope, &to);
  else
    host->log(host, RD_LOG_ERROR, "no scenario: this part is opened by the loader, for a file");
  if (!p->scenario) {
    close_part(p);
    return NULL;
  }
  const RdPlay play = {.scenario = p->scenario,
                       .values = p->values,
                       .target = c->target,
                       .remote = c->remote,
                       .service = c->service,
                       .username = c->username,
                       .password = c->password,
                       .rate = c->rate,
                       .calls = (uint64_t)c->calls,
                       .at_once = (uint64_t)c->at_once,
                       .tcp = c->transport == 1,
                       .retransmit = c->retransmit,
                       .pause = c->pause,
                       .recv_timeout = c->recv_timeout};
  p->player = rd_player_new(host, setup, &play);
  return p;
}

static void start(void *self) {
  rd_player_start(((Part *)self)->player);
}

static void receive(void *self, const RdMessage *message) {
  rd_player_receive(((Part *)self)->player, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  rd_player_timer(((Part *)self)->player, id, cookie);
}

static void stop(void *self) {
  rd_player_stop(((Part *)self)->player);
}

static uint64_t entities(const void *config) {
  return (uint64_t)((const RdScenarioConfig *)config)->sources;
}

static const char *family(const void *config, bool *ret_benign) {
  const RdScenarioGiven *g = &((const RdScenarioConfig *)config)->given;
  *ret_benign = g->benign != 0;
  return g->family;
}

/* --- the predicates --------------------------------------------------------------------------------------- */

static void by_facts(const RdEvidence *e, const RdScenarioConfig *c, RdSuccess *ret) {
  ret->unit = "facts";
  ret->least = 0;
  ret->threshold = c->threshold;
  if (!e->facts)
    return;
  const RdFacts f =
      e->facts(e, RD_WORLD_THIS, c->fact, RD_FACTS_OF_ATTACK, e->attack_start, e->trial_stop);
  ret->effect = ret->effect_low = ret->effect_high = (double)f.n;
  ret->succeeded = ret->effect >= c->threshold;
  snprintf(ret->why, sizeof ret->why, "%" G_GUINT64_FORMAT " facts of kind %s because of it", f.n,
           c->fact);
}

/* Of the calls that it began and that had time to end. */
static void by_completed(const RdEvidence *e, const RdScenarioConfig *c, RdSuccess *ret) {
  const int64_t done = e->counter(e, "calls-completed"), failed = e->counter(e, "calls-failed");
  const int64_t all = done + failed;
  ret->unit = "% of its calls";
  ret->least = 0;
  ret->most = 100;
  ret->threshold = c->threshold;
  if (all <= 0)
    return;
  const RdRange range = rd_share_range((uint64_t)done, (uint64_t)all);
  ret->effect = 100 * (double)done / (double)all;
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  ret->succeeded = ret->effect >= c->threshold && ret->effect_low > 0;
  snprintf(ret->why, sizeof ret->why,
           "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " calls went through to the end", done, all);
}

static void success(const RdEvidence *e, const void *config, RdSuccess *ret) {
  const RdScenarioConfig *c = config;
  if (c->predicate == RD_BY_FACTS)
    by_facts(e, c, ret);
  else if (c->predicate == RD_BY_COMPLETED)
    by_completed(e, c, ret);
  else
    rd_harm(e, c->threshold, ret);
}

RD_PART(RD_ATTACK, "scenario", "Plays a SIPp scenario", RD_CONFIG(RdScenarioConfig, params),
        .interface = RD_IF_GM, .family = "dos",
        RD_ACTOR_OPS(.open = open_part, .start = start, .receive = receive, .timer = timer,
                     .stop = stop, .close = close_part, .entities = entities, .family = family,
                     .success = success));
