#include "tests/mock/host.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "tests/mock/internal.h"

/* --- clock, chance, timers --- */

static MockHost *mock_of(RdHost *host) {
  return (MockHost *)host;
}

static RdTime host_now(RdHost *host) {
  return mock_of(host)->world->now;
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *spec) {
  MockHost *mock = mock_of(host);
  if (spec->size < sizeof *spec || spec->at == RD_NEVER)
    return 0;
  MockEvent *e = mock_event(mock->world, MAX(spec->at, mock->world->now));
  e->host = mock;
  e->timer = ++mock->world->timers;
  e->cookie = spec->cookie;
  g_hash_table_insert(mock->armed, mock_id(e->timer), e);
  return e->timer;
}

static void host_cancel(RdHost *host, RdTimer timer) {
  MockHost *mock = mock_of(host);
  MockEvent *e = g_hash_table_lookup(mock->armed, &timer);
  if (!e)
    return;
  g_hash_table_remove(mock->armed, &timer);
  g_tree_remove(mock->world->events, e);
}

/* --- network --- */

static RdAddress nth_address(const MockAttach *a, uint64_t entity) {
  return rd_address_ip4(rd_address_as_ip4(&a->first) + (uint32_t)entity, 5060);
}

static RdAddress setup_address(RdHost *host, uint16_t attachment, uint64_t entity) {
  MockHost *mock = mock_of(host);
  if (attachment >= mock->attach->len || entity >= mock->setup.entities)
    return (RdAddress){0};
  return nth_address(&g_array_index(mock->attach, MockAttach, attachment), entity);
}

static bool host_send(RdHost *host, const RdSend *send) {
  MockHost *mock = mock_of(host);
  if (send->size < sizeof *send || send->len > 65507 || mock->fail_send ||
      send->attachment >= mock->attach->len)
    return false;
  MockSent *s = g_new0(MockSent, 1);
  *s = (MockSent){.at = mock->world->now,
                  .attachment = send->attachment,
                  .protocol = send->protocol,
                  .entity = send->entity,
                  .conn = send->conn,
                  .local = send->local,
                  .remote = send->remote,
                  .count = send->count,
                  .spacing = send->spacing,
                  .len = send->len};
  if (s->local.family == 0)
    s->local = setup_address(host, send->attachment, send->entity);
  s->bytes = g_malloc(send->len + 1);
  memcpy(s->bytes, send->bytes, send->len);
  s->bytes[send->len] = 0;
  s->scan = g_new(RdSipScan, 1);
  if (!rd_sip_scan(s->scan, s->bytes, s->len, RD_SIP_DATAGRAM))
    g_clear_pointer(&s->scan, g_free);
  g_ptr_array_add(mock->sent, s);
  if (mock->world->wired)
    mock_carry(mock, s);
  return true;
}

static uint16_t host_listen(RdHost *host, const RdListen *listen) {
  MockHost *mock = mock_of(host);
  return listen->attachment < mock->attach->len && listen->port ? listen->port : 0;
}

static RdConn host_connect(RdHost *host, const RdConnect *connect) {
  MockHost *mock = mock_of(host);
  return connect->attachment < mock->attach->len && !mock->world->no_streams ? ++mock->world->conns
                                                                             : 0;
}

void mock_no_streams(MockWorld *world) {
  world->no_streams = true;
}

static void host_close(RdHost *host, RdConn conn) {
  mock_of(host)->closed = conn;
}

RdConn mock_closed(const MockHost *mock) {
  return mock->closed;
}

static bool same_network(const MockAttach *a, const MockAttach *b) {
  return strcmp(a->network, b->network) == 0;
}

static bool host_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  MockHost *mock = mock_of(host);
  for (guint i = 0; i < mock->names->len; i++) {
    const MockName *n = &g_array_index(mock->names, MockName, i);
    if (n->attachment == attachment && strcmp(n->name, name) == 0) {
      *ret = n->address;
      return true;
    }
  }
  if (attachment >= mock->attach->len || mock->nameless)
    return false;
  const MockAttach *own = &g_array_index(mock->attach, MockAttach, attachment);
  for (guint i = 0; i < mock->world->hosts->len; i++) {
    MockHost *other = g_ptr_array_index(mock->world->hosts, i);
    for (guint k = 0; k < other->attach->len && strcmp(other->base.host.name, name) == 0; k++) {
      const MockAttach *a = &g_array_index(other->attach, MockAttach, k);
      if (same_network(a, own)) {
        *ret = nth_address(a, 0);
        return true;
      }
    }
  }
  return false;
}

