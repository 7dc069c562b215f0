/* strict-sanity - refuses what RFC 3261 does not allow, and what is too big to be meant well. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "redoubt/plugin.h"

typedef enum { STRICT, LIBERAL } Profile;

typedef struct {
  int profile;
  int64_t code, max_size, max_headers, max_value, max_uri, max_forwards;
  bool alerts;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint32_t refused[32]; /* counter of each defect bit */
  uint32_t too_big;
} Sanity;

/* What the liberal profile forgives besides what is odd but valid: old or sloppy peers, and nothing
 * that lets two elements read one message differently. */
#define LIBERAL_FORGIVES (RD_SIP_BARE_LF | RD_SIP_BAD_START_LINE | RD_SIP_BAD_VIA)

/* The first thing wrong in the order in which an element would meet it. */
static const struct {
  uint32_t bit;
  uint16_t code; /* 0: the parameter's */
  const char *reason;
} checks[] = {
    {RD_SIP_UNSCANNABLE, 0, "no SIP message"},
    {RD_SIP_BAD_OCTET, 0, "control octet in the head"},
    {RD_SIP_BAD_START_LINE, 0, "malformed start line"},
    {RD_SIP_BAD_VERSION, 505, "SIP version not supported"},
    {RD_SIP_BAD_METHOD, 0, "method is no token"},
    {RD_SIP_BAD_STATUS, 0, "status code out of range"},
    {RD_SIP_BAD_URI, 0, "malformed Request-URI"},
    {RD_SIP_TRUNCATED, 0, "head does not end"},
    {RD_SIP_BARE_LF, 0, "line without CRLF"},
    {RD_SIP_TOO_MANY_HEADERS, 0, "too many headers"},
    {RD_SIP_BAD_HEADER, 0, "malformed header"},
    {RD_SIP_MISSING_HEADER, 0, "mandatory header missing"},
    {RD_SIP_DUPLICATE_HEADER, 0, "single-value header repeated"},
    {RD_SIP_UNTERMINATED_QUOTE, 0, "quoted string does not end"},
    {RD_SIP_BAD_FROM_TO, 0, "malformed From or To"},
    {RD_SIP_BAD_VIA, 0, "malformed Via"},
    {RD_SIP_BAD_CSEQ, 0, "malformed CSeq"},
    {RD_SIP_CSEQ_METHOD, 0, "CSeq method differs from the request's"},
    {RD_SIP_BAD_SCALAR, 0, "number out of range"},
    {RD_SIP_BAD_CONTENT_LENGTH, 0, "malformed Content-Length"},
    {RD_SIP_BODY_SHORT, 0, "body shorter than Content-Length"},
    {RD_SIP_BAD_VALUE, 0, "malformed header value"},
};
enum { N_CHECKS = sizeof checks / sizeof *checks };

static unsigned bit_number(uint32_t bit) {
  return (unsigned)__builtin_ctz(bit);
}

static void *sanity_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Sanity *s = rd_alloc(sizeof *s);
  char name[64];
  (void)setup;
  s->host = host;
  s->config = config;
  for (unsigned i = 0; i < N_CHECKS; i++) {
    rd_sip_defect_names(checks[i].bit, name, sizeof name);
    s->refused[bit_number(checks[i].bit)] = host->counter(host, name);
  }
  s->too_big = host->counter(host, "too-big");
  return s;
}

static void sanity_close(void *self) {
  free(self);
}

static void alert_source(Sanity *s, const RdMessage *m, const char *reason) {
  char subject[256];
  if (!s->config->alerts)
    return;
  rd_slice_copy(m->sip ? m->sip->call_id : (RdSlice){"", 0}, subject, sizeof subject);
  RdAlert alert = {.size = sizeof alert,
                   .subject_kind = subject[0] ? RD_SUBJECT_SESSION : RD_SUBJECT_NONE,
                   .score = 1,
                   .classes = "mal",
                   .subject = subject,
                   .evidence = reason};
  s->host->alert(s->host, &alert);
}

