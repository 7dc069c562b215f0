/* lease.c - whose a world at work is. */
#include "bench/run/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *owner_path(const char *part) {
  return g_build_filename(part, "owner", NULL);
}

/* Where our process numbers mean something: the machine since it was started, and the namespace. */
static char *our_place(void) {
  g_autofree char *boot = NULL, *space = g_file_read_link("/proc/self/ns/pid", NULL);
  g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL);
  char *place = g_strdup_printf("%s/%s/%s", g_get_host_name(), boot ? g_strstrip(boot) : "?",
                                space ? space : "?");
  return g_strdelimit(place, " \n", '_');
}

/* When a process began, in ticks since the machine was started; NULL: there is none. A number may be given
 * to another process. */
static char *began(gint64 pid) {
  g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid), *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return NULL;
  const char *after = strrchr(text, ')'); /* its name may hold anything */
  g_auto(GStrv) fields = g_strsplit(after ? after + 1 : "", " ", -1);
  const guint nth = 20; /* starttime is field 22 of proc(5), the state behind the name the 3rd */
  return g_strv_length(fields) > nth ? g_strdup(fields[nth]) : NULL;
}

gboolean rd_lease_write(const char *part, GError **error) {
  g_autofree char *path = owner_path(part), *place = our_place(), *since = began(getpid());
  g_autofree char *text = g_strdup_printf("%s %d %s\n", place, (int)getpid(), since ? since : "?");
  return g_file_set_contents(path, text, -1, error);
}

void rd_lease_beat(const char *part) {
  g_autofree char *path = owner_path(part);
  utimensat(AT_FDCWD, path, NULL, 0);
}

void rd_lease_remove(const char *part) {
  g_autofree char *path = owner_path(part);
  g_unlink(path);
}

static gint64 changed(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 ? (gint64)info.st_mtime : -1;
}

/* Of an owner elsewhere, or one that nothing is known of: the folder itself is as old as its claim. */
static RdLease by_silence(const char *part, const char *clock) {
  g_autofree char *path = owner_path(part);
  int file = g_open(clock, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
  if (file >= 0)
    close(file);
  utimensat(AT_FDCWD, clock, NULL, 0);
  const gint64 now = changed(clock), sign = changed(path), last = sign >= 0 ? sign : changed(part);
  return now >= 0 && last >= 0 && now - last > RD_LEASE_SILENCE_S ? RD_LEASE_DEAD : RD_LEASE_ALIVE;
}

RdLease rd_lease_of(const char *part, const char *clock) {
  g_autofree char *path = owner_path(part), *text = NULL, *place = our_place();
  g_file_get_contents(path, &text, NULL, NULL);
  g_auto(GStrv) fields = g_strsplit(text ? g_strstrip(text) : "", " ", -1);
  if (g_strv_length(fields) != 3 || strcmp(fields[0], place) != 0)
    return by_silence(part, clock);
  const gint64 pid = g_ascii_strtoll(fields[1], NULL, 10);
  g_autofree char *since = began(pid);
  if (!since || strcmp(since, fields[2]) != 0)
    return RD_LEASE_DEAD;
  return pid == getpid() ? RD_LEASE_OURS : RD_LEASE_ALIVE;
}