static int host_route(RdHost *host, const RdAddress *remote) {
  MockHost *mock = mock_of(host);
  for (guint i = 0; i < mock->attach->len; i++) {
    const MockAttach *a = &g_array_index(mock->attach, MockAttach, i);
    uint32_t mask = a->prefix == 0 ? 0 : ~UINT32_C(0) << (32 - a->prefix);
    if (remote->family == 4 &&
        ((rd_address_as_ip4(remote) ^ rd_address_as_ip4(&a->first)) & mask) == 0)
      return (int)i;
  }
  return -1;
}

/* --- records --- */

static double host_load(RdHost *host, uint16_t place) {
  (void)place;
  return mock_of(host)->load;
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  (void)ticket, (void)verdict;
  mock_of(host)->released++;
  return true;
}

static void host_alert(RdHost *host, const RdAlert *alert) {
  MockAlert *a = g_new0(MockAlert, 1);
  *a = (MockAlert){host_now(host),           alert->subject_kind,      alert->score,
                   g_strdup(alert->classes), g_strdup(alert->subject), g_strdup(alert->evidence)};
  g_ptr_array_add(mock_of(host)->alerts, a);
}

static uint32_t named(GPtrArray *names, const char *name) {
  for (guint i = 0; i < names->len; i++)
    if (strcmp(((MockTally *)g_ptr_array_index(names, i))->name, name) == 0)
      return i + 1;
  MockTally *t = g_new0(MockTally, 1);
  t->name = g_strdup(name);
  g_ptr_array_add(names, t);
  return names->len;
}

static void tally(GPtrArray *names, uint32_t id, int64_t delta) {
  if (id > 0 && id <= names->len)
    ((MockTally *)g_ptr_array_index(names, id - 1))->n += delta;
}

static uint32_t host_counter(RdHost *host, const char *name) {
  return named(mock_of(host)->counters, name);
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  tally(mock_of(host)->counters, counter, delta);
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  MockHost *mock = mock_of(host);
  mock->logs[level]++;
  g_free(mock->last_log);
  mock->last_log = g_strdup(text);
}

static uint32_t host_operation(RdHost *host, const char *name) {
  return named(mock_of(host)->operations, name);
}

static void host_spend(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy) {
  (void)bytes, (void)occupancy;
  tally(mock_of(host)->operations, operation, 1);
}

static void host_attempt(RdHost *host, const RdAttempt *attempt) {
  g_array_append_val(mock_of(host)->attempts, *attempt);
}

static void host_claim(RdHost *host, const RdClaim *claim) {
  MockClaim *c = g_new0(MockClaim, 1);
  *c = (MockClaim){g_strdup(claim->kind), g_strdup(claim->subject), claim->value};
  g_ptr_array_add(mock_of(host)->claims, c);
}

static void host_fact(RdHost *host, const RdFact *fact) {
  MockFact *f = g_new0(MockFact, 1);
  *f = (MockFact){g_strdup(fact->kind), g_strdup(fact->subject), g_strdup(fact->object),
                  fact->amount, fact->entity};
  g_ptr_array_add(mock_of(host)->facts, f);
}

static bool host_secret(RdHost *host, const RdSecret *secret) {
  if (secret->bytes.len < RD_SECRET_SHORTEST || secret->bytes.len > RD_SECRET_LONGEST)
    return false;
  MockSecret *s = g_new0(MockSecret, 1);
  *s = (MockSecret){secret->attachment, g_strdup(secret->kind), g_strdup(secret->subject),
                    g_strndup(secret->bytes.at, secret->bytes.len)};
  g_ptr_array_add(mock_of(host)->secrets, s);
  return true;
}

static uint64_t host_filter(RdHost *host, const RdFilter *filter) {
  g_array_append_val(mock_of(host)->filters, *filter);
  return mock_of(host)->filters->len;
}

static bool host_unfilter(RdHost *host, uint64_t filter, bool keep, uint64_t *ret_dropped) {
  GArray *filters = mock_of(host)->filters;
  if (filter == 0 || filter > filters->len ||
      g_array_index(filters, RdFilter, filter - 1).size == 0)
    return false;
  if (!keep)
    g_array_index(filters, RdFilter, filter - 1).size = 0;
  if (ret_dropped)
    *ret_dropped = 0;
  return true;
}

static bool host_report(RdHost *host, uint32_t member, const void *bytes, size_t len) {
  MockReport *r = g_new0(MockReport, 1);
  if (len > RD_REPORT_LONGEST) {
    g_free(r);
    return false;
  }
  *r = (MockReport){member, g_memdup2(bytes, len), len};
  g_ptr_array_add(mock_of(host)->reports, r);
  return true;
}

