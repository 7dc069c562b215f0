/* render.c - a template becomes the bytes of a message. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"

#define LENGTHS_MAX 4
#define MEDIA_PORT 6000 /* SIPp's default */

typedef struct {
  RdPlayer *p;
  RdCall *call;
  RdText *t;
  int index;
  bool skip; /* until the end of this line */
  size_t lengths[LENGTHS_MAX]; /* where [len] stands */
  int32_t offsets[LENGTHS_MAX];
  unsigned n_lengths, depth;
} Renderer;

static void render(Renderer *r, const RdTemplate *t);

static void add_int(RdText *t, int64_t n) {
  if (n < 0)
    rd_text_char(t, '-');
  rd_text_uint(t, n < 0 ? (uint64_t)-n : (uint64_t)n);
}

/* --- addresses ---------------------------------------------------------------------------------------- */

static RdAddress local_of(const Renderer *r) {
  return r->p->setup->address(r->p->host, 0, r->call->entity);
}

/* In a URI, IPv6 has brackets; in SDP it has none. */
static void add_ip(RdText *t, const RdAddress *a, bool brackets) {
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(a, ip);
  if (brackets && a->family == 6)
    rd_text_char(t, '[');
  rd_text_add(t, ip);
  if (brackets && a->family == 6)
    rd_text_char(t, ']');
}

static void add_port(RdText *t, uint16_t port, int32_t offset) {
  add_int(t, (port ? port : 5060) + (int64_t)offset);
}

/* --- time ----------------------------------------------------------------------------------------------- */

typedef struct {
  int64_t year, month, day, second; /* month and day from 1; second of the day */
  int weekday; /* 0: Thursday, the first day of Unix time */
} Civil;

static Civil civil_of(int64_t unix_time) {
  const int64_t days = unix_time / 86400;
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_julian(&date,
                    (guint32)(CLAMP(days, 0, 2000000) + 719163)); /* 1970-01-01 is day 719163 */
  return (Civil){g_date_get_year(&date), g_date_get_month(&date), g_date_get_day(&date),
                 unix_time % 86400, (int)(days % 7)};
}

static void add_two(RdText *t, int64_t n) {
  if (n < 10)
    rd_text_char(t, '0');
  rd_text_uint(t, (uint64_t)n);
}

static void add_clock(RdText *t, int64_t second) {
  add_two(t, second / 3600);
  rd_text_char(t, ':');
  add_two(t, second / 60 % 60);
  rd_text_char(t, ':');
  add_two(t, second % 60);
}

static void add_date(Renderer *r, bool as_timestamp) {
  static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  RdHost *host = r->p->host;
  const RdTime now = host->now(host);
  const Civil c = civil_of(MAX(host->epoch, 0) + now / RD_SECOND);
  if (as_timestamp) {
    rd_text_uint(r->t, (uint64_t)c.year);
    rd_text_char(r->t, '-');
    add_two(r->t, c.month);
    rd_text_char(r->t, '-');
    add_two(r->t, c.day);
    rd_text_char(r->t, ' ');
    add_clock(r->t, c.second);
    return;
  }
  rd_text_add(r->t, days[c.weekday]);
  rd_text_add(r->t, ", ");
  add_two(r->t, c.day);
  rd_text_char(r->t, ' ');
  rd_text_add(r->t, months[CLAMP(c.month, 1, 12) - 1]);
  rd_text_char(r->t, ' ');
  rd_text_uint(r->t, (uint64_t)c.year);
  rd_text_char(r->t, ' ');
  add_clock(r->t, c.second);
  rd_text_add(r->t, " GMT");
}

/* --- what was received ------------------------------------------------------------------------------------ */

/* An absent header takes its whole line with it. */
static void absent(Renderer *r) {
  r->skip = true;
}

static void add_last(Renderer *r, const RdToken *token) {
  const RdBytes *last = &r->call->last;
  for (unsigned n = 1; n < 64; n++) {
    RdSlice line = {NULL, 0};
    const RdSlice value = rd_play_header(last, token->text, n, &line);
    if (!value.at) {
      if (n == 1)
        absent(r);
      return;
    }
    if (n > 1)
      rd_text_add(r->t, ", ");
    rd_text_slice(r->t, n == 1 && token->kind == RD_TOKEN_LAST_HEADER ? line : value);
  }
}

static void add_last_uri(Renderer *r) {
  const RdSlice to = rd_play_header(&r->call->last, rd_slice("To"), 1, NULL);
  const char *open = to.at ? memchr(to.at, '<', to.len) : NULL;
  const char *close = open ? memchr(open, '>', (size_t)(rd_slice_end(to) - open)) : NULL;
  if (close)
    rd_text_slice(r->t, rd_slice_of(open + 1, (size_t)(close - open - 1)));
  else if (to.at)
    rd_text_slice(r->t, rd_slice_of(to.at, MIN(to.len, strcspn(to.at, ";\r\n"))));
}

static void add_last_cseq(Renderer *r, int32_t offset) {
  const RdSlice cseq = rd_play_header(&r->call->last, rd_slice("CSeq"), 1, NULL);
  add_int(r->t, (cseq.at ? (int64_t)strtoul(cseq.at, NULL, 10) : 0) + offset);
}

