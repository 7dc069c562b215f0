#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/mock/internal.h"

static gint by_time(gconstpointer pa, gconstpointer pb, gpointer user) {
  const MockEvent *a = pa, *b = pb;
  (void)user;
  if (a->at != b->at)
    return a->at < b->at ? -1 : 1;
  return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void free_event(gpointer p) {
  g_free(((MockEvent *)p)->bytes);
  g_free(p);
}

MockWorld *mock_world_new(uint64_t seed) {
  MockWorld *world = g_new0(MockWorld, 1);
  world->seed = seed;
  world->events = g_tree_new_full(by_time, NULL, free_event, NULL);
  world->hosts = g_ptr_array_new();
  return world;
}

void mock_world_free(MockWorld *world) {
  if (!world)
    return;
  g_tree_unref(world->events);
  for (guint i = 0; i < world->hosts->len; i++) {
    MockHost *mock = g_ptr_array_index(world->hosts, i);
    /* what a state machine of lab/stack has no step for: no test may bring it about */
    g_assert_cmpint(mock_count(mock, "impossible-events"), ==, 0);
    mock_host_free(mock);
  }
  g_ptr_array_unref(world->hosts);
  g_free(world);
}

RdTime mock_now(const MockWorld *world) {
  return world->now;
}

gpointer mock_id(uint64_t id) {
  return g_memdup2(&id, sizeof id);
}

MockEvent *mock_event(MockWorld *world, RdTime at) {
  MockEvent *e = g_new0(MockEvent, 1);
  e->at = at;
  e->sequence = ++world->sequence;
  g_tree_insert(world->events, e, e);
  return e;
}

/* --- messages --- */

static void frame(MockHost *mock, uint16_t attachment, RdDirection direction, RdAddress remote,
                  const void *bytes, size_t len) {
  const MockAttach *a =
      attachment < mock->attach->len ? &g_array_index(mock->attach, MockAttach, attachment) : NULL;
  uint8_t *copy = g_malloc(len + 1); /* a heap block of its own, so that ASan sees an overrun */
  if (len > 0)
    memcpy(copy, bytes, len);
  copy = g_realloc(copy, MAX(len, 1));
  g_free(mock->message_bytes);
  mock->message_bytes = copy;
  rd_sip_scan(&mock->scan, copy, len, RD_SIP_DATAGRAM);
  mock->message = (RdMessage){
      .size = sizeof(RdMessage),
      .kind = RD_DATA,
      .protocol = RD_PROTO_SIP,
      .direction = direction,
      .attachment = attachment,
      .remote = remote,
      .sip = &mock->scan.sip,
      .bytes = copy,
      .len = len,
  };
  if (a) {
    mock->message.local = a->first;
    mock->message.interface =
        g_array_index(mock->contract_attach, RdAttachment, attachment).interface;
    mock->message.network = a->network;
    mock->message.domain = a->domain;
  }
}

static RdAddress parse(const char *text) {
  RdAddress a = {0};
  if (!rd_address_parse(rd_slice(text), &a))
    g_error("mock: \"%s\" is no address", text);
  if (a.port == 0)
    a.port = 5060;
  return a;
}

const RdMessage *mock_message(MockHost *mock, uint16_t attachment, RdDirection direction,
                              const char *remote, const void *bytes, size_t len) {
  frame(mock, attachment, direction, parse(remote), bytes, len);
  return &mock->message;
}

void mock_deliver(MockHost *mock, const RdMessage *message) {
  if (mock->receive)
    mock->receive(mock->receive_self, message);
}

void mock_receive(MockHost *mock, uint16_t attachment, const char *remote, const void *bytes,
                  size_t len) {
  mock_deliver(mock, mock_message(mock, attachment, RD_INGRESS, remote, bytes, len));
}

void mock_receive_text(MockHost *mock, uint16_t attachment, const char *remote, const char *text) {
  mock_receive(mock, attachment, remote, text, strlen(text));
}

void mock_receive_report(MockHost *mock, uint64_t sender, const void *bytes, size_t len) {
  g_autofree uint8_t *copy = g_memdup2(bytes, len);
  mock_deliver(mock, &(RdMessage){.size = sizeof(RdMessage),
                                  .kind = RD_REPORT,
                                  .sender = sender,
                                  .bytes = copy,
                                  .len = len});
}

/* --- the wire --- */

void mock_wire(MockWorld *world, RdTime delay) {
  world->wired = true;
  world->delay = delay;
}

void mock_wire_filter(MockWorld *world,
                      bool (*filter)(void *user, MockHost *from, const MockSent *sent),
                      void *user) {
  world->filter = filter;
  world->filter_user = user;
}

/* The host and entity that own an address on a network. */
static MockHost *owner(MockWorld *world, const char *network, const RdAddress *address,
                       uint16_t *ret_interface, uint64_t *ret_entity) {
  for (guint i = 0; i < world->hosts->len; i++) {
    MockHost *mock = g_ptr_array_index(world->hosts, i);
    for (guint k = 0; k < mock->attach->len; k++) {
      const MockAttach *a = &g_array_index(mock->attach, MockAttach, k);
      uint32_t first = rd_address_as_ip4(&a->first), ip = rd_address_as_ip4(address);
      if (strcmp(a->network, network) == 0 && ip >= first && ip - first < mock->setup.entities) {
        *ret_interface = (uint16_t)k;
        *ret_entity = ip - first;
        return mock;
      }
    }
  }
  return NULL;
}

void mock_carry(MockHost *from, const MockSent *sent) {
  MockWorld *world = from->world;
  uint16_t attachment;
  uint64_t entity;
  const MockAttach *a = &g_array_index(from->attach, MockAttach, sent->attachment);
  MockHost *to = owner(world, a->network, &sent->remote, &attachment, &entity);
  if (!to || (world->filter && !world->filter(world->filter_user, from, sent)))
    return;
  MockEvent *e = mock_event(world, world->now + world->delay);
  e->host = to;
  e->attachment = attachment;
  e->entity = entity;
  e->local = sent->remote;
  e->remote = sent->local;
  e->bytes = g_memdup2(sent->bytes, sent->len);
  e->len = sent->len;
}

static void fire(MockWorld *world, MockEvent *e) {
  MockHost *mock = e->host;
  MockEvent copy = *e;
  e->bytes = NULL;
  g_tree_remove(world->events, e);
  if (copy.timer) {
    g_hash_table_remove(mock->armed, &copy.timer);
    if (mock->timer)
      mock->timer(mock->timer_self, copy.timer, copy.cookie);
    return;
  }
  frame(mock, copy.attachment, RD_INGRESS, copy.remote, copy.bytes, copy.len);
  mock->message.local = copy.local;
  mock->message.entity = copy.entity;
  g_free(copy.bytes);
  mock_deliver(mock, &mock->message);
}

unsigned mock_run_until(MockWorld *world, RdTime until) {
  unsigned n = 0;
  for (;;) {
    GTreeNode *first = g_tree_node_first(world->events);
    MockEvent *e = first ? g_tree_node_value(first) : NULL;
    if (!e || e->at > until)
      break;
    world->now = e->at;
    fire(world, e);
    n++;
  }
  world->now = MAX(world->now, until);
  return n;
}

/* --- setting a host up --- */

RdHost *mock_host(MockHost *mock) {
  return &mock->base.host;
}

uint16_t mock_attach(MockHost *mock, RdInterface interface, const char *network, const char *domain,
                     const char *prefix) {
  g_auto(GStrv) parts = g_strsplit(prefix, "/", 2);
  MockAttach a = {g_strdup(network), g_strdup(domain), parse(parts[0]),
                  parts[1] ? (unsigned)g_ascii_strtoull(parts[1], NULL, 10) : 24};
  RdAttachment c = {sizeof c, (uint8_t)interface, a.network, a.domain, a.first};
  g_array_append_val(mock->attach, a);
  g_array_append_val(mock->contract_attach, c);
  mock->setup.attachments = &g_array_index(mock->contract_attach, RdAttachment, 0);
  mock->setup.n_attachments = mock->contract_attach->len;
  return (uint16_t)(mock->attach->len - 1);
}

void mock_population(MockHost *mock, uint64_t entities, RdTime start, RdTime stop) {
  mock->setup.entities = entities;
  mock->setup.start = start;
  mock->setup.stop = stop;
}

void mock_name(MockHost *mock, uint16_t attachment, const char *name, const char *address) {
  MockName n = {attachment, g_strdup(name), parse(address)};
  g_array_append_val(mock->names, n);
}

void mock_forget_names(MockHost *mock) {
  for (guint i = 0; i < mock->names->len; i++)
    g_free(g_array_index(mock->names, MockName, i).name);
  g_array_set_size(mock->names, 0);
  mock->nameless = true;
}

void mock_links(MockHost *mock, uint32_t n, const RdPlace *links) {
  mock->setup.n_links = n;
  mock->setup.link_stride = sizeof *links;
  mock->setup.links = links;
}

const RdActorSetup *mock_setup(MockHost *mock) {
  return &mock->setup;
}

void mock_on_timer(MockHost *mock, void (*timer)(void *self, RdTimer id, uint64_t cookie),
                   void *self) {
  mock->timer = timer;
  mock->timer_self = self;
}

void mock_on_receive(MockHost *mock, void (*receive)(void *self, const RdMessage *message),
                     void *self) {
  mock->receive = receive;
  mock->receive_self = self;
}

void *mock_open(MockHost *mock, const RdActorOps *ops, const void *config) {
  mock->ops = ops;
  mock->self = ops->open(&mock->base.host, config, &mock->setup);
  if (mock->self) {
    mock_on_timer(mock, ops->timer, mock->self);
    mock_on_receive(mock, ops->receive, mock->self);
  }
  return mock->self;
}

void mock_start(MockHost *mock) {
  if (mock->ops->start)
    mock->ops->start(mock->self);
}

void mock_stop(MockHost *mock) {
  if (mock->ops->stop)
    mock->ops->stop(mock->self);
}

void mock_close(MockHost *mock) {
  if (mock->self)
    mock->ops->close(mock->self);
  mock->self = NULL;
  mock_on_timer(mock, NULL, NULL);
  mock_on_receive(mock, NULL, NULL);
}

void *mock_self(MockHost *mock) {
  return mock->self;
}

/* --- what was recorded --- */

unsigned mock_n_sent(const MockHost *mock) {
  return mock->sent->len;
}

const MockSent *mock_sent(const MockHost *mock, unsigned i) {
  return i < mock->sent->len ? g_ptr_array_index(mock->sent, i) : NULL;
}

const MockSent *mock_last(const MockHost *mock) {
  return mock->sent->len > 0 ? mock_sent(mock, mock->sent->len - 1) : NULL;
}

void mock_forget_sent(MockHost *mock) {
  g_ptr_array_set_size(mock->sent, 0);
}

void mock_fail_send(MockHost *mock, bool fail) {
  mock->fail_send = fail;
}

void mock_set_load(MockHost *mock, double load) {
  mock->load = load;
}

unsigned mock_n_alerts(const MockHost *mock) {
  return mock->alerts->len;
}

const MockAlert *mock_alert(const MockHost *mock, unsigned i) {
  return i < mock->alerts->len ? g_ptr_array_index(mock->alerts, i) : NULL;
}

unsigned mock_n_attempts(const MockHost *mock) {
  return mock->attempts->len;
}

const RdAttempt *mock_attempt(const MockHost *mock, unsigned i) {
  return i < mock->attempts->len ? &g_array_index(mock->attempts, RdAttempt, i) : NULL;
}

unsigned mock_n_claims(const MockHost *mock) {
  return mock->claims->len;
}

const MockClaim *mock_claim(const MockHost *mock, unsigned i) {
  return i < mock->claims->len ? g_ptr_array_index(mock->claims, i) : NULL;
}

unsigned mock_n_logs(const MockHost *mock, RdLogLevel level) {
  return mock->logs[level];
}

const char *mock_last_log(const MockHost *mock) {
  return mock->last_log ? mock->last_log : "";
}

static int64_t tally_of(const GPtrArray *names, const char *name) {
  for (guint i = 0; i < names->len; i++) {
    const MockTally *t = names->pdata[i];
    if (strcmp(t->name, name) == 0)
      return t->n;
  }
  return 0;
}

static void *nth(const GPtrArray *all, unsigned i) {
  return i < all->len ? all->pdata[i] : NULL;
}

unsigned mock_n_facts(const MockHost *mock) {
  return mock->facts->len;
}

const MockFact *mock_fact(const MockHost *mock, unsigned i) {
  return nth(mock->facts, i);
}

const MockSecret *mock_secret(const MockHost *mock, unsigned i) {
  return nth(mock->secrets, i);
}

const MockReport *mock_report(const MockHost *mock, unsigned i) {
  return nth(mock->reports, i);
}

const RdFilter *mock_filter(const MockHost *mock, unsigned i) {
  return i < mock->filters->len ? &g_array_index(mock->filters, RdFilter, i) : NULL;
}

int64_t mock_count(const MockHost *mock, const char *counter) {
  return tally_of(mock->counters, counter);
}

unsigned mock_spent(const MockHost *mock, const char *operation) {
  return (unsigned)tally_of(mock->operations, operation);
}

unsigned mock_n_operations(const MockHost *mock) {
  return mock->operations->len;
}

const char *mock_operation(const MockHost *mock, unsigned i) {
  return ((const MockTally *)mock->operations->pdata[i])->name;
}

unsigned mock_pending(const MockHost *mock) {
  return g_hash_table_size(mock->armed);
}

unsigned mock_n_released(const MockHost *mock) {
  return mock->released;
}
