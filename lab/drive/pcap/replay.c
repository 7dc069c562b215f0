#include "lab/drive/pcap/replay.h"

#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/take.h"
#include "lab/capture/label.h"
#include "lab/drive/host/wheel.h"
#include "lab/drive/judge/chain.h"
#include "lab/drive/judge/hold.h"
#include "lab/drive/judge/verdict.h"

/* Timers run between two messages: a capture that jumps by years must not keep us for ever. */
enum { MOST_TIMERS_A_GAP = 1000000 };

typedef struct {
  RdBaseHost base; /* first */
  RdReplay *replay;
  RdJudge *judge;
  RdHolds *holds; /* nothing goes on here: their deadlines alone count */
} Judge;

typedef struct {
  Judge *judge;
  uint64_t cookie;
} Alarm;

struct RdReplay {
  RdReplaySpec spec;
  Judge *judges;
  unsigned n_open;
  RdChain **chains; /* of each place */
  RdWheel *wheel;
  RdTime now;
  bool begun;
  RdWorst worst; /* of the message in hand */
  RdView view;
  GString *line;
  RdReplayCounts counts;
};

static Judge *judge_of(RdHost *host) {
  return (Judge *)host;
}

/* --- what is base ----------------------------------------------------------------------------- */

static RdTime host_now(RdHost *host) {
  return judge_of(host)->replay->now;
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *given) {
  Judge *j = judge_of(host);
  RdTimerSpec spec;
  if (!rd_take(&spec, sizeof spec, RD_END_OF(RdTimerSpec, attempt), given))
    return 0;
  Alarm alarm = {j, spec.cookie};
  uint8_t payload[RD_WHEEL_PAYLOAD] = {0};
  memcpy(payload, &alarm, sizeof alarm);
  return rd_wheel_arm(j->replay->wheel, spec.at, payload);
}

static void host_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(judge_of(host)->replay->wheel, timer);
}

static bool host_send(RdHost *host, const RdSend *given) {
  RdReplay *r = judge_of(host)->replay;
  RdSend send;
  if (!rd_take(&send, sizeof send, RD_END_OF(RdSend, len), given) ||
      send.attachment >= r->spec.places->n || send.conn)
    return false;
  r->counts.sent++;
  return true;
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  Judge *j = judge_of(host);
  RdHeld *held = rd_holds_find(j->holds, ticket);
  RdVerdict taken;
  if (!held || !rd_take(&taken, sizeof taken, RD_END_OF(RdVerdict, edit_stride), verdict))
    return false;
  bool in_time = held->deadline >= j->replay->now;
  rd_holds_remove(j->holds, held);
  j->replay->counts.released += in_time;
  return in_time;
}

static void on_alert(void *user, RdBaseHost *base, const RdAlert *alert) {
  RdReplay *r = user;
  r->counts.alerts++;
  if (r->spec.alert)
    r->spec.alert(r->spec.user, base->name, r->now, alert);
}

static void on_log(void *user, RdBaseHost *base, RdLogLevel level, const char *text) {
  RdReplay *r = user;
  if (r->spec.log)
    r->spec.log(r->spec.user, base->name, level, text);
}

/* --- judging ---------------------------------------------------------------------------------- */

/* A hold whose deadline has passed has ended: its ticket may be used again. */
static void hold(Judge *j, const RdVerdict *v) {
  RdHeld *before = rd_holds_find(j->holds, v->ticket);
  if (before && before->deadline < j->replay->now)
    rd_holds_remove(j->holds, before);
  rd_holds_put(j->holds, v, NULL, j->replay->now + v->delay);
}

static void observe(void *user, RdJudge *judge, const RdMessage *message, const RdVerdict *v) {
  RdReplay *r = user;
  (void)message;
  if (v->action == RD_HOLD)
    hold((Judge *)judge->host, v);
  rd_worst_add(&r->worst, v);
}

static void run_timers(RdReplay *r, RdTime until) {
  RdTimer id;
  uint8_t payload[RD_WHEEL_PAYLOAD];
  unsigned run = 0;
  for (RdTime next; (next = rd_wheel_next(r->wheel)) <= until && run < MOST_TIMERS_A_GAP;) {
    r->now = MAX(r->now, next);
    if (!rd_wheel_pop(r->wheel, r->now, &id, payload))
      continue;
    Alarm alarm;
    memcpy(&alarm, payload, sizeof alarm);
    const RdJudge *judge = alarm.judge->judge;
    if (judge && judge->part->defense.timer)
      judge->part->defense.timer(judge->self, id, alarm.cookie);
    run++;
  }
  r->counts.postponed += run == MOST_TIMERS_A_GAP;
  r->now = MAX(r->now, until);
}