static void refuse(Sanity *s, const RdMessage *m, uint16_t code, const char *reason, RdVerdict *v) {
  bool answerable = m->sip && m->sip->is_request && !(m->sip->defects & RD_SIP_UNSCANNABLE);
  v->action = answerable && s->config->code > 0 ? RD_REJECT : RD_DROP;
  v->code = code ? code : (uint16_t)s->config->code;
  v->score = 1;
  v->classes = "mal";
  v->reason = reason;
  alert_source(s, m, reason);
}

/* Beyond a limit of this border's own; 0 as the code stands for the configured one. */
static const char *oversize(const Config *c, const RdMessage *m, uint16_t *ret_code) {
  const RdSip *sip = m->sip;
  *ret_code = 513;
  if (c->max_size > 0 && m->len > (size_t)c->max_size)
    return "message too long";
  if (c->max_headers > 0 && sip->n_headers > c->max_headers)
    return "too many headers";
  for (unsigned i = 0; c->max_value > 0 && i < sip->n_headers; i++)
    if (rd_sip_header(sip, i)->value.len > c->max_value)
      return "header too long";
  *ret_code = 414;
  if (c->max_uri > 0 && sip->uri.len > c->max_uri)
    return "Request-URI too long";
  *ret_code = 0;
  return sip->is_request && sip->max_forwards > c->max_forwards ? "Max-Forwards too high" : NULL;
}

static void sanity_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Sanity *s = self;
  if (m->direction != RD_INGRESS || m->protocol != RD_PROTO_SIP)
    return;
  uint32_t defects = m->sip ? m->sip->defects : RD_SIP_UNSCANNABLE;
  uint32_t forgiven = RD_SIP_ODD_BUT_VALID;
  if (s->config->profile == LIBERAL)
    forgiven |= LIBERAL_FORGIVES;
  for (unsigned i = 0; i < N_CHECKS; i++) {
    if (!(defects & ~forgiven & checks[i].bit))
      continue;
    s->host->count(s->host, s->refused[bit_number(checks[i].bit)], 1);
    refuse(s, m, checks[i].code, checks[i].reason, v);
    return;
  }
  uint16_t code = 0;
  const char *big = m->sip ? oversize(s->config, m, &code) : NULL;
  if (big) {
    s->host->count(s->host, s->too_big, 1);
    refuse(s, m, code, big, v);
    return;
  }
  v->score = 0.01 * __builtin_popcount(defects);
}

static const char *const profiles[] = {"strict", "liberal", NULL};

static const RdParam params[] = {RD_CHOICE(Config, "profile", profile, "strict", profiles,
                                           "strict refuses every breach of RFC 3261; liberal "
                                           "forgives bare LF, odd spacing of the start "
                                           "line and odd Via forms."),
                                 RD_PARAM(Config, "code", RD_INTEGER, code, "400", 0, 699, "",
                                          "Status for a malformed request; 0: drop in silence. "
                                          "Malformed responses are always dropped."),
                                 RD_PARAM(Config, "max-size", RD_INTEGER, max_size, "8192", 0,
                                          65535, "octets", "Longest message; 0: no limit."),
                                 RD_PARAM(Config, "max-headers", RD_INTEGER, max_headers, "64", 0,
                                          RD_SIP_MAX_HEADERS, "", "Most headers; 0: no limit."),
                                 RD_PARAM(Config, "max-value", RD_INTEGER, max_value, "2048", 0,
                                          65535, "octets", "Longest header value; 0: no limit."),
                                 RD_PARAM(Config, "max-uri", RD_INTEGER, max_uri, "512", 0, 65535,
                                          "octets", "Longest Request-URI; 0: no limit."),
                                 RD_PARAM(Config, "max-forwards", RD_INTEGER, max_forwards, "70", 0,
                                          255, "", "Highest Max-Forwards accepted at this border."),
                                 RD_PARAM(Config, "alerts", RD_BOOL, alerts, "true", 0, 0, "",
                                          "Alert for each message refused."),
                                 RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "440 ns",
     .per_byte = "220 ps",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged; what acting costs is in the send."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "strict-sanity",
        "Refuses malformed and oversized messages, strictly or liberally",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = sanity_open, .judge = sanity_judge, .close = sanity_close));
