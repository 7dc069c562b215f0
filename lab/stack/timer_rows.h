/* timer_rows.h - the parameter rows that SIP timers are set by, once for every part that has them.
 *
 * A part's config holds RdSipTimers (or a whole RdSipProxyConfig) and names the member here:
 *
 *   typedef struct { RdSipProxyConfig proxy; ... } SbcConfig;
 *   static const RdParam params[] = {
 *       RD_SIP_PROXY_ROWS(SbcConfig, proxy), RD_SIP_PHONE_TIMERS(SbcConfig, proxy.radio, "gm-"),
 *       RD_SIP_TIMER_C(SbcConfig, proxy), ... */
#pragma once

#include "lab/stack/proxy.h"
#include "redoubt/plugin.h"

#define RD_SIP_TIMER_ROWS(Config, timers, prefix, v1, v2, v4, where)                               \
  RD_PARAM(Config, prefix "t1", RD_DURATION, timers.t1, v1, 0.001, 60, "s",                        \
           "SIP timer T1 " where),                                                                 \
      RD_PARAM(Config, prefix "t2", RD_DURATION, timers.t2, v2, 0.001, 600, "s",                   \
               "SIP timer T2 " where),                                                             \
      RD_PARAM(Config, prefix "t4", RD_DURATION, timers.t4, v4, 0.001, 600, "s",                   \
               "SIP timer T4 " where)

/* Between servers. */
#define RD_SIP_SERVER_TIMERS(Config, timers, prefix)                                               \
  RD_SIP_TIMER_ROWS(Config, timers, prefix, "500 ms", "4 s", "5 s",                                \
                    "between servers (RFC 3261 table 4).")

/* Where a radio leg lies in between: at a phone, or towards phones. */
#define RD_SIP_PHONE_TIMERS(Config, timers, prefix)                                                \
  RD_SIP_TIMER_ROWS(Config, timers, prefix, "2 s", "16 s", "17 s",                                 \
                    "of phones and towards them (TS 24.229 table 7.7.1).")

#define RD_SIP_TIMER_C(Config, proxy)                                                              \
  RD_PARAM(Config, "timer-c", RD_DURATION, proxy.timer_c, "181 s", 1, 86400, "s",                  \
           "An INVITE without any news for so long is cancelled.")

/* Room, and the timers between servers. */
#define RD_SIP_PROXY_ROWS(Config, proxy)                                                           \
  RD_PARAM(Config, "transactions", RD_INTEGER, proxy.capacity, "200000", 2, 1e7, "",               \
           "Transactions alive at once; past it requests are answered 503."),                      \
      RD_SIP_SERVER_TIMERS(Config, proxy.timers, "")
