#include "cli/format.h"

#include <stdio.h>
#include <string.h>

#include "lab/config/topology.h"
#include "lab/plugin/files.h"

void rd_cli_print_json(JsonBuilder *builder) {
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autoptr(JsonGenerator) generator = json_generator_new();
  json_generator_set_root(generator, root);
  json_generator_set_pretty(generator, TRUE);
  g_autofree char *text = json_generator_to_data(generator, NULL);
  puts(text);
}

void rd_cli_member(JsonBuilder *builder, const char *name, const char *text) {
  json_builder_set_member_name(builder, name);
  if (text)
    json_builder_add_string_value(builder, text);
  else
    json_builder_add_null_value(builder);
}

char *rd_cli_first_sentence(const char *path) {
  g_autofree char *text = NULL, *why = NULL;
  gsize len;
  g_autoptr(GString) s = g_string_new(NULL);
  if (!rd_files_read(path, 1u << 20, &text, &len, &why))
    return g_strdup("");
  for (const char *line = text; *line == '#'; line += line[0] != 0) {
    gsize n = strcspn(line, "\n");
    g_autofree char *words = g_strndup(line, n);
    g_string_append_printf(s, "%s%s", s->len > 0 ? " " : "",
                           g_strstrip(words + strspn(words, "# ")));
    line += n;
  }
  char *stop = strstr(s->str, ". ");
  if (stop)
    *stop = 0;
  return g_utf8_make_valid(s->str, -1);
}

void rd_cli_part_members(JsonBuilder *builder, const RdPart *part) {
  rd_cli_member(builder, "name", part->plugin.name);
  rd_cli_member(builder, "kind", rd_part_kind_name((RdPartKind)part->plugin.kind));
  rd_cli_member(builder, "summary", part->plugin.summary);
  rd_cli_member(builder, "path", part->path);
  rd_cli_member(builder, "sha256", part->digest);
  if (part->plugin.kind != RD_ATTACK)
    return;
  rd_cli_member(builder, "family", part->plugin.family);
  rd_cli_member(builder, "interface", rd_interface_name(part->plugin.interface));
  json_builder_set_member_name(builder, "benign");
  json_builder_add_boolean_value(builder, part->plugin.benign);
}
