/* show.c - `redoubt show NAME`: a part's manual, made of its parameter rows and its README; of a
 * topology or campaign, the file. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/options.h"
#include "lab/config/topology.h"
#include "lab/plugin/costs.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

static bool bounded(const RdParam *row) {
  return row->min != 0 || row->max != 0;
}

static const char *unit_of(const RdParam *row) {
  return row->type == RD_DURATION ? "s" : row->unit ? row->unit : "";
}

static void print_row(const RdParam *row) {
  g_autofree char *values = row->type == RD_ENUM ? rd_words_join(row->values) : NULL;
  printf("  %s: %s%s", row->key, values ? "one of " : rd_param_type_phrase(row->type),
         values ? values : "");
  if (bounded(row)) {
    g_autofree char *min = rd_quantity_number_text(row->min);
    g_autofree char *max = rd_quantity_number_text(row->max);
    printf(", from %s to %s", min, max);
  }
  if (unit_of(row)[0])
    printf("%s%s", bounded(row) ? " " : ", in ", unit_of(row));
  if (!row->fallback)
    printf("; required");
  else
    printf("; default %s", row->fallback[0] ? row->fallback : "none");
  printf("\n      %s\n", row->help ? row->help : "");
}

/* One operation: what the part itself says it costs, or that it has no row of its own. */
static void print_cost(const RdPart *part, const char *operation) {
  const RdCost *row = rd_part_cost(part, operation);
  printf("  %s: ", operation);
  if (!row || !row->base)
    printf("as for all parts");
  else
    printf("%s", row->base);
  if (row && row->per_byte)
    printf(", %s a byte", row->per_byte);
  if (row && row->per_doubling)
    printf(", %s a doubling of occupancy", row->per_doubling);
  if (row && row->distribution == RD_COST_EXPONENTIAL)
    printf(", exponential");
  printf("%s%s%s\n", row && row->source ? " (" : "", row && row->source ? row->source : "",
         row && row->source ? ")" : "");
  if (row && row->help)
    printf("      %s\n", row->help);
}

static void print_costs(const RdPart *part) {
  g_autofree const char **operations = rd_part_operations(part);
  printf("\ncosts, in the simulator (a cost table has rows of its own for %s, or for all):\n",
         part->plugin.name);
  for (const char **o = operations; *o; o++)
    print_cost(part, *o);
}

static void print_verbs(const RdPart *part) {
  if (part->n_verbs == 0)
    return;
  printf("\nverbs (`acts:` of a trial):\n");
  for (unsigned i = 0; i < part->n_verbs; i++) {
    const RdPartVerb *v = &part->verbs[i];
    printf("  %s: %s\n", v->name, v->help);
    for (unsigned k = 0; k < v->arguments->n_params; k++) {
      printf("  ");
      print_row(&v->arguments->params[k]);
    }
  }
}

static void print_text(const RdPart *part, const char *readme) {
  const RdPlugin *p = &part->plugin;
  printf("%s - %s: %s\n", p->name, rd_part_kind_name((RdPartKind)p->kind), p->summary);
  if (p->kind == RD_ATTACK)
    printf("%s of family %s, comes in by %s\n", p->benign ? "benign twin" : "attack",
           p->family ? p->family : "(none)", rd_interface_name(p->interface));
  printf("%s\n\nparameters", part->path);
  if (part->n_params == 0)
    printf(": none\n");
  else
    printf(" (`set:` in a file, NAME,key=value on a command line):\n");
  for (unsigned i = 0; i < part->n_params; i++)
    print_row(&part->params[i]);
  print_costs(part);
  print_verbs(part);
  if (readme)
    printf("\n%s", readme);
}

static void add_number(JsonBuilder *json, const char *name, bool known, double value) {
  json_builder_set_member_name(json, name);
  if (known)
    json_builder_add_double_value(json, value);
  else
    json_builder_add_null_value(json);
}

static void add_row(JsonBuilder *json, const RdParam *row) {
  json_builder_begin_object(json);
  rd_cli_member(json, "key", row->key);
  rd_cli_member(json, "type", rd_param_type_name(row->type));
  rd_cli_member(json, "default", row->fallback);
  json_builder_set_member_name(json, "required");
  json_builder_add_boolean_value(json, !row->fallback);
  add_number(json, "min", bounded(row), row->min);
  add_number(json, "max", bounded(row), row->max);
  rd_cli_member(json, "unit", unit_of(row)[0] ? unit_of(row) : NULL);
  if (row->type == RD_ENUM) {
    json_builder_set_member_name(json, "values");
    json_builder_begin_array(json);
    for (const char *const *v = row->values; *v; v++)
      json_builder_add_string_value(json, *v);
    json_builder_end_array(json);
  }
  rd_cli_member(json, "help", row->help);
  json_builder_end_object(json);
}

static void add_costs(JsonBuilder *json, const RdPart *part) {
  static const char *const distributions[] = {"fixed", "exponential"};
  g_autofree const char **operations = rd_part_operations(part);
  json_builder_set_member_name(json, "costs");
  json_builder_begin_array(json);
  for (const char **o = operations; *o; o++) {
    const RdCost *row = rd_part_cost(part, *o);
    const bool own = row && row->base;
    json_builder_begin_object(json);
    rd_cli_member(json, "operation", *o);
    rd_cli_member(json, "base", own ? row->base : NULL);
    rd_cli_member(json, "per_byte", own ? row->per_byte : NULL);
    rd_cli_member(json, "per_doubling", own ? row->per_doubling : NULL);
    rd_cli_member(json, "distribution", own ? distributions[row->distribution] : NULL);
    rd_cli_member(json, "source", row ? row->source : NULL);
    rd_cli_member(json, "help", row ? row->help : NULL);
    json_builder_end_object(json);
  }
  json_builder_end_array(json);
}

