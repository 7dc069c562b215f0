#include "lab/drive/inline/bridge_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab/base/random.h"
#include "lab/config/topology.h"

/* Datagrams read from one socket before the other gets its turn; the longest sleep. */
enum { A_TURN = 32, LONGEST_SLEEP_MS = 20 };

static RdTime monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (RdTime)t.tv_sec * RD_SECOND + t.tv_nsec;
}

RdTime rd_bridge_clock(const RdBridge *b) {
  return monotonic() - b->zero;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool open_sides(RdBridge *b, GError **error) {
  for (unsigned i = 0; i < RD_SIDES; i++) {
    RdBridgeSide *s = &b->sides[i];
    s->address = b->spec.addresses[i];
    s->place = (RdPlace){.size = sizeof(RdPlace),
                         .interface = (uint8_t)b->spec.interfaces[i],
                         .node = b->spec.name,
                         .network = b->spec.networks[i],
                         .domain = b->spec.domains[i]};
    s->fd = rd_loopback_bind(&s->address, error);
    if (s->fd < 0)
      return false;
  }
  return true;
}

static bool open_record(RdBridge *b, GError **error) {
  const RdPlace *place = &b->sides[RD_SIDE_ACCESS].place;
  if (b->spec.capture) {
    b->capture = rd_pcapng_new(b->spec.capture, error);
    if (!b->capture)
      return false;
    g_autofree char *name = g_strdup_printf("%s.%s", place->node, place->network);
    g_autofree char *what =
        g_strdup_printf("%s %s", rd_interface_name(place->interface), place->domain);
    rd_pcapng_described(b->capture, name, what);
  }
  if (!b->spec.verdicts)
    return true;
  b->verdicts = fopen(b->spec.verdicts, "w");
  if (!b->verdicts)
    g_set_error(error, RD_INLINE_ERROR, errno, "%s: %s", b->spec.verdicts, g_strerror(errno));
  return b->verdicts != NULL;
}

static bool open_judges(RdBridge *b, GError **error) {
  for (unsigned i = 0; i < b->spec.n_defenses; i++) {
    const RdBridgeDefense *d = &b->spec.defenses[i];
    RdBridgeJudge *j = &b->judges[i];
    rd_bridge_lend_judge(b, j, d->name);
    j->judge = rd_judge_new(d->name, d->part, d->config, &j->base.host,
                            &b->sides[RD_SIDE_ACCESS].place, 1, i, error);
    if (!j->judge)
      return false;
    rd_chain_add(b->chain, j->judge, 0);
  }
  return true;
}

static bool open_node(RdBridge *b, GError **error) {
  rd_bridge_lend_node(b);
  b->node.self = b->spec.part->actor.open(&b->node.base.host, b->spec.config, &b->setup);
  if (!b->node.self) {
    g_set_error(error, RD_INLINE_ERROR, 0, "node %s refused its configuration", b->spec.name);
    return false;
  }
  if (b->spec.part->actor.start)
    b->spec.part->actor.start(b->node.self);
  return true;
}

RdBridge *rd_bridge_new(const RdBridgeSpec *spec, GError **error) {
  RdBridge *b = g_new0(RdBridge, 1);
  const uint64_t key[2] = {rd_mix(spec->seed, 1), rd_mix(spec->seed, 2)}; /* as replay has it */
  b->spec = *spec;
  b->sides[0].fd = b->sides[1].fd = -1;
  b->judges = g_new0(RdBridgeJudge, spec->n_defenses);
  b->chain = rd_chain_new(key, rd_bridge_observe, b);
  b->wheel = rd_wheel_new();
  b->line = g_string_new(NULL);
  g_queue_init(&b->effects);
  b->counts.first_alert = RD_NEVER;
  if (open_sides(b, error) && open_record(b, error) && open_judges(b, error) &&
      open_node(b, error)) {
    b->zero = monotonic();
    return b;
  }
  rd_bridge_close(b, NULL);
  return NULL;
}

/* --- working ---------------------------------------------------------------------------------- */

static void fire(RdBridge *b, RdTimer id, const RdAlarm *alarm) {
  RdVerdict v = {.size = sizeof v};
  RdBridgeJudge *j = alarm->of;
  RdParked *p = alarm->of;
  switch (alarm->kind) {
  case RD_ALARM_NODE:
    if (b->spec.part->actor.timer)
      b->spec.part->actor.timer(b->node.self, id, alarm->cookie);
    break;
  case RD_ALARM_JUDGE:
    if (j->judge && j->judge->part->defense.timer)
      j->judge->part->defense.timer(j->judge->self, id, alarm->cookie);
    break;
  case RD_ALARM_PARKED:
    v.action = p->judge ? p->fallback : RD_PASS;
    rd_bridge_release(b, p, &v);
    break;
  }
  rd_bridge_flush(b);
}

/* Everything due by `until` runs, each at its own time; then it is `until`. */
static void advance(RdBridge *b, RdTime until) {
  RdTimer id;
  uint8_t payload[RD_WHEEL_PAYLOAD];
  for (RdTime next; (next = rd_wheel_next(b->wheel)) <= until;) {
    b->now = MAX(b->now, next);
    if (!rd_wheel_pop(b->wheel, b->now, &id, payload))
      continue;
    RdAlarm alarm;
    memcpy(&alarm, payload, sizeof alarm);
    fire(b, id, &alarm);
  }
  b->now = MAX(b->now, until);
}

static void worked(RdBridge *b, RdTime begun) {
  RdTime end = rd_bridge_clock(b), second = end / RD_SECOND;
  if (second != b->second) {
    b->busy_before = second == b->second + 1 ? b->busy_now : 0;
    b->busy_now = 0;
    b->second = second;
  }
  b->busy_now += end - begun;
  b->counts.busy += end - begun;
}

static bool read_one(RdBridge *b, uint8_t side) {
  RdAddress from;
  RdBridgeSide *s = &b->sides[side];
  ssize_t len = rd_loopback_receive(s->fd, b->bytes, sizeof b->bytes, &from, &s->dropped);
  if (len < 0)
    return false;
  RdTime at = rd_bridge_clock(b);
  b->counts.overflowed = (uint64_t)b->sides[0].dropped + b->sides[1].dropped;
  advance(b, at);
  rd_bridge_ingress(b, side, &from, b->bytes, (size_t)len);
  worked(b, at);
  return true;
}

static int sleep_ms(const RdBridge *b, RdTime until) {
  RdTime next = MIN(until, rd_wheel_next(b->wheel)), now = rd_bridge_clock(b);
  if (next <= now)
    return 0;
  return (int)MIN((next - now) / RD_MILLISECOND + 1, LONGEST_SLEEP_MS);
}

void rd_bridge_run(RdBridge *b, RdTime span) {
  RdTime until = rd_bridge_clock(b) + span;
  struct pollfd fds[RD_SIDES] = {{b->sides[0].fd, POLLIN, 0}, {b->sides[1].fd, POLLIN, 0}};
  while (rd_bridge_clock(b) < until) {
    if (poll(fds, RD_SIDES, sleep_ms(b, until)) < 0 && errno == EINTR)
      return;
    for (uint8_t side = 0; side < RD_SIDES; side++)
      for (int i = 0; i < A_TURN && read_one(b, side); i++)
        ;
    RdTime at = rd_bridge_clock(b);
    advance(b, at);
    worked(b, at);
  }
}

RdAddress rd_bridge_address(const RdBridge *b, unsigned side) {
  return b->sides[side].address;
}

const RdBridgeCounts *rd_bridge_counts(const RdBridge *b) {
  return &b->counts;
}

const RdBaseHost *rd_bridge_node(const RdBridge *b) {
  return &b->node.base;
}

const RdBaseHost *rd_bridge_defense(const RdBridge *b, unsigned i) {
  return &b->judges[i].base;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* What is still delayed or held lies in the wheel alone. */
static void free_parked(RdBridge *b) {
  RdTimer id;
  uint8_t payload[RD_WHEEL_PAYLOAD];
  for (RdTime next; (next = rd_wheel_next(b->wheel)) != RD_NEVER;) {
    if (!rd_wheel_pop(b->wheel, next, &id, payload))
      continue;
    RdAlarm alarm;
    memcpy(&alarm, payload, sizeof alarm);
    if (alarm.kind == RD_ALARM_PARKED)
      rd_bridge_parked_free(alarm.of);
  }
  g_queue_clear_full(&b->effects, rd_bridge_parked_free);
}

static void close_parts(RdBridge *b) {
  if (b->node.self)
    b->spec.part->actor.close(b->node.self);
  if (b->node.bridge)
    rd_base_host_clear(&b->node.base);
  for (unsigned i = 0; i < b->spec.n_defenses; i++) {
    RdBridgeJudge *j = &b->judges[i];
    rd_judge_free(j->judge);
    if (!j->bridge)
      continue;
    g_hash_table_unref(j->held);
    rd_base_host_clear(&j->base);
  }
}

bool rd_bridge_close(RdBridge *b, GError **error) {
  if (!b)
    return true;
  close_parts(b);
  free_parked(b);
  bool written = rd_pcapng_close(b->capture, error);
  if (b->verdicts && (ferror(b->verdicts) | fclose(b->verdicts))) {
    if (written)
      g_set_error(error, RD_INLINE_ERROR, 0, "%s: writing failed", b->spec.verdicts);
    written = false;
  }
  for (unsigned i = 0; i < RD_SIDES; i++)
    if (b->sides[i].fd >= 0)
      close(b->sides[i].fd);
  rd_chain_free(b->chain);
  rd_wheel_free(b->wheel);
  g_string_free(b->line, TRUE);
  g_free(b->judges);
  g_free(b);
  return written;
}
