/* What the bridge lends its node and its defenses. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/drive/inline/bridge_private.h"
#include "lab/sip/build.h"

RdTimer rd_bridge_alarm(RdBridge *b, RdTime at, const RdAlarm *alarm) {
  uint8_t payload[RD_WHEEL_PAYLOAD] = {0};
  memcpy(payload, alarm, sizeof *alarm);
  return rd_wheel_arm(b->wheel, at, payload);
}

RdParked *rd_bridge_park(const RdMessage *m, uint8_t side) {
  RdParked *p = g_malloc(sizeof *p + m->len);
  *p = (RdParked){.direction = m->direction,
                  .side = side,
                  .local = m->local,
                  .remote = m->remote,
                  .len = m->len};
  memcpy(p->bytes, m->bytes, m->len);
  return p;
}

static bool effect(RdBridge *b, const RdSend *send, uint8_t side, bool unjudged) {
  if (send->conn || side >= RD_SIDES || send->len > RD_SIP_MAX_MESSAGE)
    return false;
  if (!rd_is_loopback(&send->remote)) {
    b->counts.refused++;
    return false;
  }
  RdMessage m = {.direction = RD_EGRESS,
                 .local = b->sides[side].address,
                 .remote = send->remote,
                 .bytes = send->bytes,
                 .len = send->len};
  RdParked *p = rd_bridge_park(&m, side);
  p->unjudged = unjudged;
  g_queue_push_tail(&b->effects, p);
  return true;
}

/* The busy share of the last whole second, or of this one if that is more already. */
static double host_load(RdHost *host, uint16_t place) {
  const RdBridge *b = ((RdBridgeJudge *)host)->bridge;
  (void)place;
  return (double)MIN(MAX(b->busy_before, b->busy_now), RD_SECOND) / (double)RD_SECOND;
}

/* --- the node --------------------------------------------------------------------------------- */

static RdBridge *of_node(RdHost *host) {
  return ((RdBridgeNode *)host)->bridge;
}

static RdTime node_now(RdHost *host) {
  return of_node(host)->now;
}

static RdTimer node_timer(RdHost *host, const RdTimerSpec *spec) {
  RdAlarm alarm = {RD_ALARM_NODE, NULL, spec->cookie};
  return rd_bridge_alarm(of_node(host), spec->at, &alarm);
}

static void node_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(of_node(host)->wheel, timer);
}

static bool node_send(RdHost *host, const RdSend *send) {
  return effect(of_node(host), send, (uint8_t)MIN(send->attachment, RD_SIDES), false);
}

static int side_of(const RdBridge *b, const RdAddress *remote) {
  if (!rd_is_loopback(remote))
    return -1;
  return rd_address_same_ip(remote, &b->spec.core) ? RD_SIDE_CORE : RD_SIDE_ACCESS;
}

static int node_route(RdHost *host, const RdAddress *remote) {
  return side_of(of_node(host), remote);
}

static RdAddress node_address(RdHost *host, uint16_t attachment, uint64_t entity) {
  (void)entity;
  return of_node(host)->sides[attachment < RD_SIDES ? attachment : 0].address;
}

static void on_log(void *user, RdBaseHost *base, RdLogLevel level, const char *text) {
  RdBridge *b = user;
  if (b->spec.log)
    b->spec.log(b->spec.user, base->name, level, text);
}

void rd_bridge_lend_node(RdBridge *b) {
  RdHost *host = &b->node.base.host;
  rd_base_host_init(&b->node.base, b->spec.name, b->spec.seed);
  b->node.bridge = b;
  b->node.base.on_log = on_log;
  b->node.base.user = b;
  host->now = node_now;
  host->timer = node_timer;
  host->cancel = node_cancel;
  host->send = node_send;
  host->route = node_route;
  for (unsigned i = 0; i < RD_SIDES; i++)
    b->attachments[i] = (RdAttachment){.size = sizeof(RdAttachment),
                                       .interface = b->sides[i].place.interface,
                                       .network = b->sides[i].place.network,
                                       .domain = b->sides[i].place.domain,
                                       .first = b->sides[i].address};
  b->setup = (RdActorSetup){.size = sizeof b->setup,
                            .n_attachments = RD_SIDES,
                            .attachment_stride = sizeof(RdAttachment),
                            .attachments = b->attachments,
                            .entities = 1,
                            .stop = RD_NEVER,
                            .address = node_address};
}

/* --- a defense -------------------------------------------------------------------------------- */

static RdBridgeJudge *judge_of(RdHost *host) {
  return (RdBridgeJudge *)host;
}

static RdTime judge_now(RdHost *host) {
  return judge_of(host)->bridge->now;
}

static RdTimer judge_timer(RdHost *host, const RdTimerSpec *spec) {
  RdAlarm alarm = {RD_ALARM_JUDGE, judge_of(host), spec->cookie};
  return rd_bridge_alarm(judge_of(host)->bridge, spec->at, &alarm);
}

static void judge_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(judge_of(host)->bridge->wheel, timer);
}

static bool judge_send(RdHost *host, const RdSend *send) {
  return send->attachment == 0 && effect(judge_of(host)->bridge, send, RD_SIDE_ACCESS, true);
}

static int judge_route(RdHost *host, const RdAddress *remote) {
  return side_of(judge_of(host)->bridge, remote) == RD_SIDE_ACCESS ? 0 : -1;
}

static bool judge_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  RdParked *p = g_hash_table_lookup(judge_of(host)->held, &ticket);
  return p && rd_bridge_release(judge_of(host)->bridge, p, verdict);
}

static void on_alert(void *user, RdBaseHost *base, const RdAlert *alert) {
  RdBridge *b = user;
  (void)base, (void)alert;
  b->counts.alerts++;
  if (b->counts.first_alert == RD_NEVER)
    b->counts.first_alert = b->now;
}

void rd_bridge_lend_judge(RdBridge *b, RdBridgeJudge *j, const char *name) {
  RdHost *host = &j->base.host;
  rd_base_host_init(&j->base, name, b->spec.seed);
  j->bridge = b;
  j->base.on_log = on_log;
  j->base.on_alert = on_alert;
  j->base.user = b;
  j->held = g_hash_table_new(g_int64_hash, g_int64_equal);
  host->now = judge_now;
  host->timer = judge_timer;
  host->cancel = judge_cancel;
  host->send = judge_send;
  host->route = judge_route;
  host->load = host_load;
  host->release = judge_release;
}
