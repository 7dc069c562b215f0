/* Loopback addresses for a network's; the lines ahead of the kernel; the loop that is their clock. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/inline/children.h"
#include "lab/drive/inline/line.h"
#include "lab/drive/inline/loop.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/inline/map.h"
#include "lab/drive/world/place.h"
#include "tests/check_main.h"

static RdNetwork network(const char *prefix, uint8_t length) {
  RdNetwork n = {.name = (char *)"net", .prefix_length = length};
  ck_assert(rd_address_parse(rd_slice(prefix), &n.prefix));
  return n;
}

static const char *text(const RdMap *map, const RdNetwork *n, uint64_t place) {
  static char room[RD_ADDRESS_TEXT];
  RdAddress a = rd_place_address(n, place), to = rd_map_to(map, &a);
  ck_assert(rd_is_loopback(&to));
  ck_assert_uint_eq(to.port, a.port);
  rd_address_ip_text(&to, room);
  return room;
}

/* "127.A.B.C" without its second byte: which /16 is free is this machine's affair. */
static void ends(const char *address, const char *end) {
  ck_assert(g_str_has_prefix(address, "127."));
  ck_assert_msg(g_str_has_suffix(address, end), "%s does not end in %s", address, end);
}

START_TEST(every_place_has_an_address_of_its_own) {
  RdNetwork v4 = network("198.18.0.0", 15), v6 = network("2001:db8::", 34);
  RdMap *four = rd_map_new(&v4, 65536, NULL), *six = rd_map_new(&v6, 65536, NULL);
  ck_assert_str_ne(rd_map_text(four), rd_map_text(six));
  ends(text(four, &v4, 1), ".0.1");
  ends(text(four, &v4, 300), ".1.44");
  ends(text(six, &v6, 2), ".0.2");
  ends(text(six, &v6, RD_NETS + 1), ".1.0");
  ends(text(six, &v6, RD_NETS + 17), ".1.16");
  ck_assert_uint_eq(rd_map_index(&v6, 256), UINT64_MAX);
  rd_map_free(four);
  rd_map_free(six);
}
END_TEST

START_TEST(what_is_loopback_stays_as_it_is) {
  RdNetwork n = network("127.0.5.0", 24);
  RdMap *map = rd_map_new(&n, 256, NULL);
  ck_assert_str_eq(text(map, &n, 7), "127.0.5.7");
  ck_assert_str_eq(rd_map_text(map), "127.0.5.0/24");
  rd_map_free(map);
}
END_TEST

/* Whatever a forger writes as its source, what leaves is loopback's. */
START_TEST(a_forged_source_is_on_loopback_too) {
  static const char *const forged[] = {"8.8.8.8", "198.19.255.255", "2001:4860:4860::8888",
                                       "255.255.255.255", "0.0.0.0"};
  RdNetwork nets[] = {network("198.18.0.0", 15), network("127.0.5.0", 24)};
  for (unsigned n = 0; n < 2; n++) {
    RdMap *map = rd_map_new(&nets[n], 65536, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(forged); i++) {
      RdAddress a;
      ck_assert(rd_address_parse(rd_slice(forged[i]), &a));
      RdAddress to = rd_map_to(map, &a);
      ck_assert(rd_is_loopback(&to));
    }
    rd_map_free(map);
  }
}
END_TEST

START_TEST(more_than_loopback_holds_is_refused) {
  RdNetwork n = network("10.0.0.0", 8);
  GError *error = NULL;
  ck_assert_ptr_null(rd_map_new(&n, UINT64_C(1) << 24, &error));
  ck_assert(strstr(error->message, "too large for loopback") != NULL);
  g_error_free(error);
}
END_TEST

