/* act.c - what <action> does. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/base/address.h"
#include "lab/base/slice.h"

#define TEXT_MAX 4096

/* --- regular expressions ------------------------------------------------------------------------------ */

/* The n-th place of `header` in the message, wherever it stands unless `line_start`, and what follows it on
 * that line: SIPp's search in a header. Absent: at == NULL. */
static RdSlice find_header(const RdBytes *m, const RdScenarioAction *a) {
  const size_t n = strlen(a->header);
  int left = MAX(a->occurrence, 1);
  for (const char *p = m->at; m->len > 0 && n > 0 && p + n <= m->at + m->len; p++) {
    const bool same =
        a->any_case ? g_ascii_strncasecmp(p, a->header, n) == 0 : memcmp(p, a->header, n) == 0;
    if (!same || (a->line_start && p > m->at && p[-1] != '\n') || --left > 0)
      continue;
    return rd_slice_of(p + n, strcspn(p + n, "\r\n"));
  }
  return (RdSlice){NULL, 0};
}

static RdSlice searched(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  if (a->search == RD_IN_HEADER)
    return find_header(&call->last, a);
  if (a->search == RD_IN_BODY)
    return rd_play_body(&call->last);
  if (a->search == RD_IN_MESSAGE)
    return rd_slice_of(call->last.at ? call->last.at : "", call->last.len);
  const RdValue *v = rd_play_variable(p, call, a->variable);
  return v->kind == RD_VALUE_TEXT ? rd_slice_of(v->text, v->len) : (RdSlice){"", 0};
}

static RdGo ereg(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  regmatch_t found[RD_SC_GROUPS + 1];
  const RdSlice in = searched(p, call, a);
  g_autofree char *text = in.at ? g_strndup(in.at, in.len) : NULL;
  const bool matched = text && regexec(a->regex, text, RD_SC_GROUPS, found, 0) == 0;
  for (unsigned i = 0; matched && i < a->n_assigned; i++)
    if (found[i].rm_so >= 0)
      rd_value_text(rd_play_variable(p, call, a->assigned[i]),
                    rd_slice_of(text + found[i].rm_so, (size_t)(found[i].rm_eo - found[i].rm_so)));
  return (a->check && !matched) || (a->check_inverse && matched) ? RD_GO_FAIL : RD_GO_ON;
}

/* --- numbers and texts ------------------------------------------------------------------------------------ */

static double operand(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  return a->has_number ? a->number : rd_value_as_number(rd_play_variable(p, call, a->variable));
}

static void compute(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  RdValue *v = rd_play_variable(p, call, a->assigned[0]);
  const double before = rd_value_as_number(v), n = operand(p, call, a);
  switch (a->kind) {
  case RD_ACT_ADD:
    rd_value_number(v, before + n);
    break;
  case RD_ACT_SUBTRACT:
    rd_value_number(v, before - n);
    break;
  case RD_ACT_MULTIPLY:
    rd_value_number(v, before * n);
    break;
  case RD_ACT_DIVIDE: /* by nothing: nothing happens, as in SIPp, which warns */
    rd_value_number(v, n != 0 ? before / n : before);
    break;
  default:
    rd_value_number(v, n);
  }
}

static bool holds(double a, double b, RdCompare how) {
  switch (how) {
  case RD_COMPARE_NOT_EQUAL:
    return a != b;
  case RD_COMPARE_GREATER:
    return a > b;
  case RD_COMPARE_LESS:
    return a < b;
  case RD_COMPARE_GREATER_EQUAL:
    return a >= b;
  case RD_COMPARE_LESS_EQUAL:
    return a <= b;
  default:
    return a == b;
  }
}

static void test(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  const double first = rd_value_as_number(rd_play_variable(p, call, a->variable));
  const double second =
      a->has_number ? a->number : rd_value_as_number(rd_play_variable(p, call, a->file));
  rd_value_bool(rd_play_variable(p, call, a->assigned[0]),
                holds(first, second, (RdCompare)a->compare));
}

/* has_number says of STRCMP that the second text is a variable's. */
static void compare(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char text[TEXT_MAX];
  const RdValue *v = rd_play_variable(p, call, a->variable);
  const char *first = v->kind == RD_VALUE_TEXT ? v->text : "", *second = text;
  text[0] = 0;
  if (a->has_number) {
    const RdValue *other = rd_play_variable(p, call, a->file);
    second = other->kind == RD_VALUE_TEXT ? other->text : "";
  } else {
    rd_play_render(p, call, &a->text, call->at, text, sizeof text);
  }
  const int order = strcmp(first, second);
  rd_value_number(rd_play_variable(p, call, a->assigned[0]), (order > 0) - (order < 0));
}

static void recode(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  RdValue *v = rd_play_variable(p, call, a->kind == RD_ACT_TRIM ? a->assigned[0] : a->variable);
  if (v->kind != RD_VALUE_TEXT)
    return;
  g_autofree char *text = a->kind == RD_ACT_TRIM ? g_strstrip(g_strdup(v->text))
                          : a->kind == RD_ACT_URLENCODE
                              ? g_uri_escape_bytes((const guint8 *)v->text, v->len, NULL)
                              : g_uri_unescape_string(v->text, NULL);
  if (text)
    rd_value_text(v, rd_slice(text));
}

