#include "lab/yaml/yaml.h"

#include <libfyaml.h>
#include <string.h>

#include "lab/text/read.h"
#include "lab/text/words.h"

typedef struct {
  struct fy_parser *parser;
  struct fy_diag *diag;
  RdSource *source;
  RdDiagnostics *d;
  RdYaml *stack[RD_YAML_MAX_DEPTH + 1];
  unsigned depth, nodes;
  RdYaml *root;
  RdYaml *key; /* read, its value still to come */
  bool stop;
} Reader;

void rd_yaml_free(RdYaml *node) {
  if (!node)
    return;
  rd_yaml_free(node->key);
  if (node->items)
    g_ptr_array_unref(node->items);
  rd_source_unref(node->source);
  g_free(node->text);
  g_free(node);
}

static void item_free(gpointer node) {
  rd_yaml_free(node);
}

static RdYaml *at_place(const RdYaml *place, RdYamlKind kind, const char *text) {
  RdYaml *n = g_new0(RdYaml, 1);
  n->kind = kind;
  n->line = place->line;
  n->column = place->column;
  n->source = rd_source_ref(place->source);
  n->text = g_strdup(text);
  return n;
}

RdYaml *rd_yaml_copy(const RdYaml *node) {
  RdYaml *copy = at_place(node, node->kind, node->text);
  copy->empty = node->empty;
  copy->key = node->key ? rd_yaml_copy(node->key) : NULL;
  copy->items = node->items ? g_ptr_array_new_with_free_func(item_free) : NULL;
  for (guint i = 0; node->items && i < node->items->len; i++)
    g_ptr_array_add(copy->items, rd_yaml_copy(node->items->pdata[i]));
  return copy;
}

void rd_yaml_rename(RdYaml *node, const RdYaml *place, const char *key) {
  rd_yaml_free(node->key);
  node->key = at_place(place, RD_YAML_SCALAR, key);
}

RdYaml *rd_yaml_map_at(const RdYaml *place, const char *key) {
  RdYaml *map = at_place(place, RD_YAML_MAP, NULL);
  map->items = g_ptr_array_new_with_free_func(item_free);
  rd_yaml_rename(map, place, key);
  return map;
}

static RdYaml *node_new(Reader *r, RdYamlKind kind, const struct fy_mark *mark) {
  RdYaml *n = g_new0(RdYaml, 1);
  n->kind = kind;
  n->source = rd_source_ref(r->source);
  /* A value that is not there has no place of its own: its key's. */
  n->line = mark ? (unsigned)mark->line + 1 : r->key ? r->key->line : 1;
  n->column = mark ? (unsigned)mark->column + 1 : r->key ? r->key->column : 1;
  if (kind != RD_YAML_SCALAR)
    n->items = g_ptr_array_new_with_free_func(item_free);
  return n;
}

static void fault_at(Reader *r, const struct fy_mark *mark, const char *message) {
  rd_diagnostics_add(r->d, r->source, mark ? (unsigned)mark->line + 1 : 1,
                     mark ? (unsigned)mark->column + 1 : 1, NULL, message);
}

static void refuse(Reader *r, const struct fy_mark *mark, const char *message) {
  fault_at(r, mark, message);
  r->stop = true;
}

static RdYaml *top(const Reader *r) {
  return r->depth ? r->stack[r->depth - 1] : NULL;
}

static void add_to_map(Reader *r, RdYaml *map, RdYaml *node) {
  node->key = g_steal_pointer(&r->key);
  const RdYaml *before = rd_yaml_get(map, node->key->text);
  if (before) {
    g_autofree char *quoted = rd_words_quote(node->key->text);
    g_autofree char *message =
        g_strdup_printf("key %s is there twice (first in line %u)", quoted, before->key->line);
    rd_diagnostics_add(r->d, r->source, node->key->line, node->key->column, NULL, message);
  }
  /* Kept all the same, so that what is inside it is checked as well; get() finds the first. */
  g_ptr_array_add(map->items, node);
}

/* Hangs a finished scalar or a freshly opened list or map into the tree. Takes `node`. */
static void attach(Reader *r, RdYaml *node) {
  RdYaml *parent = top(r);
  if (!parent) {
    r->root = node;
  } else if (parent->kind == RD_YAML_LIST) {
    g_ptr_array_add(parent->items, node);
  } else if (r->key) {
    add_to_map(r, parent, node);
  } else {
    r->key = node;
  }
}

static void open_collection(Reader *r, RdYamlKind kind, const struct fy_mark *mark) {
  RdYaml *parent = top(r);
  if (parent && parent->kind == RD_YAML_MAP && !r->key) {
    refuse(r, mark, "a key has to be plain text");
    return;
  }
  if (r->depth == RD_YAML_MAX_DEPTH) {
    refuse(r, mark, "nested too deeply");
    return;
  }
  RdYaml *node = node_new(r, kind, mark);
  attach(r, node);
  r->stack[r->depth++] = node;
}

