/* The mock host itself: order of events, the wire, what it records. */
#include <string.h>

#include "lab/base/address.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

typedef struct {
  MockHost *mock;
  GArray *cookies;
  RdTimer to_cancel;
  unsigned received;
  RdMessage last;
} Probe;

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  Probe *p = self;
  (void)id;
  g_array_append_val(p->cookies, cookie);
  mock_host(p->mock)->cancel(mock_host(p->mock), p->to_cancel);
}

static void on_receive(void *self, const RdMessage *m) {
  Probe *p = self;
  p->received++;
  p->last = *m;
}

static Probe *probe(MockWorld *world, const char *name, const char *prefix) {
  Probe *p = g_new0(Probe, 1);
  p->mock = mock_host_new(world, name);
  p->cookies = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  mock_attach(p->mock, RD_IF_GM, "net", "domain", prefix);
  mock_on_timer(p->mock, on_timer, p);
  mock_on_receive(p->mock, on_receive, p);
  return p;
}

static void release(Probe *p) {
  g_array_unref(p->cookies);
  g_free(p);
}

static RdTimer arm(Probe *p, RdTime at, uint64_t cookie) {
  RdTimerSpec spec = {.size = sizeof spec, .at = at, .cookie = cookie};
  return mock_host(p->mock)->timer(mock_host(p->mock), &spec);
}

START_TEST(timers_run_by_time_then_by_sequence) {
  MockWorld *world = mock_world_new(1);
  Probe *p = probe(world, "a", "192.0.2.1/24");
  arm(p, 20, 1);
  arm(p, 10, 2);
  arm(p, 20, 3);
  arm(p, -5, 4); /* past: now */
  p->to_cancel = arm(p, 20, 5);
  ck_assert_uint_eq(arm(p, RD_NEVER, 6), 0);
  ck_assert_uint_eq(mock_pending(p->mock), 5);
  ck_assert_uint_eq(mock_run_until(world, 19), 2);
  ck_assert_int_eq(mock_now(world), 19);
  ck_assert_uint_eq(mock_run_until(world, 20), 2);
  static const uint64_t order[] = {4, 2, 1, 3};
  ck_assert_uint_eq(p->cookies->len, 4);
  ck_assert_mem_eq(p->cookies->data, order, sizeof order);
  ck_assert_uint_eq(mock_pending(p->mock), 0);
  release(p);
  mock_world_free(world);
}
END_TEST

START_TEST(the_wire_carries_to_the_owner_of_an_address) {
  MockWorld *world = mock_world_new(1);
  Probe *a = probe(world, "a", "192.0.2.1/24"), *b = probe(world, "b", "192.0.2.10/24");
  mock_population(b->mock, 5, 0, RD_NEVER);
  mock_wire(world, 7);
  RdHost *host = mock_host(a->mock);
  RdSend send = {.size = sizeof send,
                 .remote = rd_address_ip4(0xc000020d, 5060),
                 .bytes = (const uint8_t *)"x",
                 .len = 1};
  ck_assert(host->send(host, &send));
  ck_assert_uint_eq(b->received, 0);
  mock_run_until(world, 7);
  ck_assert_uint_eq(b->received, 1);
  ck_assert_uint_eq(b->last.entity, 3);
  ck_assert_uint_eq(rd_address_as_ip4(&b->last.remote), 0xc0000201);
  ck_assert_uint_eq(rd_address_as_ip4(&b->last.local), 0xc000020d);
  send.remote = rd_address_ip4(0xc000020f, 5060); /* one past the population */
  ck_assert(host->send(host, &send));
  mock_run_until(world, 100);
  ck_assert_uint_eq(b->received, 1);
  ck_assert_uint_eq(mock_n_sent(a->mock), 2);
  RdAddress found;
  ck_assert(host->resolve(host, 0, "b", &found));
  ck_assert_uint_eq(rd_address_as_ip4(&found), 0xc000020a);
  ck_assert(!host->resolve(host, 0, "c", &found));
  found = rd_address_ip4(0xcb007101, 5060);
  ck_assert_int_eq(host->route(host, &found), -1);
  release(a);
  release(b);
  mock_world_free(world);
}
END_TEST

START_TEST(chance_is_a_function_of_its_key) {
  MockWorld *w1 = mock_world_new(1), *w2 = mock_world_new(2);
  RdHost *a = mock_host(mock_host_new(w1, "a")), *b = mock_host(mock_host_new(w1, "b"));
  RdHost *other = mock_host(mock_host_new(w2, "a"));
  uint64_t x = a->random(a, 1, 2, 3);
  ck_assert_uint_eq(x, a->random(a, 1, 2, 3));
  ck_assert_uint_ne(x, a->random(a, 2, 2, 3));
  ck_assert_uint_ne(x, b->random(b, 1, 2, 3));
  ck_assert_uint_ne(x, other->random(other, 1, 2, 3));
  mock_world_free(w1);
  mock_world_free(w2);
}
END_TEST

START_TEST(effects_are_recorded) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "a");
  RdHost *h = mock_host(mock);
  uint32_t counter = h->counter(h, "things"), cost = h->operation(h, "work");
  h->count(h, counter, 3);
  h->count(h, 0, 5);
  h->spend(h, cost, 1, 1);
  RdAlert alert = {.size = sizeof alert, .score = 0.5, .classes = "dos", .subject = "192.0.2.9"};
  h->alert(h, &alert);
  RdClaim claim = {.size = sizeof claim, .kind = "identity-exists", .subject = "x", .value = 1};
  h->claim(h, &claim);
  h->log(h, RD_LOG_WARNING, "hm");
  ck_assert_int_eq(mock_count(mock, "things"), 3);
  ck_assert_int_eq(mock_count(mock, "others"), 0);
  ck_assert_uint_eq(mock_spent(mock, "work"), 1);
  ck_assert_str_eq(mock_alert(mock, 0)->subject, "192.0.2.9");
  ck_assert_ptr_null(mock_alert(mock, 1));
  ck_assert_str_eq(mock_claim(mock, 0)->kind, "identity-exists");
  ck_assert_str_eq(mock_last_log(mock), "hm");
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_WARNING), 1);
  mock_world_free(world);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("mock");
  TCase *c = tcase_create("host");
  suite_add_tcase(s, c);
  tcase_add_test(c, timers_run_by_time_then_by_sequence);
  tcase_add_test(c, the_wire_carries_to_the_owner_of_an_address);
  tcase_add_test(c, chance_is_a_function_of_its_key);
  tcase_add_test(c, effects_are_recorded);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
