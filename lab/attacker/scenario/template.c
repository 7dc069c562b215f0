/* template.c - a text with [keywords] becomes a list of tokens. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/model.h"
#include "lab/base/slice.h"

#define KEYWORD_MAX 1024
#define NESTING_MAX 4

static const char *const simple[RD_TOKEN_SIMPLE_COUNT] = {
    [RD_TOKEN_REMOTE_IP] = "remote_ip",
    [RD_TOKEN_REMOTE_HOST] = "remote_host",
    [RD_TOKEN_REMOTE_PORT] = "remote_port",
    [RD_TOKEN_TRANSPORT] = "transport",
    [RD_TOKEN_LOCAL_IP] = "local_ip",
    [RD_TOKEN_LOCAL_IP_TYPE] = "local_ip_type",
    [RD_TOKEN_LOCAL_PORT] = "local_port",
    [RD_TOKEN_MEDIA_IP] = "media_ip",
    [RD_TOKEN_MEDIA_IP_TYPE] = "media_ip_type",
    [RD_TOKEN_MEDIA_PORT] = "media_port",
    [RD_TOKEN_AUTO_MEDIA_PORT] = "auto_media_port",
    [RD_TOKEN_CALL_NUMBER] = "call_number",
    [RD_TOKEN_CALL_ID] = "call_id",
    [RD_TOKEN_DYNAMIC_ID] = "dynamic_id",
    [RD_TOKEN_CSEQ] = "cseq",
    [RD_TOKEN_PID] = "pid",
    [RD_TOKEN_SERVICE] = "service",
    [RD_TOKEN_BRANCH] = "branch",
    [RD_TOKEN_MSG_INDEX] = "msg_index",
    [RD_TOKEN_NEXT_URL] = "next_url",
    [RD_TOKEN_LEN] = "len",
    [RD_TOKEN_PEER_TAG_PARAM] = "peer_tag_param",
    [RD_TOKEN_ROUTES] = "routes",
    [RD_TOKEN_CLOCK_TICK] = "clock_tick",
    [RD_TOKEN_DATE] = "date",
    [RD_TOKEN_TIMESTAMP] = "timestamp",
    [RD_TOKEN_SIPP_VERSION] = "sipp_version",
    [RD_TOKEN_USERS] = "users",
    [RD_TOKEN_USERID] = "userid",
    [RD_TOKEN_LAST_REQUEST_URI] = "last_Request_URI",
    [RD_TOKEN_LAST_CSEQ_NUMBER] = "last_cseq_number",
    [RD_TOKEN_LAST_MESSAGE] = "last_message",
};

/* Of media that is not there, and of hardware that is not. */
static const char *const refused[] = {"tdmmap",        "server_ip", "rtpstream_", "crypto",
                                      "ueaescm128sha", "file ",     NULL};

typedef struct {
  RdCompiler *c;
  GArray *tokens; /* RdToken */
  GString *text; /* literal so far */
  unsigned depth;
} Builder;

static void compile(RdCompiler *c, const char *text, unsigned depth, RdTemplate *ret);

static void flush(Builder *b) {
  if (b->text->len == 0)
    return;
  RdToken t = {.kind = RD_TOKEN_TEXT};
  char *copy = rd_compile_memory(b->c, b->text->len + 1);
  memcpy(copy, b->text->str, b->text->len);
  t.text = rd_slice_of(copy, b->text->len);
  g_array_append_val(b->tokens, t);
  g_string_truncate(b->text, 0);
}

/* --- arguments of keywords -------------------------------------------------------------------------- */

/* The value of `name=` in "keyword name=value name=\"value\""; brackets inside are keywords. NULL: none. */
static char *argument(const char *keyword, const char *name) {
  const size_t n = strlen(name);
  const char *p = keyword;
  while ((p = strstr(p, name)) && (p == keyword || p[-1] != ' ' || p[n] != '='))
    p += n;
  if (!p)
    return NULL;
  p += n + 1;
  const bool quoted = *p == '"';
  p += quoted;
  const char *from = p;
  for (int depth = 0; *p; p++) {
    depth += *p == '[' ? 1 : *p == ']' ? -1 : 0;
    if (quoted ? *p == '"' : depth == 0 && *p == ' ')
      break;
  }
  return g_strndup(from, (gsize)(p - from));
}

static void authentication(Builder *b, const char *keyword) {
  static const char *const names[RD_AUTH_PARTS] = {"username", "password", "aka_K", "aka_OP",
                                                   "aka_AMF"};
  RdToken t = {.kind = RD_TOKEN_AUTHENTICATION};
  t.parts = rd_compile_memory(b->c, RD_AUTH_PARTS * sizeof *t.parts);
  for (unsigned i = 0; i < RD_AUTH_PARTS; i++) {
    g_autofree char *value = argument(keyword, names[i]);
    if (value)
      compile(b->c, value, b->depth + 1, &t.parts[i]);
  }
  g_array_append_val(b->tokens, t);
}

