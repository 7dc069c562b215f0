#include "bench/report/csv.h"

#include <math.h>
#include <string.h>

void rd_csv_number(GString *csv, double value) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_c(csv, ',');
  if (!isnan(value))
    g_string_append(csv, g_ascii_formatd(digits, sizeof digits, "%.9g", value));
}

void rd_csv_text(GString *csv, const char *text) {
  g_auto(GStrv) pieces = g_strsplit(text, "\"", -1);
  g_autofree char *doubled = g_strjoinv("\"\"", pieces);
  g_string_append_c(csv, ',');
  g_string_append_printf(csv, strpbrk(text, ",\"\r\n") ? "\"%s\"" : "%s", doubled);
}
