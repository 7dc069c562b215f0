#include "tests/defenses/series.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"

enum { DRAW_RATE = 1, DRAW_COUNT, DRAW_WHEN, DRAW_WHO, DRAW_WHOM, DRAW_FATE, DRAW_RING, DRAW_HOLD };
enum { PHONES = 400, STRANGERS = 100000, SECONDS = 1800 };

static const struct {
  const char *name;
  double mean;
  unsigned gamma; /* shape of the rate's own distribution; 0: the rate is what it is */
  unsigned block; /* s for which a drawn rate holds */
} shapes[SHAPES] = {{"steady", 12, 0, 1},    {"bursty", 8, 1, 1}, {"clustered", 8, 3, 5},
                    {"diurnal", 10.5, 2, 1}, {"ramp", 13, 2, 1},  {"low", 0.3, 1, 1},
                    {"step", 7.5, 3, 1}};

const char *shape_name(Shape shape) {
  return shapes[shape].name;
}

double shape_mean(Shape shape) {
  return shapes[shape].mean;
}

/* --- how many, and when ------------------------------------------------------------------------ */

static double planned_rate(Shape shape, double share, unsigned second) {
  const double phase = second % 900 / 450.0;
  switch (shape) {
  case SHAPE_DIURNAL:
    return 1 + 19 * (phase < 1 ? phase : 2 - phase);
  case SHAPE_RAMP:
    return 2 + 22 * share;
  case SHAPE_STEP:
    return share < 0.5 ? 5 : 10;
  default:
    return shapes[shape].mean;
  }
}

static double rate_of(Shape shape, uint64_t stream, unsigned second, unsigned seconds) {
  const unsigned gamma = shapes[shape].gamma;
  double factor = 0;
  for (unsigned i = 0; i < gamma; i++)
    factor += rd_exponential(rd_random(stream, second / shapes[shape].block, DRAW_RATE, i), 1);
  return planned_rate(shape, (double)second / seconds, second) * (gamma ? factor / gamma : 1);
}

static double draw(uint64_t stream, uint64_t call, uint32_t purpose) {
  return rd_unit(rd_random(stream, call, purpose, 0));
}

static void add(GArray *events, const SeriesEvent *like, double at, RdSipMethod method,
                unsigned status, bool by_callee) {
  SeriesEvent e = *like;
  e.at = (RdTime)(at * 1e9);
  e.order = events->len;
  e.method = (uint8_t)method;
  e.status = (uint16_t)status;
  e.by_callee = by_callee;
  /* the caller's requests come in, answers to them go out; the callee's the other way round */
  e.direction = (status != 0) == by_callee ? RD_INGRESS : RD_EGRESS;
  g_array_append_val(events, e);
}

/* A call as the caller's side of a border sees it. */
static void add_call(GArray *events, const SeriesEvent *like, uint64_t stream, uint64_t call,
                     double at) {
  const double fate = draw(stream, call, DRAW_FATE), ring = 3 + 9 * draw(stream, call, DRAW_RING);
  add(events, like, at, RD_SIP_INVITE, 0, false);
  add(events, like, at + 0.01, RD_SIP_INVITE, 100, false);
  add(events, like, at + 0.1, RD_SIP_INVITE, 180, false);
  if (fate >= 0.7) {
    const bool gave_up = fate >= 0.85;
    if (gave_up) {
      add(events, like, at + ring, RD_SIP_CANCEL, 0, false);
      add(events, like, at + ring + 0.01, RD_SIP_CANCEL, 200, false);
    }
    add(events, like, at + ring + 0.02, RD_SIP_INVITE, gave_up ? 487 : 486, false);
    add(events, like, at + ring + 0.05, RD_SIP_ACK, 0, false);
    return;
  }
  const double hold = rd_exponential(rd_random(stream, call, DRAW_HOLD, 0), 20);
  const bool by_callee = fate < 0.35;
  add(events, like, at + ring, RD_SIP_INVITE, 200, false);
  add(events, like, at + ring + 0.05, RD_SIP_ACK, 0, false);
  add(events, like, at + ring + hold, RD_SIP_BYE, 0, by_callee);
  add(events, like, at + ring + hold + 0.05, RD_SIP_BYE, 200, by_callee);
}

static void add_registration(GArray *events, const SeriesEvent *like, double at) {
  add(events, like, at, RD_SIP_REGISTER, 0, false);
  add(events, like, at + 0.02, RD_SIP_REGISTER, 401, false);
  add(events, like, at + 0.1, RD_SIP_REGISTER, 0, false);
  add(events, like, at + 0.12, RD_SIP_REGISTER, 200, false);
}

