/* A shared object that leaves a mark as soon as it is loaded: what a stranger's could do. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void run(void) {
  const char *mark = getenv("EVIL_MARK");
  int fd = mark ? open(mark, O_CREAT | O_WRONLY, 0666) : -1;
  if (fd >= 0)
    close(fd);
}
