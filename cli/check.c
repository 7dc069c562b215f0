/* check.c - `redoubt check FILE...`: reads trials, campaigns, topologies and cost tables for their
 * faults, and runs nothing; holds the shared objects of parts to the contract. */
#include <stdio.h>

#include "cli/check_part.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/rehearse.h"
#include "lab/config/check.h"
#include "lab/text/words.h"

typedef struct {
  RdParts *parts;
  JsonBuilder *json; /* NULL: text */
  gboolean quiet;
  bool bad;
} Checking;

static void tell(Checking *c, const char *path, const char *name, bool good, const char *faults) {
  c->bad |= !good;
  if (c->json) {
    json_builder_begin_object(c->json);
    rd_cli_member(c->json, "file", path);
    rd_cli_member(c->json, "kind", name);
    json_builder_set_member_name(c->json, "good");
    json_builder_add_boolean_value(c->json, good);
    rd_cli_member(c->json, "faults", faults);
    json_builder_end_object(c->json);
  } else if (!good) {
    g_autofree char *shown = rd_words_lines(faults);
    fprintf(stderr, "%s\n", shown);
  } else if (!c->quiet) {
    g_autofree char *shown = rd_words_printable(path);
    printf("%s: a sound %s\n", shown, name);
  }
}

static void check(Checking *c, const char *path) {
  g_autoptr(GError) error = NULL;
  g_autofree char *faults = NULL;
  RdFileKind kind = 0;
  if (g_str_has_suffix(path, ".so")) {
    const bool good = rd_check_part(path, &faults);
    tell(c, path, "part", good, faults);
    return;
  }
  const bool good =
      rd_config_check(path, c->parts, &kind, &error) && rd_rehearse(path, kind, c->parts, &error);
  tell(c, path, kind ? rd_file_kind_name(kind) : NULL, good, error ? error->message : NULL);
}

int rd_cmd_check(int argc, char **argv) {
  Checking c = {0};
  g_autofree char *format = NULL;
  gboolean json, paths = FALSE;
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text or json", "FORMAT"},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &c.quiet, "Say nothing about sound files", NULL},
      RD_OPTION_PART_PATHS(&paths),
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse(
          "FILE...",
          "Validates trials, campaigns, topologies and cost tables. Their worlds are "
          "built and not run. A shared object,\nPART.so, is held to the contract with "
          "parts: its code is run.",
          entries, NULL, &argc, &argv) ||
      !rd_options_format("check", format, &json))
    return RD_EXIT_USAGE;
  if (argc < 2) {
    fprintf(stderr, "redoubt check: at least one FILE is expected\n");
    return RD_EXIT_USAGE;
  }
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(JsonBuilder) builder = json ? json_builder_new() : NULL;
  c.parts = parts;
  if (!paths)
    rd_parts_names_only(parts);
  c.json = builder;
  if (json)
    json_builder_begin_array(builder);
  for (int i = 1; i < argc; i++)
    check(&c, argv[i]);
  if (json) {
    json_builder_end_array(builder);
    rd_cli_print_json(builder);
  }
  return c.bad ? RD_EXIT_USAGE : RD_EXIT_DONE;
}
