/* confine.h - runs a program that can start no other program. */
#pragma once

#include <glib.h>

#define RD_CONFINE_ERROR g_quark_from_static_string("rd-confine")
enum {
  RD_CONFINE_FAILED = 1, /* it could not be started, or not confined: then it was not run */
  RD_CONFINE_TIMEOUT,
};

typedef struct {
  gboolean well; /* it exited with 0 */
  char *out, *err; /* what it wrote, at most 64 MiB each; valid UTF-8 */
} RdConfined;

/* Runs argv[0], an absolute path, with `input` on its stdin and with no environment but PATH (an
 * empty folder) and LC_ALL. The kernel refuses it every new process (seccomp), so a script it reads
 * cannot start a shell whatever the script says; it may have threads. FALSE with *error: it could
 * not be run so, or took longer than `seconds`. */
gboolean rd_confine_run(const char *const *argv, const char *input, unsigned seconds,
                        RdConfined *ret, GError **error);
void rd_confined_clear(RdConfined *confined);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RdConfined, rd_confined_clear)
