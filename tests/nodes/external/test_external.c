/* The part itself is parameters; what they do is tests/lab/drive/inline. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin redoubt_plugin;

static MockWorld *world;
static MockHost *mock;
static void *config;

static void setup(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "external");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_GM, "gm", "access", "127.0.1.1/24");
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

START_TEST(it_says_that_it_is_outside) {
  ck_assert(redoubt_plugin.external);
}
END_TEST

START_TEST(it_has_as_many_addresses_as_asked_for) {
  ck_assert_uint_eq(redoubt_plugin.actor->entities(config), 1);
  mock_set(&redoubt_plugin, config, "addresses", 50);
  ck_assert_uint_eq(redoubt_plugin.actor->entities(config), 50);
}
END_TEST

START_TEST(callers_need_somebody_to_call) {
  mock_set(&redoubt_plugin, config, "program", 1);
  ck_assert_ptr_null(mock_open(mock, redoubt_plugin.actor, config));
}
END_TEST

START_TEST(with_somebody_it_opens) {
  mock_set(&redoubt_plugin, config, "program", 1);
  mock_set_text(&redoubt_plugin, config, "server", "sbc");
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("external");
  TCase *t = tcase_create("external");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, it_says_that_it_is_outside);
  tcase_add_test(t, it_has_as_many_addresses_as_asked_for);
  tcase_add_test(t, callers_need_somebody_to_call);
  tcase_add_test(t, with_somebody_it_opens);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
