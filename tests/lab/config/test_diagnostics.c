/* Golden diagnostics: every bad/NAME.yaml is refused with exactly the text of bad/NAME.expect. Run
 * with RD_GOLDEN_WRITE=1 to write the texts anew, then read what changed. */
#include "lab/config/check.h"
#include "lab/yaml/yaml.h"

#include <string.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/lab/config/stub.h"

static RdParts *parts;
static char **names;

static void setup(void) {
  parts = stub_parts();
  ck_assert_int_eq(chdir(FOLDER "/bad"), 0);
}
static void teardown(void) {
  rd_parts_free(parts);
}

static int by_name(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in bad/, without .yaml; net.yaml is what the others stand on. */
static char **list_names(void) {
  GPtrArray *found = g_ptr_array_new();
  g_autoptr(GDir) dir = g_dir_open(FOLDER "/bad", 0, NULL);
  for (const char *entry; dir && (entry = g_dir_read_name(dir));)
    if (g_str_has_suffix(entry, ".yaml") && strcmp(entry, "net.yaml") != 0)
      g_ptr_array_add(found, g_strndup(entry, strlen(entry) - strlen(".yaml")));
  g_ptr_array_sort(found, by_name);
  g_ptr_array_add(found, NULL);
  return (char **)g_ptr_array_free(found, FALSE);
}

/* Paths of the source tree are the machine's own. */
static char *without_tree(const char *message) {
  g_autoptr(GString) s = g_string_new(message);
  g_autofree char *tree = g_canonicalize_filename("../../../..", NULL);
  g_string_replace(s, tree, "TREE", 0);
  g_string_append_c(s, '\n');
  return g_strdup(s->str);
}

START_TEST(is_refused_as_written) {
  g_autoptr(GError) error = NULL;
  RdFileKind kind;
  g_autofree char *file = g_strconcat(names[_i], ".yaml", NULL);
  g_autofree char *golden = g_strconcat(names[_i], ".expect", NULL);
  g_autofree char *expected = NULL;
  ck_assert_msg(!rd_config_check(file, parts, &kind, &error), "%s was accepted", file);
  g_autofree char *got = without_tree(error->message);
  if (g_getenv("RD_GOLDEN_WRITE"))
    ck_assert(g_file_set_contents(golden, got, -1, NULL));
  ck_assert_msg(g_file_get_contents(golden, &expected, NULL, NULL), "no %s", golden);
  ck_assert_msg(strcmp(got, expected) == 0, "%s is refused with:\n%swhere this is expected:\n%s",
                file, got, expected);
}
END_TEST

START_TEST(what_the_bad_ones_stand_on_is_good) {
  g_autoptr(GError) error = NULL;
  RdFileKind kind;
  ck_assert_msg(rd_config_check("net.yaml", parts, &kind, &error), "%s",
                error ? error->message : "");
  ck_assert_int_eq(kind, RD_FILE_TOPOLOGY);
}
END_TEST

/* Which topologies there are may change; that they are listed may not. */
START_TEST(an_unknown_topology_is_answered_with_the_known) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(
      rd_trial_parse("{trial: t, duration: 1 s, topology: volte-hone}", "t.yaml", parts, &error));
  ck_assert(strstr(error->message, "t.yaml:1:37: topology: there is no topology \"volte-hone\"; "
                                   "did you mean \"volte-home\"? (known: ") != NULL);
}
END_TEST

START_TEST(no_file_is_a_clear_line) {
  static const char *const paths[] = {"no-such.yaml", ".", "/dev/zero", "/proc/self/mem"};
  static const char *const says[] = {"No such file", "is a folder", "not a regular file", ": "};
  RdFileKind kind;
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(GError) error = NULL;
    ck_assert(!rd_config_check(paths[i], parts, &kind, &error));
    ck_assert_msg(strstr(error->message, says[i]) != NULL, "%s", error->message);
    ck_assert_ptr_null(strchr(error->message, '\n'));
  }
}
END_TEST

START_TEST(a_huge_file_is_refused_unread) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strnfill(RD_YAML_MAX_BYTES + 1, '#');
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "redoubt-huge.yaml", NULL);
  RdFileKind kind;
  ck_assert(g_file_set_contents(path, text, RD_YAML_MAX_BYTES + 1, NULL));
  ck_assert(!rd_config_check(path, parts, &kind, &error));
  unlink(path);
  ck_assert(strstr(error->message, "is larger than 1048576 bytes") != NULL);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("diagnostics");
  TCase *c = tcase_create("diagnostics");
  names = list_names();
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_loop_test(c, is_refused_as_written, 0, (int)g_strv_length(names));
  tcase_add_test(c, what_the_bad_ones_stand_on_is_good);
  tcase_add_test(c, an_unknown_topology_is_answered_with_the_known);
  tcase_add_test(c, no_file_is_a_clear_line);
  tcase_add_test(c, a_huge_file_is_refused_unread);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  int failed = rd_check_main(make);
  g_strfreev(names);
  return failed;
}
