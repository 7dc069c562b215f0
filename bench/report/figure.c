/* figure.c - how figures are written for people. */
#include "bench/report/figure.h"

#include <math.h>
#include <string.h>

#define NO_BREAK_SPACE "\xc2\xa0"

/* Groups of three digits from five digits on. */
static char *grouped(const char *digits) {
  GString *text = g_string_new(NULL);
  size_t sign = *digits == '-', n = strlen(digits);
  for (size_t i = 0; i < n; i++) {
    if (i > sign && (n - i) % 3 == 0 && n - sign > 4)
      g_string_append(text, NO_BREAK_SPACE);
    g_string_append_c(text, digits[i]);
  }
  return g_string_free(text, FALSE);
}

char *rd_figure_number(double value) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (isnan(value))
    return g_strdup("undefined");
  if (isinf(value))
    return g_strdup(value > 0 ? "infinite" : "-infinite");
  double size = fabs(value);
  gboolean nearly = (size > 0.99 && size < 1) || (size > 99 && size < 100);
  g_ascii_formatd(digits, sizeof digits,
                  size == 0 || size >= 1000 ? "%.0f"
                  : nearly                  ? "%.4g"
                  : size >= 1e-3            ? "%.3g"
                                            : "%.2g",
                  value);
  return size >= 1000 ? grouped(digits) : g_strdup(digits);
}

/* An interval of no width says that nothing varied among so few, not that nothing can. */
static char *with_interval(const char *number, RdInterval interval, size_t n) {
  if (isnan(interval.low) || isnan(interval.high))
    return g_strdup(number);
  if (interval.low == interval.high)
    return g_strdup_printf("%s [all %zu equal]", number, n);
  g_autofree char *low = rd_figure_number(interval.low), *high = rd_figure_number(interval.high);
  return g_strdup_printf("%s [%s, %s]", number, low, high);
}

char *rd_figure_summary(const RdSummary *summary, unsigned seeds) {
  if (summary->n == 0 || isnan(summary->mean))
    return g_strdup_printf("undefined (0 of %u)", seeds);
  g_autofree char *mean = rd_figure_number(summary->mean);
  g_autofree char *text = with_interval(mean, summary->interval, summary->n);
  return summary->n == seeds ? g_steal_pointer(&text)
                             : g_strdup_printf("%s (%zu of %u)", text, summary->n, seeds);
}

char *rd_figure_share(const RdShare *share) {
  if (share->n == 0)
    return g_strdup("undefined (0 of 0)");
  g_autofree char *number = g_strdup_printf("%u/%u", share->k, share->n);
  return g_strdup_printf("%s [%.0f, %.0f] %%", number, 100 * share->interval.low,
                         100 * share->interval.high);
}

char *rd_figure_seconds(double seconds) {
  return isnan(seconds) ? g_strdup("undefined") : g_strdup_printf("%.3g s", seconds);
}

char *rd_figure_median(double seconds, RdInterval interval) {
  if (isnan(seconds))
    return g_strdup("undefined");
  if (isinf(interval.high))
    return g_strdup_printf("%.3g s [%.3g or more]", seconds, interval.low);
  return g_strdup_printf("%.3g [%.3g, %.3g] s", seconds, interval.low, interval.high);
}
