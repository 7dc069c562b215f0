#include "lab/text/words.h"

#include <string.h>

#define QUOTE_MAX 48 /* characters of the user's own text shown in a message */
#define WORD_MAX 64

/* One character of `*p` as what can be shown of it; `kept` are shown as they are. */
static void append_shown(GString *s, const char **p, const char *kept) {
  gunichar c = g_utf8_get_char_validated(*p, -1);
  if (c == (gunichar)-1 || c == (gunichar)-2) {
    g_string_append_printf(s, "\\x%02x", (guchar) * (*p)++);
    return;
  }
  if (g_unichar_isprint(c) || (c < 0x80 && strchr(kept, (char)c)))
    g_string_append_unichar(s, c);
  else
    g_string_append_printf(s, "\\u%04x", c);
  *p = g_utf8_next_char(*p);
}

char *rd_words_quote(const char *text) {
  GString *s = g_string_new("\"");
  const char *p = text;
  for (unsigned n = 0; *p; n++) {
    if (n == QUOTE_MAX) {
      g_string_append(s, "...");
      break;
    }
    if (*p == '"' || *p == '\\')
      g_string_append_c(s, '\\');
    append_shown(s, &p, "");
  }
  g_string_append_c(s, '"');
  return g_string_free(s, FALSE);
}

static char *shown(const char *text, const char *kept) {
  GString *s = g_string_new(NULL);
  for (const char *p = text; *p;)
    append_shown(s, &p, kept);
  return g_string_free(s, FALSE);
}

char *rd_words_printable(const char *text) {
  return shown(text, "");
}

char *rd_words_lines(const char *text) {
  return shown(text, "\n\t");
}

bool rd_words_is_name(const char *text) {
  gsize len = strlen(text);
  return len > 0 && len <= 63 && g_ascii_isalnum(text[0]) &&
         strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

char *rd_words_join(const char *const *words) {
  return words[0] ? g_strjoinv(", ", (char **)words) : g_strdup("none");
}

static unsigned least(unsigned a, unsigned b, unsigned c) {
  return MIN(MIN(a, b), c);
}

/* Levenshtein distance, two rows at a time. */
static unsigned distance(const char *a, const char *b) {
  unsigned row[WORD_MAX + 1], n = (unsigned)strlen(b);
  for (unsigned j = 0; j <= n; j++)
    row[j] = j;
  for (unsigned i = 1; *a; a++, i++) {
    unsigned diagonal = row[0];
    row[0] = i;
    for (unsigned j = 1; j <= n; j++) {
      unsigned above = row[j];
      row[j] = least(above + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
      diagonal = above;
    }
  }
  return row[n];
}

const char *rd_words_nearest(const char *text, const char *const *words) {
  const char *best = NULL;
  size_t len = strlen(text);
  unsigned best_distance = len <= 3 ? 1 : 2;
  if (len == 0 || len > WORD_MAX)
    return NULL;
  for (; *words; words++) {
    if (strlen(*words) > WORD_MAX)
      continue;
    if (len >= 3 && (g_str_has_prefix(*words, text) || g_str_has_prefix(text, *words)) && !best) {
      best = *words;
      continue;
    }
    unsigned d = distance(text, *words);
    if (d < best_distance || (d == best_distance && !best)) {
      best = *words;
      best_distance = d;
    }
  }
  return best;
}

char *rd_words_suggestion(const char *text, const char *const *words) {
  const char *near = rd_words_nearest(text, words);
  return near ? g_strdup_printf("; did you mean \"%s\"?", near) : g_strdup("");
}