/* Which injection file a name means; -1 after reporting. */
static int file_of(RdCompiler *c, const char *name) {
  const RdScenario *s = c->scenario;
  if (s->n_files == 0) {
    rd_compile_fault(c, "a [field] is asked for and there is no injection file (parameter inject)");
    return -1;
  }
  for (unsigned i = 0; name && i < s->n_files; i++)
    if (strcmp(s->files[i].name, name) == 0)
      return (int)i;
  if (!name)
    return 0;
  rd_compile_fault(c, "there is no injection file \"%s\"", name);
  return -1;
}

static void field(Builder *b, const char *keyword) {
  char *end;
  RdToken t = {.kind = RD_TOKEN_FIELD};
  const char *number = keyword + strlen("field");
  const long n = strtol(number, &end, 10);
  if (end == number || (*end && *end != ' ') || n < 0 || n > 1000) {
    rd_compile_fault(b->c, "[%s]: the number of a field is expected", keyword);
    return;
  }
  g_autofree char *name = argument(keyword, "file"), *line = argument(keyword, "line");
  const int file = file_of(b->c, name);
  if (file < 0)
    return;
  t.index = (uint16_t)file;
  t.offset = (int32_t)n;
  if (line) {
    t.parts = rd_compile_memory(b->c, sizeof *t.parts);
    compile(b->c, line, b->depth + 1, t.parts);
  }
  g_array_append_val(b->tokens, t);
}

static void fill(Builder *b, const char *keyword) {
  g_autofree char *text = argument(keyword, "text"), *variable = argument(keyword, "variable");
  if (!variable) {
    rd_compile_fault(b->c, "[fill]: variable= is missing");
    return;
  }
  const int index = rd_compile_variable(b->c, variable);
  RdToken t = {.kind = RD_TOKEN_FILL, .index = (uint16_t)MAX(index, 0)};
  t.text = rd_slice(rd_compile_text(b->c, text && text[0] ? text : "X"));
  g_array_append_val(b->tokens, t);
}

static void last(Builder *b, const char *keyword) {
  const char *name = keyword + strlen("last_"), *dot = strstr(name, ".value");
  RdToken t = {.kind = dot && !dot[6] ? RD_TOKEN_LAST_VALUE : RD_TOKEN_LAST_HEADER};
  g_autofree char *bare =
      g_strndup(name, t.kind == RD_TOKEN_LAST_VALUE ? (gsize)(dot - name) : strcspn(name, ":"));
  if (!bare[0])
    rd_compile_fault(b->c, "[%s]: the name of a header is expected behind last_", keyword);
  t.text = rd_slice(rd_compile_text(b->c, g_strstrip(bare)));
  g_array_append_val(b->tokens, t);
}

/* --- keywords --------------------------------------------------------------------------------------- */

/* "remote_port+3" -> "remote_port" and 3. */
static int32_t cut_offset(char *keyword) {
  char *sign = strpbrk(keyword, "+-");
  if (!sign || !g_ascii_isdigit(sign[1]))
    return 0;
  const long n = strtol(sign, NULL, 10);
  *sign = 0;
  return (int32_t)CLAMP(n, -1000000, 1000000);
}

static bool simple_keyword(Builder *b, const char *keyword) {
  g_autofree char *bare = g_strdup(keyword);
  RdToken t = {.offset = cut_offset(bare)};
  for (unsigned i = 1; i < RD_TOKEN_SIMPLE_COUNT; i++)
    if (strcmp(simple[i], bare) == 0) {
      t.kind = (uint8_t)i;
      g_array_append_val(b->tokens, t);
      return true;
    }
  return false;
}

static bool given_key(Builder *b, const char *keyword) {
  const char *const *keys = b->c->scope->keys;
  for (unsigned i = 0; keys && keys[i]; i++)
    if (strcmp(keys[i], keyword) == 0) {
      RdToken t = {.kind = RD_TOKEN_KEY, .index = (uint16_t)i};
      g_array_append_val(b->tokens, t);
      return true;
    }
  return false;
}

static void variable(Builder *b, const char *name) {
  const int index = rd_compile_variable(b->c, name);
  RdToken t = {.kind = RD_TOKEN_VARIABLE, .index = (uint16_t)MAX(index, 0)};
  g_array_append_val(b->tokens, t);
}

static bool is_refused(const char *keyword) {
  for (unsigned i = 0; refused[i]; i++)
    if (g_str_has_prefix(keyword, refused[i]))
      return true;
  return false;
}

static void keyword_token(Builder *b, const char *keyword) {
  flush(b);
  if (simple_keyword(b, keyword) || given_key(b, keyword))
    return;
  if (keyword[0] == '$')
    variable(b, keyword + 1);
  else if (g_str_has_prefix(keyword, "authentication"))
    authentication(b, keyword);
  else if (g_str_has_prefix(keyword, "field"))
    field(b, keyword);
  else if (g_str_has_prefix(keyword, "fill"))
    fill(b, keyword);
  else if (g_str_has_prefix(keyword, "last_"))
    last(b, keyword);
  else if (is_refused(keyword))
    rd_compile_fault(b->c, "[%s] is not supported: a virtual host has no such thing", keyword);
  else if (!b->c->scope->any_key)
    rd_compile_fault(b->c, "[%s] is no keyword and no key that is given", keyword);
}