static void add_second(GArray *events, uint64_t stream, unsigned second, double rate) {
  double at = 0;
  for (unsigned i = 0;; i++) {
    at += rd_exponential(rd_random(stream, second, DRAW_WHEN, i), 1 / rate);
    if (at >= 1)
      return;
    const uint64_t call = (uint64_t)second * 100000 + i;
    const double who = draw(stream, call, DRAW_WHO);
    SeriesEvent like = {.call = (uint32_t)call,
                        .caller = (uint32_t)(PHONES * who * who), /* a few call often */
                        .callee = (uint32_t)(PHONES * draw(stream, call, DRAW_WHOM))};
    like.source = like.caller;
    if (i % 4 == 3)
      add_registration(events, &like, second + at);
    add_call(events, &like, stream, call, second + at);
  }
}

/* --- a flood ----------------------------------------------------------------------------------- */

static void add_flood(GArray *events, const SeriesFlood *f) {
  const unsigned n = (unsigned)(f->rate * f->length);
  for (unsigned i = 0; i < n; i++) {
    const double at = f->start + i / f->rate;
    SeriesEvent like = {.call = UINT32_C(3000000000) + i,
                        .caller = STRANGERS + i % f->sources,
                        .callee = i % PHONES,
                        .source = STRANGERS + i % f->sources,
                        .flood = true};
    add(events, &like, at, f->method, 0, false);
    if (!f->whole)
      continue;
    add(events, &like, at + 0.01, RD_SIP_INVITE, 200, false);
    add(events, &like, at + 0.02, RD_SIP_ACK, 0, false);
    add(events, &like, at + 0.03, RD_SIP_BYE, 0, false);
    add(events, &like, at + 0.04, RD_SIP_BYE, 200, false);
  }
}

