/* registering.c - the subscribers' registrations: initial, refreshed, tried again. */
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/uri.h"
#include "nodes/ue/ue.h"

#define MAX_ROUTES 64 /* different Service-Routes remembered for the population */
#define MOST_DIGITS 15 /* of a number (E.164) */

static void begin(Ue *ue, uint64_t entity) {
  Subscriber *s = &ue->subscribers[entity];
  const uint64_t attempt = (uint64_t)(s->cycle - 1) << 16 | s->follow_up;
  ue->host->cancel(ue->host, s->refresh);
  s->refresh = 0;
  s->registration = rd_sip_register(&ue->registrant, &s->sim, entity, attempt);
}

/* A phone that starts anew leaves an attempt still in progress behind as a failed one. */
void ue_register_initially(Ue *ue, uint64_t entity) {
  Subscriber *s = &ue->subscribers[entity];
  if (s->registration)
    rd_sip_registration_give_up(s->registration);
  s->cycle++;
  s->follow_up = 0;
  begin(ue, entity);
}

void ue_register_again(Ue *ue, uint64_t entity) {
  ue->subscribers[entity].refresh = 0;
  ue->subscribers[entity].follow_up++;
  begin(ue, entity);
}

bool ue_is_registered(const Ue *ue, uint64_t entity) {
  return ue->subscribers[entity].bound_until > ue->host->now(ue->host);
}

/* TS 24.229 s5.1.1.4.1: 600 s before the end, or half way through if that is 1,200 s or less. */
RdTime ue_refresh_after(RdTime expires) {
  if (expires > 1200 * RD_SECOND)
    return expires - 600 * RD_SECOND;
  return MAX(expires / 2, RD_SECOND);
}

static uint16_t keep_route(Ue *ue, RdSlice route) {
  if (!route.at)
    return 0;
  for (guint i = 1; i < ue->routes->len; i++)
    if (rd_slice_is(route, ue->routes->pdata[i]))
      return (uint16_t)i;
  if (ue->routes->len > MAX_ROUTES) {
    ue->host->count(ue->host, ue->counters.routes, 1);
    return 0;
  }
  g_ptr_array_add(ue->routes, g_strndup(route.at, route.len));
  return (uint16_t)(ue->routes->len - 1);
}

const char *ue_service_route(const Ue *ue, uint64_t entity) {
  const uint16_t i = ue->subscribers[entity].service_route;
  return i ? ue->routes->pdata[i] : NULL;
}

/* The number of a sip: URI in the home domain; 0: it is something else. */
static uint64_t number_in(const Ue *ue, RdSlice identity) {
  RdSipUri uri;
  uint64_t number;
  if (!rd_sip_uri_parse(identity, &uri) || !rd_slice_is_nocase(uri.scheme, "sip") ||
      !rd_slice_is_nocase(uri.host, ue->config->realm) || uri.user.len < 2 ||
      uri.user.len > 1 + MOST_DIGITS || uri.user.at[0] != '+' || uri.user.at[1] == '0' ||
      !rd_slice_uint(rd_slice_of(uri.user.at + 1, uri.user.len - 1), &number))
    return 0;
  return number;
}

/* Told no number, a phone has but the name it registered with. */
void ue_identity(const Ue *ue, uint64_t entity, char ret[UE_IDENTITY]) {
  RdText t = rd_text(ret, UE_IDENTITY);
  if (ue->subscribers[entity].number == 0) {
    rd_provision_temporary(&ue->provision, (uint64_t)ue->config->first + entity, ret);
    return;
  }
  rd_text_add(&t, "sip:+");
  rd_text_uint(&t, ue->subscribers[entity].number);
  rd_text_char(&t, '@');
  rd_text_add(&t, ue->config->realm);
  rd_text_add(&t, ";user=phone");
}

static void arm_next(Ue *ue, uint64_t entity, RdTime at) {
  Subscriber *s = &ue->subscribers[entity];
  const uint64_t next = (uint64_t)(s->cycle - 1) << 16 | (uint16_t)(s->follow_up + 1);
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_NEW,
                            .at = at,
                            .cookie = rd_cookie(ue->timers[TIMER_REFRESH], entity),
                            .entity = entity,
                            .attempt = ue_attempt_key(RD_ATTEMPT_REGISTER, next)};
  /* A million timers for an hour after the end would cost memory for nothing. */
  if (at < ue->setup->stop)
    s->refresh = ue->host->timer(ue->host, &spec);
}

void ue_registered(void *user, uint64_t entity, const RdSipRegistered *outcome) {
  Ue *ue = user;
  Subscriber *s = &ue->subscribers[entity];
  const RdTime now = ue->host->now(ue->host);
  s->registration = NULL;
  if (!outcome->registered) {
    ue->host->count(ue->host, ue->counters.failed, 1);
    arm_next(ue, entity, now + outcome->wait);
    return;
  }
  ue->host->count(ue->host, ue->counters.registered, 1);
  s->bound_until = now + outcome->expires;
  s->number = number_in(ue, outcome->identity);
  s->service_route = keep_route(ue, outcome->service_route);
  arm_next(ue, entity, now + ue_refresh_after(outcome->expires));
}
