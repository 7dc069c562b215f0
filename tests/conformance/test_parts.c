/* Every part that is built, held to the contract. It names none of them. */
#include "lab/drive/conform/conform.h"

#include <string.h>

#include "tests/check_main.h"

typedef struct {
  RdPartKind kind;
  char *name;
} Found;

static RdParts *parts;
static GArray *found;

static void find_parts(void) {
  parts = rd_parts_new();
  found = g_array_new(FALSE, FALSE, sizeof(Found));
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    g_auto(GStrv) names = rd_parts_names(parts, kind);
    for (char **n = names; *n; n++) {
      Found f = {kind, g_strdup(*n)};
      g_array_append_val(found, f);
    }
  }
}

static const RdPart *part_at(int i) {
  GError *error = NULL;
  Found *f = &g_array_index(found, Found, i);
  const RdPart *part = rd_parts_get(parts, f->kind, f->name, &error);
  ck_assert_msg(part != NULL, "%s: %s", f->name, error ? error->message : "?");
  return part;
}

static void add(void *user, const char *fault) {
  g_string_append_printf(user, "\n  %s", fault);
}

START_TEST(it_keeps_the_contract) {
  const RdPart *part = part_at(_i);
  g_autoptr(GString) faults = g_string_new(NULL);
  const RdConformTo to = {add, faults};
  rd_conform(part, &to);
  ck_assert_msg(faults->len == 0, "%s:%s", part->plugin.name, faults->str);
}
END_TEST

START_TEST(it_has_a_readme) {
  const RdPart *part = part_at(_i);
  g_autofree char *readme =
      g_build_filename(RD_SOURCE_ROOT, rd_part_kind_folder((RdPartKind)part->plugin.kind),
                       part->plugin.name, "README.md", NULL);
  ck_assert_msg(g_file_test(readme, G_FILE_TEST_EXISTS), "%s is missing", readme);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("conformance");
  TCase *t = tcase_create("parts");
  find_parts();
  tcase_set_timeout(t, 240); /* a flood of 30,000 a second, on a busy machine */
  tcase_add_loop_test(t, it_keeps_the_contract, 0, (int)found->len);
  tcase_add_loop_test(t, it_has_a_readme, 0, (int)found->len);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