static int by_time(const void *a, const void *b) {
  const SeriesEvent *x = a, *y = b;
  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

GArray *series_make(Shape shape, uint64_t seed, unsigned seconds, const SeriesFlood *flood) {
  GArray *events = g_array_new(FALSE, FALSE, sizeof(SeriesEvent));
  const uint64_t stream = rd_stream(seed, shapes[shape].name);
  for (unsigned s = 0; s < seconds; s++) {
    const double rate = rate_of(shape, stream, s, seconds);
    if (rate > 0)
      add_second(events, stream, s, rate);
  }
  if (flood)
    add_flood(events, flood);
  qsort(events->data, events->len, sizeof(SeriesEvent), by_time);
  return events;
}

/* --- before a defense -------------------------------------------------------------------------- */

static const char *const methods[] = {
    [RD_SIP_INVITE] = "INVITE", [RD_SIP_ACK] = "ACK",           [RD_SIP_BYE] = "BYE",
    [RD_SIP_CANCEL] = "CANCEL", [RD_SIP_REGISTER] = "REGISTER", [RD_SIP_OPTIONS] = "OPTIONS"};

typedef struct {
  char from[64], to[64], call_id[32], branch[32], tags[2][16];
  RdSipHeader agent;
  RdSip sip;
} Made;

static RdSlice user_of(const char *uri) {
  return rd_slice_of(uri + 4, strcspn(uri + 4, "@"));
}

static void make_sip(Made *m, const SeriesEvent *e) {
  const bool swap = e->by_callee;
  const bool inside =
      e->method == RD_SIP_BYE || (e->method == RD_SIP_ACK && !e->flood) || e->status > 100;
  snprintf(m->from, sizeof m->from, "sip:+99900%07u@example.com", swap ? e->callee : e->caller);
  snprintf(m->to, sizeof m->to, "sip:+99900%07u@example.com", swap ? e->caller : e->callee);
  snprintf(m->call_id, sizeof m->call_id, "%u@example.com", e->call);
  snprintf(m->branch, sizeof m->branch, "z9hG4bK%u-%u", e->call, e->method);
  snprintf(m->tags[0], sizeof m->tags[0], "a%u", e->call);
  snprintf(m->tags[1], sizeof m->tags[1], "b%u", e->call);
  m->agent = (RdSipHeader){.name = rd_slice("User-Agent"),
                           .value = rd_slice(e->flood        ? "friendly"
                                             : e->caller % 3 ? "phone/1"
                                                             : "phone/2"),
                           .id = RD_HDR_USER_AGENT};
  m->sip = (RdSip){.size = sizeof m->sip,
                   .is_request = e->status == 0,
                   .method = e->method,
                   .status = e->status,
                   .method_text = rd_slice(methods[e->method]),
                   .call_id = rd_slice(m->call_id),
                   .from = rd_slice(m->from),
                   .to = rd_slice(m->to),
                   .from_uri = rd_slice(m->from),
                   .to_uri = rd_slice(m->to),
                   .from_tag = rd_slice(m->tags[swap]),
                   .via_branch = rd_slice(m->branch),
                   .cseq = 1,
                   .max_forwards = 70,
                   .expires = -1,
                   .content_length = 0,
                   .n_headers = 1,
                   .header_stride = sizeof(RdSipHeader),
                   .headers = &m->agent,
                   .from_at = {user_of(m->from), rd_slice("example.com"), 0},
                   .to_at = {user_of(m->to), rd_slice("example.com"), 0}};
  m->sip.first[RD_HDR_USER_AGENT] = 1;
  if (inside)
    m->sip.to_tag = rd_slice(m->tags[!swap]);
  if (e->status == 0) {
    m->sip.uri = m->sip.to_uri;
    m->sip.uri_at = m->sip.to_at;
  }
}

RdVerdict series_judge(Bench *b, const SeriesEvent *e) {
  Made m;
  make_sip(&m, e);
  const RdMessage message = {.size = sizeof message,
                             .kind = RD_DATA,
                             .protocol = RD_PROTO_SIP,
                             .direction = e->direction,
                             .interface = RD_IF_GM,
                             .local = {{198, 18, 255, 1}, 5060, 4, RD_UDP},
                             .remote = {{198, (uint8_t)(18 + (e->source >> 16)),
                                         (uint8_t)(e->source >> 8), (uint8_t)e->source},
                                        5060,
                                        4,
                                        RD_UDP},
                             .network = "gm",
                             .domain = "access",
                             .sip = &m.sip,
                             .bytes = (const uint8_t *)m.call_id,
                             .len = strlen(m.call_id)};
  RdVerdict v = {.size = sizeof v, .score = NAN};
  if (e->at > mock_now(b->world))
    mock_run_until(b->world, e->at);
  b->plugin->defense->judge(b->self, &message, &v);
  return v;
}

static bool within(const SeriesFlood *flood, double at, double after) {
  return flood && at >= flood->start && at < flood->start + flood->length + after;
}

static void note(SeriesOutcome *o, const SeriesEvent *e, const RdVerdict *v) {
  const bool acted = v->action != RD_PASS;
  if (e->direction != RD_INGRESS || e->status != 0)
    return;
  *(e->flood ? &o->flood_messages : &o->benign_messages) += 1;
  *(e->flood ? &o->flood_acted : &o->benign_acted) += acted;
}

SeriesOutcome series_run(const RdPlugin *plugin, const void *config, const GArray *events,
                         unsigned seconds, const SeriesFlood *flood) {
  Bench b;
  SeriesOutcome o = {.detected = NAN};
  g_autofree bool *alarmed = g_new0(bool, seconds);
  bench_open(&b, plugin, config);
  for (unsigned i = 0; i < events->len; i++) {
    const SeriesEvent *e = &g_array_index(events, SeriesEvent, i);
    const double at = (double)e->at * 1e-9;
    if (at >= seconds)
      break;
    const RdVerdict v = series_judge(&b, e);
    if (v.score > 0.5 || v.action != RD_PASS)
      alarmed[(unsigned)at] = true;
    if (within(flood, at, 0))
      note(&o, e, &v);
  }
  o.alerts = mock_n_alerts(b.mock);
  for (unsigned i = 0; i < o.alerts; i++) {
    const double at = (double)mock_alert(b.mock, i)->at * 1e-9;
    alarmed[(unsigned)at] = true;
    if (within(flood, at, 0) && isnan(o.detected))
      o.detected = at - flood->start;
  }
  for (unsigned s = 0; s < seconds; s++)
    if (!within(flood, s, 15) &&
        !within(flood, s + 1, 0)) { /* what follows a flood is still its doing */
      o.seconds++;
      o.alarmed += alarmed[s];
    }
  bench_close(&b);
  return o;
}

/* --- the promise -------------------------------------------------------------------------------- */

static void hold_shape(const RdPlugin *plugin, const void *config, SeriesFlood flood, Shape shape,
                       bool print) {
  SeriesOutcome sum = {0};
  double slowest = 0;
  for (unsigned i = 0; i < (print ? 12U : 3U); i++) {
    const uint64_t seed = print ? 1 + i : 101 + i;
    flood.start = 1200.15 + 0.3 * (i % 3); /* at several places of a window */
    g_autoptr(GArray) events = series_make(shape, seed, SECONDS, &flood);
    const SeriesOutcome o = series_run(plugin, config, events, SECONDS, &flood);
    sum.seconds += o.seconds;
    sum.alarmed += o.alarmed;
    slowest = isnan(o.detected) || o.detected > slowest ? o.detected : slowest;
    if (isnan(o.detected))
      break;
  }
  if (print) {
    printf("# %-20s %-10s alarmed %.3f %% of %u benign s, found in %.2f s\n", plugin->name,
           shape_name(shape), 100.0 * sum.alarmed / sum.seconds, sum.seconds, slowest);
    return;
  }
  ck_assert_msg(sum.alarmed <= 0.005 * sum.seconds, "%s: %u of %u benign seconds alarmed",
                shape_name(shape), sum.alarmed, sum.seconds);
  ck_assert_msg(slowest <= 1, "%s: found after %g s", shape_name(shape), slowest);
}

void series_hold(const RdPlugin *plugin, const void *config, const SeriesFlood *flood,
                 double factor, double base) {
  const bool print = g_getenv("SERIES_PRINT") != NULL;
  for (Shape shape = 0; shape < SHAPES; shape++) {
    SeriesFlood f = *flood;
    f.length = 20;
    f.rate = factor * shape_mean(shape) + base;
    hold_shape(plugin, config, f, shape, print);
  }
}
