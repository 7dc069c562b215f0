#include "lab/drive/conform/conform.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "lab/base/take.h"
#include "lab/drive/conform/traffic.h"
#include "lab/plugin/costs.h"
#include "lab/plugin/params.h"
#include "lab/sip/build.h"
#include "tests/mock/host.h"

#define EDIT_FIRST RD_END_OF(RdEdit, value) /* of RdEdit's first release */
#define ACTOR_STEPS 400
#define DEFENSE_STEPS 20000

typedef struct {
  const RdPart *part;
  const RdConformTo *to;
  GHashTable *told; /* faults, each once */
  GHashTable *asked; /* operations */
} Conform;

static void fault(Conform *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(Conform *c, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  if (g_hash_table_add(c->told, text))
    c->to->tell(c->to->user, text);
}

/* --- what it says of itself ------------------------------------------------------------------- */

static void says_what_it_is(Conform *c) {
  const RdPart *part = c->part;
  const RdPlugin *p = &part->plugin;
  if (strlen(p->summary) <= 10)
    fault(c, "its summary says nothing");
  for (unsigned i = 0; i < part->n_params; i++)
    if (!part->params[i].help || strlen(part->params[i].help) <= 10)
      fault(c, "parameter %s has no help", part->params[i].key);
  for (unsigned i = 0; i < part->n_costs; i++)
    if (part->costs[i].base && !part->costs[i].help)
      fault(c, "the cost of %s has no help", part->costs[i].operation);
  if (p->kind == RD_ATTACK && !(p->family && *p->family))
    fault(c, "an attack without a family");
}

/* The defaults; what has none gets something, so that the part can be opened. */
static void *configure(Conform *c) {
  void *config = rd_params_defaults(c->part);
  for (unsigned i = 0; i < c->part->n_params; i++) {
    const RdParam *row = &c->part->params[i];
    const char *const *values = row->values;
    g_autofree char *least =
        g_strdup_printf("%.17g%s", row->min, row->type == RD_DURATION ? " s" : "");
    const char *text = row->type == RD_NODE_NAME ? "sbc"
                       : row->type == RD_ENUM    ? values[0]
                       : row->type == RD_BOOL    ? "false"
                       : row->type == RD_TEXT    ? "text"
                       : row->type == RD_LIST || row->type == RD_TABLE || row->type == RD_FILE
                           ? NULL
                           : least;
    if (!row->fallback && text)
      rd_params_set_text(config, row->key, text, NULL, NULL);
  }
  return config;
}

static void note_operations(Conform *c, const MockHost *mock) {
  for (unsigned i = 0; i < mock_n_operations(mock); i++)
    g_hash_table_add(c->asked, g_strdup(mock_operation(mock, i)));
}

static bool of_engine(const Conform *c, const char *operation) {
  static const char *const actors[] = {"scan", "handle", "send", "timer", NULL};
  return c->part->plugin.kind == RD_DEFENSE ? strcmp(operation, "judge") == 0
                                            : g_strv_contains(actors, operation);
}

/* Each operation it asks for is declared, and each that it declares is asked for. */
static void declares_what_it_spends(Conform *c) {
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init(&iter, c->asked);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (!rd_part_cost(c->part, name))
      fault(c, "it asks for the operation \"%s\" and has no cost row of it", (const char *)name);
  for (unsigned i = 0; i < c->part->n_costs; i++) {
    const char *own = c->part->costs[i].operation;
    if (!of_engine(c, own) && !g_hash_table_contains(c->asked, own))
      fault(c, "it has a cost row of \"%s\" and never asks for that operation", own);
  }
}

/* --- verdicts --------------------------------------------------------------------------------- */

/* A verdict and, behind it, what a longer release would have: not to be written on. */
typedef struct {
  RdVerdict today;
  uint8_t newer[64];
} Verdict;

static void check_edits(Conform *c, const Verdict *verdict) {
  const RdVerdict *v = &verdict->today;
  if (v->action == RD_REWRITE && v->n_edits > 0 && (!v->edits || v->edit_stride < EDIT_FIRST))
    fault(c, "it rewrites without edits, or without setting edit_stride");
  for (size_t i = 0; i < sizeof verdict->newer; i++)
    if (verdict->newer[i] != 0xa5)
      fault(c, "it writes behind the verdict");
}

/* --- what it can be told to do ----------------------------------------------------------------- */

/* A number at one end of its row's bounds. */
static void put_bound(void *arguments, const RdParam *row, bool most) {
  if (row->type != RD_NUMBER && row->type != RD_INTEGER && row->type != RD_DURATION)
    return;
  g_autofree char *text =
      g_strdup_printf(row->type == RD_INTEGER ? "%.0f%s" : "%.17g%s", most ? row->max : row->min,
                      row->type == RD_DURATION ? " s" : "");
  if (row->min < row->max)
    rd_params_set_text(arguments, row->key, text, NULL, NULL);
}

/* Each verb by its defaults, at its least and at its most. */
static void tell_everything(Conform *c, void *self) {
  const RdPart *part = c->part;
  const bool defense = part->plugin.kind == RD_DEFENSE;
  for (unsigned v = 0; v < part->n_verbs; v++)
    for (int how = 0; how < 3; how++) {
      const RdPart *rows = part->verbs[v].arguments;
      void *arguments = rd_params_defaults(rows);
      char reply[RD_REPLY + 8];
      memset(reply, 0xa5, sizeof reply);
      reply[0] = 0;
      for (unsigned i = 0; how > 0 && i < rows->n_params; i++)
        put_bound(arguments, &rows->params[i], how == 2);
      const bool done = defense ? part->defense.act(self, v, arguments, reply)
                                : part->actor.act(self, v, arguments, reply);
      if (!memchr(reply, 0, RD_REPLY))
        fault(c, "its answer to the verb \"%s\" has no end", part->verbs[v].name);
      else if (!done && !reply[0])
        fault(c, "it refuses the verb \"%s\" and does not say why", part->verbs[v].name);
      if ((uint8_t)reply[RD_REPLY] != 0xa5)
        fault(c, "it writes behind its answer to the verb \"%s\"", part->verbs[v].name);
      rd_params_free(arguments);
    }
}

/* --- actors ----------------------------------------------------------------------------------- */

static void unchanged(Conform *c, const RdTraffic *t, unsigned i) {
  g_autofree char *before = rd_traffic_text(i);
  if (t->today.sip && memcmp(before, t->today.bytes, t->today.len) != 0)
    fault(c, "it writes on the bytes that it is given");
}

/* On the line: both ways, sealed and in the clear. */
static void show_on_the_line(Conform *c, RdTraffic *t, MockHost *mock, unsigned i) {
  const RdActorOps *ops = &c->part->actor;
  if (!ops->intercept)
    return;
  Verdict v = {.today = {.size = i % 5 ? sizeof v.today : sizeof v, .score = NAN}};
  memset(v.newer, 0xa5, sizeof v.newer);
  rd_traffic_step(t, mock, i, i % 2, i / 2 % 2, i % 3 ? "198.18.0.7:5060" : "192.0.2.7:5060");
  if (t->today.kind != RD_DATA)
    return;
  if (i % 4 == 3 && t->text)
    rd_traffic_seal(t);
  ops->intercept(mock_self(mock), &t->today, &v.today);
  if (v.today.action >= RD_ACTION_COUNT)
    fault(c, "on a line it gives the unknown verdict %u", v.today.action);
  if (v.today.action == RD_HOLD && v.today.ticket == 0)
    fault(c, "on a line it holds a message without a ticket");
  check_edits(c, &v);
}

static void feed_actor(Conform *c, MockWorld *world, MockHost *mock) {
  RdTraffic t = {0};
  bool started = false;
  for (unsigned i = 0; i < ACTOR_STEPS; i++) {
    mock_run_until(world, (RdTime)i * 100 * RD_MILLISECOND);
    if (!started && mock_now(world) >= RD_SECOND) {
      mock_start(mock);
      started = true;
    }
    rd_traffic_step(&t, mock, i, i % 2, RD_INGRESS, i % 3 ? "198.18.0.7:5060" : "192.0.2.7:5060");
    mock_deliver(mock, &t.today);
    unchanged(c, &t, i);
    show_on_the_line(c, &t, mock, i);
    if (i == ACTOR_STEPS / 2)
      tell_everything(c, mock_self(mock));
  }
  mock_stop(mock);
  mock_run_until(world, 120 * RD_SECOND);
  rd_traffic_clear(&t);
}

/* Where an attack on the path sits. */
static const RdPlace links[] = {{.size = sizeof *links,
                                 .interface = RD_IF_GM,
                                 .node = "sbc",
                                 .network = "gm",
                                 .domain = "access"},
                                {.size = sizeof *links,
                                 .interface = RD_IF_MW,
                                 .node = "s-cscf",
                                 .network = "core",
                                 .domain = "home"}};

/* What it sent, as one digest. */
static char *run_actor(Conform *c) {
  const RdPart *part = c->part;
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, part->plugin.name);
  void *config = configure(c);
  const uint64_t entities = part->actor.entities ? part->actor.entities(config) : 1;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  if (entities < 1)
    fault(c, "a population of none with its defaults");
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.1.1/15");
  mock_attach(mock, RD_IF_MW, "core", "home", "192.0.2.1/24");
  mock_name(mock, 0, "sbc", "198.18.0.1");
  mock_name(mock, 1, "s-cscf", "192.0.2.9");
  mock_population(mock, MAX(entities, 1), RD_SECOND, 20 * RD_SECOND);
  if (part->actor.intercept)
    mock_links(mock, G_N_ELEMENTS(links), links);
  if (mock_open(mock, &part->actor, config)) {
    feed_actor(c, world, mock);
    mock_close(mock);
  } else if (mock_n_logs(mock, RD_LOG_ERROR) == 0) {
    fault(c, "it refuses its configuration and does not log why");
  }
  note_operations(c, mock);
  for (unsigned i = 0; i < mock_n_sent(mock); i++)
    g_checksum_update(sum, mock_sent(mock, i)->bytes, (gssize)mock_sent(mock, i)->len);
  rd_params_free(config);
  mock_world_free(world);
  return g_strdup(g_checksum_get_string(sum));
}