static void add_scalar(Reader *r, struct fy_event *e, const struct fy_mark *mark) {
  struct fy_token *token = e->scalar.value;
  size_t len = 0;
  const char *text = token ? fy_token_get_text(token, &len) : "";
  RdYaml *node = node_new(r, RD_YAML_SCALAR, mark);
  node->text = g_strndup(text ? text : "", len);
  if (len != strlen(node->text))
    refuse(r, mark, "a NUL character has no place here");
  enum fy_scalar_style style = token ? fy_scalar_token_get_style(token) : FYSS_PLAIN;
  bool plain = style == FYSS_PLAIN;
  if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
    node->column -= node->column > 1; /* the mark is behind the quote */
  node->empty =
      plain && (len == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
  attach(r, node);
}

static bool decorated(Reader *r, struct fy_token *anchor, struct fy_token *tag) {
  const struct fy_mark *mark = fy_token_start_mark(anchor ? anchor : tag);
  if (anchor)
    refuse(r, mark, "anchors are not read here: write the value out where it is needed");
  else if (tag)
    refuse(r, mark, "tags are not read here: write the plain value");
  return anchor || tag;
}

static void take_event(Reader *r, struct fy_event *e) {
  const struct fy_mark *mark = fy_event_start_mark(e);
  if (e->type != FYET_STREAM_END && ++r->nodes > RD_YAML_MAX_NODES) {
    refuse(r, mark, "too many values in one file");
    return;
  }
  switch (e->type) {
  case FYET_DOCUMENT_START:
    if (r->root)
      refuse(r, mark, "a second document has no place here");
    break;
  case FYET_MAPPING_START:
    if (!decorated(r, e->mapping_start.anchor, e->mapping_start.tag))
      open_collection(r, RD_YAML_MAP, mark);
    break;
  case FYET_SEQUENCE_START:
    if (!decorated(r, e->sequence_start.anchor, e->sequence_start.tag))
      open_collection(r, RD_YAML_LIST, mark);
    break;
  case FYET_MAPPING_END:
  case FYET_SEQUENCE_END:
    r->depth -= r->depth > 0;
    break;
  case FYET_SCALAR:
    if (!decorated(r, e->scalar.anchor, e->scalar.tag))
      add_scalar(r, e, mark);
    break;
  case FYET_ALIAS:
    refuse(r, mark, "aliases are not read here: write the value out where it is needed");
    break;
  default:
    break;
  }
}

static void take_library_errors(Reader *r) {
  struct fy_diag_error *e;
  void *iter = NULL;
  bool any = false;
  while ((e = fy_diag_errors_iterate(r->diag, &iter)) != NULL) {
    g_autofree char *message = g_strdup_printf("not YAML: %s", e->msg ? e->msg : "");
    g_strchomp(message);
    rd_diagnostics_add(r->d, r->source, (unsigned)MAX(e->line, 1), (unsigned)MAX(e->column, 1),
                       NULL, message);
    any = true;
    break; /* what follows is about the parser's own confusion */
  }
  if (!any && !r->stop)
    rd_diagnostics_add(r->d, r->source, 0, 0, NULL, "not YAML");
}

static void read_events(Reader *r) {
  while (!r->stop) {
    struct fy_event *e = fy_parser_parse(r->parser);
    if (!e)
      break;
    bool last = e->type == FYET_STREAM_END;
    take_event(r, e);
    fy_parser_event_free(r->parser, e);
    if (last)
      return;
  }
  take_library_errors(r);
  r->stop = true;
}

/* What no YAML text may hold, found before the parser sees it. */
static bool characters_ok(const char *text, gsize len, RdSource *source, RdDiagnostics *d) {
  const char *bad = NULL, *message = "not a text file in UTF-8";
  bool valid = g_utf8_validate_len(text, len, &bad);
  for (const char *p = text; valid && p < text + len; p++)
    if ((guchar)*p < 0x20 && *p != '\n' && *p != '\r' && *p != '\t') {
      bad = p;
      message = "a control character has no place in a text file";
      valid = false;
    }
  if (valid)
    return true;
  unsigned line = 1;
  const char *start = text;
  for (const char *p = text; p < bad; p++)
    if (*p == '\n') {
      line++;
      start = p + 1;
    }
  rd_diagnostics_add(d, source, line, (unsigned)g_utf8_strlen(start, bad - start) + 1, NULL,
                     message);
  return false;
}

RdYaml *rd_yaml_parse(const char *text, gsize len, const char *path, RdDiagnostics *d) {
  Reader r = {.d = d, .source = rd_source_new(path, text)};
  if (len > RD_YAML_MAX_BYTES) {
    rd_diagnostics_add(d, r.source, 0, 0, NULL, "larger than 1 MiB");
  } else if (characters_ok(text, len, r.source, d)) {
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    r.diag = fy_diag_create(&diag_cfg);
    fy_diag_set_collect_errors(r.diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
                               .diag = r.diag};
    r.parser = fy_parser_create(&cfg);
    if (r.parser && fy_parser_set_string(r.parser, text, len) == 0)
      read_events(&r);
    if (r.parser)
      fy_parser_destroy(r.parser);
    fy_diag_destroy(r.diag);
    if (!r.root && !r.stop)
      rd_diagnostics_add(d, r.source, 0, 0, NULL, "is empty");
  }
  rd_yaml_free(r.key);
  if (r.stop) {
    rd_yaml_free(r.root);
    r.root = NULL;
  }
  rd_source_unref(r.source);
  return r.root;
}

RdYaml *rd_yaml_load(const char *path, RdDiagnostics *d) {
  g_autofree char *text = NULL, *why = NULL;
  gsize len;
  if (rd_files_read(path, RD_YAML_MAX_BYTES, &text, &len, &why))
    return rd_yaml_parse(text, len, path, d);
  RdSource *source = rd_source_new(path, "");
  rd_diagnostics_add(d, source, 0, 0, NULL, why);
  rd_source_unref(source);
  return NULL;
}

const RdYaml *rd_yaml_get(const RdYaml *map, const char *key) {
  for (guint i = 0; map && map->kind == RD_YAML_MAP && i < map->items->len; i++) {
    const RdYaml *item = map->items->pdata[i];
    if (strcmp(item->key->text, key) == 0)
      return item;
  }
  return NULL;
}

char *rd_yaml_folder(const RdYaml *node) {
  return g_path_get_dirname(node->source->path);
}
