#include "lab/yaml/diagnostic.h"

#include <string.h>

#include "lab/text/words.h"

#define KEPT_MAX 200
#define SHOWN_WIDTH 90 /* characters of a source line; longer ones are cut around the caret */

typedef struct {
  unsigned file, line, column, sequence;
  char *text;
} Entry;

struct RdDiagnostics {
  GPtrArray *entries;
  GPtrArray *files; /* paths, in the order they were first blamed */
  unsigned count;
};

G_DEFINE_QUARK(redoubt - config, rd_config_error)

RdSource *rd_source_new(const char *path, const char *text) {
  RdSource *s = g_rc_box_new0(RdSource);
  s->path = g_strdup(path);
  s->text = g_strdup(text);
  return s;
}

RdSource *rd_source_ref(RdSource *source) {
  return g_rc_box_acquire(source);
}

static void source_clear(gpointer data) {
  RdSource *s = data;
  g_free(s->path);
  g_free(s->text);
}

void rd_source_unref(RdSource *source) {
  if (source)
    g_rc_box_release_full(source, source_clear);
}

static void entry_free(gpointer data) {
  Entry *e = data;
  g_free(e->text);
  g_free(e);
}

RdDiagnostics *rd_diagnostics_new(void) {
  RdDiagnostics *d = g_new0(RdDiagnostics, 1);
  d->entries = g_ptr_array_new_with_free_func(entry_free);
  d->files = g_ptr_array_new_with_free_func(g_free);
  return d;
}

static unsigned file_index(RdDiagnostics *d, const char *path) {
  for (guint i = 0; i < d->files->len; i++)
    if (strcmp(d->files->pdata[i], path) == 0)
      return i;
  g_ptr_array_add(d->files, g_strdup(path));
  return d->files->len - 1;
}

/* The line of `text` that a position is in, as printable characters: a file must not be able to
 * drive the terminal. */
static gunichar *printable_line(const char *text, unsigned line, glong *ret_len) {
  for (; line > 1 && text; line--) {
    text = strchr(text, '\n');
    text = text ? text + 1 : NULL;
  }
  g_autofree char *raw = text ? g_strndup(text, strcspn(text, "\r\n")) : g_strdup("");
  g_autofree char *valid = g_utf8_make_valid(raw, -1);
  gunichar *chars = g_utf8_to_ucs4_fast(valid, -1, ret_len);
  for (glong i = 0; i < *ret_len; i++)
    if (!g_unichar_isprint(chars[i]))
      chars[i] = ' ';
  return chars;
}

static void append_excerpt(GString *s, const RdSource *source, unsigned line, unsigned column,
                           const char *hint) {
  glong len, at = column > 0 ? (glong)column - 1 : 0;
  g_autofree gunichar *chars = printable_line(source->text, line, &len);
  at = MIN(at, len);
  glong from = at > SHOWN_WIDTH - 20 ? at - (SHOWN_WIDTH - 20) : 0;
  glong shown = MIN(len - from, SHOWN_WIDTH);
  g_autofree char *cut = g_ucs4_to_utf8(chars + from, shown, NULL, NULL, NULL);
  const char *front = from > 0 ? "..." : "", *back = from + shown < len ? "..." : "";
  g_autofree char *excerpt = g_strchomp(g_strconcat(front, cut ? cut : "", back, NULL));
  g_string_append_printf(s, "\n%5u | %s\n      | %*s^%s%s", line, excerpt,
                         (int)(at - from + (glong)strlen(front)), "", *hint ? " " : "", hint);
}

static bool known(const RdDiagnostics *d, const char *text) {
  for (guint i = 0; i < d->entries->len; i++)
    if (strcmp(((Entry *)d->entries->pdata[i])->text, text) == 0)
      return true;
  return false;
}

/* Takes `text`. */
static void keep(RdDiagnostics *d, const char *path, unsigned line, unsigned column, char *text) {
  if (known(d, text)) {
    g_free(text);
    return;
  }
  Entry *e = g_new0(Entry, 1);
  *e = (Entry){file_index(d, path), line, column, d->count++, text};
  g_ptr_array_add(d->entries, e);
}

void rd_diagnostics_merge(RdDiagnostics *d, const RdDiagnostics *other) {
  const unsigned unkept = other->count - other->entries->len;
  for (guint i = 0; i < other->entries->len; i++) {
    const Entry *e = other->entries->pdata[i];
    if (d->entries->len >= KEPT_MAX)
      d->count++;
    else
      keep(d, other->files->pdata[e->file], e->line, e->column, g_strdup(e->text));
  }
  d->count += unkept;
}

void rd_diagnostics_add(RdDiagnostics *d, const RdSource *source, unsigned line, unsigned column,
                        const char *hint, const char *message) {
  if (d->entries->len >= KEPT_MAX) {
    d->count++;
    return;
  }
  g_autofree char *path = rd_words_printable(source->path);
  g_autofree char *said = rd_words_printable(message);
  g_autofree char *beside = rd_words_printable(hint ? hint : "");
  g_autoptr(GString) s = g_string_new(path);
  if (line > 0)
    g_string_append_printf(s, ":%u:%u", line, column);
  g_string_append_printf(s, ": %s", said);
  if (line > 0)
    append_excerpt(s, source, line, column, beside);
  keep(d, source->path, line, column, g_strdup(s->str));
}

unsigned rd_diagnostics_count(const RdDiagnostics *d) {
  return d->count;
}

static gint by_place(gconstpointer a, gconstpointer b) {
  const Entry *x = *(Entry *const *)a, *y = *(Entry *const *)b;
  const unsigned xs[] = {x->file, x->line, x->column, x->sequence};
  const unsigned ys[] = {y->file, y->line, y->column, y->sequence};
  for (size_t i = 0; i < G_N_ELEMENTS(xs); i++)
    if (xs[i] != ys[i])
      return xs[i] < ys[i] ? -1 : 1;
  return 0;
}

bool rd_diagnostics_ok(const RdDiagnostics *d, GError **error) {
  if (d->count == 0)
    return true;
  g_ptr_array_sort(d->entries, by_place);
  g_autoptr(GString) s = g_string_new(NULL);
  guint shown = MIN(d->entries->len, RD_DIAGNOSTICS_SHOWN);
  for (guint i = 0; i < shown; i++)
    g_string_append_printf(s, "%s%s", i > 0 ? "\n" : "", ((Entry *)d->entries->pdata[i])->text);
  if (d->count > shown)
    g_string_append_printf(s, "\n... and %u more", d->count - shown);
  g_set_error_literal(error, RD_CONFIG_ERROR, RD_CONFIG_INVALID, s->str);
  return false;
}

void rd_diagnostics_free(RdDiagnostics *d) {
  if (!d)
    return;
  g_ptr_array_unref(d->entries);
  g_ptr_array_unref(d->files);
  g_free(d);
}
