/* step.c - send, wait, receive, branch; retransmission; what is unexpected. */
#include "lab/attacker/scenario/step.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

/* SIPp's: T2, and how often an INVITE or another message is sent again. */
#define T2 (4 * RD_SECOND)
#define INVITE_REPEATS 5
#define OTHER_REPEATS 9

static const RdCommand *command(const RdPlayer *p, int index) {
  return &p->scenario->body.commands[index];
}

/* --- sending ----------------------------------------------------------------------------------------- */

static bool send_bytes(RdPlayer *p, RdCall *c, const char *bytes, size_t len) {
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .entity = c->entity,
                       .conn = c->conn,
                       .remote = c->remote,
                       .bytes = (const uint8_t *)bytes,
                       .len = len};
  const bool sent = p->host->send(p->host, &send);
  if (sent)
    p->host->count(p->host, p->counters.sent, 1);
  return sent;
}

/* The branch of the topmost Via in what was written, for a transaction that begins. */
static void note_branch(RdPlayer *p, RdCall *c, const RdCommand *d, size_t len) {
  const RdBytes written = {p->out, (uint32_t)len, (uint32_t)len};
  const RdSlice via = rd_play_header(&written, rd_slice("Via"), 1, NULL);
  const RdSlice branch = via.at ? rd_sip_param(via, "branch") : via;
  rd_slice_copy(branch.at ? branch : rd_slice(""), c->branches[d->start_txn], RD_BRANCH);
}

static bool lose(RdPlayer *p, RdCall *c, const RdCommand *d) {
  if (d->lost <= 0 || rd_unit(rd_play_draw(p, c)) >= d->lost)
    return false;
  p->host->count(p->host, p->counters.lost, 1);
  return true;
}

/* What it is, as far as giving up asks. */
static void note_state(RdCall *c, const RdCommand *d) {
  static const char invite[] = "INVITE ";
  c->invited = c->sent.len >= sizeof invite && memcmp(c->sent.at, invite, sizeof invite - 1) == 0;
  c->established = c->established || d->is_ack;
}

static bool send_command(RdPlayer *p, RdCall *c, const RdCommand *d, int index) {
  if (!d->keeps_cseq)
    c->cseq++;
  const size_t len = rd_play_render(p, c, &d->message, index, p->out, RD_SC_MESSAGE + 1);
  if (len == 0) {
    p->host->log(p->host, RD_LOG_WARNING, "a message grew longer than can be sent: the call fails");
    return false;
  }
  if (d->start_txn >= 0)
    note_branch(p, c, d, len);
  rd_bytes_set(&c->sent, p->out, len);
  note_state(c, d);
  if (!lose(p, c, d) && !send_bytes(p, c, p->out, len))
    return false;
  c->cause = c->heard;
  c->answer = c->heard ? index : c->answer;
  c->heard = 0;
  p->host->cancel(p->host, c->again);
  c->again = 0;
  if (d->retrans > 0 && !c->conn && p->play.retransmit) {
    c->repeats = 0;
    c->interval = d->retrans;
    c->again = rd_play_timer(p, c, d->retrans, true);
  }
  return true;
}

void rd_play_again(RdPlayer *p, RdCall *c) {
  if (++c->repeats > (c->invited ? INVITE_REPEATS : OTHER_REPEATS)) {
    p->host->count(p->host, p->counters.timeouts, 1);
    rd_play_abort(p, c);
    return;
  }
  if (send_bytes(p, c, c->sent.at, c->sent.len))
    p->host->count(p->host, p->counters.repeated, 1);
  c->interval *= 2;
  if (c->interval > T2 && !c->invited)
    c->interval = T2;
  c->again = rd_play_timer(p, c, c->interval, true);
}

/* --- going on ------------------------------------------------------------------------------------------ */

static bool test_passes(RdPlayer *p, RdCall *c, const RdCommand *d) {
  return d->test < 0 || rd_value_is_set(rd_play_variable(p, c, (unsigned)d->test));
}

