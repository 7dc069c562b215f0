/* list.c - `redoubt list`: what there is to build a trial from. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/options.h"
#include "lab/plugin/files.h"
#include "lab/text/words.h"

static const char *const sections[] = {"nodes",      "attacks",   "defenses",
                                       "topologies", "campaigns", NULL};

typedef struct {
  RdParts *parts;
  JsonBuilder *json; /* NULL: text */
  bool broken; /* a part could not be loaded */
} Listing;

static void print_row(const char *name, int width, const char *summary) {
  printf("  %-*s  %s\n", width, name, summary);
}

static int widest(char **names) {
  size_t width = 0;
  for (; *names; names++)
    width = MAX(width, strlen(*names));
  return (int)MIN(width, 40);
}

static void list_part(Listing *l, RdPartKind kind, const char *name, int width) {
  g_autoptr(GError) error = NULL;
  const RdPart *part = rd_parts_get(l->parts, kind, name, &error);
  if (!part) {
    fprintf(stderr, "redoubt list: %s\n", error->message);
    l->broken = true;
  } else if (l->json) {
    json_builder_begin_object(l->json);
    rd_cli_part_members(l->json, part);
    json_builder_end_object(l->json);
  } else {
    g_autofree char *summary =
        part->plugin.benign ? g_strdup_printf("%s (benign twin)", part->plugin.summary) : NULL;
    print_row(name, width, summary ? summary : part->plugin.summary);
  }
}

static void list_parts(Listing *l, RdPartKind kind) {
  g_auto(GStrv) names = rd_parts_names(l->parts, kind);
  for (char **n = names; *n; n++)
    list_part(l, kind, *n, widest(names));
}

static void list_files(Listing *l, const char *folder) {
  g_auto(GStrv) names = rd_files_yaml_names(folder);
  for (char **n = names; *n; n++) {
    g_autofree char *file = g_strconcat(*n, ".yaml", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *summary = rd_cli_first_sentence(path);
    if (!l->json) {
      print_row(*n, widest(names), summary);
      continue;
    }
    json_builder_begin_object(l->json);
    rd_cli_member(l->json, "name", *n);
    rd_cli_member(l->json, "summary", summary);
    rd_cli_member(l->json, "path", path);
    json_builder_end_object(l->json);
  }
}

static void list_section(Listing *l, unsigned section, bool heading) {
  g_autofree char *topologies = rd_files_topologies(), *campaigns = rd_files_campaigns();
  if (l->json) {
    json_builder_set_member_name(l->json, sections[section]);
    json_builder_begin_array(l->json);
  } else if (heading) {
    printf("%s%s:\n", section > 0 ? "\n" : "", sections[section]);
  }
  if (section < 3)
    list_parts(l, (RdPartKind)(RD_NODE + section));
  else
    list_files(l, section == 3 ? topologies : campaigns);
  if (l->json)
    json_builder_end_array(l->json);
}

static int bad_section(const char *text) {
  g_autofree char *known = rd_words_join(sections);
  g_autofree char *quoted = rd_words_quote(text);
  g_autofree char *suggestion = rd_words_suggestion(text, sections);
  fprintf(stderr, "redoubt list: there is no section %s%s (known: %s)\n", quoted, suggestion,
          known);
  return RD_EXIT_USAGE;
}

static void list(Listing *l, const char *wanted) {
  if (l->json)
    json_builder_begin_object(l->json);
  for (unsigned i = 0; sections[i]; i++)
    if (!wanted || strcmp(wanted, sections[i]) == 0)
      list_section(l, i, !wanted);
  if (!l->json)
    return;
  json_builder_end_object(l->json);
  rd_cli_print_json(l->json);
}

int rd_cmd_list(int argc, char **argv) {
  g_autofree char *format = NULL;
  gboolean json;
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text or json", "FORMAT"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("[nodes|attacks|defenses|topologies|campaigns]",
                        "Lists what a trial can be built from.", entries, NULL, &argc, &argv) ||
      !rd_options_format("list", format, &json))
    return RD_EXIT_USAGE;
  if (argc > 2) {
    fprintf(stderr, "redoubt list: one section at most\n");
    return RD_EXIT_USAGE;
  }
  const char *wanted = argc == 2 ? argv[1] : NULL;
  if (wanted && !g_strv_contains(sections, wanted))
    return bad_section(wanted);
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(JsonBuilder) builder = json ? json_builder_new() : NULL;
  Listing l = {parts, builder, false};
  list(&l, wanted);
  return l.broken ? RD_EXIT_FAILED : RD_EXIT_DONE;
}
