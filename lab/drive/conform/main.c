/* redoubt-conform - holds a part, given as the path of its shared object, to the contract: a line a fault.
 * In a process of its own, since a part may crash. Exits with 0 if there is none, else with RD_CONFORM_FAULTS,
 * which no crash exits with; 2: it is no part. `redoubt check PART.so` runs it. */
#include <stdio.h>
#include <string.h>

#include "lab/drive/conform/conform.h"

static void tell(void *user, const char *fault) {
  (void)user;
  printf("%s\n", fault);
  fflush(stdout);
}

int main(int argc, char **argv) {
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(GError) error = NULL;
  const RdPart *part = NULL;
  if (argc != 2) {
    fprintf(stderr, "usage: redoubt-conform PART.so\n");
    return 2;
  }
  g_autofree char *path = g_canonicalize_filename(argv[1], NULL);
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE && !part; kind++) {
    g_clear_error(&error);
    part = rd_parts_get(parts, kind, path, &error);
    if (!part && !strstr(error->message, "it belongs in"))
      break; /* not of another kind: broken */
  }
  if (!part) {
    fprintf(stderr, "%s\n", error->message);
    return 2;
  }
  const RdConformTo to = {.tell = tell};
  return rd_conform(part, &to) > 0 ? RD_CONFORM_FAULTS : 0;
}