static int next_of(RdPlayer *p, RdCall *c, int index) {
  const RdCommand *d = command(p, index);
  if (d->next < 0 || !test_passes(p, c, d))
    return index + 1;
  if (d->chance < 1 && rd_unit(rd_play_draw(p, c)) >= d->chance)
    return index + 1;
  return d->next;
}

static bool skipped(RdPlayer *p, RdCall *c, const RdCommand *d) {
  return d->condexec >= 0 &&
         rd_value_is_set(rd_play_variable(p, c, (unsigned)d->condexec)) == d->condexec_inverse;
}

static void wait_for(RdPlayer *p, RdCall *c, RdTime span) {
  p->host->cancel(p->host, c->wait);
  c->wait = rd_play_timer(p, c, span, false);
}

static RdTime pause_of(RdPlayer *p, RdCall *c, const RdCommand *d) {
  const double most = 1e9;
  double ms;
  if (d->default_pause)
    return p->play.pause;
  if (d->pause_variable >= 0)
    ms = rd_value_as_number(rd_play_variable(p, c, (unsigned)d->pause_variable));
  else
    ms = rd_play_spread(p, c, &d->spread);
  return (RdTime)(CLAMP(ms, 0, most) * (double)RD_MILLISECOND);
}

/* Actions of the command at `index`, then on to where they lead. False: the call has ended. */
static bool act_and_go(RdPlayer *p, RdCall *c, int index) {
  int jump = -1;
  switch (rd_play_act(p, c, command(p, index), &jump)) {
  case RD_GO_FAIL:
    rd_play_abort(p, c);
    return false;
  case RD_GO_END:
    rd_play_end(p, c, RD_END_COMPLETED);
    return false;
  case RD_GO_JUMP:
    c->at = jump;
    return true;
  default:
    c->at = next_of(p, c, index);
    return true;
  }
}

typedef enum { STEP_ON = 0, STEP_WAITS, STEP_ENDED } Step;

static Step step(RdPlayer *p, RdCall *c) {
  const RdCommand *d = command(p, c->at);
  if (skipped(p, c, d)) {
    c->at++;
    return STEP_ON;
  }
  if (d->kind == RD_DO_RECV) {
    const RdTime timeout = d->timeout > 0 ? d->timeout : p->play.recv_timeout;
    if (timeout > 0)
      wait_for(p, c, timeout);
    return STEP_WAITS;
  }
  if (d->kind == RD_DO_PAUSE) {
    wait_for(p, c, pause_of(p, c, d));
    return STEP_WAITS;
  }
  if (d->kind == RD_DO_SEND && !send_command(p, c, d, c->at)) {
    rd_play_end(p, c, RD_END_FAILED);
    return STEP_ENDED;
  }
  return act_and_go(p, c, c->at) ? STEP_ON : STEP_ENDED;
}

static Step run(RdPlayer *p, RdCall *c) {
  p->host->cancel(p->host, c->wait);
  c->wait = 0;
  for (int steps = 0; steps < RD_PLAY_STEPS; steps++) {
    if (c->at >= (int)p->scenario->body.n) {
      rd_play_end(p, c, RD_END_COMPLETED);
      return STEP_ENDED;
    }
    const Step s = step(p, c);
    if (s != STEP_ON)
      return s;
  }
  p->host->log(p->host, RD_LOG_WARNING, "an endless loop in the scenario: the call fails");
  rd_play_end(p, c, RD_END_FAILED);
  return STEP_ENDED;
}

void rd_play_run(RdPlayer *p, RdCall *c) {
  run(p, c);
}

bool rd_play_enter(RdPlayer *p, RdCall *c) {
  return run(p, c) != STEP_ENDED;
}

void rd_play_due(RdPlayer *p, RdCall *c) {
  const RdCommand *d = command(p, c->at);
  if (d->kind == RD_DO_PAUSE) {
    if (act_and_go(p, c, c->at))
      run(p, c);
    return;
  }
  p->host->count(p->host, p->counters.timeouts, 1);
  if (d->on_timeout < 0) {
    rd_play_abort(p, c);
    return;
  }
  c->at = d->on_timeout;
  run(p, c);
}

