/* object.h - is this file a shared object that dlopen() can be trusted with? A truncated one would
 * kill the program there (SIGBUS), so it is looked at first. */
#pragma once

#include <glib.h>

/* NULL, or what is wrong: a constant. */
const char *rd_object_fault(const void *bytes, gsize len);
