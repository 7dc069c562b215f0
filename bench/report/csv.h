/* csv.h - fields of a CSV file (RFC 4180), each with a comma before it. */
#pragma once

#include <glib.h>

void rd_csv_number(GString *csv, double value); /* NaN: an empty field */
void rd_csv_text(GString *csv, const char *text); /* quoted where it has to be */