static RdMessage message_of(RdReplay *r, const RdCaptureMessage *c) {
  RdDirection direction = RD_INGRESS;
  if (!c->comment || !rd_label_direction(c->comment, c->comment_len, &direction))
    direction = r->spec.local.family && rd_address_same_ip(&c->src, &r->spec.local) ? RD_EGRESS
                                                                                    : RD_INGRESS;
  unsigned at = rd_places_find(r->spec.places, c->interface);
  const RdPlace *place = &r->spec.places->places[at];
  RdMessage m = {.size = sizeof m,
                 .kind = RD_DATA,
                 .protocol = c->protocol,
                 .direction = direction,
                 .interface = place->interface,
                 .attachment = (uint16_t)at,
                 .conn = c->conn,
                 .local = direction == RD_INGRESS ? c->dst : c->src,
                 .remote = direction == RD_INGRESS ? c->src : c->dst,
                 .network = place->network,
                 .domain = place->domain,
                 .bytes = c->bytes,
                 .len = c->len};
  rd_codec_view(&r->view, &m);
  return m;
}

/* --- life ------------------------------------------------------------------------------------- */

RdReplay *rd_replay_new(const RdReplaySpec *spec) {
  RdReplay *r = g_new0(RdReplay, 1);
  r->spec = *spec;
  r->judges = g_new0(Judge, spec->n_defenses);
  r->chains = g_new0(RdChain *, spec->places->n);
  r->wheel = rd_wheel_new();
  r->line = g_string_new(NULL);
  const uint64_t key[2] = {rd_mix(spec->seed, 1), rd_mix(spec->seed, 2)};
  for (unsigned i = 0; i < spec->places->n; i++)
    r->chains[i] = rd_chain_new(key, observe, r);
  return r;
}

static bool open_judge(RdReplay *r, unsigned i, GError **error) {
  const RdReplayDefense *d = &r->spec.defenses[i];
  Judge *j = &r->judges[i];
  rd_base_host_init(&j->base, d->name, r->spec.seed);
  j->base.host.now = host_now;
  j->base.host.timer = host_timer;
  j->base.host.cancel = host_cancel;
  j->base.host.send = host_send;
  j->base.host.release = host_release;
  j->base.on_alert = on_alert;
  j->base.on_log = on_log;
  j->base.user = r;
  j->replay = r;
  j->holds = rd_holds_new();
  r->n_open = i + 1;
  j->judge = rd_judge_new(d->name, d->part, d->config, &j->base.host, r->spec.places->places,
                          r->spec.places->n, i, error);
  for (unsigned k = 0; j->judge && k < r->spec.places->n; k++)
    rd_chain_add(r->chains[k], j->judge, (uint16_t)k);
  return j->judge != NULL;
}

static bool begin(RdReplay *r, RdTime first, GError **error) {
  r->begun = true;
  r->now = r->spec.from_zero ? 0 : first;
  for (unsigned i = 0; i < r->spec.n_defenses; i++)
    if (!open_judge(r, i, error))
      return false;
  return true;
}

bool rd_replay_message(RdReplay *r, const RdCaptureMessage *c, GError **error) {
  RdChainResult result;
  if (!r->begun && !begin(r, c->time, error))
    return false;
  run_timers(r, c->time);
  RdMessage m = message_of(r, c);
  r->worst = rd_worst_none();
  rd_chain_judge(r->chains[m.attachment], 0, &m, &result);
  r->counts.messages++;
  r->counts.judged += !isnan(r->worst.verdict.score);
  r->counts.actions[r->worst.verdict.action]++;
  g_string_truncate(r->line, 0);
  rd_verdict_line(r->line, c->n, c->time, &m, &r->worst.verdict);
  r->spec.line(r->spec.user, r->line);
  return true;
}

const RdReplayCounts *rd_replay_counts(const RdReplay *r) {
  return &r->counts;
}

bool rd_replay_counter(const RdReplay *r, unsigned defense, unsigned i, const char **ret_name,
                       int64_t *ret_value) {
  if (defense >= r->n_open || i >= r->judges[defense].base.n_counters)
    return false;
  *ret_name = r->judges[defense].base.counters[i];
  *ret_value = r->judges[defense].base.counts[i];
  return true;
}

void rd_replay_free(RdReplay *r) {
  if (!r)
    return;
  for (unsigned i = 0; i < r->n_open; i++) {
    rd_judge_free(r->judges[i].judge);
    rd_holds_free(r->judges[i].holds);
    rd_base_host_clear(&r->judges[i].base);
  }
  for (unsigned i = 0; i < r->spec.places->n; i++)
    rd_chain_free(r->chains[i]);
  rd_wheel_free(r->wheel);
  g_string_free(r->line, TRUE);
  g_free(r->judges);
  g_free(r->chains);
  g_free(r);
}
