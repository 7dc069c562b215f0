#include "lab/attacker/scenario/xml.h"

#include <string.h>

typedef struct {
  const char *text, *at, *end;
  const char *line_start; /* of the line that was counted last */
  unsigned line;
  const RdScenarioReport *report;
  GPtrArray *open; /* RdXml *, from the outermost */
  unsigned elements;
  bool failed;
} Reader;

static RdXml *element_new(void) {
  RdXml *e = g_new0(RdXml, 1);
  e->attributes = g_array_new(FALSE, TRUE, sizeof(RdXmlAttribute));
  e->children = g_ptr_array_new_with_free_func((GDestroyNotify)rd_xml_free);
  return e;
}

void rd_xml_free(RdXml *e) {
  if (!e)
    return;
  for (guint i = 0; i < e->attributes->len; i++) {
    RdXmlAttribute *a = &g_array_index(e->attributes, RdXmlAttribute, i);
    g_free(a->name);
    g_free(a->value);
  }
  g_array_unref(e->attributes);
  g_ptr_array_unref(e->children);
  g_free(e->name);
  g_free(e->text);
  g_free(e);
}

const RdXmlAttribute *rd_xml_attribute(const RdXml *e, const char *name) {
  for (guint i = 0; i < e->attributes->len; i++) {
    const RdXmlAttribute *a = &g_array_index(e->attributes, RdXmlAttribute, i);
    if (strcmp(a->name, name) == 0)
      return a;
  }
  return NULL;
}

/* Line and column of a place at or behind the one asked for before. */
static void locate(Reader *r, const char *place, unsigned *line, unsigned *column) {
  for (const char *p = r->line_start; p < place; p++)
    if (*p == '\n') {
      r->line++;
      r->line_start = p + 1;
    }
  *line = r->line;
  *column = (unsigned)(place - r->line_start) + 1;
}

static void say(Reader *r, bool warning, const char *place, const char *message) {
  unsigned line, column;
  locate(r, place, &line, &column);
  r->failed = r->failed || !warning;
  r->report->say(r->report->user, warning, line, column, message);
}

static bool starts(const Reader *r, const char *what) {
  const size_t n = strlen(what);
  return (size_t)(r->end - r->at) >= n && memcmp(r->at, what, n) == 0;
}

static const char *find(const Reader *r, const char *from, const char *what) {
  return from <= r->end ? g_strstr_len(from, r->end - from, what) : NULL;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(Reader *r) {
  while (r->at < r->end && is_blank(*r->at))
    r->at++;
}

static char *take_name(Reader *r) {
  const char *from = r->at;
  while (r->at < r->end && !is_blank(*r->at) && !strchr("/>=<\"", *r->at))
    r->at++;
  return g_strndup(from, (gsize)(r->at - from));
}

/* --- values ------------------------------------------------------------------------------------- */

/* &amp; and its kin at `p`, which is an ampersand; 0: none of them. */
static char entity(const char *p, const char *end, size_t *ret_len) {
  static const struct {
    const char *name;
    char is;
  } known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
    const size_t n = strlen(known[i].name);
    if ((size_t)(end - p) >= n && memcmp(p, known[i].name, n) == 0) {
      *ret_len = n;
      return known[i].is;
    }
  }
  return 0;
}

/* A backslash escapes as in C for a few characters; before any other it stands for itself. */
static void add_escaped(GString *value, char c) {
  static const char from[] = "\\\"ntr", to[] = "\\\"\n\t\r";
  const char *known = c ? strchr(from, c) : NULL;
  if (!known)
    g_string_append_c(value, '\\');
  g_string_append_c(value, known ? to[known - from] : c);
}

/* The value up to `quote`; NULL: it never ends. */
static char *take_value(Reader *r, char quote) {
  g_autoptr(GString) value = g_string_new(NULL);
  const char *from = r->at, *odd = NULL;
  while (r->at < r->end && *r->at != quote) {
    size_t n = 1;
    char c = *r->at;
    const char is = c == '&' ? entity(r->at, r->end, &n) : 0;
    if (c == '\\' && r->at + 1 < r->end) {
      add_escaped(value, r->at[1]);
      n = 2;
    } else {
      odd = !odd && (c == '<' || (c == '&' && !is)) ? r->at : odd;
      if (is || c != '\r')
        g_string_append_c(value, is ? is : c);
    }
    r->at += n;
  }
  if (r->at >= r->end) {
    say(r, false, from, "this value has no closing quote");
    return NULL;
  }
  r->at++;
  if (odd)
    say(r, true, odd, "a bare < or & in a value is no XML; taken as it stands, as SIPp does");
  return g_string_free(g_steal_pointer(&value), FALSE);
}