/* --- the rest ----------------------------------------------------------------------------------------------- */

static void add_field(Renderer *r, const RdToken *token) {
  const RdInjection *f = &r->p->scenario->files[token->index];
  uint32_t line = r->call->lines[token->index];
  if (token->parts) {
    char text[32];
    RdText t = rd_text(text, sizeof text), *before = r->t;
    r->t = &t;
    render(r, token->parts);
    r->t = before;
    line = (uint32_t)strtoul(text, NULL, 10) % f->n_lines;
  }
  if (token->offset < (int32_t)f->n_fields)
    render(r, &f->cells[(size_t)line * f->n_fields + (size_t)token->offset]);
}

static void add_fill(Renderer *r, const RdToken *token) {
  const double wanted = rd_value_as_number(rd_play_variable(r->p, r->call, token->index));
  const uint32_t n = wanted > 0 ? (uint32_t)MIN(wanted, RD_SC_MESSAGE) : 0;
  for (uint32_t i = 0; i < n && !r->t->full; i++)
    rd_text_char(r->t, token->text.at[i % token->text.len]);
}

static void add_branch(Renderer *r, int32_t offset) {
  rd_text_add(r->t, "z9hG4bK-");
  rd_text_uint(r->t, r->p->pid);
  rd_text_char(r->t, '-');
  rd_text_uint(r->t, r->call->number);
  rd_text_char(r->t, '-');
  add_int(r->t, (int64_t)r->index + offset);
}

static void note_length(Renderer *r, int32_t offset) {
  if (r->n_lengths >= LENGTHS_MAX)
    return;
  r->lengths[r->n_lengths] = r->t->len;
  r->offsets[r->n_lengths++] = offset;
}

/* A text; what an absent header took with it is left out, up to the end of the line. */
static void add_text(Renderer *r, RdSlice text) {
  if (r->skip) {
    const char *lf = memchr(text.at, '\n', text.len);
    if (!lf)
      return;
    r->skip = false;
    const bool whole = r->t->len == 0 || r->t->at[r->t->len - 1] == '\n';
    const char *from = whole ? lf + 1 : lf > text.at && lf[-1] == '\r' ? lf - 1 : lf;
    text = rd_slice_of(from, (size_t)(rd_slice_end(text) - from));
  }
  rd_text_slice(r->t, text);
}

static void add_address(Renderer *r, const RdToken *token) {
  const RdAddress local = local_of(r), *remote = &r->call->remote;
  const int32_t offset = token->offset;
  switch (token->kind) {
  case RD_TOKEN_REMOTE_IP:
  case RD_TOKEN_REMOTE_HOST:
    add_ip(r->t, remote, true);
    break;
  case RD_TOKEN_REMOTE_PORT:
    add_port(r->t, remote->port, offset);
    break;
  case RD_TOKEN_LOCAL_IP:
    add_ip(r->t, &local, true);
    break;
  case RD_TOKEN_LOCAL_PORT:
    add_port(r->t, local.port, offset);
    break;
  case RD_TOKEN_MEDIA_IP:
    add_ip(r->t, &local, false);
    break;
  case RD_TOKEN_MEDIA_PORT:
    add_int(r->t, MEDIA_PORT + (int64_t)offset);
    break;
  case RD_TOKEN_AUTO_MEDIA_PORT:
    add_int(r->t, MEDIA_PORT + (int64_t)(4 * (r->call->number - 1) % 10000) + offset);
    break;
  default: /* the type of either address */
    rd_text_char(r->t, local.family == 6 ? '6' : '4');
  }
}

static void add_own(Renderer *r, const RdToken *token) {
  RdPlayer *p = r->p;
  RdCall *call = r->call;
  const int32_t offset = token->offset;
  switch (token->kind) {
  case RD_TOKEN_TRANSPORT:
    rd_text_add(r->t, call->conn ? "TCP" : "UDP");
    break;
  case RD_TOKEN_CALL_NUMBER:
    add_int(r->t, (int64_t)call->number + offset);
    break;
  case RD_TOKEN_CALL_ID:
    rd_text_add(r->t, call->id);
    break;
  case RD_TOKEN_DYNAMIC_ID:
    rd_text_uint(r->t, ++p->dynamic_id);
    break;
  case RD_TOKEN_CSEQ:
    add_int(r->t, (int64_t)call->cseq + offset);
    break;
  case RD_TOKEN_PID:
    add_int(r->t, (int64_t)p->pid + offset);
    break;
  case RD_TOKEN_SERVICE:
    rd_text_add(r->t, p->play.service);
    break;
  case RD_TOKEN_BRANCH:
    add_branch(r, offset);
    break;
  case RD_TOKEN_MSG_INDEX:
    add_int(r->t, r->index);
    break;
  case RD_TOKEN_CLOCK_TICK:
    add_int(r->t, p->host->now(p->host) / RD_MILLISECOND + offset);
    break;
  case RD_TOKEN_SIPP_VERSION:
    rd_text_add(r->t, "redoubt");
    break;
  case RD_TOKEN_USERID:
    rd_text_uint(r->t, call->entity);
    break;
  default: /* USERS: calls are not bound to users here */
    rd_text_char(r->t, '0');
  }
}

