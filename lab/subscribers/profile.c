#include "lab/subscribers/profile.h"

#include <glib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"

/* --- writing --- */

static void put(RdText *t, const char *text) {
  for (const char *p = text; *p; p++)
    switch (*p) {
    case '&':
      rd_text_add(t, "&amp;");
      break;
    case '<':
      rd_text_add(t, "&lt;");
      break;
    case '>':
      rd_text_add(t, "&gt;");
      break;
    default:
      rd_text_char(t, *p);
    }
}

static void element(RdText *t, const char *name, const char *text) {
  rd_text_char(t, '<');
  rd_text_add(t, name);
  rd_text_char(t, '>');
  put(t, text);
  rd_text_add(t, "</");
  rd_text_add(t, name);
  rd_text_char(t, '>');
}

static void number(RdText *t, const char *name, uint64_t n) {
  char digits[24];
  RdText d = rd_text(digits, sizeof digits);
  rd_text_uint(&d, n);
  element(t, name, digits);
}

static void write_kind(RdText *t, const RdServicePoint *p) {
  switch ((RdPointKind)p->kind) {
  case RD_POINT_URI:
    element(t, "RequestURI", p->text);
    return;
  case RD_POINT_METHOD:
    element(t, "Method", p->text);
    return;
  case RD_POINT_CASE:
    number(t, "SessionCase", p->session_case);
    return;
  case RD_POINT_HEADER:
    break;
  }
  rd_text_add(t, "<SIPHeader>");
  element(t, "Header", p->header);
  if (p->text[0])
    element(t, "Content", p->text);
  rd_text_add(t, "</SIPHeader>");
}

static void write_point(RdText *t, const RdServicePoint *p) {
  rd_text_add(t, "<SPT>");
  number(t, "ConditionNegated", p->negated);
  for (unsigned g = 0; g < 32; g++)
    if (p->groups & (UINT32_C(1) << g))
      number(t, "Group", g);
  write_kind(t, p);
  if (p->registers) {
    rd_text_add(t, "<Extension>");
    for (unsigned i = 0; i < 3; i++)
      if (p->registers & (1u << i))
        number(t, "RegistrationType", i);
    rd_text_add(t, "</Extension>");
  }
  rd_text_add(t, "</SPT>");
}

static void write_criteria(RdText *t, const RdFilterCriteria *c) {
  rd_text_add(t, "<InitialFilterCriteria>");
  number(t, "Priority", c->priority);
  if (c->n_points > 0) {
    rd_text_add(t, "<TriggerPoint>");
    number(t, "ConditionTypeCNF", c->conjunctive);
    for (unsigned i = 0; i < c->n_points; i++)
      write_point(t, &c->points[i]);
    rd_text_add(t, "</TriggerPoint>");
  }
  rd_text_add(t, "<ApplicationServer>");
  element(t, "ServerName", c->server);
  number(t, "DefaultHandling", c->ends_session);
  rd_text_add(t, "</ApplicationServer></InitialFilterCriteria>");
}

size_t rd_profile_write(const RdProfile *p, char *ret, size_t cap) {
  RdText t = rd_text(ret, cap);
  rd_text_add(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><IMSSubscription>");
  element(&t, "PrivateID", p->impi);
  rd_text_add(&t, "<ServiceProfile>");
  for (unsigned i = 0; i < p->n_identities; i++) {
    rd_text_add(&t, "<PublicIdentity>");
    if (p->identities[i].barred)
      number(&t, "BarringIndication", 1);
    element(&t, "Identity", p->identities[i].uri);
    rd_text_add(&t, "</PublicIdentity>");
  }
  for (unsigned i = 0; i < p->n_criteria; i++)
    write_criteria(&t, &p->criteria[i]);
  rd_text_add(&t, "</ServiceProfile></IMSSubscription>");
  return t.full ? 0 : t.len;
}

/* --- reading --- */

#define DEEPEST 12

typedef struct {
  RdProfile *profile;
  unsigned depth, profiles;
  const char *within[DEEPEST]; /* names of the elements that are open: known ones alone */
  char text[256];
  size_t len;
} Reader;

/* The elements that are read; all others are passed over, as annex E allows extensions. */
static const char *const known[] = {"IMSSubscription",
                                    "PrivateID",
                                    "ServiceProfile",
                                    "PublicIdentity",
                                    "Identity",
                                    "Priority",
                                    "BarringIndication",
                                    "InitialFilterCriteria",
                                    "TriggerPoint",
                                    "SPT",
                                    "ConditionTypeCNF",
                                    "ConditionNegated",
                                    "Group",
                                    "Method",
                                    "RequestURI",
                                    "SIPHeader",
                                    "Header",
                                    "Content",
                                    "SessionCase",
                                    "RegistrationType",
                                    "ApplicationServer",
                                    "Extension",
                                    "ServerName",
                                    "DefaultHandling"};

static bool is_in(const Reader *r, const char *element) {
  for (unsigned i = 0; i < r->depth; i++)
    if (r->within[i] && strcmp(r->within[i], element) == 0)
      return true;
  return false;
}

static void refuse(GError **error, const char *why) {
  g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, why);
}

