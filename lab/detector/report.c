#include "lab/detector/report.h"

#include <stdarg.h>
#include <stdio.h>

void rd_report(RdHost *host, RdSubject kind, const char *subject, double score, const char *classes,
               const char *evidence, ...) {
  char line[200];
  va_list arguments;
  va_start(arguments, evidence);
  vsnprintf(line, sizeof line, evidence, arguments);
  va_end(arguments);
  const RdAlert alert = {.size = sizeof alert,
                         .subject_kind = (uint8_t)kind,
                         .score = score < 0   ? 0
                                  : score > 1 ? 1
                                              : score,
                         .classes = classes ? classes : "dos",
                         .subject = subject,
                         .evidence = line};
  host->alert(host, &alert);
}
