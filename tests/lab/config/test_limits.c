/* Files made to be expensive: each is refused, or read, within the test's time limit. */
#include <string.h>

#include "lab/config/trial.h"
#include "lab/yaml/yaml.h"
#include "tests/check_main.h"
#include "tests/lab/config/stub.h"

#define SIZE (RD_YAML_MAX_BYTES - 100)

static RdParts *parts;

static void setup(void) {
  parts = stub_parts();
}
static void teardown(void) {
  rd_parts_free(parts);
}

/* `head`, then `unit` again and again up to the size limit, then `tail`. */
static char *repeated(const char *head, const char *unit, const char *tail) {
  GString *s = g_string_new(head);
  while (s->len + strlen(unit) + strlen(tail) < SIZE)
    g_string_append(s, unit);
  g_string_append(s, tail);
  return g_string_free(s, FALSE);
}

static const struct {
  const char *head, *unit, *tail, *says;
} bombs[] = {
    {"trial: ", "[", "", "nested too deeply"},
    {"trial: ", "{a: ", "", "nested too deeply"},
    {"trial:\n", "- ", "", "nested too deeply"},
    {"trial: [", "a,", "a]", "too many values"},
    {"trial: t\nattacks:\n", "- a\n", "", "too many values"},
    {"trial: t\n", "a: 1\n", "", "is there twice"},
    {"trial: ", "&a ", "", "anchors are not read"},
    {"a: &a [x]\nb: [", "*a, ", "*a]\n", "anchors are not read"},
    {"trial: \"", "x", "", "not YAML"},
    {"trial: ", "? ", "", "not YAML"},
    {"trial: \"", "x", "\"\n", "a name is expected"},
    {"trial: t\nseed: ", "9", "\n", "2^64 - 1"},
    {"trial: t\nduration: 1e", "9", " s\n", "nanoseconds"},
    {"trial: t\nduration: 0.", "0", "1 s\n", "nanoseconds"},
    {"trial: t\n", "\n", "q: 1", "unknown key \"q\""},
    {"#", "#", "\ntrial: t", "key \"topology\" is missing"},
    {"trial: t\nset: {", "", "}", "key \"topology\" is missing"},
};

START_TEST(a_bomb_is_defused) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = bombs[_i].unit[0]
                              ? repeated(bombs[_i].head, bombs[_i].unit, bombs[_i].tail)
                              : g_strconcat(bombs[_i].head, bombs[_i].tail, NULL);
  ck_assert_ptr_null(rd_trial_parse(text, "bomb.yaml", parts, &error));
  ck_assert_msg(strstr(error->message, bombs[_i].says) != NULL, "%s", error->message);
  ck_assert_uint_lt(strlen(error->message), 20000);
}
END_TEST

/* As many faults as a file can hold: the first twenty are shown, and how many more there are. */
START_TEST(many_faults_are_counted) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) s = g_string_new("trial: t\nduration: 1 s\ntopology: x\n");
  for (unsigned i = 0; i < 9000; i++)
    g_string_append_printf(s, "k%u: %0100u\n", i, i);
  ck_assert_ptr_null(rd_trial_parse(s->str, "many.yaml", parts, &error));
  unsigned shown = 0;
  for (const char *p = error->message; (p = strstr(p, "many.yaml:")); p++)
    shown++;
  ck_assert_uint_eq(shown, RD_DIAGNOSTICS_SHOWN);
  ck_assert(g_str_has_suffix(error->message, "... and 8981 more"));
}
END_TEST

/* No terminal is to be driven by a file's text. */
START_TEST(messages_are_printable) {
  g_autoptr(GError) error = NULL;
  ck_assert_ptr_null(
      rd_trial_parse("trial: \"\\e[31m\\a\"\n\"\\u202e\": 1\n", "esc.yaml", parts, &error));
  for (const char *p = error->message; *p; p = g_utf8_next_char(p))
    ck_assert_msg(*p == '\n' || g_unichar_isprint(g_utf8_get_char(p)), "%s", error->message);
  ck_assert(strstr(error->message, "\\u202e") != NULL);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("limits");
  TCase *c = tcase_create("limits");
  tcase_set_timeout(c, 20);
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_loop_test(c, a_bomb_is_defused, 0, G_N_ELEMENTS(bombs));
  tcase_add_test(c, many_faults_are_counted);
  tcase_add_test(c, messages_are_printable);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
