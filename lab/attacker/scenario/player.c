/* player.c - calls that step through the commands of a scenario. */
#include "lab/attacker/scenario/player.h"

#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/attacker/scenario/step.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"

#define LATE                                                                                       \
  (33 * RD_SECOND) /* how long messages of a call that ended are known as late: SIPp's default */

/* Timers of calls have bit 63; those of the pace have their source. */
#define OF_CALL (UINT64_C(1) << 63)
#define OF_RETRANSMISSION (UINT64_C(1) << 62)

/* --- opening and closing ----------------------------------------------------------------------------- */

static void count_names(RdPlayer *p) {
  RdHost *h = p->host;
  p->counters.started = h->counter(h, "calls");
  p->counters.completed = h->counter(h, "calls-completed");
  p->counters.failed = h->counter(h, "calls-failed");
  p->counters.cut = h->counter(h, "calls-cut");
  p->counters.refused = h->counter(h, "calls-refused");
  p->counters.sent = h->counter(h, "sent");
  p->counters.received = h->counter(h, "received");
  p->counters.repeated = h->counter(h, "retransmissions");
  p->counters.repeated_answers = h->counter(h, "retransmissions-heard");
  p->counters.timeouts = h->counter(h, "timeouts");
  p->counters.unexpected = h->counter(h, "unexpected");
  p->counters.out_of_call = h->counter(h, "out-of-call");
  p->counters.lost = h->counter(h, "lost-on-purpose");
  p->counters.media = h->counter(h, "media-not-played");
  p->counters.logged = h->counter(h, "logged");
}

RdPlayer *rd_player_new(RdHost *host, const RdActorSetup *setup, const RdPlay *play) {
  const RdScenario *s = play->scenario;
  RdPlayer *p = g_new0(RdPlayer, 1);
  p->host = host;
  p->setup = setup;
  p->play = *play;
  p->scenario = s;
  count_names(p);
  p->key[0] = host->random(host, 0, RD_DRAW_KEY, 0);
  p->key[1] = host->random(host, 0, RD_DRAW_KEY, 1);
  p->pid = 1 + (uint32_t)rd_below(host->random(host, 0, RD_DRAW_PID, 0), 32767);
  const uint32_t room = (uint32_t)CLAMP(play->at_once, 1, RD_PLAYER_AT_ONCE);
  p->play.at_once = room;
  p->calls = g_new0(RdCall *, room);
  p->spare = g_new0(uint32_t, room);
  p->by_id = rd_table_new(room, sizeof(uint32_t), p->key, NULL, NULL);
  p->ended = rd_table_new(room, sizeof(RdTime), p->key, NULL, NULL);
  p->globals = g_new0(RdValue, MAX(s->n_variables, 1));
  p->users = g_new0(RdValue, MAX(s->n_variables, 1) * setup->entities);
  p->out = g_malloc(RD_SC_MESSAGE + 1);
  p->pace = rd_pace_new(host, setup->start, setup->stop, setup->entities,
                        play->rate / (double)setup->entities, RD_PACE_EVEN, 0);
  if (play->tcp)
    p->links = g_new0(RdLink, setup->entities);
  return p;
}

static void call_free(RdPlayer *p, RdCall *c) {
  g_free(c->last.at);
  g_free(c->sent.at);
  g_free(c->challenge.at);
  rd_values_free(c->variables, p->scenario->n_variables);
  g_free(c);
}

void rd_player_free(RdPlayer *p) {
  if (!p)
    return;
  for (uint32_t i = 0; i < p->n_calls; i++)
    call_free(p, p->calls[i]);
  rd_values_free(p->globals, p->scenario->n_variables);
  rd_values_free(p->users, p->scenario->n_variables * p->setup->entities);
  rd_table_free(p->by_id);
  rd_table_free(p->ended);
  rd_pace_free(p->pace);
  g_free(p->links);
  g_free(p->calls);
  g_free(p->spare);
  g_free(p->out);
  g_free(p);
}

/* --- calls ---------------------------------------------------------------------------------------------- */

/* Wipes what one call leaves to the next, but the memory. */
static void wipe(RdPlayer *p, RdCall *c) {
  RdCall kept = {.slot = c->slot,
                 .last = c->last,
                 .sent = c->sent,
                 .challenge = c->challenge,
                 .variables = c->variables};
  kept.last.len = kept.sent.len = kept.challenge.len = 0;
  for (unsigned i = 0; i < p->scenario->n_variables; i++)
    kept.variables[i].kind = RD_VALUE_UNSET;
  *c = kept;
}

