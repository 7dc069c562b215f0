/* report.h - how a detector says what it found. */
#pragma once

#include "redoubt/host.h"

/* An alert of class "dos" unless `classes` says otherwise (NULL). `subject` may be "". Evidence is cut to
 * one line of 200 octets. */
__attribute__((format(printf, 6, 7))) void rd_report(RdHost *host, RdSubject kind,
                                                     const char *subject, double score,
                                                     const char *classes, const char *evidence,
                                                     ...);