static void assign_text(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char text[TEXT_MAX];
  const size_t n = rd_play_render(p, call, &a->text, call->at, text, sizeof text);
  rd_value_text(rd_play_variable(p, call, a->assigned[0]), rd_slice_of(text, n));
}

/* Seconds since 1970, and microseconds. */
static void tell_time(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  const RdTime now = p->host->now(p->host);
  rd_value_number(rd_play_variable(p, call, a->assigned[0]),
                  (double)(p->host->epoch + now / RD_SECOND));
  if (a->n_assigned > 1)
    rd_value_number(rd_play_variable(p, call, a->assigned[1]),
                    (double)(now % RD_SECOND / RD_MICROSECOND));
}

/* The number of the line whose first field is the key; -1: none. */
static void lookup(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char key[TEXT_MAX], cell[TEXT_MAX];
  const RdInjection *f = &p->scenario->files[a->file];
  double line = -1;
  rd_play_render(p, call, &a->text, call->at, key, sizeof key);
  for (unsigned i = 0; i < f->n_lines && line < 0; i++) {
    rd_play_render(p, call, &f->cells[(size_t)i * f->n_fields], call->at, cell, sizeof cell);
    if (strcmp(cell, key) == 0)
      line = i;
  }
  rd_value_number(rd_play_variable(p, call, a->assigned[0]), line);
}

/* --- the world ------------------------------------------------------------------------------------------------ */

static void tell(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char text[TEXT_MAX];
  text[0] = 0;
  rd_play_render(p, call, &a->text, call->at, text, sizeof text);
  p->host->log(p->host, a->kind == RD_ACT_LOG ? RD_LOG_DEBUG : RD_LOG_WARNING, text);
  p->host->count(p->host, p->counters.logged, 1);
}

static RdGo set_destination(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char host[RD_ADDRESS_TEXT], port[16];
  RdAddress to;
  uint64_t number = 0;
  const size_t n = rd_play_render(p, call, &a->text, call->at, host, sizeof host);
  const size_t m = rd_play_render(p, call, &a->more, call->at, port, sizeof port);
  if (call->conn || !rd_address_parse(rd_slice_of(host, n), &to) ||
      !rd_slice_uint(rd_slice_of(port, m), &number) || number < 1 || number > 65535)
    return RD_GO_FAIL;
  to.port = (uint16_t)number;
  call->remote = to;
  return RD_GO_ON;
}

static RdGo jump(RdPlayer *p, RdCall *call, const RdScenarioAction *a, int *ret_jump) {
  const double to = operand(p, call, a);
  if (!(to >= 0 && to <= p->scenario->body.n))
    return RD_GO_FAIL;
  *ret_jump = (int)to;
  return RD_GO_JUMP;
}

static RdGo act(RdPlayer *p, RdCall *call, const RdScenarioAction *a, int *ret_jump) {
  switch (a->kind) {
  case RD_ACT_EREG:
    return ereg(p, call, a);
  case RD_ACT_LOG:
  case RD_ACT_WARNING:
    tell(p, call, a);
    return RD_GO_ON;
  case RD_ACT_ERROR:
    tell(p, call, a);
    p->finished = true;
    return RD_GO_FAIL;
  case RD_ACT_ASSIGNSTR:
    assign_text(p, call, a);
    return RD_GO_ON;
  case RD_ACT_SAMPLE:
    rd_value_number(rd_play_variable(p, call, a->assigned[0]), rd_play_spread(p, call, &a->spread));
    return RD_GO_ON;
  case RD_ACT_TEST:
    test(p, call, a);
    return RD_GO_ON;
  case RD_ACT_STRCMP:
    compare(p, call, a);
    return RD_GO_ON;
  case RD_ACT_TRIM:
  case RD_ACT_URLENCODE:
  case RD_ACT_URLDECODE:
    recode(p, call, a);
    return RD_GO_ON;
  case RD_ACT_JUMP:
    return jump(p, call, a, ret_jump);
  case RD_ACT_GETTIMEOFDAY:
    tell_time(p, call, a);
    return RD_GO_ON;
  case RD_ACT_LOOKUP:
    lookup(p, call, a);
    return RD_GO_ON;
  case RD_ACT_VERIFYAUTH:
    rd_value_bool(rd_play_variable(p, call, a->assigned[0]), rd_play_verify(p, call, a));
    return RD_GO_ON;
  case RD_ACT_SETDEST:
    return set_destination(p, call, a);
  case RD_ACT_STOP_CALL:
    return RD_GO_END;
  case RD_ACT_STOP_GRACEFULLY:
  case RD_ACT_STOP_NOW:
    p->finished = true;
    return a->kind == RD_ACT_STOP_NOW ? RD_GO_END : RD_GO_ON;
  case RD_ACT_MEDIA:
    p->host->count(p->host, p->counters.media, 1);
    return RD_GO_ON;
  default:
    compute(p, call, a);
    return RD_GO_ON;
  }
}

RdGo rd_play_act(RdPlayer *p, RdCall *call, const RdCommand *d, int *ret_jump) {
  RdGo go = RD_GO_ON;
  for (unsigned i = 0; i < d->n_actions && (go == RD_GO_ON || go == RD_GO_JUMP); i++) {
    const RdGo one = act(p, call, &d->actions[i], ret_jump);
    go = one == RD_GO_ON ? go : one;
  }
  return go;
}
