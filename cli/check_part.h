/* check_part.h - holds the shared object of a part to the contract and to purity, in processes of their
 * own: it may crash. */
#pragma once

#include <glib.h>

/* True: no fault. Else *ret_faults is a line a fault, each beginning with the path; to be freed. */
gboolean rd_check_part(const char *path, char **ret_faults);
