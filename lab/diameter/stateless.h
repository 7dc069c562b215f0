/* stateless.h - an answer to a request from the request alone (RFC 6733 s6.2). Pure. */
#pragma once

#include "redoubt/diameter.h"

/* Answers with a Result-Code in the name of whom it was addressed to; E is set for those of 3xxx (s7.1.3).
 * Session-Id and every Proxy-Info are copied. The length; 0: it is no request, or does not fit. */
size_t rd_dia_refuse(const RdDiameter *request, uint32_t result, void *ret, size_t cap);
