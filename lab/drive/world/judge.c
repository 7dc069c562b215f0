#include "lab/drive/world/judge.h"

#include "lab/base/take.h"
#include "lab/drive/world/cpu.h"
#include "lab/drive/world/filter.h"
#include "lab/drive/world/held.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/ports.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/report.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/timers.h"
#include "lab/drive/world/truth.h"
#include "lab/drive/world/work.h"

static RdWorldJudge *judge_of(RdHost *host) {
  return (RdWorldJudge *)host;
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  return rd_held_release(judge_of(host), ticket, verdict);
}

/* --- what it begins ---------------------------------------------------------------------------- */

/* What a defense begins is numbered apart from what its node's handler does, and from other
 * defenses': that it stands here moves no draw of theirs. */
static RdTag tag_own(RdWorldJudge *g) {
  RdContext *c = &g->world->context;
  const RdTag *of = g->world->judged ? g->world->judged : &c->tag;
  if (c->own_by != g || c->own_of != of->lineage) {
    c->own_by = g;
    c->own_of = of->lineage;
    c->own_sends = 0;
  }
  uint64_t own = rd_mix(rd_mix(of->lineage, g->host.base.stream), c->actor->host.base.stream);
  return (RdTag){c->tag.causes, rd_mix(own, ++c->own_sends), c->tag.depth};
}

static bool host_send(RdHost *host, const RdSend *given) {
  RdWorldJudge *g = judge_of(host);
  RdSend send;
  if (!rd_take(&send, sizeof send, RD_END_OF(RdSend, len), given) || !g->world->context.actor ||
      send.attachment >= g->n_places)
    return false;
  send.entity = 0; /* it speaks as its node */
  RdParcel *p = rd_world_parcel(g->attachments[send.attachment], send.conn ? g : NULL, &send);
  if (!p)
    return false;
  RdTag tag = tag_own(g);
  rd_work_send_unjudged(p, &tag);
  return true;
}

static uint16_t host_listen(RdHost *host, const RdListen *given) {
  RdWorldJudge *g = judge_of(host);
  RdListen listen;
  if (!rd_take(&listen, sizeof listen, RD_END_OF(RdListen, protocol), given) ||
      listen.attachment >= g->n_places)
    return 0;
  return rd_ports_open(g->attachments[listen.attachment], listen.transport, listen.port,
                       listen.protocol, g);
}

static RdConn host_connect(RdHost *host, const RdConnect *given) {
  RdWorldJudge *g = judge_of(host);
  RdConnect to;
  if (!rd_take(&to, sizeof to, RD_END_OF(RdConnect, remote), given) || !g->world->context.actor ||
      to.attachment >= g->n_places)
    return 0;
  RdTag tag = tag_own(g);
  return rd_stream_connect(g->attachments[to.attachment], 0, to.protocol, &to.local, &to.remote, g,
                           &tag);
}

static void host_close(RdHost *host, RdConn conn) {
  RdWorldJudge *g = judge_of(host);
  RdStream *s = rd_stream_find(g->world, NULL, g, conn);
  if (s && g->world->context.actor)
    rd_work_close(s);
}

/* A defense's own time: it holds up no worker, and what it sends leaves at once. */
void rd_world_judge_timer(RdWorldJudge *g, RdTimer timer, uint64_t cookie, const RdTag *tag) {
  if (!g->judge->part->defense.timer)
    return;
  rd_work_begin(g->actors[0], tag);
  g->judge->part->defense.timer(g->judge->self, timer, cookie);
  rd_work_end(g->world);
}

/* --- the rest of its host --------------------------------------------------------------------- */

static RdTimer host_timer(RdHost *host, const RdTimerSpec *given) {
  RdWorldJudge *g = judge_of(host);
  RdContext *c = &g->world->context;
  RdTimerSpec spec;
  if (!rd_take(&spec, sizeof spec, RD_END_OF(RdTimerSpec, attempt), given))
    return 0;
  RdTag tag = {.lineage = rd_mix(rd_mix(rd_mix(g->host.base.stream, spec.entity), spec.attempt),
                                 spec.cookie)};
  if (c->actor && spec.cause == RD_INHERIT)
    tag = tag_own(g);
  return rd_timers_arm(g->world, NULL, g, spec.at, spec.cookie, &tag);
}

static bool host_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  RdWorldJudge *g = judge_of(host);
  return attachment < g->n_places && name &&
         rd_world_resolve(g->attachments[attachment], name, ret);
}

static int host_route(RdHost *host, const RdAddress *remote) {
  RdWorldJudge *g = judge_of(host);
  for (unsigned i = 0; i < g->n_places; i++)
    if (rd_network_holds(g->attachments[i]->network, remote))
      return (int)i;
  return -1;
}

static double host_load(RdHost *host, uint16_t place) {
  RdWorldJudge *g = judge_of(host);
  return place < g->n_places ? rd_cpu_load(g->attachments[place]) : 0;
}

static uint64_t host_filter(RdHost *host, const RdFilter *given) {
  RdWorldJudge *g = judge_of(host);
  RdFilter filter;
  return rd_take(&filter, sizeof filter, RD_END_OF(RdFilter, until), given) &&
                 filter.place < g->n_places
             ? rd_filter_add(g->attachments[filter.place], host, g, &filter)
             : 0;
}

static bool host_unfilter(RdHost *host, uint64_t filter, bool keep, uint64_t *ret_dropped) {
  return rd_filter_remove(judge_of(host)->world, host, filter, keep, ret_dropped);
}

