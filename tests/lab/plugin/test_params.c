/* Parameter rows and the struct they fill. */
#include "lab/plugin/params.h"

#include <glib/gstdio.h>

#include <string.h>

#include "tests/check_main.h"

typedef struct {
  double share;
  int64_t count;
  RdTime pause;
  bool on;
  const char *text;
  int mode;
  const char *const *hosts;
  const char *const *headers;
  const char *file;
  const char *peer;
} Config;

static const char *const modes[] = {"slow", "fast", NULL};
static const RdParam rows[] = {
    {"share", RD_NUMBER, offsetof(Config, share), "30 %", 0, 1, "", NULL, "A share."},
    {"count", RD_INTEGER, offsetof(Config, count), NULL, -5, 5000, "", NULL, "A count."},
    {"pause", RD_DURATION, offsetof(Config, pause), "5 ms", 0.001, 60, "s", NULL, "A pause."},
    {"on", RD_BOOL, offsetof(Config, on), "no", 0, 0, NULL, NULL, "A switch."},
    {"text", RD_TEXT, offsetof(Config, text), "", 0, 0, NULL, NULL, "A text."},
    {"mode", RD_ENUM, offsetof(Config, mode), "fast", 0, 0, NULL, modes, "A mode."},
    {"hosts", RD_LIST, offsetof(Config, hosts), "a;b", 0, 0, NULL, NULL, "Hosts."},
    {"headers", RD_TABLE, offsetof(Config, headers), "", 0, 0, NULL, NULL, "Headers."},
    {"file", RD_FILE, offsetof(Config, file), "", 0, 0, NULL, NULL, "A file."},
    {"peer", RD_NODE_NAME, offsetof(Config, peer), "sbc", 0, 0, NULL, NULL, "A node."},
    {NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL}};

static RdPart part;
static Config *config;

static void setup(void) {
  part = (RdPart){.plugin = {.kind = RD_DEFENSE, .name = "p", .config_size = sizeof(Config)},
                  .params = (RdParam *)rows,
                  .n_params = G_N_ELEMENTS(rows) - 1};
  g_autofree char *fault = rd_params_fault(&part);
  ck_assert_msg(!fault, "%s", fault);
  config = rd_params_defaults(&part);
}
static void teardown(void) {
  rd_params_free(config);
}

static void set(const char *key, const char *text) {
  g_autoptr(GError) error = NULL;
  ck_assert_msg(rd_params_set_text(config, key, text, NULL, &error), "%s",
                error ? error->message : "");
}

START_TEST(defaults_are_in_place) {
  ck_assert(config->share == 0.3 && config->count == 0 && config->pause == 5000000);
  ck_assert(!config->on && config->mode == 1);
  ck_assert_str_eq(config->text, "");
  ck_assert_str_eq(config->hosts[1], "b");
  ck_assert_ptr_null(config->hosts[2]);
  ck_assert_ptr_null(config->headers[0]);
  ck_assert_ptr_null(config->file);
  ck_assert_str_eq(config->peer, "sbc");
}
END_TEST

START_TEST(a_refused_value_changes_nothing) {
  static const struct {
    const char *key, *text, *says;
  } bad[] = {
      {"share", "2", "share: must be from 0 to 1, got \"2\""},
      {"share", "nan", "share: a number is expected"},
      {"count", "5001", "count: must be from -5 to 5000"},
      {"pause", "61 s", "pause: must be from 0.001 to 60 s, got \"61 s\""},
      {"on", "1", "on: true or false is expected, got \"1\""},
      {"mode", "fats", "mode: one of slow, fast is expected, got \"fats\"; did you mean \"fast\"?"},
      {"headers", "a", "headers: key=value pairs joined by ';' are expected"},
      {"headers", "a=1;a=2", "headers: key \"a\" is given twice"},
      {"file", "/no/such", "file: /no/such: No such file or directory"},
      {"file", "/dev/zero", "file: /dev/zero: is not a regular file"},
      {"shore", "1",
       "defense p has no parameter \"shore\"; did you mean \"share\"? (known: share, "},
  };
  Config before = *config;
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    ck_assert_msg(!rd_params_set_text(config, bad[i].key, bad[i].text, NULL, &error), "%s=%s",
                  bad[i].key, bad[i].text);
    ck_assert_msg(g_str_has_prefix(error->message, bad[i].says), "%s", error->message);
  }
  ck_assert_mem_eq(&before, config, sizeof before);
}
END_TEST

