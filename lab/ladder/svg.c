/* A ladder as a drawing (SVG 1.1, no script, no font of its own). */
#include <string.h>

#include "lab/ladder/ladder.h"

#define LEFT 96 /* the first lifeline, px */
#define TOP 84 /* the first arrow */
#define STEP 30
#define LETTER 7.2 /* of a text of 12 px, about */
#define NARROWEST 120
#define RIGHT 110

static double pitch_of(const RdLadder *l) {
  double widest = NARROWEST;
  for (guint i = 0; i < l->arrows->len; i++) {
    const RdLadderArrow *a = &g_array_index(l->arrows, RdLadderArrow, i);
    const unsigned span = a->from > a->to ? a->from - a->to : a->to - a->from;
    const double text = (double)strlen(a->full) + (a->again ? 8 : 0);
    widest = MAX(widest, (text * LETTER + 28) / MAX(span, 1));
  }
  for (guint i = 0; i < l->columns->len; i++)
    widest = MAX(widest,
                 (double)strlen(g_array_index(l->columns, RdLadderColumn, i).name) * LETTER + 16);
  return widest;
}

static const char style[] =
    "<style>\n"
    "svg{background:#fff;color:#1c2430;font:12px ui-monospace,Consolas,'DejaVu Sans "
    "Mono',monospace}\n"
    "text{fill:currentColor}.dim{fill:#5a6675}.line{stroke:#c3cad3}\n"
    ".legitimate{stroke:#1f5fa8;fill:#1f5fa8}.induced{stroke:#7a5b00;fill:#7a5b00}\n"
    ".attack{stroke:#b3261e;fill:#b3261e}text.attack,text.induced,text.legitimate{stroke:none}\n"
    ".again{stroke-dasharray:6 4}\n"
    "@media (prefers-color-scheme:dark){svg{background:#12161c;color:#e4e8ee}.dim{fill:#9aa6b5}"
    ".line{stroke:#3a4450}.legitimate{stroke:#7fb2ef;fill:#7fb2ef}"
    ".induced{stroke:#e0bc5a;fill:#e0bc5a}.attack{stroke:#ff8a80;fill:#ff8a80}}\n"
    "@media print{svg{background:#fff;color:#000}}\n"
    "</style>\n";

static void add_text(GString *out, double x, double y, const char *attributes, const char *text) {
  g_autofree char *safe = g_markup_escape_text(text, -1);
  g_string_append_printf(out, "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, safe);
}

static void add_columns(GString *out, const RdLadder *l, double pitch, double bottom) {
  for (guint i = 0; i < l->columns->len; i++) {
    const RdLadderColumn *c = &g_array_index(l->columns, RdLadderColumn, i);
    const double x = LEFT + i * pitch;
    add_text(out, x, 46, "text-anchor=\"middle\" font-weight=\"bold\"", c->name);
    if (c->address)
      add_text(out, x, 61, "text-anchor=\"middle\" class=\"dim\"", c->address);
    g_string_append_printf(out,
                           "<line class=\"line\" x1=\"%.1f\" y1=\"68\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                           x, x, bottom);
  }
}

static const char *const classes[] = {"legitimate", "induced", "attack"};

static void add_head(GString *out, const RdLadderArrow *a, double x, double y, int way) {
  if (a->lost)
    g_string_append_printf(
        out,
        "<path class=\"%s\" fill=\"none\" stroke-width=\"2\" d=\"M%.1f %.1fl10 10"
        "m0 -10l-10 10\"/>\n",
        classes[a->label], x - 5, y - 5);
  else
    g_string_append_printf(out, "<path class=\"%s\" d=\"M%.1f %.1fl%d -4v8z\"/>\n",
                           classes[a->label], x, y, -8 * way);
}

static void add_arrow(GString *out, const RdLadderArrow *a, double pitch, double y) {
  const double from = LEFT + a->from * pitch;
  const int way = a->to > a->from ? 1 : -1;
  const double to = a->to == a->from ? from + 26 : LEFT + a->to * pitch - (a->lost ? way * 24 : 0);
  g_autofree char *text = g_strconcat(a->full, a->again ? " (again)" : "", NULL);
  g_autofree char *safe = g_markup_escape_text(a->detail, -1);
  g_autofree char *how = g_strdup_printf("text-anchor=\"%s\" class=\"%s\"",
                                         a->to == a->from ? "start" : "middle", classes[a->label]);
  g_string_append_printf(out, "<g><title>%s%s</title>\n", safe, a->lost ? "; never came" : "");
  g_string_append_printf(out,
                         "<line class=\"%s%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                         classes[a->label], a->again ? " again" : "", from, y, to, y);
  add_head(out, a, to, y, a->to == a->from ? 1 : way);
  add_text(out, a->to == a->from ? to + 8 : (from + to) / 2, a->to == a->from ? y + 4 : y - 5, how,
           text);
  g_string_append(out, "</g>\n");
}

static void add_time(GString *out, const RdLadder *l, const RdLadderArrow *a, double y) {
  const RdLadderArrow *first = &g_array_index(l->arrows, RdLadderArrow, 0);
  const RdTime zero = MIN(first->sent, first->received);
  g_autofree char *text =
      g_strdup_printf("%.1f ms", (double)(MIN(a->sent, a->received) - zero) / 1e6);
  add_text(out, LEFT - 22, y + 4, "text-anchor=\"end\" class=\"dim\"", text);
}

char *rd_ladder_svg(const RdLadder *l) {
  GString *out = g_string_new(NULL);
  const double pitch = pitch_of(l);
  const double width = LEFT + (l->columns->len - 1) * pitch + RIGHT;
  const double bottom = TOP + l->arrows->len * STEP;
  g_string_append_printf(out,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                         "width=\"%.0f\" height=\"%.0f\" role=\"img\">\n",
                         width, bottom + 16, width, bottom + 16);
  g_autofree char *title = g_markup_escape_text(l->title, -1);
  g_string_append_printf(out, "<title>%s</title>\n%s", title, style);
  add_text(out, 12, 20, "class=\"dim\"", l->title);
  add_columns(out, l, pitch, bottom);
  for (guint i = 0; i < l->arrows->len; i++) {
    const RdLadderArrow *a = &g_array_index(l->arrows, RdLadderArrow, i);
    const double y = TOP + 14 + i * STEP;
    add_time(out, l, a, y);
    add_arrow(out, a, pitch, y);
  }
  g_string_append(out, "</svg>\n");
  return g_string_free(out, FALSE);
}