/* --- the predicate, on evidence that holds nothing --------------------------------------------- */

static double nothing_measured(const RdEvidence *e, RdWorldKind world, RdMetric metric, RdTime from,
                               RdTime to) {
  (void)e, (void)world, (void)metric, (void)from, (void)to;
  return NAN;
}

static RdFared nobody_fared(const RdEvidence *e, uint32_t kind, RdTime from, RdTime to) {
  (void)e, (void)kind, (void)from, (void)to;
  return (RdFared){0};
}

static RdClaimed nothing_claimed(const RdEvidence *e, const char *kind) {
  (void)e, (void)kind;
  return (RdClaimed){.auc = NAN};
}

static int64_t nothing_counted(const RdEvidence *e, const char *name) {
  (void)e, (void)name;
  return 0;
}

static void judges_nothing_as_no_success(Conform *c) {
  const RdEvidence nothing = {.size = sizeof nothing,
                              .attack_start = 10 * RD_SECOND,
                              .attack_stop = 40 * RD_SECOND,
                              .trial_stop = 60 * RD_SECOND,
                              .metric = nothing_measured,
                              .fared = nobody_fared,
                              .claimed = nothing_claimed,
                              .counter = nothing_counted};
  RdSuccess s = {.size = sizeof s,
                 .effect = NAN,
                 .effect_low = NAN,
                 .effect_high = NAN,
                 .least = -INFINITY,
                 .most = INFINITY,
                 .threshold = NAN,
                 .worst = NAN};
  if (!c->part->actor.success)
    return; /* a twin may go without */
  void *config = configure(c);
  c->part->actor.success(&nothing, config, &s);
  if (s.succeeded)
    fault(c, "success() calls it a success when nothing was measured");
  if (!memchr(s.why, 0, sizeof s.why))
    fault(c, "success() leaves `why` without an end");
  if (!isnan(s.effect) && !(s.least <= s.effect && s.effect <= s.most))
    fault(c, "success() finds an effect outside the bounds that it states");
  rd_params_free(config);
}

