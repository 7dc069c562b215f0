#include "lab/plugin/files.h"

#include <stdlib.h>
#include <string.h>

#include "lab/text/words.h"

#define PARAMETER_FILE_MAX (16u << 20)

char *rd_files_resolve(const char *name, const char *folder) {
  g_autofree char *absolute = folder ? g_canonicalize_filename(folder, NULL) : NULL;
  return g_canonicalize_filename(name, absolute);
}

bool rd_files_read_checked(const char *text, const char *folder, char **ret, char **ret_canonical,
                           char **why) {
  const char *mark = strstr(text, "#sha256=");
  g_autofree char *name = mark ? g_strndup(text, (gsize)(mark - text)) : g_strdup(text);
  g_autofree char *path = rd_files_resolve(name, folder), *contents = NULL, *fault = NULL;
  gsize len;
  if (!rd_files_read(path, PARAMETER_FILE_MAX, &contents, &len, &fault)) {
    *why = g_strdup_printf("%s: %s", path, fault);
    return false;
  }
  if (memchr(contents, 0, len)) {
    *why = g_strdup_printf("%s: a text file is expected, this one holds a NUL byte", path);
    return false;
  }
  g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, contents, (gssize)len);
  if (mark && strcmp(mark + strlen("#sha256="), digest) != 0) {
    *why = g_strdup_printf("%s: has changed, its SHA-256 is now %s", path, digest);
    return false;
  }
  g_free(*ret_canonical);
  *ret_canonical = g_strdup_printf("%s#sha256=%s", path, digest);
  *ret = g_steal_pointer(&contents);
  return true;
}

/* A program of the build tree uses that tree and its sources; an installed one what was installed
 * with it, even on the machine that built it. */
static bool in_build_tree(void) {
  g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
  char *build = realpath(RD_BUILD_ROOT, NULL);
  g_autofree char *prefix = build ? g_strconcat(build, "/", NULL) : NULL;
  free(build);
  return self && prefix && g_str_has_prefix(self, prefix);
}

char **rd_files_part_roots(void) {
  g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func(g_free);
  const char *named = g_getenv("REDOUBT_PARTS");
  g_auto(GStrv) folders = g_strsplit(named ? named : "", ":", -1);
  for (char **f = folders; *f; f++)
    if (**f)
      g_ptr_array_add(roots, g_canonicalize_filename(*f, NULL));
  g_ptr_array_add(roots, g_strdup(in_build_tree() ? RD_BUILD_ROOT : RD_LIB_ROOT));
  if (in_build_tree()) /* scenarios are not compiled: they stand in the sources alone */
    g_ptr_array_add(roots, g_strdup(RD_SOURCE_ROOT));
  g_ptr_array_add(roots, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&roots), FALSE);
}

char *rd_files_topologies(void) {
  return g_strdup(in_build_tree() ? RD_SOURCE_ROOT "/topologies" : RD_DATA_ROOT "/topologies");
}

char *rd_files_scenarios(void) {
  return g_strdup(in_build_tree() ? RD_SOURCE_ROOT "/lab/drive/inline/scenarios"
                                  : RD_DATA_ROOT "/scenarios");
}

char *rd_files_campaigns(void) {
  return g_strdup(in_build_tree() ? RD_SOURCE_ROOT "/bench/campaigns" : RD_DATA_ROOT "/campaigns");
}

static gint by_name(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

char **rd_files_yaml_names(const char *folder) {
  GPtrArray *names = g_ptr_array_new();
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *entry; dir && (entry = g_dir_read_name(dir));)
    if (entry[0] != '.' && g_str_has_suffix(entry, ".yaml"))
      g_ptr_array_add(names, g_strndup(entry, strlen(entry) - strlen(".yaml")));
  g_ptr_array_sort(names, by_name);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

char *rd_files_costs(void) {
  return g_strdup(in_build_tree() ? RD_SOURCE_ROOT "/lab/costs.yaml" : RD_DATA_ROOT "/costs.yaml");
}

char *rd_files_part_readme(const char *kind, const char *name) {
  g_autofree char *root = g_strdup(in_build_tree() ? RD_SOURCE_ROOT : RD_DATA_ROOT);
  g_autofree char *path = g_build_filename(root, kind, name, "README.md", NULL);
  char *text = NULL, *why = NULL;
  gsize len;
  if (!rd_files_read(path, 1u << 20, &text, &len, &why))
    g_free(why);
  return text;
}
