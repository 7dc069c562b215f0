/* A campaign gives the trials it names, and each is what a trial file would have said. */
#include "lab/config/campaign.h"

#include <string.h>

#include "tests/check_main.h"
#include "tests/lab/config/stub.h"

static RdParts *parts;

static void setup(void) {
  parts = stub_parts();
}
static void teardown(void) {
  rd_parts_free(parts);
}

static RdCampaign *load(void) {
  g_autoptr(GError) error = NULL;
  RdCampaign *c = rd_campaign_load(FOLDER "/campaign.yaml", parts, &error);
  ck_assert_msg(c != NULL, "%s", error ? error->message : "");
  return c;
}

START_TEST(names_its_axes) {
  g_autoptr(RdCampaign) c = load();
  ck_assert_uint_eq(c->n_seeds, 3);
  ck_assert_uint_eq(c->seeds[0], 1);
  ck_assert_uint_eq(c->seeds[2], 3);
  ck_assert_uint_eq(c->n_attacks, 3);
  ck_assert_str_eq(c->attacks[1].name, "slow");
  ck_assert(!c->attacks[0].part->plugin.benign && c->attacks[2].part->plugin.benign);
  ck_assert_int_eq(c->attacks[2].start, 20 * RD_SECOND);
  ck_assert_int_eq(c->attacks[2].stop, 60 * RD_SECOND);
  ck_assert_uint_eq(c->n_defenses, 3);
  ck_assert_str_eq(c->defenses[0].name, "none");
  ck_assert_uint_eq(c->defenses[0].n_defenses, 0);
  ck_assert_uint_eq(c->defenses[2].n_defenses, 2);
}
END_TEST

START_TEST(builds_the_cell_asked_for) {
  g_autoptr(RdCampaign) c = load();
  g_autoptr(RdTrial) nothing = rd_campaign_trial(c, -1, 0, 7, NULL);
  ck_assert_uint_eq(nothing->n_attacks + nothing->n_defenses, 0);
  ck_assert_uint_eq(nothing->seed, 7);
  g_autoptr(RdTrial) cell = rd_campaign_trial(c, 1, 2, 3, NULL);
  ck_assert_uint_eq(cell->n_attacks, 1);
  ck_assert(((StubFlood *)cell->attacks[0].config)->rate == 8);
  ck_assert_uint_eq(cell->n_defenses, 2);
  ck_assert_str_eq(cell->defenses[1].name, "second");
  ck_assert_int_eq(((StubPhone *)cell->topology->nodes[0].config)->subscribers, 300);
}
END_TEST

START_TEST(cells_differ_in_identity_and_survive_text) {
  g_autoptr(RdCampaign) c = load();
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (int a = -1; a < (int)c->n_attacks; a++)
    for (unsigned b = 0; b < c->n_defenses; b++)
      for (unsigned s = 0; s < c->n_seeds; s++) {
        g_autoptr(RdTrial) t = rd_campaign_trial(c, a, b, c->seeds[s], NULL);
        g_autofree char *text = rd_trial_text(t);
        g_autoptr(RdTrial) again = rd_trial_parse(text, "cell.yaml", parts, NULL);
        char *identity = rd_trial_identity(t, NULL);
        g_autofree char *same = rd_trial_identity(again, NULL);
        ck_assert_str_eq(identity, same);
        ck_assert(g_hash_table_add(seen, identity));
      }
  ck_assert_uint_eq(g_hash_table_size(seen), 4 * 3 * 3);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("campaign");
  TCase *c = tcase_create("campaign");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, names_its_axes);
  tcase_add_test(c, builds_the_cell_asked_for);
  tcase_add_test(c, cells_differ_in_identity_and_survive_text);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