static void set_host(RdHost *host) {
  host->now = host_now;
  host->timer = host_timer;
  host->cancel = host_cancel;
  host->send = host_send;
  host->listen = host_listen;
  host->connect = host_connect;
  host->close = host_close;
  host->resolve = host_resolve;
  host->route = host_route;
  host->load = host_load;
  host->release = host_release;
  host->alert = host_alert;
  host->counter = host_counter;
  host->count = host_count;
  host->log = host_log;
  host->operation = host_operation;
  host->spend = host_spend;
  host->attempt = host_attempt;
  host->claim = host_claim;
  host->epoch = MOCK_EPOCH;
  host->fact = host_fact;
  host->secret = host_secret;
  host->filter = host_filter;
  host->unfilter = host_unfilter;
  host->report = host_report;
}

/* --- a host's life --- */

static void free_sent(gpointer p) {
  MockSent *s = p;
  g_free(s->bytes);
  g_free(s->scan);
  g_free(s);
}

static void free_alert(gpointer p) {
  MockAlert *a = p;
  g_free(a->classes);
  g_free(a->subject);
  g_free(a->evidence);
  g_free(a);
}

static void free_claim(gpointer p) {
  MockClaim *c = p;
  g_free(c->kind);
  g_free(c->subject);
  g_free(c);
}

static void free_fact(gpointer p) {
  MockFact *f = p;
  g_free(f->kind);
  g_free(f->subject);
  g_free(f->object);
  g_free(f);
}

static void free_secret(gpointer p) {
  MockSecret *s = p;
  g_free(s->kind);
  g_free(s->subject);
  g_free(s->bytes);
  g_free(s);
}

static void free_report(gpointer p) {
  g_free(((MockReport *)p)->bytes);
  g_free(p);
}

static void free_tally(gpointer p) {
  g_free(((MockTally *)p)->name);
  g_free(p);
}

MockHost *mock_host_new(MockWorld *world, const char *name) {
  MockHost *mock = g_new0(MockHost, 1);
  mock->world = world;
  rd_base_host_init(&mock->base, name, world->seed);
  set_host(&mock->base.host);
  mock->armed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  mock->attach = g_array_new(FALSE, TRUE, sizeof(MockAttach));
  mock->contract_attach = g_array_new(FALSE, TRUE, sizeof(RdAttachment));
  mock->names = g_array_new(FALSE, TRUE, sizeof(MockName));
  mock->attempts = g_array_new(FALSE, TRUE, sizeof(RdAttempt));
  mock->sent = g_ptr_array_new_with_free_func(free_sent);
  mock->alerts = g_ptr_array_new_with_free_func(free_alert);
  mock->claims = g_ptr_array_new_with_free_func(free_claim);
  mock->counters = g_ptr_array_new_with_free_func(free_tally);
  mock->operations = g_ptr_array_new_with_free_func(free_tally);
  mock->facts = g_ptr_array_new_with_free_func(free_fact);
  mock->secrets = g_ptr_array_new_with_free_func(free_secret);
  mock->reports = g_ptr_array_new_with_free_func(free_report);
  mock->filters = g_array_new(FALSE, TRUE, sizeof(RdFilter));
  mock->setup = (RdActorSetup){.size = sizeof(RdActorSetup),
                               .attachment_stride = sizeof(RdAttachment),
                               .entities = 1,
                               .stop = RD_NEVER,
                               .address = setup_address};
  g_ptr_array_add(world->hosts, mock);
  return mock;
}

void mock_host_free(MockHost *mock) {
  for (guint i = 0; i < mock->attach->len; i++) {
    g_free(g_array_index(mock->attach, MockAttach, i).network);
    g_free(g_array_index(mock->attach, MockAttach, i).domain);
  }
  for (guint i = 0; i < mock->names->len; i++)
    g_free(g_array_index(mock->names, MockName, i).name);
  g_hash_table_unref(mock->armed);
  g_array_unref(mock->attach);
  g_array_unref(mock->contract_attach);
  g_array_unref(mock->names);
  g_array_unref(mock->attempts);
  g_ptr_array_unref(mock->sent);
  g_ptr_array_unref(mock->alerts);
  g_ptr_array_unref(mock->claims);
  g_ptr_array_unref(mock->counters);
  g_ptr_array_unref(mock->operations);
  g_ptr_array_unref(mock->facts);
  g_ptr_array_unref(mock->secrets);
  g_ptr_array_unref(mock->reports);
  g_array_unref(mock->filters);
  g_free(mock->last_log);
  g_free(mock->message_bytes);
  rd_base_host_clear(&mock->base);
  g_free(mock);
}