/* --- receiving ------------------------------------------------------------------------------------------- */

static void stop_repeating(RdPlayer *p, RdCall *c) {
  p->host->cancel(p->host, c->again);
  c->again = 0;
}

static void take(RdPlayer *p, RdCall *c, int index, const RdMessage *m, uint64_t hash) {
  const RdCommand *d = command(p, index);
  if (lose(p, c, d))
    return;
  stop_repeating(p, c);
  rd_play_learn(p, c, d, m);
  c->heard = hash;
  const bool moves = d->optional == RD_OPTIONAL_NO || (d->next >= 0 && test_passes(p, c, d));
  if (moves) {
    c->at = index;
    if (act_and_go(p, c, index))
      run(p, c);
    return;
  }
  int jump = -1;
  const RdGo go = rd_play_act(p, c, d, &jump);
  if (go == RD_GO_FAIL) {
    rd_play_abort(p, c);
  } else if (go == RD_GO_END) {
    rd_play_end(p, c, RD_END_COMPLETED);
  } else if (go == RD_GO_JUMP) {
    c->at = jump;
    run(p, c);
  }
}

/* An answer that was taken before and comes again: if an ACK followed it, the ACK goes out again. */
static bool take_old(RdPlayer *p, RdCall *c, const RdMessage *m) {
  const int old = rd_play_find_old(p, c, m);
  if (old < 0 || m->sip->is_request)
    return false;
  if (m->sip->status < 200)
    return true;
  for (int i = old + 1; i < c->at; i++) {
    const RdCommand *d = command(p, i);
    if (d->kind != RD_DO_SEND)
      continue;
    if (!d->is_ack)
      return false;
    const size_t len = rd_play_render(p, c, &d->message, i, p->out, RD_SC_MESSAGE + 1);
    if (len > 0 && send_bytes(p, c, p->out, len))
      p->host->count(p->host, p->counters.repeated, 1);
    return true;
  }
  return false;
}

static void answer_ok(RdPlayer *p, RdCall *c, const RdMessage *m) {
  RdText t = rd_text(p->out, RD_SC_MESSAGE + 1);
  rd_text_add(&t, "SIP/2.0 200 OK\r\n");
  static const RdHeaderId copied[] = {RD_HDR_VIA, RD_HDR_FROM, RD_HDR_TO, RD_HDR_CALL_ID,
                                      RD_HDR_CSEQ};
  for (size_t i = 0; i < G_N_ELEMENTS(copied); i++)
    for (const RdSipHeader *h = rd_sip_first(m->sip, copied[i]); h; h = rd_sip_next(m->sip, h)) {
      rd_text_add(&t, rd_sip_header_name(copied[i]));
      rd_text_add(&t, ": ");
      rd_text_slice(&t, h->value);
      rd_text_add(&t, "\r\n");
    }
  rd_text_add(&t, "Content-Length: 0\r\n\r\n");
  if (!t.full)
    send_bytes(p, c, t.at, t.len);
}

static void take_unexpected(RdPlayer *p, RdCall *c, const RdMessage *m) {
  const RdScenario *s = p->scenario;
  const RdCommand nothing = {0};
  p->host->count(p->host, p->counters.unexpected, 1);
  if (s->unexpected >= 0) {
    if (s->unexpected_return >= 0)
      rd_value_number(rd_play_variable(p, c, (unsigned)s->unexpected_return), c->at);
    rd_play_learn(p, c, &nothing, m);
    c->at = s->unexpected;
    run(p, c);
  } else if (m->sip->is_request &&
             (m->sip->method == RD_SIP_BYE || m->sip->method == RD_SIP_CANCEL)) {
    answer_ok(p, c, m);
    rd_play_end(p, c, RD_END_FAILED);
  } else {
    if (!m->sip->is_request)
      rd_play_learn(p, c, &nothing, m);
    rd_play_abort(p, c);
  }
}