static RdFilterCriteria *criteria(Reader *r) {
  return &r->profile->criteria[r->profile->n_criteria - 1];
}

static RdServicePoint *point(Reader *r) {
  return &criteria(r)->points[criteria(r)->n_points - 1];
}

static void begin(GMarkupParseContext *context, const char *name, const char **keys,
                  const char **values, void *user, GError **error) {
  Reader *r = user;
  RdProfile *p = r->profile;
  const char *found = NULL;
  (void)context, (void)keys, (void)values;
  for (size_t i = 0; i < G_N_ELEMENTS(known) && !found; i++)
    if (strcmp(known[i], name) == 0)
      found = known[i];
  if (r->depth == DEEPEST) {
    refuse(error, "nested too deep");
    return;
  }
  r->within[r->depth++] = found;
  r->len = 0;
  if (g_strcmp0(found, "ServiceProfile") == 0 && r->profiles++ == 1)
    refuse(error, "more than one service profile");
  else if (g_strcmp0(found, "PublicIdentity") == 0 && p->n_identities++ == RD_PROFILE_IDENTITIES)
    refuse(error, "too many identities");
  else if (g_strcmp0(found, "InitialFilterCriteria") == 0 && p->n_criteria++ == RD_PROFILE_CRITERIA)
    refuse(error, "too many filter criteria");
  else if (g_strcmp0(found, "SPT") == 0 && p->n_criteria > 0 &&
           criteria(r)->n_points++ == RD_PROFILE_POINTS)
    refuse(error, "too many service point triggers");
}

static void text(GMarkupParseContext *context, const char *at, gsize len, void *user,
                 GError **error) {
  Reader *r = user;
  (void)context;
  if (r->depth == 0 || !r->within[r->depth - 1])
    return;
  if (r->len + len >= sizeof r->text) {
    refuse(error, "an element is too long");
    return;
  }
  memcpy(r->text + r->len, at, len);
  r->len += len;
}

static bool copy(const Reader *r, char *ret, size_t cap) {
  const RdSlice s = rd_slice_trim(rd_slice_of(r->text, r->len));
  return s.len < cap && rd_slice_copy(s, ret, cap) == s.len;
}

static bool count(const Reader *r, uint64_t most, uint64_t *ret) {
  return rd_slice_uint(rd_slice_trim(rd_slice_of(r->text, r->len)), ret) && *ret <= most;
}

static bool end_in_point(Reader *r, const char *name) {
  RdServicePoint *p = point(r);
  uint64_t n;
  if (strcmp(name, "ConditionNegated") == 0) {
    p->negated = count(r, 1, &n) && n;
    return true;
  }
  if (strcmp(name, "Group") == 0) {
    if (!count(r, 31, &n))
      return false;
    p->groups |= UINT32_C(1) << n;
    return true;
  }
  if (strcmp(name, "RegistrationType") == 0) {
    if (!count(r, 2, &n))
      return false;
    p->registers |= (uint8_t)(1u << n);
    return true;
  }
  if (strcmp(name, "SessionCase") == 0) {
    p->kind = RD_POINT_CASE;
    if (!count(r, 4, &n))
      return false;
    p->session_case = (uint8_t)n;
    return true;
  }
  if (strcmp(name, "Header") == 0) {
    p->kind = RD_POINT_HEADER;
    return copy(r, p->header, sizeof p->header);
  }
  if (strcmp(name, "Method") != 0 && strcmp(name, "RequestURI") != 0 &&
      strcmp(name, "Content") != 0)
    return true;
  if (name[0] != 'C')
    p->kind = name[0] == 'M' ? RD_POINT_METHOD : RD_POINT_URI;
  return copy(r, p->text, sizeof p->text);
}