/* --- defenses --------------------------------------------------------------------------------- */

static void check_verdict(Conform *c, const Verdict *verdict) {
  const RdVerdict *v = &verdict->today;
  const bool acts = v->action != RD_PASS && v->action != RD_REWRITE;
  if (v->action >= RD_ACTION_COUNT)
    fault(c, "it gives the unknown verdict %u", v->action);
  if (!isnan(v->score) && !(v->score >= 0 && v->score <= 1))
    fault(c, "it gives a score outside [0, 1]");
  if (acts && isnan(v->score))
    fault(c, "it acts without a score");
  if (v->action != RD_PASS && !(v->classes && v->reason))
    fault(c, "it acts without classes or a reason");
  if (v->action == RD_HOLD && v->ticket == 0)
    fault(c, "it holds a message without a ticket");
  if (v->action == RD_CHALLENGE && !v->challenge)
    fault(c, "it challenges without a challenge");
  check_edits(c, verdict);
}

/* Answers to what the defense sent itself since message `from`: final ones, by turns. */
static void answer_its_own(Conform *c, MockHost *mock, void *self, unsigned from) {
  static const unsigned statuses[] = {200, 404, 503};
  char buffer[8192];
  for (unsigned i = from; i < mock_n_sent(mock); i++) {
    const MockSent *sent = mock_sent(mock, i);
    if (!sent->scan || !sent->scan->sip.is_request)
      continue;
    RdSipBuild r =
        rd_sip_reply(buffer, sizeof buffer, &sent->scan->sip, statuses[i % G_N_ELEMENTS(statuses)],
                     NULL, (RdSlice){"conform", strlen("conform")});
    const size_t len = rd_sip_finish(&r, NULL, (RdSlice){0});
    if (len > 0)
      c->part->defense.receive(
          self, mock_message(mock, sent->attachment, RD_INGRESS, "198.18.0.7:5060", buffer, len));
  }
}

