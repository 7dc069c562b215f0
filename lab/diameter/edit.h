/* edit.h - changes AVPs at the top of a message, and nothing else of it. Pure. */
#pragma once

#include "redoubt/defense.h"
#include "redoubt/diameter.h"

/* RD_EDIT_REMOVE, ADD and REPLACE of an AVP by its name in names.c ("Public-Identity"); the value is its
 * data, in octets. ADD puts it at the end, REPLACE where the first one was. The length; 0: an edit of another
 * kind, a name that is not known, or it does not fit. */
size_t rd_dia_edit(const RdDiameter *message, const RdEdit *edits, size_t n, size_t stride,
                   void *ret, size_t cap);