static bool end_in_criteria(Reader *r, const char *name) {
  RdFilterCriteria *c = criteria(r);
  uint64_t n = 0;
  if (c->n_points > 0 && is_in(r, "SPT"))
    return end_in_point(r, name);
  if (strcmp(name, "ServerName") == 0)
    return copy(r, c->server, sizeof c->server);
  if (strcmp(name, "Priority") == 0) {
    const bool good = count(r, UINT32_MAX, &n);
    c->priority = (uint32_t)n;
    return good;
  }
  if (strcmp(name, "ConditionTypeCNF") == 0)
    c->conjunctive = count(r, 1, &n) && n;
  else if (strcmp(name, "DefaultHandling") == 0)
    c->ends_session = count(r, 1, &n) && n;
  return true;
}

static bool take(Reader *r, const char *name) {
  RdProfile *p = r->profile;
  uint64_t n;
  if (p->n_criteria > 0 && is_in(r, "InitialFilterCriteria"))
    return end_in_criteria(r, name);
  if (strcmp(name, "PrivateID") == 0)
    return copy(r, p->impi, sizeof p->impi);
  if (p->n_identities == 0 || !is_in(r, "PublicIdentity"))
    return true;
  if (strcmp(name, "Identity") == 0)
    return copy(r, p->identities[p->n_identities - 1].uri,
                sizeof p->identities[p->n_identities - 1].uri);
  if (strcmp(name, "BarringIndication") == 0)
    p->identities[p->n_identities - 1].barred = count(r, 1, &n) && n;
  return true;
}

static void end(GMarkupParseContext *context, const char *name, void *user, GError **error) {
  Reader *r = user;
  (void)context, (void)name;
  const char *found = r->within[r->depth - 1];
  if (found && !take(r, found))
    refuse(error, "an element's value is out of bounds");
  r->depth--;
  r->len = 0;
}

static int by_priority(const void *a, const void *b) {
  const RdFilterCriteria *x = a, *y = b;
  return x->priority < y->priority ? -1 : x->priority > y->priority;
}

static bool complete(const RdProfile *p) {
  for (unsigned i = 0; i < p->n_identities; i++)
    if (!p->identities[i].uri[0])
      return false;
  for (unsigned i = 0; i < p->n_criteria; i++)
    if (!p->criteria[i].server[0])
      return false;
  return p->n_identities > 0;
}

bool rd_profile_read(RdSlice xml, RdProfile *ret) {
  static const GMarkupParser parser = {.start_element = begin, .end_element = end, .text = text};
  Reader r = {.profile = ret};
  memset(ret, 0, sizeof *ret);
  GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &r, NULL);
  const bool good = xml.len > 0 && g_markup_parse_context_parse(context, xml.at, xml.len, NULL) &&
                    g_markup_parse_context_end_parse(context, NULL);
  g_markup_parse_context_free(context);
  if (!good || !complete(ret))
    return false;
  qsort(ret->criteria, ret->n_criteria, sizeof *ret->criteria, by_priority);
  return true;
}

/* --- matching (TS 29.228 annex F) --- */

static bool contains(RdSlice all, const char *part) {
  const size_t len = strlen(part);
  return all.len >= len && memmem(all.at, all.len, part, len) != NULL;
}

static bool has_header(const RdSip *sip, const RdServicePoint *p) {
  for (unsigned i = 0; i < sip->n_headers; i++) {
    const RdSipHeader *h = rd_sip_header(sip, i);
    if (rd_slice_is_nocase(h->name, p->header) && contains(h->value, p->text))
      return true;
  }
  return false;
}

static bool holds(const RdServicePoint *p, const RdSip *sip, RdSessionCase session_case,
                  RdRegisters registers) {
  switch ((RdPointKind)p->kind) {
  case RD_POINT_URI:
    return contains(sip->uri, p->text);
  case RD_POINT_METHOD:
    return rd_slice_is(sip->method_text, p->text) && (!p->registers || (p->registers & registers));
  case RD_POINT_HEADER:
    return has_header(sip, p);
  case RD_POINT_CASE:
    return p->session_case == session_case;
  }
  return false;
}

bool rd_criteria_match(const RdFilterCriteria *c, const RdSip *sip, RdSessionCase session_case,
                       RdRegisters registers) {
  uint32_t in_use = 0, some = 0,
           all = UINT32_MAX; /* groups: used; with a point that holds; with none that fails */
  for (unsigned i = 0; i < c->n_points; i++) {
    const RdServicePoint *p = &c->points[i];
    in_use |= p->groups;
    if (holds(p, sip, session_case, registers) != p->negated)
      some |= p->groups;
    else
      all &= ~p->groups;
  }
  if (c->n_points == 0)
    return true;
  return c->conjunctive ? (some & in_use) == in_use : (all & in_use) != 0;
}
