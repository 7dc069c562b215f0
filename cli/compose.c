/* compose.c - a trial put together on the command line. */
#include "cli/compose.h"

#include <string.h>

/* Words of a value are quoted, so that nothing in them is YAML; lists and maps are handed on. */
static void append_value(GString *yaml, const char *value) {
  if (*value == '[' || *value == '{' || *value == '"') {
    g_string_append(yaml, value);
    return;
  }
  g_string_append_c(yaml, '"');
  for (const char *p = value; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c(yaml, '\\');
    if ((guchar)*p < 0x20)
      g_string_append_printf(yaml, "\\x%02x", (guchar)*p);
    else
      g_string_append_c(yaml, *p);
  }
  g_string_append_c(yaml, '"');
}

/* The end of the piece that begins here: a comma outside brackets and quotes, or the end. */
static const char *piece_end(const char *p) {
  int depth = 0;
  gboolean quoted = FALSE;
  for (; *p; p++) {
    if (*p == '"')
      quoted = !quoted;
    else if (!quoted && strchr("[{", *p))
      depth++;
    else if (!quoted && strchr("]}", *p))
      depth--;
    else if (!quoted && depth <= 0 && *p == ',')
      return p;
  }
  return p;
}

static GPtrArray *split(const char *text) {
  GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
  for (;;) {
    const char *end = piece_end(text);
    g_ptr_array_add(pieces, g_strndup(text, (gsize)(end - text)));
    if (!*end)
      return pieces;
    text = end + 1;
  }
}

static gboolean bad(GError **error, const char *option, const char *text, const char *form) {
  g_set_error(error, RD_COMPOSE_ERROR, 1, "%s %s: the form is %s", option, text, form);
  return FALSE;
}

static gboolean is_trial_key(const char *piece) {
  static const char *const keys[] = {"name=", "network=", "at=", "for="};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    if (g_str_has_prefix(piece, keys[i]))
      return TRUE;
  return FALSE;
}

static void append_pair(GString *yaml, const char *indent, const char *piece) {
  const char *equals = strchr(piece, '=');
  g_string_append(yaml, indent);
  g_string_append_len(yaml, piece, equals - piece);
  g_string_append(yaml, ": ");
  append_value(yaml, equals + 1);
  g_string_append_c(yaml, '\n');
}

/* "  - KIND: NAME", the trial's own keys, then `set`. */
static gboolean append_part(GString *yaml, const char *kind, const char *text, gboolean trial_keys,
                            GError **error) {
  g_autoptr(GPtrArray) pieces = split(text);
  g_autofree char *option = g_strconcat("--", kind, NULL);
  const char *form = "NAME[,key=value...]";
  if (*(const char *)pieces->pdata[0] == '\0' || strchr(pieces->pdata[0], '='))
    return bad(error, option, text, form);
  g_string_append_printf(yaml, "  - %s: ", kind);
  append_value(yaml, pieces->pdata[0]);
  g_string_append_c(yaml, '\n');
  for (guint i = 1; i < pieces->len; i++)
    if (!strchr(pieces->pdata[i], '=') || *(const char *)pieces->pdata[i] == '=')
      return bad(error, option, text, form);
  for (guint i = 1; i < pieces->len; i++)
    if (trial_keys && is_trial_key(pieces->pdata[i]))
      append_pair(yaml, "    ", pieces->pdata[i]);
  g_string_append(yaml, "    set:\n");
  gsize before = yaml->len;
  for (guint i = 1; i < pieces->len; i++)
    if (!trial_keys || !is_trial_key(pieces->pdata[i]))
      append_pair(yaml, "      ", pieces->pdata[i]);
  if (yaml->len == before)
    g_string_truncate(yaml, before - strlen("    set:\n"));
  return TRUE;
}

/* The place stands behind the last '@'; a parameter may hold one too. */
static gboolean append_defense(GString *yaml, const char *text, GError **error) {
  const char *at = strrchr(text, '@');
  if (!at || !at[1] || strchr(at, '='))
    return bad(error, "--defense", text, "NAME[,key=value...]@NODE.NETWORK");
  g_autofree char *part = g_strndup(text, (gsize)(at - text));
  g_auto(GStrv) places = g_strsplit(at + 1, "+", -1);
  if (!append_part(yaml, "defense", part, FALSE, error))
    return FALSE;
  g_string_append(yaml, "    at: [");
  for (guint i = 0; places[i]; i++) {
    g_string_append(yaml, i ? ", " : "");
    append_value(yaml, places[i]);
  }
  g_string_append(yaml, "]\n");
  return TRUE;
}

static void append_key(GString *yaml, const char *key, const char *value) {
  g_string_append_printf(yaml, "%s: ", key);
  append_value(yaml, value);
  g_string_append_c(yaml, '\n');
}

/* "30" is 30 seconds on a command line; a file has to say so. */
static void append_duration(GString *yaml, const char *key, const char *value) {
  gboolean bare = *value && strspn(value, "0123456789.") == strlen(value);
  g_autofree char *text = g_strconcat(value, bare ? " s" : "", NULL);
  append_key(yaml, key, text);
}

char *rd_compose(const RdComposition *c, GError **error) {
  g_autoptr(GString) yaml = g_string_new("trial: command-line\n");
  append_key(yaml, "topology", c->topology);
  append_key(yaml, "seed", c->seed ? c->seed : "1");
  append_duration(yaml, "duration", c->duration ? c->duration : "60");
  if (c->warmup)
    append_duration(yaml, "warmup", c->warmup);
  if (c->attacks && c->attacks[0])
    g_string_append(yaml, "attacks:\n");
  for (char **attack = c->attacks; attack && *attack; attack++)
    if (!append_part(yaml, "attack", *attack, TRUE, error))
      return NULL;
  if (c->defenses && c->defenses[0])
    g_string_append(yaml, "defenses:\n");
  for (char **defense = c->defenses; defense && *defense; defense++)
    if (!append_defense(yaml, *defense, error))
      return NULL;
  return g_string_free(g_steal_pointer(&yaml), FALSE);
}
