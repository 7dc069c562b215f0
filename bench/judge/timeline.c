/* timeline.c - a cell's service over time. */
#include "bench/judge/timeline.h"

#include "bench/judge/document.h"

static int column_of(JsonObject *timeline, const char *name) {
  JsonArray *columns = rd_document_array(timeline, "columns");
  for (guint i = 0; columns && i < json_array_get_length(columns); i++)
    if (g_strcmp0(json_array_get_string_element(columns, i), name) == 0)
      return (int)i;
  return -1;
}

/* Column `served` over column `tried` of one world. */
static void add(RdSeries *s, JsonObject *result, const char *tried, const char *served) {
  JsonObject *timeline = rd_document_object(result, "timeline");
  JsonArray *rows = timeline ? rd_document_array(timeline, "rows") : NULL;
  int t = timeline ? column_of(timeline, tried) : -1;
  int v = timeline ? column_of(timeline, served) : -1;
  if (!rows || t < 0 || v < 0)
    return;
  guint n = json_array_get_length(rows), each = (n + RD_TIMELINE_POINTS - 1) / RD_TIMELINE_POINTS;
  s->seconds = rd_document_number(timeline, "bucket_ns") / 1e9 * MAX(each, 1);
  for (guint i = 0; i < n; i++) {
    JsonArray *row = json_array_get_array_element(rows, i);
    s->tried[i / each] += json_array_get_double_element(row, (guint)t);
    s->served[i / each] += json_array_get_double_element(row, (guint)v);
    s->n = MAX(s->n, i / each + 1);
  }
}

void rd_timeline_add(RdTimeline *t, JsonObject *const results[RD_WORLDS]) {
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    add(&t->calls[w], results[w], "call_attempts", "served");
    add(&t->registers[w], results[w], "register_attempts", "registered");
  }
}
