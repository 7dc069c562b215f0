/* The loader: sound parts load, older and newer ones read in today's shape, and everything else is
 * one clear line that names the file. */
#include "lab/plugin/costs.h"

#include <string.h>
#include <unistd.h>

#include "tests/check_main.h"

static RdParts *parts;
static char *folder; /* for files that a test writes */

static void setup(void) {
  parts = rd_parts_new_bare();
  folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
}
static void teardown(void) {
  rd_parts_free(parts);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    unlink(path);
  }
  rmdir(folder);
  g_free(folder);
}

static char *fixture(const char *name) {
  return g_strdup_printf(FIXTURES "/%s.so", name);
}

static char *contents(const char *path, gsize *len) {
  char *bytes = NULL;
  ck_assert(g_file_get_contents(path, &bytes, len, NULL));
  return bytes;
}

START_TEST(a_sound_part_loads) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture("sound");
  const RdPart *part = rd_parts_get(parts, RD_DEFENSE, path, &error);
  ck_assert_msg(part != NULL, "%s", error ? error->message : "");
  ck_assert_str_eq(part->plugin.name, "sound");
  ck_assert_uint_eq(part->n_params, 3);
  ck_assert_str_eq(part->params[1].key, "on");
  ck_assert(part->defense.judge != NULL);
  ck_assert(part->by_path);
  gsize len;
  g_autofree char *bytes = contents(path, &len);
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)bytes, len);
  ck_assert_str_eq(part->digest, digest);
  ck_assert_ptr_eq(rd_parts_get(parts, RD_DEFENSE, path, NULL), part);
}
END_TEST

START_TEST(a_part_says_what_it_costs) {
  g_autofree char *path = fixture("sound");
  const RdPart *part = rd_parts_get(parts, RD_DEFENSE, path, NULL);
  ck_assert_uint_eq(part->n_costs, 2);
  ck_assert_str_eq(rd_part_cost(part, "look-up")->base, "3 ms");
  ck_assert_ptr_null(rd_part_cost(part, "transaction")->base);
  ck_assert_ptr_null(rd_part_cost(part, "judge"));
  ck_assert(rd_part_spends(part, "judge")); /* the engine does, for a defense */
  ck_assert(!rd_part_spends(part, "handle"));
  g_autofree const char **operations = rd_part_operations(part);
  g_autofree char *joined = g_strjoinv(" ", (char **)operations);
  ck_assert_str_eq(joined, "judge look-up transaction");
}
END_TEST

/* Whoever drives a part calls these without asking. */
START_TEST(what_a_part_leaves_out_does_nothing) {
  g_autoptr(GError) error = NULL;
  g_autofree char *idle = fixture("idle"), *sound = fixture("sound");
  const RdPart *part = rd_parts_get(parts, RD_NODE, idle, &error);
  ck_assert_msg(part != NULL, "%s", error ? error->message : "");
  part->actor.start(NULL);
  part->actor.receive(NULL, NULL);
  part->actor.timer(NULL, 1, 2);
  const RdPart *defense = rd_parts_get(parts, RD_DEFENSE, sound, &error);
  defense->defense.receive(NULL, NULL);
  defense->defense.timer(NULL, 1, 2);
}
END_TEST

START_TEST(a_name_finds_parts_of_every_kind) {
  g_autoptr(GError) broken = NULL;
  g_autofree char *path = fixture("sound");
  rd_parts_get(parts, RD_DEFENSE, path, NULL);
  g_autoptr(GPtrArray) found = rd_parts_named(parts, "sound", &broken);
  ck_assert_uint_eq(found->len, 1);
  ck_assert_str_eq(((const RdPart *)found->pdata[0])->path, path);
  g_autoptr(GPtrArray) none = rd_parts_named(parts, "nobody", &broken);
  ck_assert_uint_eq(none->len, 0);
  ck_assert_ptr_null(broken);
}
END_TEST