static uint64_t judge_all(Conform *c, MockWorld *world, MockHost *mock, void *self) {
  RdTraffic t = {0};
  uint64_t digest = 0;
  for (unsigned i = 0; i < DEFENSE_STEPS; i++) {
    g_autofree char *remote = g_strdup_printf("198.18.%u.%u:5060", i / 250 % 250, i % 250);
    const unsigned sent = mock_n_sent(mock);
    Verdict v = {.today = {.size = i % 5 ? sizeof v.today : sizeof v, .score = NAN}};
    memset(v.newer, 0xa5, sizeof v.newer);
    if (i % 16 == 0)
      mock_run_until(world, (RdTime)i * RD_MILLISECOND);
    rd_traffic_step(&t, mock, i, 0, i % 2, remote);
    if (t.today.kind == RD_DATA) {
      c->part->defense.judge(self, &t.today, &v.today);
      check_verdict(c, &v);
      digest = digest * 1099511628211u + v.today.action;
      digest += isnan(v.today.score) ? UINT64_MAX : (uint64_t)(v.today.score * 1e6);
    } else {
      c->part->defense.receive(self, &t.today); /* of a connection that it might have opened */
    }
    unchanged(c, &t, i);
    answer_its_own(c, mock, self, sent);
    if (i % 64 == 0) {
      rd_traffic_report(&t, i / 64);
      c->part->defense.receive(self, &t.today);
    }
    if (i == DEFENSE_STEPS / 2)
      tell_everything(c, self);
  }
  rd_traffic_clear(&t);
  return digest;
}

static char *run_defense(Conform *c) {
  const RdDefenseOps *ops = &c->part->defense;
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, c->part->plugin.name);
  void *config = configure(c);
  const RdPlace place = {.size = sizeof place,
                         .interface = RD_IF_GM,
                         .node = "sbc",
                         .network = "gm",
                         .domain = "access"};
  const RdDefenseSetup setup = {
      .size = sizeof setup, .n_places = 1, .place_stride = sizeof place, .places = &place};
  uint64_t digest = 0, bytes = 0;
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.1.1/15");
  void *self = ops->open(mock_host(mock), config, &setup);
  if (self) {
    mock_on_timer(mock, ops->timer, self);
    digest = judge_all(c, world, mock, self);
    mock_run_until(world, 3600 * RD_SECOND);
    if (ops->state && ops->state(self, &bytes) >= 1u << 24)
      fault(c, "its tables hold more than 16 million entries");
    mock_on_timer(mock, NULL, NULL);
    ops->close(self);
  } else {
    fault(c, "it does not open with its defaults");
  }
  note_operations(c, mock);
  rd_params_free(config);
  mock_world_free(world);
  return g_strdup_printf("%" G_GUINT64_FORMAT, digest);
}

/* --- all of it -------------------------------------------------------------------------------- */

static char *run(Conform *c) {
  return c->part->plugin.kind == RD_DEFENSE ? run_defense(c) : run_actor(c);
}

unsigned rd_conform(const RdPart *part, const RdConformTo *to) {
  Conform c = {.part = part,
               .to = to,
               .told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
               .asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
  says_what_it_is(&c);
  g_autofree char *first = run(&c), *second = run(&c);
  if (strcmp(first, second) != 0)
    fault(&c, "it does not say the same when it is asked the same again");
  declares_what_it_spends(&c);
  if (part->plugin.kind == RD_ATTACK)
    judges_nothing_as_no_success(&c);
  const unsigned n = g_hash_table_size(c.told);
  g_hash_table_unref(c.told);
  g_hash_table_unref(c.asked);
  return n;
}