/* The same message once more: what answered it is sent again, or nothing is. */
static bool take_repeated(RdPlayer *p, RdCall *c, const RdMessage *m, uint64_t hash) {
  if (m->conn || (hash != c->cause && hash != c->heard))
    return false;
  p->host->count(p->host, p->counters.repeated_answers, 1);
  if (hash != c->cause || c->answer < 0)
    return true;
  const RdCommand *d = command(p, c->answer);
  const size_t len = rd_play_render(p, c, &d->message, c->answer, p->out, RD_SC_MESSAGE + 1);
  if (len > 0 && send_bytes(p, c, p->out, len))
    p->host->count(p->host, p->counters.repeated, 1);
  return true;
}

void rd_play_heard(RdPlayer *p, RdCall *c, const RdMessage *m) {
  const uint64_t hash = rd_siphash(p->key, m->bytes, m->len) | 1; /* 0: none */
  if (take_repeated(p, c, m, hash))
    return;
  const int index = rd_play_find(p, c, m);
  if (index >= 0)
    take(p, c, index, m, hash);
  else if (!take_old(p, c, m))
    take_unexpected(p, c, m);
}

/* --- giving up --------------------------------------------------------------------------------------------- */

/* A request of the dialog that the last one sent and the last one heard make: ACK, CANCEL or BYE. */
static void send_last(RdPlayer *p, RdCall *c, const char *method) {
  static const char *const copied[] = {"Via", "From", "Call-ID", NULL};
  const bool same_branch = strcmp(method, "BYE") != 0;
  RdText t = rd_text(p->out, RD_SC_MESSAGE + 1);
  const char *uri = c->sent.len > 0 ? memchr(c->sent.at, ' ', c->sent.len) : NULL;
  const RdSlice to = rd_play_header(c->last.len > 0 ? &c->last : &c->sent, rd_slice("To"), 1, NULL);
  const RdSlice cseq = rd_play_header(&c->sent, rd_slice("CSeq"), 1, NULL);
  if (!uri || !to.at || !cseq.at)
    return;
  rd_text_add(&t, method);
  rd_text_slice(&t, rd_slice_of(uri, strcspn(uri, "\r\n")));
  for (unsigned i = 0; copied[i]; i++) {
    const RdSlice value = rd_play_header(&c->sent, rd_slice(copied[i]), 1, NULL);
    rd_text_add(&t, "\r\n");
    rd_text_add(&t, copied[i]);
    rd_text_add(&t, ": ");
    rd_text_slice(&t, value.at ? value : rd_slice(""));
    if (i == 0 && !same_branch)
      rd_text_add(&t, "-bye");
  }
  rd_text_add(&t, "\r\nTo: ");
  rd_text_slice(&t, to);
  rd_text_add(&t, "\r\nCSeq: ");
  rd_text_uint(&t, (uint64_t)g_ascii_strtoull(cseq.at, NULL, 10) + (same_branch ? 0 : 1));
  rd_text_char(&t, ' ');
  rd_text_add(&t, method);
  rd_text_add(&t, "\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
  if (!t.full)
    send_bytes(p, c, t.at, t.len);
}

static unsigned last_status(const RdCall *c) {
  return c->last.len > 12 && memcmp(c->last.at, "SIP/2.0 ", 8) == 0
             ? (unsigned)g_ascii_strtoull(c->last.at + 8, NULL, 10)
             : 0;
}

void rd_play_abort(RdPlayer *p, RdCall *c) {
  const unsigned status = last_status(c);
  if (!p->scenario->server && !c->established && c->invited) {
    if (status >= 300)
      send_last(p, c, "ACK");
    else if (status >= 200) {
      send_last(p, c, "ACK");
      send_last(p, c, "BYE");
    } else if (status > 0)
      send_last(p, c, "CANCEL");
  } else if (!p->scenario->server && c->established && c->last.len > 0) {
    send_last(p, c, "BYE");
  }
  rd_play_end(p, c, RD_END_FAILED);
}
