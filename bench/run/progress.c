/* progress.c - how far the worlds are. */
#include "bench/run/progress.h"

#include <unistd.h>

#include "lab/text/words.h"

struct RdProgress {
  FILE *out;
  gboolean terminal;
  RdVerbosity verbosity;
  unsigned worlds, done, failed;
  gint64 began, drawn; /* us */
};

RdProgress *rd_progress_new(FILE *out, unsigned worlds, RdVerbosity verbosity) {
  RdProgress *p = g_new0(RdProgress, 1);
  *p = (RdProgress){.out = out, .worlds = worlds, .verbosity = verbosity};
  p->terminal = verbosity != RD_QUIET && isatty(fileno(out));
  p->began = g_get_monotonic_time();
  return p;
}

static void clear_line(RdProgress *p) {
  if (p->terminal && p->drawn)
    fprintf(p->out, "\r\033[K");
  p->drawn = 0;
}

void rd_progress_done(RdProgress *p, const char *id, gint64 wall_ms) {
  p->done++;
  if (p->verbosity != RD_VERBOSE)
    return;
  clear_line(p);
  fprintf(p->out, "world %.12s done in %.2f s\n", id, (double)wall_ms / 1000);
}

void rd_progress_failed(RdProgress *p, const char *id, const char *reason) {
  p->done++;
  p->failed++;
  clear_line(p);
  g_autofree char *shown = rd_words_printable(reason);
  fprintf(p->out, "world %.12s failed: %s\n", id, shown);
}

char *rd_progress_span(gint64 seconds) {
  if (seconds < 60)
    return g_strdup_printf("%d s", (int)seconds);
  if (seconds < 3600)
    return g_strdup_printf("%d min %02d s", (int)(seconds / 60), (int)(seconds % 60));
  return g_strdup_printf("%" G_GINT64_FORMAT " h %02d min", seconds / 3600,
                         (int)(seconds / 60 % 60));
}

/* What is left, at the pace so far; worlds under way count as half done. */
static char *eta(const RdProgress *p, unsigned running) {
  if (p->done == 0)
    return g_strdup("ETA ?");
  double elapsed = (double)(g_get_monotonic_time() - p->began) / G_USEC_PER_SEC;
  double finished = p->done + 0.5 * running, left = (double)p->worlds - finished;
  g_autofree char *span = rd_progress_span((gint64)(elapsed / finished * MAX(left, 0) + 0.5));
  return g_strconcat("ETA ", span, NULL);
}

void rd_progress_draw(RdProgress *p, unsigned running) {
  gint64 now = g_get_monotonic_time();
  if (!p->terminal || p->worlds == 0 || now - p->drawn < G_USEC_PER_SEC / 5)
    return;
  g_autofree char *left = eta(p, running);
  fprintf(p->out, "\r\033[K%u/%u worlds, %u running, ", p->done, p->worlds, running);
  if (p->failed)
    fprintf(p->out, "%u failed, ", p->failed);
  fprintf(p->out, "%s", left);
  fflush(p->out);
  p->drawn = now;
}

void rd_progress_free(RdProgress *p) {
  if (!p)
    return;
  clear_line(p);
  g_free(p);
}