static void add_heard(Renderer *r, const RdToken *token) {
  RdCall *call = r->call;
  switch (token->kind) {
  case RD_TOKEN_NEXT_URL:
    rd_text_add(r->t, call->next_url);
    break;
  case RD_TOKEN_PEER_TAG_PARAM:
    rd_text_add(r->t, call->tag);
    break;
  case RD_TOKEN_ROUTES:
    if (!call->routes[0]) {
      absent(r);
      break;
    }
    rd_text_add(r->t, "Route: ");
    rd_text_add(r->t, call->routes);
    break;
  case RD_TOKEN_LAST_REQUEST_URI:
    add_last_uri(r);
    break;
  case RD_TOKEN_LAST_CSEQ_NUMBER:
    add_last_cseq(r, token->offset);
    break;
  default:
    rd_text_slice(r->t, rd_slice_of(call->last.at ? call->last.at : "", call->last.len));
  }
}

static void add_simple(Renderer *r, const RdToken *token) {
  switch (token->kind) {
  case RD_TOKEN_LEN:
    note_length(r, token->offset);
    break;
  case RD_TOKEN_DATE:
  case RD_TOKEN_TIMESTAMP:
    add_date(r, token->kind == RD_TOKEN_TIMESTAMP);
    break;
  case RD_TOKEN_REMOTE_IP:
  case RD_TOKEN_REMOTE_HOST:
  case RD_TOKEN_REMOTE_PORT:
  case RD_TOKEN_LOCAL_IP:
  case RD_TOKEN_LOCAL_IP_TYPE:
  case RD_TOKEN_LOCAL_PORT:
  case RD_TOKEN_MEDIA_IP:
  case RD_TOKEN_MEDIA_IP_TYPE:
  case RD_TOKEN_MEDIA_PORT:
  case RD_TOKEN_AUTO_MEDIA_PORT:
    add_address(r, token);
    break;
  case RD_TOKEN_NEXT_URL:
  case RD_TOKEN_PEER_TAG_PARAM:
  case RD_TOKEN_ROUTES:
  case RD_TOKEN_LAST_REQUEST_URI:
  case RD_TOKEN_LAST_CSEQ_NUMBER:
  case RD_TOKEN_LAST_MESSAGE:
    add_heard(r, token);
    break;
  default:
    add_own(r, token);
  }
}

static void add_token(Renderer *r, const RdToken *token) {
  if (token->kind == RD_TOKEN_TEXT) {
    add_text(r, token->text);
    return;
  }
  if (r->skip)
    return;
  switch (token->kind) {
  case RD_TOKEN_LAST_HEADER:
  case RD_TOKEN_LAST_VALUE:
    add_last(r, token);
    break;
  case RD_TOKEN_FIELD:
    add_field(r, token);
    break;
  case RD_TOKEN_VARIABLE:
    rd_value_write(rd_play_variable(r->p, r->call, token->index), r->t);
    break;
  case RD_TOKEN_KEY:
    rd_text_add(r->t, r->p->play.values[token->index]);
    break;
  case RD_TOKEN_AUTHENTICATION:
    if (r->call->challenge.len > 0)
      rd_play_credentials(r->p, r->call, token, r->index, r->t);
    else
      absent(r);
    break;
  case RD_TOKEN_FILL:
    add_fill(r, token);
    break;
  default:
    add_simple(r, token);
  }
}

static void render(Renderer *r, const RdTemplate *t) {
  if (r->depth > 8)
    return; /* a field that holds itself */
  r->depth++;
  for (unsigned i = 0; i < t->n; i++)
    add_token(r, &t->tokens[i]);
  r->depth--;
}

/* Writes the body's length where [len] stands, from the last to the first. */
static void write_lengths(Renderer *r) {
  const char *gap = g_strstr_len(r->t->at, (gssize)r->t->len, "\r\n\r\n");
  const size_t body = gap ? r->t->len - (size_t)(gap + 4 - r->t->at) : 0;
  for (unsigned i = r->n_lengths; i-- > 0;) {
    char number[24];
    RdText n = rd_text(number, sizeof number);
    add_int(&n, MAX((int64_t)body + r->offsets[i], 0));
    if (r->t->len + n.len >= r->t->cap) {
      r->t->full = true;
      return;
    }
    char *at = r->t->at + r->lengths[i];
    memmove(at + n.len, at, r->t->len - r->lengths[i] + 1);
    memcpy(at, number, n.len);
    r->t->len += n.len;
  }
}

size_t rd_play_render(RdPlayer *p, RdCall *call, const RdTemplate *t, int index, char *out,
                      size_t cap) {
  RdText text = rd_text(out, cap);
  Renderer r = {.p = p, .call = call, .t = &text, .index = index};
  render(&r, t);
  write_lengths(&r);
  return text.full ? 0 : text.len;
}