static void add_verbs(JsonBuilder *json, const RdPart *part) {
  json_builder_set_member_name(json, "verbs");
  json_builder_begin_array(json);
  for (unsigned i = 0; i < part->n_verbs; i++) {
    const RdPartVerb *v = &part->verbs[i];
    json_builder_begin_object(json);
    rd_cli_member(json, "name", v->name);
    rd_cli_member(json, "help", v->help);
    json_builder_set_member_name(json, "arguments");
    json_builder_begin_array(json);
    for (unsigned k = 0; k < v->arguments->n_params; k++)
      add_row(json, &v->arguments->params[k]);
    json_builder_end_array(json);
    json_builder_end_object(json);
  }
  json_builder_end_array(json);
}

static void print_json(const RdPart *part, const char *readme) {
  g_autoptr(JsonBuilder) json = json_builder_new();
  json_builder_begin_object(json);
  rd_cli_part_members(json, part);
  json_builder_set_member_name(json, "parameters");
  json_builder_begin_array(json);
  for (unsigned i = 0; i < part->n_params; i++)
    add_row(json, &part->params[i]);
  json_builder_end_array(json);
  add_costs(json, part);
  add_verbs(json, part);
  rd_cli_member(json, "readme", readme);
  json_builder_end_object(json);
  rd_cli_print_json(json);
}

static int show_part(RdParts *parts, RdPartKind kind, const char *name, bool json) {
  g_autoptr(GError) error = NULL;
  const RdPart *part = rd_parts_get(parts, kind, name, &error);
  if (!part) {
    fprintf(stderr, "redoubt show: %s\n", error->message);
    return RD_EXIT_USAGE;
  }
  g_autofree char *readme =
      part->by_path ? NULL : rd_files_part_readme(rd_part_kind_folder(kind), name);
  if (json)
    print_json(part, readme);
  else
    print_text(part, readme);
  return RD_EXIT_DONE;
}

static int show_file(const char *folder, const char *name, bool json) {
  g_autofree char *file = g_strconcat(name, ".yaml", NULL);
  g_autofree char *path = g_build_filename(folder, file, NULL);
  g_autofree char *text = NULL, *why = NULL;
  gsize len;
  if (!rd_files_read(path, 1u << 20, &text, &len, &why)) {
    fprintf(stderr, "redoubt show: %s: %s\n", path, why);
    return RD_EXIT_USAGE;
  }
  if (!json) {
    printf("# %s\n%s", path, text);
    return RD_EXIT_DONE;
  }
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_object(builder);
  rd_cli_member(builder, "name", name);
  rd_cli_member(builder, "path", path);
  rd_cli_member(builder, "text", text);
  json_builder_end_object(builder);
  rd_cli_print_json(builder);
  return RD_EXIT_DONE;
}

static void add_all(GPtrArray *all, char **names) {
  for (char **n = names; *n; n++)
    g_ptr_array_add(all, g_strdup(*n));
}

static int unknown(RdParts *parts, const char *name) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    g_auto(GStrv) names = rd_parts_names(parts, kind);
    add_all(all, names);
  }
  g_ptr_array_add(all, NULL);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *suggestion = rd_words_suggestion(name, (const char *const *)all->pdata);
  fprintf(stderr, "redoubt show: nothing is named %s%s (`redoubt list` shows what there is)\n",
          quoted, suggestion);
  return RD_EXIT_USAGE;
}

/* A path: of whatever kind it turns out to be. */
static int show_path(RdParts *parts, const char *path, bool json) {
  for (RdPartKind kind = RD_NODE; kind < RD_DEFENSE; kind++)
    if (rd_parts_get(parts, kind, path, NULL))
      return show_part(parts, kind, path, json);
  return show_part(parts, RD_DEFENSE, path, json);
}

static bool among(char **names, const char *name) {
  return g_strv_contains((const char *const *)names, name);
}

static int show(const char *name, bool json) {
  g_autoptr(RdParts) parts = rd_parts_new();
  if (strchr(name, '/'))
    return show_path(parts, name, json);
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    g_auto(GStrv) names = rd_parts_names(parts, kind);
    if (among(names, name))
      return show_part(parts, kind, name, json);
  }
  g_autofree char *topologies = rd_files_topologies(), *campaigns = rd_files_campaigns();
  const char *const folders[] = {topologies, campaigns};
  for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_auto(GStrv) names = rd_files_yaml_names(folders[i]);
    if (among(names, name))
      return show_file(folders[i], name, json);
  }
  return unknown(parts, name);
}

int rd_cmd_show(int argc, char **argv) {
  g_autofree char *format = NULL;
  gboolean json;
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text or json", "FORMAT"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse(
          "NAME",
          "Shows the manual of a node, attack or defense, or the file of a topology or campaign.",
          entries, NULL, &argc, &argv) ||
      !rd_options_format("show", format, &json))
    return RD_EXIT_USAGE;
  if (argc != 2) {
    fprintf(stderr, "redoubt show: one NAME is expected; `redoubt list` shows what there is\n");
    return RD_EXIT_USAGE;
  }
  return show(argv[1], json);
}
