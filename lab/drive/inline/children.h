/* children.h - helper programs that cannot outlive us.
 *
 * Each runs in a process group of its own, is killed by the kernel if we die, and is ended by its id
 * alone. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Starts argv (looked for in PATH) in a folder; output goes to FOLDER/NAME.log. 0 with *error. */
pid_t rd_child_start(const char *const *argv, const char *folder, const char *name, GError **error);
/* Has it ended? *ret_code: its exit code, 128 + signal. */
gboolean rd_child_ended(pid_t child, int *ret_code);
/* Asks it to end, kills it if it does not within `patience` ms, waits for it. Returns its code. */
int rd_child_stop(pid_t child, unsigned patience);
