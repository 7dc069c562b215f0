/* A part from the future: every struct has grown at its end. */
#include "redoubt/plugin.h"

typedef struct {
  RdParam today;
  const char *since;
} NewParam;

typedef struct {
  RdDefenseOps today;
  void (*more)(void);
} NewDefenseOps;

typedef struct {
  RdPlugin today;
  const char *licence;
} NewPlugin;

typedef struct {
  double a, b;
} Config;

static void *part_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)host;
  (void)setup;
  return (void *)config;
}
static void judge(void *self, const RdMessage *message, RdVerdict *verdict) {
  (void)self;
  (void)message;
  (void)verdict;
}
static void part_close(void *self) {
  (void)self;
}

static const NewParam rows[] = {
    {{"a", RD_NUMBER, offsetof(Config, a), "1", 0, 0, "", NULL, "A."}, "2031"},
    {{"b", RD_NUMBER, offsetof(Config, b), "2", 0, 0, "", NULL, "B."}, "2032"},
    {{NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}, NULL}};
static const NewDefenseOps ops = {
    {sizeof(NewDefenseOps), part_open, judge, NULL, NULL, NULL, part_close}, NULL};

extern const NewPlugin redoubt_new_plugin __asm__("redoubt_plugin");
RD_EXPORT const NewPlugin redoubt_new_plugin = {
    {RD_ABI, sizeof(NewPlugin), RD_DEFENSE, sizeof(NewParam), "newer", "a defense from ahead",
     &rows[0].today, sizeof(Config), NULL, &ops.today, 0, NULL, false},
    "GPL-2.0-or-later"};