/* Of "[keyword]" at p: the bracket that closes it, brackets and quotes inside counted; NULL: none. */
static const char *closing(const char *p) {
  int depth = 0;
  for (const char *q = p; *q && *q != '\n' && q - p < KEYWORD_MAX; q++) {
    if (*q == '"') {
      const char *close = strpbrk(q + 1, "\"\n");
      q = close && *close == '"' ? close : q;
    }
    depth += *q == '[' ? 1 : *q == ']' ? -1 : 0;
    if (depth == 0)
      return q;
  }
  return NULL;
}

/* "[word word]" with a known beginning may hold brackets; any other inner bracket begins the keyword, and
 * what stands before it is text, as in SIPp: "[[local_ip]]". */
static bool may_nest(const char *p) {
  return g_str_has_prefix(p, "[authentication") || g_str_has_prefix(p, "[field") ||
         g_str_has_prefix(p, "[fill");
}

static const char *take_keyword(Builder *b, const char *p) {
  const char *close = closing(p), *inner = strchr(p + 1, '[');
  if (inner && !may_nest(p) && (!close || inner < strchr(p, ']'))) {
    g_string_append_len(b->text, p, inner - p);
    return inner;
  }
  if (!close || close == p + 1) {
    rd_compile_fault(b->c, close ? "an empty [keyword]" : "a [keyword] that is not closed");
    return p + strlen(p);
  }
  g_autofree char *keyword = g_strndup(p + 1, (gsize)(close - p - 1));
  keyword_token(b, keyword);
  return close + 1;
}

/* "\x5B" is any octet. */
static const char *take_hex(Builder *b, const char *p) {
  int value = 0, n = 0;
  for (p += 2; n < 2 && g_ascii_isxdigit(*p); n++)
    value = value * 16 + g_ascii_xdigit_value(*p++);
  if (n > 0)
    g_string_append_c(b->text, (char)value);
  return p;
}

static void finish(Builder *b, RdTemplate *ret) {
  flush(b);
  ret->n = b->tokens->len;
  ret->tokens = rd_compile_memory(b->c, MAX(ret->n, 1) * sizeof(RdToken));
  if (ret->n > 0) /* of an empty text there is no data to copy from */
    memcpy(ret->tokens, b->tokens->data, ret->n * sizeof(RdToken));
  g_array_unref(b->tokens);
  g_string_free(b->text, TRUE);
}

static const char *take_one(Builder *b, const char *p) {
  if (*p == '[')
    return take_keyword(b, p);
  if (p[0] == '\\' && p[1] == 'x')
    return take_hex(b, p);
  if (*p == '\n')
    g_string_append_c(b->text, '\r');
  g_string_append_c(b->text, *p);
  return p + 1;
}

static void compile(RdCompiler *c, const char *text, unsigned depth, RdTemplate *ret) {
  Builder b = {c, g_array_new(FALSE, TRUE, sizeof(RdToken)), g_string_new(NULL), depth};
  if (depth > NESTING_MAX)
    rd_compile_fault(c, "keywords within keywords within keywords: too deep");
  for (const char *p = depth > NESTING_MAX ? "" : text; *p;)
    p = take_one(&b, p);
  finish(&b, ret);
}

void rd_compile_template(RdCompiler *c, const char *text, RdTemplate *ret) {
  compile(c, text, 0, ret);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p) {
  while (is_blank(*p))
    p++;
  return p;
}

/* As SIPp reads a message: without blank lines before it and behind it, and blanks at the ends of lines; a
 * head gets its empty line if it has none, a body the line end that was taken. */
void rd_compile_message(RdCompiler *c, const char *text, unsigned line, RdTemplate *ret) {
  Builder b = {c, g_array_new(FALSE, TRUE, sizeof(RdToken)), g_string_new(NULL), 0};
  const char *start = text, *p = text, *end = text + strlen(text);
  bool has_head = false;
  c->line = line;
  while (end > text && (is_blank(end[-1]) || end[-1] == '\n'))
    end--;
  while (p < end) {
    if (p == start && *(p = skip_blanks(p)) == '\n' && b.tokens->len == 0 && b.text->len == 0) {
      start = ++p;
      c->line++;
      continue;
    }
    c->column = (unsigned)(p - start) + 1;
    if (*p != '\n') {
      p = p < end ? take_one(&b, p) : p;
      continue;
    }
    while (b.text->len > 0 && is_blank(b.text->str[b.text->len - 1]))
      g_string_truncate(b.text, b.text->len - 1);
    has_head = has_head || *skip_blanks(p + 1) == '\n';
    p = take_one(&b, p);
    start = p;
    c->line++;
  }
  if (b.tokens->len == 0 && b.text->len == 0)
    rd_compile_fault(c, "an empty message");
  g_string_append(b.text, !has_head ? "\r\n\r\n" : strchr(end, '\n') ? "\r\n" : "");
  finish(&b, ret);
}
