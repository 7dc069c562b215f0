#include <string.h>

#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin redoubt_plugin;

static MockWorld *world;
static MockHost *mock;
static void *config;

static void setup(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "greeter");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
}

static void begin(void) {
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

static void request(const char *method) {
  g_autofree char *text = g_strdup_printf(
      "%s sip:greeter@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.9:5060;branch=z9hG4bK1\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:greeter@example.com>\r\n"
      "Call-ID: c\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
      method, method);
  mock_receive_text(mock, 0, "198.18.0.9:5060", text);
}

START_TEST(options_is_answered_twice_the_same) {
  begin();
  request("OPTIONS");
  request("OPTIONS");
  ck_assert_uint_eq(mock_n_sent(mock), 2);
  ck_assert_uint_eq(mock_sent(mock, 0)->scan->sip.status, 200);
  ck_assert_uint_gt(mock_sent(mock, 0)->scan->sip.to_tag.len, 0);
  ck_assert_str_eq((const char *)mock_sent(mock, 0)->bytes,
                   (const char *)mock_sent(mock, 1)->bytes);
  ck_assert_int_eq(mock_count(mock, "answered"), 2);
}
END_TEST

START_TEST(the_answer_is_a_parameter) {
  mock_set(&redoubt_plugin, config, "code", 486);
  begin();
  request("OPTIONS");
  ck_assert_uint_eq(mock_last(mock)->scan->sip.status, 486);
}
END_TEST

START_TEST(all_else_is_refused_and_an_ack_is_let_be) {
  begin();
  request("INVITE");
  ck_assert_uint_eq(mock_last(mock)->scan->sip.status, 501);
  request("ACK");
  mock_receive_text(mock, 0, "198.18.0.9:5060", "junk");
  ck_assert_uint_eq(mock_n_sent(mock), 1);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("greeter");
  TCase *t = tcase_create("greeter");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, options_is_answered_twice_the_same);
  tcase_add_test(t, the_answer_is_a_parameter);
  tcase_add_test(t, all_else_is_refused_and_an_ack_is_let_be);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
