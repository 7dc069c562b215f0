#include "tests/worlds/worlds.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *run(const char *setting, char **ret_said, const char *trial, va_list arguments) {
  char *folder = g_dir_make_tmp("redoubt-world-XXXXXX", NULL);
  g_autofree char *spec = g_build_filename(folder, "trial.yaml", NULL);
  g_auto(GStrv) environment = g_get_environ();
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_autofree char *said = NULL;
  GError *error = NULL;
  int status = 0;
  if (setting) {
    g_auto(GStrv) pair = g_strsplit(setting, "=", 2);
    environment = g_environ_setenv(environment, pair[0], pair[1], TRUE);
  }
  ck_assert(g_file_set_contents(spec, trial, -1, NULL));
  g_ptr_array_add(argv, (char *)g_getenv("REDOUBT_TRIAL"));
  g_ptr_array_add(argv, spec);
  g_ptr_array_add(argv, (char *)"--out");
  g_ptr_array_add(argv, folder);
  for (char *word; (word = va_arg(arguments, char *));)
    g_ptr_array_add(argv, word);
  g_ptr_array_add(argv, NULL);
  gboolean ran = g_spawn_sync(NULL, (char **)argv->pdata, environment, G_SPAWN_DEFAULT, NULL, NULL,
                              NULL, &said, &status, &error);
  ck_assert_msg(ran, "%s", error ? error->message : "");
  ck_assert_msg(g_spawn_check_wait_status(status, NULL), "%.2000s\n%.1000s", said, trial);
  if (ret_said)
    *ret_said = g_steal_pointer(&said);
  return folder;
}

char *world_run(const char *trial, ...) {
  va_list arguments;
  va_start(arguments, trial);
  char *folder = run(NULL, NULL, trial, arguments);
  va_end(arguments);
  return folder;
}

char *world_run_in(const char *setting, const char *trial, ...) {
  va_list arguments;
  va_start(arguments, trial);
  char *folder = run(setting, NULL, trial, arguments);
  va_end(arguments);
  return folder;
}

char *world_run_said(char **ret_said, const char *trial, ...) {
  va_list arguments;
  va_start(arguments, trial);
  char *folder = run(NULL, ret_said, trial, arguments);
  va_end(arguments);
  return folder;
}

char *world_file(const char *folder, const char *name, gsize *ret_len) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  GError *error = NULL;
  char *text = NULL;
  gboolean ok = g_file_get_contents(path, &text, ret_len, &error);
  ck_assert_msg(ok, "%s", error ? error->message : "");
  return text;
}

/* What a state machine of lab/stack has no step for happens in no world. */
static void nothing_impossible(const char *result) {
  static const char key[] = "\"impossible-events\": ";
  for (const char *at = result; (at = strstr(at, key)); at += strlen(key))
    ck_assert_msg(at[strlen(key)] == '0', "%.60s", at);
}

JsonNode *world_result(const char *folder) {
  gsize len;
  g_autofree char *text = world_file(folder, "result.json", &len);
  nothing_impossible(text);
  JsonNode *node = json_from_string(text, NULL);
  ck_assert_msg(node != NULL, "%s", text);
  return node;
}

double world_number(JsonNode *result, const char *path) {
  g_auto(GStrv) steps = g_strsplit(path, ".", -1);
  JsonNode *at = result;
  for (char **step = steps; *step && at; step++) {
    if (JSON_NODE_HOLDS_ARRAY(at))
      at = json_array_get_element(json_node_get_array(at), (guint)atoi(*step));
    else
      at = JSON_NODE_HOLDS_OBJECT(at) ? json_object_get_member(json_node_get_object(at), *step)
                                      : NULL;
  }
  ck_assert_msg(at != NULL && JSON_NODE_HOLDS_VALUE(at), "no number at %s", path);
  return json_node_get_value_type(at) == G_TYPE_BOOLEAN ? json_node_get_boolean(at)
                                                        : json_node_get_double(at);
}

static void remove_tree(const char *path) {
  GDir *dir = g_dir_open(path, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  if (dir)
    g_dir_close(dir);
  remove(path);
}

void world_remove(char *folder) {
  remove_tree(folder);
  g_free(folder);
}