/* Every value's text, put into a fresh configuration, has the same text again. */
START_TEST(texts_round_trip) {
  set("count", "5k");
  set("share", "0.1");
  set("pause", "1.5 s");
  set("text", "a;b=c\\d, \"e\" \n \xc3\xa9");
  set("hosts", "x\\;y;z\\\\;;\\=");
  set("headers", "Subject=a\\=b\\;c;Empty=;=v");
  set("file", FOLDER "/test_params.c");
  ck_assert_str_eq(config->hosts[0], "x;y");
  ck_assert_str_eq(config->hosts[1], "z\\");
  ck_assert_str_eq(config->hosts[2], "");
  ck_assert_str_eq(config->headers[1], "a=b;c");
  ck_assert_str_eq(config->headers[4], "");
  void *again = rd_params_defaults(&part);
  for (unsigned i = 0; i < part.n_params; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = rd_params_text(config, i);
    ck_assert_msg(rd_params_set_text(again, rows[i].key, text, NULL, &error), "%s",
                  error ? error->message : "");
    g_autofree char *second = rd_params_text(again, i);
    ck_assert_str_eq(text, second);
  }
  ck_assert_str_eq(((Config *)again)->text, config->text);
  ck_assert_str_eq(((Config *)again)->headers[1], "a=b;c");
  ck_assert_str_eq(((Config *)again)->file, config->file);
  rd_params_free(again);
}
END_TEST

START_TEST(a_changed_file_is_noticed) {
  g_autofree char *folder = g_dir_make_tmp("redoubt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "f", NULL);
  ck_assert(g_file_set_contents(path, "one", -1, NULL));
  set("file", path);
  ck_assert_str_eq(config->file, "one");
  g_autofree char *text = rd_params_text(config, (unsigned)rd_params_row(&part, "file"));
  ck_assert(g_file_set_contents(path, "two", -1, NULL));
  g_autoptr(GError) error = NULL;
  ck_assert(!rd_params_set_text(config, "file", text, NULL, &error));
  ck_assert(strstr(error->message, "has changed") != NULL);
  ck_assert_str_eq(config->file, "one");
  g_remove(path);
  g_remove(folder);
}
END_TEST

static void gather(const char *message, void *user) {
  g_ptr_array_add(user, g_strdup(message));
}

START_TEST(what_is_left_out_is_told) {
  static const char *const nodes[] = {"ue", "sbx", NULL};
  g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
  RdParamScope scope = {NULL, nodes};
  ck_assert_uint_eq(rd_params_check(config, &scope, gather, faults), 2);
  ck_assert_str_eq(faults->pdata[0], "count: required by defense p and not set: A count.");
  ck_assert_str_eq(faults->pdata[1],
                   "peer: there is no node \"sbc\"; did you mean \"sbx\"? (nodes: ue, sbx)");
  ck_assert_ptr_null(rd_params_text(config, (unsigned)rd_params_row(&part, "count")));
  set("count", "0");
  set("peer", "");
  ck_assert_uint_eq(rd_params_check(config, &scope, gather, faults), 0);
}
END_TEST

START_TEST(files_are_relative_to_who_names_them) {
  g_autoptr(GError) error = NULL;
  RdParamScope scope = {FOLDER, NULL};
  ck_assert(rd_params_set_text(config, "file", "test_params.c", &scope, &error));
  ck_assert(strstr(config->file, "files_are_relative_to_who_names_them") != NULL);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("params");
  TCase *c = tcase_create("params");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, defaults_are_in_place);
  tcase_add_test(c, a_refused_value_changes_nothing);
  tcase_add_test(c, texts_round_trip);
  tcase_add_test(c, a_changed_file_is_noticed);
  tcase_add_test(c, what_is_left_out_is_told);
  tcase_add_test(c, files_are_relative_to_who_names_them);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