START_TEST(an_older_part_reads_as_zero_where_it_knew_nothing) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture("older");
  const RdPart *part = rd_parts_get(parts, RD_NODE, path, &error);
  ck_assert_msg(part != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq(part->n_params, 2);
  ck_assert_str_eq(part->params[1].key, "pause");
  ck_assert(part->params[1].max == 60);
  ck_assert_ptr_null(part->params[1].help);
  ck_assert(part->actor.entities == NULL);
  ck_assert(part->actor.truth == NULL);
  ck_assert(part->actor.success == NULL);
  ck_assert_uint_eq(part->plugin.interface, 0);
  ck_assert_ptr_null(part->plugin.family);
  ck_assert_uint_eq(part->n_costs, 0);
}
END_TEST

START_TEST(a_newer_part_is_read_as_far_as_known) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture("newer");
  const RdPart *part = rd_parts_get(parts, RD_DEFENSE, path, &error);
  ck_assert_msg(part != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq(part->n_params, 2);
  ck_assert_str_eq(part->params[1].key, "b");
}
END_TEST

static const struct {
  const char *name, *says;
} broken[] = {
    {"wrong-abi", "speaks ABI 77, this program speaks ABI 1: build it again"},
    {"wrong-size", "states an RdPlugin of 8 bytes"},
    {"oversized", "states an RdPlugin of 4096 bytes"},
    {"wrong-kind", "is a node, not a defense: it belongs in nodes/"},
    {"no-kind", "is of unknown kind 9"},
    {"misnamed", "calls itself \"somebody\" where \"misnamed\" is expected"},
    {"nameless", "has no name"},
    {"no-symbol", "no Redoubt part (it exports no redoubt_plugin)"},
    {"no-judge", "leaves out one of open, judge, close"},
    {"bad-offset", "parameter rate: offset 4000 is not inside its configuration of 24 bytes"},
    {"odd-offset", "parameter rate: offset 3 is not inside"},
    {"overlap", "parameter burst: shares its bytes with parameter rate"},
    {"bad-type", "parameter rate: unknown type 99"},
    {"bad-default", "has a default that cannot be: rate: a number is expected"},
    {"default-out-of-range", "has a default that cannot be: rate: must be from 0 to 100 1/s"},
    {"same-key", "parameter rate: the key is there twice"},
    {"bad-key", "parameter Burst_Size: keys are lower-case-with-hyphens"},
    {"cost-name", "cost of \"Look_Up\": names are lower-case-with-hyphens"},
    {"cost-twice", "cost of \"transaction\": it is there twice"},
    {"cost-value", "cost of \"look-up\": a duration"},
    {"cost-hours", "cost of \"look-up\": at most 1 h is possible"},
    {"cost-unsourced", "cost of \"look-up\": say in .source where its numbers come from"},
    {"cost-baseless", "cost of \"look-up\": a row without .base has no cost of its own"},
    {"cost-drawn", "cost of \"look-up\": unknown distribution 9"},
    {"cost-size", "states cost rows of 8 bytes: set .cost_size = sizeof(RdCost)"},
    {"foreign", "has only 0 bytes"},
    {"tiny", "has only 4 bytes"},
    {"missing-symbol", "cannot be loaded: undefined symbol: nobody_has_this"},
};

static void expect_line(const char *path, const GError *error, const char *says) {
  ck_assert_ptr_nonnull(error);
  ck_assert_int_eq(error->code, RD_PLUGIN_BROKEN);
  ck_assert_msg(g_str_has_prefix(error->message, path), "%s", error->message);
  ck_assert_msg(strstr(error->message, says) != NULL, "%s", error->message);
  ck_assert_ptr_null(strchr(error->message, '\n'));
}

START_TEST(a_broken_part_is_one_clear_line) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture(broken[_i].name);
  ck_assert_ptr_null(rd_parts_get(parts, RD_DEFENSE, path, &error));
  expect_line(path, error, broken[_i].says);
}
END_TEST

static void expect_bytes(const char *bytes, gsize len, const char *says) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "sound.so", NULL);
  ck_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
  ck_assert_ptr_null(rd_parts_get(parts, RD_DEFENSE, path, &error));
  expect_line(path, error, says);
}

START_TEST(what_is_no_object_is_said_to_be_none) {
  expect_bytes("", 0, "is empty");
  expect_bytes("#!/bin/sh\n", 10, "is not a shared object");
  expect_bytes("\177ELF", 4, "is truncated");
}
END_TEST

