#include "lab/text/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char *system_error(int number) {
  return g_strdup(g_strerror(number));
}

static bool read_descriptor(int fd, gsize max, char **ret, gsize *ret_len, char **why) {
  struct stat st;
  if (fstat(fd, &st) != 0) {
    *why = system_error(errno);
    return false;
  }
  if (!S_ISREG(st.st_mode)) {
    *why = g_strdup(S_ISDIR(st.st_mode) ? "is a folder, not a file" : "is not a regular file");
    return false;
  }
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 block[16384];
  ssize_t n;
  while ((n = read(fd, block, sizeof block)) > 0 && bytes->len <= max)
    g_byte_array_append(bytes, block, (guint)n);
  if (n < 0) {
    *why = system_error(errno);
    return false;
  }
  if (bytes->len > max) {
    *why = g_strdup_printf("is larger than %" G_GSIZE_FORMAT " bytes", max);
    return false;
  }
  *ret_len = bytes->len;
  g_byte_array_append(bytes, (const guint8 *)"", 1);
  *ret = (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
  return true;
}

bool rd_files_read(const char *path, gsize max, char **ret, gsize *ret_len, char **why) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    *why = system_error(errno);
    return false;
  }
  bool ok = read_descriptor(fd, max, ret, ret_len, why);
  close(fd);
  return ok;
}
