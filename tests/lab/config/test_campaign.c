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

static RdCampaign *load_file(const char *path) {
  g_autoptr(GError) error = NULL;
  RdCampaign *c = rd_campaign_load(path, parts, &error);
  ck_assert_msg(c != NULL, "%s", error ? error->message : "");
  return c;
}

static RdCampaign *load(void) {
  return load_file(FOLDER "/campaign.yaml");
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

START_TEST(levels_are_attacks_of_their_own) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/levels.yaml");
  static const char *const names[] = {"flood-half", "flood-twice", "other-once", "twin"};
  static const double rates[] = {5, 20, 10};
  ck_assert_uint_eq(c->n_attacks, 4);
  for (unsigned i = 0; i < 4; i++)
    ck_assert_str_eq(c->attacks[i].name, names[i]);
  for (unsigned i = 0; i < 3; i++) {
    g_autoptr(RdTrial) t = rd_campaign_trial(c, (int)i, 0, 1, NULL);
    const StubFlood *flood = t->attacks[0].config;
    ck_assert_str_eq(t->attacks[0].name, names[i]);
    ck_assert(flood->rate == rates[i]);
    ck_assert_int_eq(t->attacks[0].start, i < 2 ? 20 * RD_SECOND : 0);
    if (i < 2)
      ck_assert_int_eq(flood->sources, 2);
  }
}
END_TEST

static const RdCampaignCell *cell(const RdCampaign *c, const char *attack, const char *defense,
                                  unsigned *ret_index) {
  for (unsigned i = 0; i < c->n_cells; i++)
    if (strcmp(c->cells[i].attack_name, attack) == 0 &&
        strcmp(c->cells[i].defense_name, defense) == 0) {
      if (ret_index)
        *ret_index = i;
      return &c->cells[i];
    }
  ck_abort_msg("there is no cell of %s with %s", attack, defense);
  return NULL;
}

/* A value that the setting has anyway is its operating point, and no setting more. */
START_TEST(sweeps_are_cells_behind_the_settings) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/levels.yaml");
  static const char *const names[] = {"none",          "limit",          "both",
                                      "limit-burst-5", "limit-burst-80", "limit-rate-0_5",
                                      "limit-rate-2",  "both-burst-3"};
  ck_assert_uint_eq(c->n_defenses, 3);
  ck_assert_uint_eq(c->n_cells, 4 * 8);
  ck_assert_uint_eq(c->n_points, 4 * 5);
  for (unsigned i = 0; i < 32; i++) {
    ck_assert_str_eq(c->cells[i].attack_name, c->attacks[i / 8].name);
    ck_assert_str_eq(c->cells[i].defense_name, names[i % 8]);
    ck_assert_uint_eq(c->cells[i].n_at, i % 8 > 2);
  }
  ck_assert_uint_eq(c->cells[5].defense, 1);
  ck_assert_str_eq(c->cells[5].at[0].parameter, "rate");
  ck_assert_str_eq(c->cells[5].at[0].value, "0.5");
  ck_assert_str_eq(c->cells[7].at[0].instance, "second");
  g_autoptr(RdTrial) rate = rd_campaign_cell_trial(c, 5, 1, NULL);
  g_autoptr(RdTrial) both = rd_campaign_cell_trial(c, 7, 1, NULL);
  const StubLimit *limit = rate->defenses[0].config;
  ck_assert(limit->rate == 0.5 && limit->burst == 20);
  ck_assert_int_eq(((const StubLimit *)both->defenses[0].config)->burst, 20);
  ck_assert_int_eq(((const StubLimit *)both->defenses[1].config)->burst, 3);
}
END_TEST

/* What is swept in an attack's entry, at a node, and every combination of both with a defense. */
START_TEST(anything_is_swept) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/sweeps.yaml");
  unsigned i = 0;
  ck_assert_uint_eq(c->n_attacks * c->n_defenses, 4);
  /* The flood's rate with both settings; the phones with both settings of both attacks; the grid where
   * flood and limit both are: six, of which one is what the cell is anyway. The member's sources. */
  ck_assert_uint_eq(c->n_points, 2 * 2 + 2 * 4 + (2 * 3 - 1) + 2);
  const RdCampaignCell *fast = cell(c, "flood-rate-40", "none", &i);
  ck_assert_uint_eq(fast->at[0].swept, RD_SWEPT_ATTACK);
  ck_assert_str_eq(c->attacks[fast->attack].name, "flood");
  g_autoptr(RdTrial) t = rd_campaign_cell_trial(c, i, 9, NULL);
  ck_assert_str_eq(t->attacks[0].name, "flood"); /* the name keys its chance */
  ck_assert(((const StubFlood *)t->attacks[0].config)->rate == 40);
  ck_assert_uint_eq(t->seed, 9);
  cell(c, "pair-sources-3", "limit", &i);
  g_autoptr(RdTrial) pair = rd_campaign_cell_trial(c, i, 1, NULL);
  ck_assert_int_eq(((const StubFlood *)pair->attacks[1].config)->sources, 3);
  ck_assert_int_eq(((const StubFlood *)pair->attacks[0].config)->sources, 1);
  const RdCampaignCell *grid = cell(c, "flood-rate-20", "limit-burst-9", &i);
  ck_assert_uint_eq(grid->n_at, 3);
  ck_assert_uint_eq(grid->at[1].swept, RD_SWEPT_NODE);
  g_autoptr(RdTrial) all = rd_campaign_cell_trial(c, i, 1, NULL);
  ck_assert(((const StubFlood *)all->attacks[0].config)->rate == 20);
  ck_assert_int_eq(((const StubPhone *)all->topology->nodes[0].config)->subscribers, 400);
  ck_assert_int_eq(((const StubLimit *)all->defenses[0].config)->burst, 9);
}
END_TEST