/* Cut at every page and around every header: dlopen() itself would die of SIGBUS on some. */
START_TEST(a_truncated_object_never_loads) {
  gsize len;
  g_autofree char *path = fixture("sound");
  g_autofree char *bytes = contents(path, &len);
  for (gsize cut = 1; cut < len; cut = cut < 4096 ? cut + 61 : cut + 1021)
    expect_bytes(bytes, cut, cut < 4 ? "is not" : "is truncated");
  expect_bytes(bytes, len - 1, "is truncated");
}
END_TEST

START_TEST(another_machines_object_is_refused) {
  gsize len;
  g_autofree char *path = fixture("sound");
  g_autofree char *bytes = contents(path, &len);
  bytes[18] ^= 0x55; /* e_machine */
  expect_bytes(bytes, len, "was built for another processor");
  bytes[18] ^= 0x55;
  bytes[16] = 2; /* ET_EXEC */
  expect_bytes(bytes, len, "is an ELF file, but not a shared object");
}
END_TEST

START_TEST(unknown_names_are_answered_with_the_known) {
  g_autoptr(GError) error = NULL;
  g_autofree char *link = g_build_filename(folder, "defenses", NULL);
  rd_parts_add_root(parts, folder);
  ck_assert_int_eq(symlink(FIXTURES, link), 0);
  ck_assert_ptr_null(rd_parts_get(parts, RD_DEFENSE, "sond", &error));
  ck_assert_int_eq(error->code, RD_PLUGIN_UNKNOWN);
  ck_assert(strstr(error->message, "there is no defense \"sond\"; did you mean \"sound\"?") !=
            NULL);
  ck_assert(strstr(error->message, "newer") != NULL);
  ck_assert(strstr(error->message, folder) != NULL);
  const RdPart *part = rd_parts_get(parts, RD_DEFENSE, "sound", NULL);
  ck_assert_ptr_nonnull(part);
  ck_assert(!part->by_path);
  g_auto(GStrv) names = rd_parts_names(parts, RD_DEFENSE);
  ck_assert(g_strv_contains((const char *const *)names, "sound"));
  for (unsigned i = 0; names[i] && names[i + 1]; i++)
    ck_assert(strcmp(names[i], names[i + 1]) < 0);
}
END_TEST

START_TEST(the_environment_goes_first) {
  g_autofree char *link = g_build_filename(folder, "defenses", NULL);
  ck_assert_int_eq(symlink(FIXTURES, link), 0);
  g_setenv("REDOUBT_PARTS", folder, TRUE);
  g_autoptr(RdParts) mine = rd_parts_new();
  const RdPart *part = rd_parts_get(mine, RD_DEFENSE, "sound", NULL);
  ck_assert_ptr_nonnull(part);
  ck_assert(g_str_has_prefix(part->path, folder));
}
END_TEST

START_TEST(odd_names_find_nothing) {
  static const char *const odd[] = {"", ".", "..", "/", "/dev/null", "../sound", "a b"};
  rd_parts_add_root(parts, FIXTURES);
  for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rd_parts_get(parts, RD_NODE, odd[i], &error));
    ck_assert_ptr_nonnull(error);
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("loader");
  TCase *c = tcase_create("loader");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_sound_part_loads);
  tcase_add_test(c, a_part_says_what_it_costs);
  tcase_add_test(c, what_a_part_leaves_out_does_nothing);
  tcase_add_test(c, a_name_finds_parts_of_every_kind);
  tcase_add_test(c, an_older_part_reads_as_zero_where_it_knew_nothing);
  tcase_add_test(c, a_newer_part_is_read_as_far_as_known);
  tcase_add_loop_test(c, a_broken_part_is_one_clear_line, 0, G_N_ELEMENTS(broken));
  tcase_add_test(c, what_is_no_object_is_said_to_be_none);
  tcase_add_test(c, a_truncated_object_never_loads);
  tcase_add_test(c, another_machines_object_is_refused);
  tcase_add_test(c, unknown_names_are_answered_with_the_known);
  tcase_add_test(c, the_environment_goes_first);
  tcase_add_test(c, odd_names_find_nothing);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