/* 1,000 octets at 1 Mbit/s are on the line 8 ms; two more may wait. */
START_TEST(a_line_has_rate_delay_and_queue) {
  RdLiveLine line = {.spec = {.rate = 1000000, .delay = 5 * RD_MILLISECOND, .queue = 2}};
  RdTime t = 0;
  for (int i = 1; i <= 3; i++) {
    ck_assert(rd_live_line_enter(&line, 0, 1000, &t));
    ck_assert_int_eq(t, i * 8 * RD_MILLISECOND + 5 * RD_MILLISECOND);
  }
  ck_assert(!rd_live_line_enter(&line, 0, 1000, &t));
  ck_assert(rd_live_line_enter(&line, 8 * RD_MILLISECOND, 1000, &t));
  ck_assert_int_eq(t, 37 * RD_MILLISECOND);
  ck_assert_int_eq(rd_live_line_stream(&line, 8 * RD_MILLISECOND, 1000), 45 * RD_MILLISECOND);
  ck_assert(rd_live_line_enter(&line, RD_SECOND, 1000, &t));
  ck_assert_int_eq(t, RD_SECOND + 13 * RD_MILLISECOND);
  rd_live_line_clear(&line);
}
END_TEST

/* --- the loop --------------------------------------------------------------------------------- */

typedef struct {
  RdLoop *loop;
  GString *order;
  RdWatch watches[2];
  int ends[2][2];
} Bench;

static Bench bench;

static void open_bench(void) {
  bench = (Bench){.loop = rd_loop_new(NULL), .order = g_string_new(NULL)};
  for (unsigned i = 0; i < 2; i++)
    ck_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, bench.ends[i]) == 0);
}

static void close_bench(void) {
  for (unsigned i = 0; i < 4; i++)
    close(bench.ends[i / 2][i % 2]);
  rd_loop_free(bench.loop);
  g_string_free(bench.order, TRUE);
}

static void note(void *arg) {
  g_string_append(bench.order, arg);
}

static void note_time(void *arg) {
  RdClock *clock = arg;
  g_string_append_printf(bench.order, "%d ", (int)(clock->now(clock) / RD_MILLISECOND));
}

START_TEST(events_run_in_order_and_at_their_own_time) {
  RdClock *c = rd_loop_clock(bench.loop);
  const char *why;
  c->at(c, 5 * RD_MILLISECOND, note, (void *)"c");
  c->at(c, 2 * RD_MILLISECOND, note, (void *)"a");
  c->at(c, 2 * RD_MILLISECOND, note, (void *)"b");
  c->cancel(c, c->at(c, 3 * RD_MILLISECOND, note, (void *)"never"));
  c->at(c, 7 * RD_MILLISECOND, note_time, c);
  c->at(c, 10 * RD_MILLISECOND, note_time, c);
  ck_assert(c->run(c, 7 * RD_MILLISECOND, &why));
  ck_assert_str_eq(bench.order->str, "abc7 "); /* `until` is inclusive */
  ck_assert_int_eq(c->now(c), 7 * RD_MILLISECOND);
  ck_assert(c->run(c, 20 * RD_MILLISECOND, &why));
  ck_assert_str_eq(bench.order->str, "abc7 10 ");
  ck_assert_uint_eq(c->events(c), 5);
  ck_assert_uint_eq(rd_histogram_count(rd_loop_lateness(bench.loop)), 5);
}
END_TEST

static void stop(void *arg) {
  ((RdClock *)arg)->stop(arg);
}

START_TEST(stopped_it_returns_at_once) {
  RdClock *c = rd_loop_clock(bench.loop);
  const char *why;
  c->at(c, RD_MILLISECOND, stop, c);
  c->at(c, RD_MILLISECOND, note, (void *)"never");
  ck_assert(c->run(c, 600 * RD_SECOND, &why)); /* or the test's own limit ends it */
  ck_assert_int_eq(c->now(c), RD_MILLISECOND);
  ck_assert_str_eq(bench.order->str, "");
}
END_TEST

