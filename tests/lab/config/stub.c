#include "tests/lab/config/stub.h"

static int self;

static void *actor_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  (void)host;
  (void)config;
  (void)setup;
  return &self;
}
static void *defense_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)host;
  (void)config;
  (void)setup;
  return &self;
}
static void nothing(void *me) {
  (void)me;
}
static void receive(void *me, const RdMessage *message) {
  (void)me;
  (void)message;
}
static void timer(void *me, RdTimer id, uint64_t cookie) {
  (void)me;
  (void)id;
  (void)cookie;
}
static void judge(void *me, const RdMessage *message, RdVerdict *verdict) {
  (void)me;
  (void)message;
  (void)verdict;
}
static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)evidence;
  (void)config;
  (void)ret;
}
static uint64_t phones(const void *config) {
  return (uint64_t)((const StubPhone *)config)->subscribers;
}
static uint64_t sources(const void *config) {
  return (uint64_t)((const StubFlood *)config)->sources;
}

static const RdActorOps box_ops = {
    sizeof(RdActorOps), actor_open, nothing, receive, timer, nothing, nothing, NULL, NULL, NULL};
static const RdActorOps phone_ops = {
    sizeof(RdActorOps), actor_open, nothing, receive, timer, nothing, nothing, phones, NULL, NULL};
static const RdActorOps flood_ops = {sizeof(RdActorOps),
                                     actor_open,
                                     nothing,
                                     receive,
                                     timer,
                                     nothing,
                                     nothing,
                                     sources,
                                     NULL,
                                     success};
static const RdDefenseOps limit_ops = {
    sizeof(RdDefenseOps), defense_open, judge, NULL, NULL, NULL, nothing};

static const char *const methods[] = {"register", "invite", "options", NULL};

static const RdParam phone_rows[] = {{"subscribers", RD_INTEGER, offsetof(StubPhone, subscribers),
                                      "10", 1, 1e7, "", NULL, "How many phones there are."},
                                     {"proxy", RD_NODE_NAME, offsetof(StubPhone, proxy), NULL, 0, 0,
                                      NULL, NULL, "The first proxy on the way."},
                                     {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};
static const RdParam box_rows[] = {
    {"next-hop", RD_NODE_NAME, offsetof(StubBox, next_hop), "", 0, 0, NULL, NULL, "Where to."},
    {"subscribers", RD_NODE_NAME, offsetof(StubBox, subscribers), "", 0, 0, NULL, NULL, "Whom."},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};
static const RdParam flood_rows[] = {
    {"rate", RD_NUMBER, offsetof(StubFlood, rate), "100", 0.001, 1e6, "1/s", NULL, "Messages."},
    {"every", RD_DURATION, offsetof(StubFlood, every), "5 ms", 0.001, 60, "s", NULL, "Pause."},
    {"spoof", RD_BOOL, offsetof(StubFlood, spoof), "false", 0, 0, NULL, NULL, "Lie."},
    {"text", RD_TEXT, offsetof(StubFlood, text), "hello", 0, 0, NULL, NULL, "Any text."},
    {"method", RD_ENUM, offsetof(StubFlood, method), "register", 0, 0, NULL, methods, "Which."},
    {"hosts", RD_LIST, offsetof(StubFlood, hosts), "", 0, 0, NULL, NULL, "Some hosts."},
    {"headers", RD_TABLE, offsetof(StubFlood, headers), "", 0, 0, NULL, NULL, "Some headers."},
    {"scenario", RD_FILE, offsetof(StubFlood, scenario), "", 0, 0, NULL, NULL, "A file."},
    {"sources", RD_INTEGER, offsetof(StubFlood, sources), "1", 1, 1e13, "", NULL, "Senders."},
    {"target", RD_NODE_NAME, offsetof(StubFlood, target), "", 0, 0, NULL, NULL, "At whom."},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};
static const RdParam limit_rows[] = {
    {"rate", RD_NUMBER, offsetof(StubLimit, rate), "10", 0, 0, "1/s", NULL, "Messages."},
    {"burst", RD_INTEGER, offsetof(StubLimit, burst), NULL, 1, 1000, "", NULL, "At once."},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};

/* A box looks things up at a price of its own; the price of a vector is for a table to override. */
static const RdCost box_costs[] = {
    {.operation = "vector", .base = "9 ms", .source = "a test"},
    {.operation = "look-up", .base = "7 us", .per_doubling = "100 ns", .source = "a test"},
    {.operation = "table"},
    RD_COST_END};

#define HEAD(kind, name, rows, type)                                                               \
  RD_ABI, sizeof(RdPlugin), kind, sizeof(RdParam), name, "a stub", rows, sizeof(type)

static const RdPlugin plugins[] = {
    {HEAD(RD_NODE, "phone", phone_rows, StubPhone), &phone_ops, NULL, 0, NULL, false},
    {HEAD(RD_NODE, "ue", phone_rows, StubPhone), &phone_ops, NULL, 0, NULL, false},
    {HEAD(RD_NODE, "box", box_rows, StubBox),
     &box_ops,
     NULL,
     0,
     NULL,
     false,
     false,
     {0},
     sizeof(RdCost),
     box_costs},
    {HEAD(RD_NODE, "sbc", box_rows, StubBox), &box_ops, NULL, 0, NULL, false},
    {HEAD(RD_NODE, "p-cscf", box_rows, StubBox), &box_ops, NULL, 0, NULL, false},
    {HEAD(RD_NODE, "s-cscf", box_rows, StubBox), &box_ops, NULL, 0, NULL, false},
    {HEAD(RD_ATTACK, "flood", flood_rows, StubFlood), &flood_ops, NULL, RD_IF_GM, "dos", false},
    {HEAD(RD_ATTACK, "twin", flood_rows, StubFlood), &flood_ops, NULL, RD_IF_GM, "dos", true},
    {HEAD(RD_DEFENSE, "limit", limit_rows, StubLimit), NULL, &limit_ops, 0, NULL, false},
};

RdParts *stub_parts(void) {
  RdParts *parts = rd_parts_new_bare();
  for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++) {
    g_autoptr(GError) error = NULL;
    if (!rd_parts_add_static(parts, &plugins[i], &error))
      g_error("%s", error->message);
  }
  return parts;
}
