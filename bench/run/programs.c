/* programs.c - where our own programs are. */
#include "bench/run/programs.h"

#include <string.h>

static char *own_folder(void) {
  g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
  return self ? g_path_get_dirname(self) : g_strdup(".");
}

static char *from_environment(const char *name) {
  const char *variable = strcmp(name, "redoubt-trial") == 0   ? "REDOUBT_TRIAL"
                         : strcmp(name, "redoubt-live") == 0  ? "REDOUBT_LIVE"
                         : strcmp(name, "redoubt-parts") == 0 ? "REDOUBT_PARTS_BIN"
                                                              : NULL;
  const char *path = variable ? g_getenv(variable) : NULL;
  return path && *path ? g_strdup(path) : NULL;
}

char *rd_program_find(const char *name, GError **error) {
  g_autofree char *named = from_environment(name);
  if (named && g_file_test(named, G_FILE_TEST_IS_EXECUTABLE))
    return g_canonicalize_filename(named, NULL);
  if (named) {
    g_set_error(error, RD_PROGRAM_ERROR, 1, "%s: named as %s, but not an executable", named, name);
    return NULL;
  }
  g_autofree char *own = own_folder();
  static const char *const folders[] = {
      ".",      "../lab/drive/sim", "../lab/drive/conform", "../lab/drive/inline",
      "../cli", "../../cli",        "../libexec/redoubt"};
  for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *joined = g_build_filename(own, folders[i], name, NULL);
    if (g_file_test(joined, G_FILE_TEST_IS_EXECUTABLE))
      return g_canonicalize_filename(joined, NULL);
  }
  g_set_error(error, RD_PROGRAM_ERROR, 1, "%s: not found beside %s nor in ../libexec/redoubt", name,
              own);
  return NULL;
}
