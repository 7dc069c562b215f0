/* A ladder on a terminal. */
#include <string.h>

#include "lab/ladder/ladder.h"

#define LEFT 12 /* columns in front of the first lifeline: the time */
#define NARROWEST 14 /* between two lifelines */
#define ROOM 6 /* of an arrow beyond its text */

/* Wide enough for what goes from one node to the next. */
static unsigned pitch_of(const RdLadder *l) {
  size_t widest = NARROWEST;
  for (guint i = 0; i < l->arrows->len; i++) {
    const RdLadderArrow *a = &g_array_index(l->arrows, RdLadderArrow, i);
    const unsigned span = a->from > a->to ? a->from - a->to : a->to - a->from;
    const size_t text = strlen(a->text) + (a->again ? strlen(" (again)") : 0) + ROOM;
    widest = MAX(widest, text / MAX(span, 1) + 1);
  }
  for (guint i = 0; i < l->columns->len; i++)
    widest = MAX(widest, strlen(g_array_index(l->columns, RdLadderColumn, i).name) + 2);
  return (unsigned)widest;
}

static unsigned at(unsigned column, unsigned pitch) {
  return LEFT + column * pitch;
}

/* Writes into a line of blanks, cut at its end. */
static void put(GString *line, unsigned from, const char *text) {
  for (; *text && from < line->len; text++)
    line->str[from++] = *text;
}

static GString *lifelines(const RdLadder *l, unsigned pitch) {
  const unsigned width = at(l->columns->len, pitch) + 16;
  GString *line = g_string_sized_new(width);
  for (unsigned i = 0; i < width; i++)
    g_string_append_c(line, ' ');
  for (unsigned c = 0; c < l->columns->len; c++)
    line->str[at(c, pitch)] = '|';
  return line;
}

static void finish(GString *out, GString *line) {
  while (line->len > 0 && line->str[line->len - 1] == ' ')
    g_string_truncate(line, line->len - 1);
  g_string_append_printf(out, "%s\n", line->str);
  g_string_free(line, TRUE);
}

static void head(GString *out, const RdLadder *l, unsigned pitch) {
  GString *names = lifelines(l, pitch), *addresses = lifelines(l, pitch);
  bool any = false;
  for (unsigned c = 0; c < l->columns->len; c++) {
    const RdLadderColumn *column = &g_array_index(l->columns, RdLadderColumn, c);
    put(names, at(c, pitch), column->name);
    any |= column->address != NULL;
    put(addresses, at(c, pitch), column->address ? column->address : "|");
  }
  finish(out, names);
  if (any)
    finish(out, addresses);
  else
    g_string_free(addresses, TRUE);
}

static void time_of(GString *line, const RdLadder *l, const RdLadderArrow *a) {
  const RdLadderArrow *first = &g_array_index(l->arrows, RdLadderArrow, 0);
  const RdTime zero = MIN(first->sent, first->received);
  char text[LEFT + 1];
  g_snprintf(text, sizeof text, "%10.1f", (double)(MIN(a->sent, a->received) - zero) / 1e6);
  put(line, 0, text);
}

/* A message that comes back to its own node. */
static void loop(GString *line, unsigned x, const char *text) {
  g_autofree char *shown = g_strdup_printf("|<> %s", text);
  put(line, x, shown);
}

static void arrow(GString *line, const RdLadderArrow *a, unsigned pitch) {
  g_autofree char *text = g_strdup_printf(" %s%s ", a->text, a->again ? " (again)" : "");
  const bool right = a->to > a->from;
  const unsigned low = at(MIN(a->from, a->to), pitch), high = at(MAX(a->from, a->to), pitch);
  const char shaft = a->label == RD_LADDER_ATTACK ? '=' : '-';
  if (low == high) {
    loop(line, low, text + 1);
    return;
  }
  const unsigned begin = low + 1 + (!right && a->lost ? 3 : 0);
  const unsigned end = high - (right && a->lost ? 3 : 0); /* behind the last of it */
  for (unsigned x = low + 1; x < high; x++)
    line->str[x] = x < begin || x >= end ? ' ' : shaft;
  line->str[right ? end - 1 : begin] = a->lost ? 'x' : right ? '>' : '<';
  const unsigned room = end - begin - 1, len = (unsigned)strlen(text);
  put(line, begin + !right + (room > len ? (room - len) / 2 : 0), text);
}

static void legend(GString *out, const RdLadder *l) {
  bool attack = false, lost = false;
  for (guint i = 0; i < l->arrows->len; i++) {
    const RdLadderArrow *a = &g_array_index(l->arrows, RdLadderArrow, i);
    attack |= a->label == RD_LADDER_ATTACK;
    lost |= a->lost;
  }
  if (attack)
    g_string_append(out, "===  the attack's own\n");
  if (lost)
    g_string_append(out, "--x  never came\n");
  if (l->cut)
    g_string_append(out, "There is more than can be shown: this is not all of it.\n");
}

char *rd_ladder_text(const RdLadder *l, bool times) {
  GString *out = g_string_new(NULL);
  const unsigned pitch = pitch_of(l);
  g_string_append_printf(out, "%s\n\n", l->title);
  head(out, l, pitch);
  for (guint i = 0; i < l->arrows->len; i++) {
    const RdLadderArrow *a = &g_array_index(l->arrows, RdLadderArrow, i);
    GString *line = lifelines(l, pitch);
    if (times)
      time_of(line, l, a);
    arrow(line, a, pitch);
    finish(out, line);
  }
  legend(out, l);
  return g_string_free(out, FALSE);
}
