/* The neighbour a node leans on: found by name or address, and what stands between it and the core. */
#include "lab/stack/next_hop.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdNextHop hop;
} Fixture;

static Fixture setup(bool two) {
  Fixture f = {.world = mock_world_new(1)};
  f.mock = mock_host_new(f.world, "node");
  mock_attach(f.mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  if (two)
    mock_attach(f.mock, RD_IF_MW, "core", "home", "192.0.2.1/24");
  return f;
}

static RdAddress address(const char *text) {
  RdAddress a;
  ck_assert(rd_address_parse(rd_slice(text), &a));
  return a;
}

static bool is_core(const Fixture *f, uint16_t attachment, const char *remote) {
  const RdAddress a = address(remote);
  return rd_next_hop_is_core(&f->hop, attachment, &a);
}

START_TEST(it_is_found_by_name_on_any_network) {
  Fixture f = setup(true);
  mock_name(f.mock, 1, "core", "192.0.2.9:5070");
  ck_assert(rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), "core", ""));
  ck_assert_uint_eq(f.hop.attachment, 1);
  ck_assert_uint_eq(f.hop.address.port, 5070);
  mock_world_free(f.world);
}
END_TEST

START_TEST(an_address_goes_before_a_name) {
  Fixture f = setup(true);
  mock_name(f.mock, 1, "core", "192.0.2.9:5070");
  ck_assert(rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), "core", "198.18.0.7"));
  ck_assert_uint_eq(f.hop.attachment, 0);
  ck_assert_uint_eq(f.hop.address.port, 5060);
  ck_assert_uint_eq(f.hop.address.ip[3], 7);
  mock_world_free(f.world);
}
END_TEST

START_TEST(none_is_said) {
  static const char *const addresses[] = {NULL, "", "203.0.113.1"};
  for (unsigned i = 0; i < G_N_ELEMENTS(addresses); i++) {
    Fixture f = setup(true);
    ck_assert(
        !rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), "core", addresses[i]));
    ck_assert_uint_eq(mock_n_logs(f.mock, RD_LOG_ERROR), 1);
    ck_assert_uint_eq(f.hop.address.family, 0);
    ck_assert_uint_eq(f.hop.attachment, 1);
    mock_world_free(f.world);
  }
}
END_TEST

START_TEST(between_two_networks_the_core_is_all_of_one) {
  Fixture f = setup(true);
  rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), NULL, "192.0.2.9");
  ck_assert(is_core(&f, 1, "192.0.2.9:5060"));
  ck_assert(is_core(&f, 1, "192.0.2.200:5060"));
  ck_assert(!is_core(&f, 0, "192.0.2.9:5060"));
  mock_world_free(f.world);
}
END_TEST

/* Its connections come from ports of their own. */
START_TEST(by_a_connection_the_core_is_the_next_hop_s_address) {
  Fixture f = setup(false);
  rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), NULL, "198.18.0.9");
  RdAddress a = address("198.18.0.9:49152");
  ck_assert(!rd_next_hop_is_core(&f.hop, 0, &a));
  a.transport = RD_TCP;
  ck_assert(rd_next_hop_is_core(&f.hop, 0, &a));
  a = address("198.18.0.8:5060");
  a.transport = RD_TCP;
  ck_assert(!rd_next_hop_is_core(&f.hop, 0, &a));
  mock_world_free(f.world);
}
END_TEST

START_TEST(on_one_network_the_core_is_the_next_hop) {
  Fixture f = setup(false);
  rd_next_hop_find(&f.hop, mock_host(f.mock), mock_setup(f.mock), NULL, "198.18.0.9");
  ck_assert(is_core(&f, 0, "198.18.0.9:5060"));
  ck_assert(!is_core(&f, 0, "198.18.0.9:5061"));
  ck_assert(!is_core(&f, 0, "198.18.0.8:5060"));
  mock_world_free(f.world);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("next-hop");
  TCase *c = tcase_create("next-hop");
  suite_add_tcase(s, c);
  tcase_add_test(c, it_is_found_by_name_on_any_network);
  tcase_add_test(c, an_address_goes_before_a_name);
  tcase_add_test(c, none_is_said);
  tcase_add_test(c, between_two_networks_the_core_is_all_of_one);
  tcase_add_test(c, on_one_network_the_core_is_the_next_hop);
  tcase_add_test(c, by_a_connection_the_core_is_the_next_hop_s_address);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