static RdCall *take_call(RdPlayer *p) {
  if (p->in_use >= p->play.at_once)
    return NULL;
  if (p->n_spare == 0) {
    RdCall *c = g_new0(RdCall, 1);
    c->variables = g_new0(RdValue, MAX(p->scenario->n_variables, 1));
    c->slot = p->n_calls;
    p->calls[p->n_calls++] = c;
    p->spare[p->n_spare++] = c->slot;
  }
  RdCall *c = p->calls[p->spare[--p->n_spare]];
  wipe(p, c);
  p->in_use++;
  return c;
}

/* A line of each injection file: the next one, or any. */
static void take_lines(RdPlayer *p, RdCall *c) {
  for (unsigned i = 0; i < p->scenario->n_files; i++) {
    const RdInjection *f = &p->scenario->files[i];
    c->lines[i] = (uint32_t)(f->by_chance ? rd_below(rd_play_draw(p, c), f->n_lines)
                                          : (c->number - 1) % f->n_lines);
  }
}

static RdCall *begin(RdPlayer *p, uint64_t entity, uint64_t number, RdSlice id) {
  RdCall *c = take_call(p);
  if (!c) {
    p->host->count(p->host, p->counters.refused, 1);
    return NULL;
  }
  c->number = number;
  c->entity = entity;
  c->remote = p->remote;
  c->answer = -1;
  rd_slice_copy(id, c->id, sizeof c->id);
  *(uint32_t *)rd_table_put(p->by_id, c->id, strlen(c->id), NULL) = c->slot;
  p->started++;
  p->host->count(p->host, p->counters.started, 1);
  take_lines(p, c);
  return c;
}

void rd_play_end(RdPlayer *p, RdCall *c, RdEnding how) {
  const uint32_t names[] = {p->counters.completed, p->counters.failed, p->counters.cut};
  p->host->cancel(p->host, c->wait);
  p->host->cancel(p->host, c->again);
  c->wait = c->again = 0;
  p->host->count(p->host, names[how], 1);
  rd_table_remove(p->by_id, c->id, strlen(c->id));
  *(RdTime *)rd_table_put(p->ended, c->id, strlen(c->id), NULL) = p->host->now(p->host);
  c->id[0] = 0;
  p->spare[p->n_spare++] = c->slot;
  p->in_use--;
}

RdTimer rd_play_timer(RdPlayer *p, RdCall *c, RdTime in, bool retransmission) {
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = p->host->now(p->host) + MAX(in, 0),
                            .cookie = OF_CALL | (retransmission ? OF_RETRANSMISSION : 0) | c->slot,
                            .entity = c->entity};
  return p->host->timer(p->host, &spec);
}

/* --- starting -------------------------------------------------------------------------------------------- */

static bool find_target(RdPlayer *p) {
  const RdPlay *play = &p->play;
  if (play->remote[0]) {
    const bool good = rd_address_parse(rd_slice(play->remote), &p->remote);
    if (good && p->remote.port == 0)
      p->remote.port = 5060;
    return good;
  }
  return play->target[0] && p->host->resolve(p->host, 0, play->target, &p->remote);
}

static void dial(RdPlayer *p, uint64_t source) {
  RdConnect connect = {
      .size = sizeof connect, .protocol = RD_PROTO_SIP, .entity = source, .remote = p->remote};
  connect.remote.transport = RD_TCP;
  p->links[source] = (RdLink){p->host->connect(p->host, &connect), false};
}

/* <init> has actions only; a call that is none carries them. */
static void run_init(RdPlayer *p) {
  const RdCommands *init = &p->scenario->init;
  RdCall *c = init->n > 0 ? take_call(p) : NULL;
  if (!c)
    return;
  for (int at = 0, steps = 0; at < (int)init->n && steps < RD_PLAY_STEPS; steps++) {
    const RdCommand *d = &init->commands[at];
    int jump = at + 1;
    c->at = at;
    rd_play_act(p, c, d, &jump);
    const bool branch =
        d->next >= 0 && (d->test < 0 || rd_value_is_set(rd_play_variable(p, c, (unsigned)d->test)));
    at = branch ? d->next : jump;
  }
  p->spare[p->n_spare++] = c->slot;
  p->in_use--;
}

void rd_player_start(RdPlayer *p) {
  const bool known = find_target(p);
  p->running = true;
  run_init(p);
  if (p->scenario->server) {
    const RdListen listen = {
        .size = sizeof listen, .port = 5060, .transport = RD_TCP, .protocol = RD_PROTO_SIP};
    if (p->play.tcp && p->host->listen(p->host, &listen) == 0)
      p->host->log(p->host, RD_LOG_ERROR, "port 5060 of TCP cannot be had");
    return;
  }
  if (!known) {
    p->host->log(p->host, RD_LOG_ERROR, "the target is not there: nothing is sent");
    return;
  }
  for (uint64_t i = 0; p->links && i < p->setup->entities; i++)
    dial(p, i);
  rd_pace_start(p->pace);
}