/* The first that is heard takes the other away, whose socket is ready as well. */
static void only_one(void *arg, uint32_t events) {
  unsigned me = GPOINTER_TO_UINT(arg);
  ck_assert(events & EPOLLIN);
  g_string_append(bench.order, "x");
  rd_loop_unwatch(bench.loop, bench.watches[!me]);
  rd_loop_unwatch(bench.loop, bench.watches[me]);
  rd_loop_unwatch(bench.loop, bench.watches[me]);
}

START_TEST(who_is_unwatched_is_heard_no_more) {
  RdClock *c = rd_loop_clock(bench.loop);
  const char *why;
  for (unsigned i = 0; i < 2; i++) {
    ck_assert(write(bench.ends[i][1], "!", 1) == 1);
    bench.watches[i] =
        rd_loop_watch(bench.loop, bench.ends[i][0], EPOLLIN, only_one, GUINT_TO_POINTER(i));
    ck_assert(bench.watches[i] != 0);
  }
  ck_assert(c->run(c, 20 * RD_MILLISECOND, &why));
  ck_assert_str_eq(bench.order->str, "x");
  ck_assert(!rd_loop_rewatch(bench.loop, bench.watches[0], EPOLLIN));
}
END_TEST

/* --- sockets ---------------------------------------------------------------------------------- */

START_TEST(nothing_but_loopback_is_bound_or_called) {
  static const char *const elsewhere[] = {"192.0.2.1:5060", "0.0.0.0:5060",
                                          "128.0.0.1:5060", "[2001:db8::1]:5060",
                                          "[::]:5060",      "[::ffff:127.0.0.1]:5060"};
  RdAddress here = rd_address_ip4(0x7f000001, 0);
  int fd = rd_loopback_bind(&here, NULL);
  ck_assert_int_ge(fd, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
    RdAddress a;
    ck_assert(rd_address_parse(rd_slice(elsewhere[i]), &a));
    GError *error = NULL;
    ck_assert_int_eq(rd_loopback_listen(&a, &error), -1);
    ck_assert(strstr(error->message, "only loopback") != NULL);
    g_error_free(error);
    ck_assert_int_eq(rd_loopback_source(&a), -1);
    ck_assert_int_eq(rd_loopback_bind(&a, NULL), -1);
    ck_assert(!rd_loopback_send(fd, &a, "x", 1));
    ck_assert_int_eq(rd_loopback_connect(&here, &a), -1);
    ck_assert_int_eq(rd_loopback_connect(&a, &here), -1);
  }
  close(fd);
}
END_TEST

START_TEST(children_end) {
  const char *const argv[] = {"sleep", "1000", NULL}, *const none[] = {"no-such-program-here",
                                                                       NULL};
  g_autofree char *folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  g_autofree char *log = g_build_filename(folder, "sleep.log", NULL);
  int code = 0;
  pid_t child = rd_child_start(argv, folder, "sleep", NULL);
  ck_assert_int_gt(child, 0);
  ck_assert(!rd_child_ended(child, &code));
  ck_assert_int_ge(rd_child_stop(child, 1000), 128);
  child = rd_child_start(none, folder, "sleep", NULL);
  ck_assert_int_ne(rd_child_stop(child, 1000), 0);
  g_unlink(log);
  g_rmdir(folder);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("inline-map");
  TCase *t = tcase_create("map");
  tcase_add_test(t, every_place_has_an_address_of_its_own);
  tcase_add_test(t, what_is_loopback_stays_as_it_is);
  tcase_add_test(t, a_forged_source_is_on_loopback_too);
  tcase_add_test(t, more_than_loopback_holds_is_refused);
  tcase_add_test(t, a_line_has_rate_delay_and_queue);
  tcase_add_test(t, nothing_but_loopback_is_bound_or_called);
  tcase_add_test(t, children_end);
  suite_add_tcase(s, t);
  t = tcase_create("loop");
  tcase_add_checked_fixture(t, open_bench, close_bench);
  tcase_add_test(t, events_run_in_order_and_at_their_own_time);
  tcase_add_test(t, stopped_it_returns_at_once);
  tcase_add_test(t, who_is_unwatched_is_heard_no_more);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
