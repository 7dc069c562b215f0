/* A part that is sound, or wrong in the one way that the build asks for (-DFIXTURE_...). */
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  double rate;
  bool on;
  int64_t burst;
} Config;

static void *part_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)host;
  (void)setup;
  return (void *)config;
}
#ifndef FIXTURE_NO_JUDGE
static void part_judge(void *self, const RdMessage *message, RdVerdict *verdict) {
  (void)self;
  (void)message;
  (void)verdict;
}
#endif
static void part_close(void *self) {
  (void)self;
}

#ifndef FIXTURE_RATE_OFFSET
#define FIXTURE_RATE_OFFSET offsetof(Config, rate)
#endif
#ifndef FIXTURE_RATE_DEFAULT
#define FIXTURE_RATE_DEFAULT "10"
#endif
#ifndef FIXTURE_RATE_TYPE
#define FIXTURE_RATE_TYPE RD_NUMBER
#endif
#ifndef FIXTURE_BURST_KEY
#define FIXTURE_BURST_KEY "burst"
#endif
#ifndef FIXTURE_BURST_OFFSET
#define FIXTURE_BURST_OFFSET offsetof(Config, burst)
#endif
#ifndef FIXTURE_ABI
#define FIXTURE_ABI RD_ABI
#endif
#ifndef FIXTURE_SIZE
#define FIXTURE_SIZE sizeof(RdPlugin)
#endif
#ifndef FIXTURE_KIND
#define FIXTURE_KIND RD_DEFENSE
#endif
#ifndef FIXTURE_NAME
#define FIXTURE_NAME PART_NAME
#endif

static const RdParam rows[] = {
    {"rate", FIXTURE_RATE_TYPE, FIXTURE_RATE_OFFSET, FIXTURE_RATE_DEFAULT, 0, 100, "1/s", NULL,
     "Messages a second."},
    {"on", RD_BOOL, offsetof(Config, on), "true", 0, 0, NULL, NULL, "Whether at all."},
    {FIXTURE_BURST_KEY, RD_INTEGER, FIXTURE_BURST_OFFSET, "5", 0, 0, "", NULL, "At once."},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};

static const RdDefenseOps ops = {
    .size = sizeof(RdDefenseOps),
    .open = part_open,
#ifndef FIXTURE_NO_JUDGE
    .judge = part_judge,
#endif
    .close = part_close,
};

#ifndef FIXTURE_COST
#define FIXTURE_COST .operation = "look-up", .base = "3 ms", .source = "a guess"
#endif
#ifndef FIXTURE_COST_SIZE
#define FIXTURE_COST_SIZE sizeof(RdCost)
#endif
static const RdCost costs[] = {{FIXTURE_COST}, {.operation = "transaction"}, RD_COST_END};

#ifdef FIXTURE_NO_SYMBOL
RD_EXPORT const RdParam *no_plugin(void);
RD_EXPORT const RdParam *no_plugin(void) {
  return ops.open && costs[0].operation ? rows : NULL;
}
#else
RD_EXPORT const RdPlugin redoubt_plugin = {.abi = FIXTURE_ABI,
                                           .size = FIXTURE_SIZE,
                                           .kind = FIXTURE_KIND,
                                           .param_size = sizeof(RdParam),
                                           .name = FIXTURE_NAME,
                                           .summary = "a fixture",
                                           .params = rows,
                                           .config_size = sizeof(Config),
                                           .defense = &ops,
                                           .cost_size = FIXTURE_COST_SIZE,
                                           .costs = costs};
#endif