/* SIPp's own form, "%u-%p@%s". */
static void call_id(RdPlayer *p, uint64_t entity, uint64_t number, char ret[RD_CALL_ID]) {
  char ip[RD_ADDRESS_TEXT];
  const RdAddress local = p->setup->address(p->host, 0, entity);
  RdText t = rd_text(ret, RD_CALL_ID);
  rd_address_ip_text(&local, ip);
  rd_text_uint(&t, number);
  rd_text_char(&t, '-');
  rd_text_uint(&t, p->pid);
  rd_text_char(&t, '@');
  rd_text_add(&t, ip);
}

static void begin_client(RdPlayer *p, uint64_t source, uint64_t tick) {
  char id[RD_CALL_ID];
  const uint64_t number = tick * p->setup->entities + source + 1;
  if (p->stopped || p->finished || (p->play.calls > 0 && number > p->play.calls))
    return;
  if (p->links && !p->links[source].up) {
    p->host->count(p->host, p->counters.refused, 1);
    if (!p->links[source].conn)
      dial(p, source);
    return;
  }
  call_id(p, source, number, id);
  RdCall *c = begin(p, source, number, rd_slice(id));
  if (!c)
    return;
  c->conn = p->links ? p->links[source].conn : 0;
  rd_play_run(p, c);
}

void rd_player_timer(RdPlayer *p, RdTimer timer, uint64_t cookie) {
  if (!(cookie & OF_CALL)) {
    const uint64_t tick = rd_pace_tick(p->pace, cookie);
    begin_client(p, cookie, tick);
    return;
  }
  const uint32_t slot = (uint32_t)cookie;
  RdCall *c = slot < p->n_calls ? p->calls[slot] : NULL;
  if (!c || p->stopped)
    return;
  if (timer == c->again && (cookie & OF_RETRANSMISSION)) {
    c->again = 0;
    rd_play_again(p, c);
  } else if (timer == c->wait && !(cookie & OF_RETRANSMISSION)) {
    c->wait = 0;
    rd_play_due(p, c);
  }
}

void rd_player_stop(RdPlayer *p) {
  p->stopped = true;
  for (uint32_t i = 0; i < p->n_calls; i++)
    if (p->calls[i]->id[0])
      rd_play_end(p, p->calls[i], RD_END_CUT);
  for (uint64_t i = 0; p->links && i < p->setup->entities; i++)
    if (p->links[i].conn)
      p->host->close(p->host, p->links[i].conn);
}

/* --- receiving ------------------------------------------------------------------------------------------- */

/* SIPp lets a Call-ID have anything before "///". */
static RdSlice bare_id(RdSlice id) {
  for (uint32_t i = id.len; i >= 3; i--)
    if (memcmp(id.at + i - 3, "///", 3) == 0)
      return rd_slice_of(id.at + i, id.len - i);
  return id;
}

static void link_changed(RdPlayer *p, const RdMessage *m) {
  if (!p->links || m->entity >= p->setup->entities)
    return;
  RdLink *l = &p->links[m->entity];
  if (l->conn != m->conn)
    return;
  l->up = m->kind == RD_OPENED;
  if (!l->up)
    l->conn = 0;
}

static RdCall *find_call(RdPlayer *p, RdSlice id) {
  const uint32_t *slot = rd_table_get(p->by_id, id.at, id.len);
  return slot ? p->calls[*slot] : NULL;
}

static bool ended_lately(RdPlayer *p, RdSlice id) {
  const RdTime *when = rd_table_get(p->ended, id.at, id.len);
  return when && p->host->now(p->host) - *when < LATE;
}

static RdCall *begin_server(RdPlayer *p, const RdMessage *m, RdSlice id) {
  const bool full = p->play.calls > 0 && p->started >= p->play.calls;
  if (!p->scenario->server || !m->sip->is_request || m->sip->method == RD_SIP_ACK ||
      id.len >= RD_CALL_ID || p->finished || full || ended_lately(p, id))
    return NULL;
  RdCall *c = begin(p, m->entity, p->started + 1, id);
  if (!c)
    return NULL;
  c->remote = m->remote;
  c->conn = m->conn;
  return rd_play_enter(p, c) ? c : NULL;
}

void rd_player_receive(RdPlayer *p, const RdMessage *m) {
  if (m->kind != RD_DATA) {
    link_changed(p, m);
    return;
  }
  if (!p->running || p->stopped || !m->sip || (m->sip->defects & RD_SIP_UNSCANNABLE) ||
      !m->sip->call_id.len)
    return;
  p->host->count(p->host, p->counters.received, 1);
  const RdSlice id = bare_id(m->sip->call_id);
  RdCall *c = id.len > 0 ? find_call(p, id) : NULL;
  if (!c && id.len > 0)
    c = begin_server(p, m, id);
  if (c)
    rd_play_heard(p, c, m);
  else
    p->host->count(p->host, p->counters.out_of_call, 1);
}