/* One name="value"; false: the tag cannot be read on. */
static bool take_attribute(Reader *r, RdXml *e) {
  const char *place = r->at;
  unsigned line, column;
  locate(r, place, &line, &column);
  g_autofree char *name = take_name(r);
  skip_blanks(r);
  if (!name[0] || r->at >= r->end || *r->at != '=') {
    say(r, false, place, "name=\"value\", > or /> is expected here");
    return false;
  }
  r->at++;
  skip_blanks(r);
  if (r->at >= r->end || (*r->at != '"' && *r->at != '\'')) {
    say(r, false, r->at, "a value in quotes is expected here");
    return false;
  }
  const char quote = *r->at++;
  char *value = take_value(r, quote);
  if (!value)
    return false;
  RdXmlAttribute a = {NULL, value, line, column};
  if (rd_xml_attribute(e, name)) {
    r->report->say(r->report->user, true, line, column,
                   "an attribute that is given twice is no XML; the first counts, as in SIPp");
    g_free(value);
  } else {
    a.name = g_steal_pointer(&name);
    g_array_append_val(e->attributes, a);
  }
  return true;
}

/* --- tags ----------------------------------------------------------------------------------------- */

static RdXml *innermost(const Reader *r) {
  return r->open->pdata[r->open->len - 1];
}

static void open_tag(Reader *r) {
  RdXml *e = element_new();
  locate(r, r->at, &e->line, &e->column);
  g_ptr_array_add(innermost(r)->children, e);
  r->at++;
  e->name = take_name(r);
  if (!e->name[0])
    say(r, false, r->at, "the name of an element is expected behind <");
  else if (++r->elements > RD_XML_MAX_ELEMENTS || r->open->len > RD_XML_MAX_DEPTH)
    say(r, false, r->at, "too many elements, or too deep");
  while (!r->failed) {
    skip_blanks(r);
    if (r->at >= r->end) {
      say(r, false, r->at, "the file ends within a tag");
    } else if (*r->at == '>') {
      r->at++;
      g_ptr_array_add(r->open, e);
      return;
    } else if (starts(r, "/>")) {
      r->at += 2;
      return;
    } else {
      take_attribute(r, e);
    }
  }
}

/* Closes the innermost element of that name, and what is open inside it. */
static void close_tag(Reader *r) {
  const char *place = r->at;
  r->at += 2;
  g_autofree char *name = take_name(r);
  while (r->at < r->end && *r->at != '>')
    r->at++;
  r->at += r->at < r->end;
  guint depth = r->open->len;
  while (depth > 1 && strcmp(((RdXml *)r->open->pdata[depth - 1])->name, name) != 0)
    depth--;
  if (depth != r->open->len)
    say(r, true, place, "this closes no element, or not the last one that was opened");
  if (depth > 1)
    g_ptr_array_set_size(r->open, (gint)depth - 1);
}

/* Behind `what`, which ends what begins here. */
static void skip_to(Reader *r, const char *what, const char *unended) {
  const char *end = find(r, r->at, what);
  if (end)
    r->at = end + strlen(what);
  else
    say(r, false, r->at, unended);
}

static void take_cdata(Reader *r) {
  RdXml *e = innermost(r);
  const char *from = r->at + strlen("<![CDATA["), *end = find(r, from, "]]>");
  unsigned column;
  if (!end) {
    say(r, false, r->at, "this CDATA section never ends");
    return;
  }
  if (e->text) {
    say(r, true, r->at, "a second CDATA section is not looked at, as in SIPp");
  } else {
    locate(r, from, &e->text_line, &column);
    GString *text = g_string_new(NULL);
    for (const char *p = from; p < end; p++)
      if (*p != '\r')
        g_string_append_c(text, *p);
    e->text = g_string_free(text, FALSE);
  }
  r->at = end + strlen("]]>");
}

/* `<!DOCTYPE ...>` may hold a subset in brackets. */
static void skip_doctype(Reader *r) {
  const char *close = find(r, r->at, ">"), *bracket = find(r, r->at, "[");
  skip_to(r, bracket && close && bracket < close ? "]>" : ">", "this declaration never ends");
}

static void take_one(Reader *r) {
  if (starts(r, "<!--"))
    skip_to(r, "-->", "this comment never ends");
  else if (starts(r, "<![CDATA["))
    take_cdata(r);
  else if (starts(r, "<?"))
    skip_to(r, "?>", "this instruction never ends");
  else if (starts(r, "<!"))
    skip_doctype(r);
  else if (starts(r, "</"))
    close_tag(r);
  else
    open_tag(r);
}

RdXml *rd_xml_parse(const char *text, size_t len, const RdScenarioReport *report) {
  Reader r = {text, text, text + len, text, 1, report, g_ptr_array_new(), 0, false};
  RdXml *root = element_new();
  root->name = g_strdup("");
  g_ptr_array_add(r.open, root);
  if (memchr(text, 0, len))
    say(&r, false, text, "the file holds a NUL byte: it is no XML");
  while (!r.failed && r.at < r.end) {
    const char *next = memchr(r.at, '<', (size_t)(r.end - r.at));
    r.at = next ? next : r.end;
    if (next)
      take_one(&r);
  }
  if (!r.failed && r.open->len > 1)
    say(&r, true, r.end, "the file ends before all elements are closed");
  g_ptr_array_unref(r.open);
  if (!r.failed)
    return root;
  rd_xml_free(root);
  return NULL;
}