static bool host_report(RdHost *host, uint32_t member, const void *bytes, size_t len) {
  RdWorldJudge *g = judge_of(host);
  if (!g->world->context.actor)
    return false;
  RdTag tag = tag_own(g);
  return rd_report_send(g, member, bytes, len, &tag);
}

static void on_alert(void *user, RdBaseHost *base, const RdAlert *alert) {
  RdWorldJudge *g = (RdWorldJudge *)base;
  (void)user;
  if (g->judge && g->world->truth) /* neither in open() nor in close() is it heard */
    rd_truth_alert(g->world->truth, g, alert);
}

static void set_host(RdWorldJudge *g) {
  RdHost *host = &g->host.base.host;
  g->host.base.on_alert = on_alert;
  host->timer = host_timer;
  host->send = host_send;
  host->listen = host_listen;
  host->connect = host_connect;
  host->close = host_close;
  host->resolve = host_resolve;
  host->route = host_route;
  host->load = host_load;
  host->release = host_release;
  host->report = host_report;
  host->filter = host_filter;
  host->unfilter = host_unfilter;
}

/* --- judging ---------------------------------------------------------------------------------- */

uint64_t rd_world_judge_entries(RdWorldJudge *g, uint64_t *ret_bytes) {
  *ret_bytes = 0;
  if (!g->judge->part->defense.state)
    return 0;
  return g->judge->part->defense.state(g->judge->self, ret_bytes);
}

static unsigned operation_of(const RdMessage *m) {
  const RdCodec *codec = rd_codec(m->protocol);
  return codec->operation ? codec->operation(m) : 0;
}

static void observe(void *user, RdJudge *judge, const RdMessage *m, const RdVerdict *v) {
  RdWorld *w = user;
  RdWorldJudge *g = (RdWorldJudge *)judge->host;
  uint64_t bytes;
  rd_work_spend(&g->host, g->cost_judge, m->len, rd_world_judge_entries(g, &bytes));
  RdTime cost = w->context.cost - w->context.cost_seen;
  w->context.cost_seen = w->context.cost;
  if (m->kind != RD_DATA) /* a connection's coming or going is no message */
    return;
  rd_result_judged(w->result, judge->index, g->first_place + m->attachment,
                   rd_tag_truth(w->judged, w->benign_causes), w->judged->causes, operation_of(m), v,
                   rd_now(w), cost);
  rd_record_verdict(w->record, g, m, v, w->judged);
}

/* --- life ------------------------------------------------------------------------------------- */

static void find_places(RdWorldJudge *g) {
  for (unsigned i = 0; i < g->n_places; i++) {
    const RdTrialPlace *at = &g->spec->places[g->first_place + i];
    g->actors[i] = g->world->actors[at->node];
    g->attachments[i] = &g->actors[i]->attachments[at->attach];
    g->places[i] = rd_world_place(g->world, at);
  }
}

static void stand(RdWorldJudge *g) {
  RdWorld *w = g->world;
  for (unsigned i = 0; i < g->n_places; i++) {
    RdWorldAttachment *attachment = g->attachments[i];
    if (!attachment->chain) {
      const uint64_t key[2] = {
          rd_random(attachment->actor->host.base.stream, 0, 1, attachment->index),
          rd_random(attachment->actor->host.base.stream, 0, 2, attachment->index)};
      attachment->chain = rd_chain_new(key, observe, w);
    }
    rd_chain_add(attachment->chain, g->judge, (uint16_t)i);
  }
}

/* A member has one place, and draws that are its own. */
static void be_member(RdWorldJudge *g, unsigned member) {
  const RdPlace at = rd_world_place(g->world, &g->spec->places[member]);
  g_autofree char *name = g_strdup_printf("%s@%s.%s", g->spec->name, at.node, at.network);
  rd_world_host_init(&g->host, g->world, g->spec->part, name);
  g->member = member;
  g->first_place = member;
  g->n_places = 1;
}

static void be_whole(RdWorldJudge *g) {
  rd_world_host_init(&g->host, g->world, g->spec->part, g->spec->name);
  g->n_places = g->spec->n_places;
}

RdWorldJudge *rd_world_judge_new(RdWorld *w, unsigned index, unsigned member, GError **error) {
  RdWorldJudge *g = g_new0(RdWorldJudge, 1);
  g->world = w;
  g->spec = &w->trial->defenses[index];
  if (g->spec->apart)
    be_member(g, member);
  else
    be_whole(g);
  set_host(g);
  g->actors = g_new0(RdWorldActor *, g->n_places);
  g->attachments = g_new0(RdWorldAttachment *, g->n_places);
  g->holds = rd_holds_new();
  g->cost_judge = rd_costs_row(w->costs, g->spec->part, "judge");
  g->places = g_new0(RdPlace, g->n_places);
  find_places(g);
  const RdDefenseSetup setup = {.size = sizeof setup,
                                .n_places = g->n_places,
                                .place_stride = sizeof *g->places,
                                .places = g->places,
                                .member = g->member,
                                .n_members = g->spec->apart ? g->spec->n_places : 0};
  g->judge = rd_judge_new_member(g->spec->name, g->spec->part, g->spec->config, &g->host.base.host,
                                 &setup, index, error);
  if (!g->judge) {
    rd_world_judge_free(g);
    return NULL;
  }
  stand(g);
  return g;
}

void rd_world_judge_free(RdWorldJudge *g) {
  if (!g)
    return;
  rd_judge_free(g->judge);
  rd_holds_free(g->holds); /* parcels are freed with the world's */
  rd_world_host_clear(&g->host);
  g_free(g->actors);
  g_free(g->attachments);
  g_free(g->places);
  g_free(g);
}