START_TEST(points_of_a_node_bear_the_labels_of_their_cell) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/sweeps.yaml");
  unsigned n = 0;
  for (unsigned i = 0; i < c->n_cells; i++) {
    const RdCampaignCell *point = &c->cells[i];
    if (point->n_at != 1 || point->at[0].swept != RD_SWEPT_NODE)
      continue;
    g_autoptr(RdTrial) t = rd_campaign_cell_trial(c, i, 1, NULL);
    g_autofree char *subscribers =
        g_strdup_printf("%d", (int)((const StubPhone *)t->topology->nodes[0].config)->subscribers);
    ck_assert_str_eq(point->at[0].value, subscribers);
    ck_assert_str_eq(point->attack_name, c->attacks[point->attack].name);
    ck_assert_str_eq(point->defense_name, c->defenses[point->defense].name);
    n++;
  }
  ck_assert_uint_eq(n, 8);
}
END_TEST

START_TEST(seeds_are_ranges_and_single_ones) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/levels.yaml");
  static const uint64_t of_file[] = {7, 101, 102, 103};
  g_autoptr(GError) error = NULL;
  ck_assert_uint_eq(c->n_seeds, 4);
  for (unsigned i = 0; i < 4; i++)
    ck_assert_uint_eq(c->seeds[i], of_file[i]);
  ck_assert(rd_campaign_set_seeds(c, "101-130", NULL));
  ck_assert_uint_eq(c->n_seeds, 30);
  ck_assert_uint_eq(c->seeds[29], 130);
  ck_assert(rd_campaign_set_seeds(c, "0,18446744073709551615-18446744073709551615", NULL));
  ck_assert_uint_eq(c->n_seeds, 2);
  ck_assert_uint_eq(c->seeds[1], UINT64_MAX);
  ck_assert(rd_campaign_set_seeds(c, "2", NULL));
  ck_assert_uint_eq(c->n_seeds, 2);
  ck_assert_uint_eq(c->seeds[1], 2);
  static const char *const bad[] = {"",      "0",     "x",   "3-1",
                                    "-3",    "1,1",   "1,,", "0-10000",
                                    "1-2-3", "10001", "5-",  "1,0-18446744073709551615"};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    ck_assert_msg(!rd_campaign_set_seeds(c, bad[i], &error), "\"%s\" was taken", bad[i]);
    ck_assert(g_str_has_prefix(error->message, "--seeds: "));
    g_clear_error(&error);
    ck_assert_uint_eq(c->n_seeds, 2);
  }
}
END_TEST

/* One cell, several attacks: it speaks of the one whose role is attack. */
START_TEST(attacks_go_together_under_one_name) {
  g_autoptr(RdCampaign) c = load_file(FOLDER "/together.yaml");
  ck_assert_uint_eq(c->n_attacks, 2);
  ck_assert_str_eq(c->attacks[0].name, "alone");
  ck_assert_str_eq(c->attacks[1].name, "scouted");
  ck_assert_uint_eq(g_strv_length(c->attacks[1].instances), 3);
  ck_assert_int_eq(c->attacks[1].start, 20 * RD_SECOND);
  ck_assert_int_eq(c->attacks[1].stop, 30 * RD_SECOND);
  ck_assert(!c->attacks[1].part->plugin.benign);
  g_autoptr(RdTrial) trial = rd_campaign_trial(c, 1, 0, 1, NULL);
  static const RdAttackRole roles[] = {RD_ROLE_PROBE, RD_ROLE_TWIN, RD_ROLE_ATTACK};
  ck_assert_uint_eq(trial->n_attacks, 3);
  for (unsigned i = 0; i < 3; i++)
    ck_assert_int_eq(trial->attacks[i].role, roles[i]);
  ck_assert_ptr_eq(rd_trial_subject(trial), &trial->attacks[2]);
  /* Roles survive the text that a world is given, and what goes without saying is not written. */
  g_autofree char *text = rd_trial_text(trial);
  ck_assert_ptr_nonnull(strstr(text, "role: probe\n"));
  ck_assert_ptr_null(strstr(text, "role: attack"));
  ck_assert_ptr_null(strstr(text, "role: twin"));
  g_autoptr(RdTrial) again = rd_trial_parse(text, FOLDER "/x.yaml", parts, NULL);
  ck_assert_ptr_nonnull(again);
  ck_assert_int_eq(again->attacks[0].role, RD_ROLE_PROBE);
  g_autoptr(RdTrial) nobody = rd_campaign_trial(c, -1, 0, 1, NULL);
  ck_assert_ptr_null(rd_trial_subject(nobody));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("campaign");
  TCase *c = tcase_create("campaign");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, names_its_axes);
  tcase_add_test(c, builds_the_cell_asked_for);
  tcase_add_test(c, cells_differ_in_identity_and_survive_text);
  tcase_add_test(c, levels_are_attacks_of_their_own);
  tcase_add_test(c, sweeps_are_cells_behind_the_settings);
  tcase_add_test(c, anything_is_swept);
  tcase_add_test(c, points_of_a_node_bear_the_labels_of_their_cell);
  tcase_add_test(c, seeds_are_ranges_and_single_ones);
  tcase_add_test(c, attacks_go_together_under_one_name);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
