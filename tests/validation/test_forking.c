/* Requests that multiply (RFC 5393 s3): proxies that fork, with and without loop detection, against the numbers
 * of that text. A way is tried when the one before has failed, not beside it: as every way fails in the end, the
 * requests are the same ones, only later. */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/stack/proxy.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

#define MOST_HOSTS 8
#define ADDRESS "192.0.2.%u"

typedef struct Trial Trial;

typedef struct {
  Trial *trial;
  unsigned number; /* of its address, from 1 */
  RdCookies cookies;
  RdSipProxy *proxy;
  MockHost *mock;
  char uri[40];
} Server;

struct Trial {
  MockWorld *world;
  unsigned n; /* targets of an address of record */
  unsigned hosts;
  bool across; /* the targets are on the other of two hosts; else each on its own */
  uint64_t forwarded;
  Server servers[MOST_HOSTS];
};

/* Target `i` of whatever is asked at a server. */
static void on_request(void *user, RdProxyRequest *r) {
  Server *s = user;
  Trial *t = s->trial;
  if (!r->tx)
    return;
  const unsigned i = r->tries;
  const unsigned host = t->across ? 3 - s->number : i % t->hosts + 1;
  snprintf(s->uri, sizeof s->uri, "sip:a%u@" ADDRESS, i, host);
  r->uri = rd_slice(s->uri);
  r->mark = i + 1;
  t->forwarded++;
}

static bool again(void *user, const RdProxyFailure *failure) {
  return failure->mark < ((const Server *)user)->trial->n;
}

static void on_receive(void *self, const RdMessage *m) {
  rd_sip_proxy_receive(((Server *)self)->proxy, m);
}

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_cookies_fire(&((Server *)self)->cookies, cookie));
}

static void open_server(Trial *t, unsigned i, bool ignore_loops) {
  static const RdSipProxyOps ops = {.request = on_request, .again = again};
  const RdSipProxyConfig config = {
      .capacity = 1000000, .ignore_loops = ignore_loops, .timer_c = 86400 * RD_SECOND};
  Server *s = &t->servers[i];
  char name[20], address[40];
  snprintf(name, sizeof name, "proxy%u", i);
  snprintf(address, sizeof address, ADDRESS "/24", i + 1);
  *s = (Server){.trial = t, .number = i + 1, .mock = mock_host_new(t->world, name)};
  mock_attach(s->mock, RD_IF_MW, "core", "home", address);
  mock_on_receive(s->mock, on_receive, s);
  mock_on_timer(s->mock, on_timer, s);
  s->proxy =
      rd_sip_proxy_new(mock_host(s->mock), mock_setup(s->mock), &s->cookies, &config, &ops, s);
}

/* Requests forwarded until the last way has failed. */
static uint64_t forwarded(unsigned n, unsigned hosts, bool across, bool ignore_loops,
                          unsigned max_forwards) {
  g_autofree Trial *t = g_new0(Trial, 1);
  char text[600];
  bool answered = false;
  *t = (Trial){.world = mock_world_new(1), .n = n, .hosts = hosts, .across = across};
  mock_wire(t->world, RD_MILLISECOND);
  for (unsigned i = 0; i < hosts; i++)
    open_server(t, i, ignore_loops);
  snprintf(text, sizeof text,
           "INVITE sip:a0@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\n"
           "Max-Forwards: %u\r\nFrom: <sip:x@example.com>;tag=1\r\nTo: <sip:a0@192.0.2.1>\r\n"
           "Call-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
           max_forwards);
  mock_receive_text(t->servers[0].mock, 0, "192.0.2.99:5060", text);
  for (unsigned i = 0; i < 20000 && !answered; i++) {
    mock_run_until(t->world, mock_now(t->world) + 10 * RD_MILLISECOND);
    for (unsigned h = 0; h < hosts; h++) {
      for (unsigned m = 0; m < mock_n_sent(t->servers[h].mock); m++) {
        const MockSent *sent = mock_sent(t->servers[h].mock, m);
        answered |= sent->scan->sip.status >= 300 && sent->remote.ip[3] == 99;
      }
      mock_forget_sent(t->servers[h].mock);
    }
  }
  ck_assert(answered);
  for (unsigned i = 0; i < hosts; i++)
    rd_sip_proxy_free(t->servers[i].proxy);
  mock_world_free(t->world);
  return t->forwarded;
}

/* a(n) = n a(n-1) + n */
static const uint64_t with_detection[] = {1, 4, 15, 64, 325, 1956, 13699};

START_TEST(loop_detection_bounds_what_multiplies) {
  const unsigned n = (unsigned)_i + 1;
  uint64_t expected = 0;
  for (unsigned i = 1; i <= n; i++)
    expected = i * expected + i;
  ck_assert_uint_eq(expected, with_detection[_i]);
  ck_assert_uint_eq(forwarded(n, n, false, false, 70), expected);
}
END_TEST

START_TEST(one_server_is_as_good_as_many) {
  const unsigned n = (unsigned)_i + 1;
  ck_assert_uint_eq(forwarded(n, 1, false, false, 70), with_detection[_i]);
}
END_TEST

/* The first request is counted too. */
START_TEST(without_it_max_forwards_alone_ends_it) {
  const unsigned max_forwards = (unsigned)_i;
  ck_assert_uint_eq(forwarded(2, 2, true, true, max_forwards) + 1,
                    (UINT64_C(1) << (max_forwards + 1)) - 1);
}
END_TEST

START_TEST(with_it_two_proxies_forward_fourteen) {
  ck_assert_uint_eq(forwarded(2, 2, true, false, 70), 14);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("forking");
  TCase *t = tcase_create("forking");
  tcase_set_timeout(t, 240);
  tcase_add_loop_test(t, loop_detection_bounds_what_multiplies, 0, 7);
  tcase_add_loop_test(t, one_server_is_as_good_as_many, 0, 5);
  tcase_add_loop_test(t, without_it_max_forwards_alone_ends_it, 4, 13);
  tcase_add_test(t, with_it_two_proxies_forward_fourteen);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
