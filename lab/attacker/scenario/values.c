/* values.c - call variables, kept octets, and draws. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"

RdValue *rd_play_variable(RdPlayer *p, RdCall *call, unsigned index) {
  const RdScenario *s = p->scenario;
  if (s->variable_scope[index] == RD_SCOPE_GLOBAL)
    return &p->globals[index];
  if (s->variable_scope[index] == RD_SCOPE_USER)
    return &p->users[call->entity * s->n_variables + index];
  return &call->variables[index];
}

void rd_value_text(RdValue *v, RdSlice text) {
  const uint32_t len = MIN(text.len, RD_SC_VALUE);
  if (v->cap <= len) {
    v->cap = len + 32;
    v->text = g_realloc(v->text, v->cap);
  }
  if (len > 0)
    memmove(v->text, text.at, len);
  v->text[len] = 0;
  v->len = len;
  v->kind = RD_VALUE_TEXT;
}

void rd_value_number(RdValue *v, double number) {
  v->kind = RD_VALUE_NUMBER;
  v->number = number;
}

void rd_value_bool(RdValue *v, bool yes) {
  v->kind = RD_VALUE_BOOL;
  v->number = yes;
}

bool rd_value_is_set(const RdValue *v) {
  return v->kind == RD_VALUE_BOOL ? v->number != 0 : v->kind != RD_VALUE_UNSET;
}

double rd_value_as_number(const RdValue *v) {
  if (v->kind == RD_VALUE_TEXT)
    return g_ascii_strtod(v->text, NULL);
  return v->kind == RD_VALUE_UNSET ? 0 : v->number;
}

/* A number has six decimals, as SIPp writes it. */
void rd_value_write(const RdValue *v, RdText *t) {
  char number[G_ASCII_DTOSTR_BUF_SIZE + 320];
  if (v->kind == RD_VALUE_TEXT)
    rd_text_slice(t, rd_slice_of(v->text, v->len));
  else if (v->kind == RD_VALUE_NUMBER)
    rd_text_add(t, g_ascii_formatd(number, sizeof number, "%f", v->number));
  else if (v->kind == RD_VALUE_BOOL)
    rd_text_add(t, v->number != 0 ? "true" : "false");
}

void rd_values_free(RdValue *values, size_t n) {
  for (size_t i = 0; values && i < n; i++)
    g_free(values[i].text);
  g_free(values);
}

void rd_bytes_set(RdBytes *b, const void *at, size_t len) {
  if (b->cap <= len) {
    b->cap = (uint32_t)len + 256;
    b->at = g_realloc(b->at, b->cap);
  }
  if (len > 0)
    memcpy(b->at, at, len);
  b->at[len] = 0;
  b->len = (uint32_t)len;
}

uint64_t rd_play_draw(RdPlayer *p, RdCall *call) {
  return p->host->random(p->host, call->entity, RD_DRAW_CALL, (call->number << 20) + call->draws++);
}

/* The sum of twelve numbers in [0, 1) less 6: of mean 0 and deviation 1, and no libm. */
static double normal(RdPlayer *p, RdCall *call) {
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += rd_unit(rd_play_draw(p, call));
  return sum;
}

double rd_play_spread(RdPlayer *p, RdCall *call, const RdSpread *s) {
  switch (s->kind) {
  case RD_SPREAD_UNIFORM:
    return s->a + (s->b - s->a) * rd_unit(rd_play_draw(p, call));
  case RD_SPREAD_NORMAL:
    return s->a + s->b * normal(p, call);
  case RD_SPREAD_EXPONENTIAL:
    return s->a > 0 ? rd_exponential(rd_play_draw(p, call), s->a) : 0;
  default:
    return s->a;
  }
}
