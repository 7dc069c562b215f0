/* A part as it was compiled when every struct ended earlier: its own, shorter copies of the
 * contract's structs, laid side by side so that whoever reads past one reads 0xff. */
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  const char *key;
  uint32_t type;
  uint32_t offset;
  const char *fallback;
  double min, max;
  const char *unit;
  const char *const *values;
} OldParam; /* no help yet */

typedef struct {
  uint32_t size;
  void *(*open)(RdHost *host, const void *config, const RdActorSetup *setup);
  void (*start)(void *self);
  void (*receive)(void *self, const RdMessage *message);
  void (*timer)(void *self, RdTimer timer, uint64_t cookie);
  void (*stop)(void *self);
  void (*close)(void *self);
} OldActorOps; /* no population, truth or success yet */

typedef struct {
  uint32_t abi, size, kind, param_size;
  const char *name, *summary;
  const OldParam *params;
  size_t config_size;
  const OldActorOps *actor;
  const RdDefenseOps *defense;
} OldPlugin; /* no interface, family or twins yet */

typedef struct {
  int64_t count;
  RdTime pause;
} Config;

static void *part_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  (void)host;
  (void)setup;
  return (void *)config;
}
static void nothing(void *self) {
  (void)self;
}
static void receive(void *self, const RdMessage *message) {
  (void)self;
  (void)message;
}
static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)self;
  (void)id;
  (void)cookie;
}

static const OldParam rows[] = {
    {"count", RD_INTEGER, offsetof(Config, count), "3", 0, 0, "", NULL},
    {"pause", RD_DURATION, offsetof(Config, pause), "2 s", 0, 60, "s", NULL},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL}};

static const struct {
  OldActorOps ops;
  uint8_t beyond[64];
} ops = {{sizeof(OldActorOps), part_open, nothing, receive, timer, NULL, nothing},
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

extern const OldPlugin redoubt_old_plugin __asm__("redoubt_plugin");
RD_EXPORT const OldPlugin redoubt_old_plugin = {RD_ABI,   sizeof(OldPlugin),
                                                RD_NODE,  sizeof(OldParam),
                                                "older",  "a node from before",
                                                rows,     sizeof(Config),
                                                &ops.ops, NULL};
