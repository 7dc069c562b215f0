/* ladder.c - `redoubt ladder`: a call of captures as a ladder. */
#include "lab/ladder/ladder.h"

#include <stdio.h>

#include "cli/commands.h"
#include "cli/ladder.h"
#include "cli/options.h"

static bool draw(const RdLadder *l, const char *svg, GError **error) {
  g_autofree char *drawing = svg ? rd_ladder_svg(l) : NULL;
  return !svg || g_file_set_contents(svg, drawing, -1, error);
}

int rd_ladder_show(const char *command, const char *path, const char *call, const char *svg) {
  GError *error = NULL;
  g_autoptr(RdLadder) l = rd_ladder_read(path, call, &error);
  if (!l)
    return rd_options_fail(command, error, RD_EXIT_USAGE);
  if (!draw(l, svg, &error))
    return rd_options_fail(command, error, RD_EXIT_FAILED);
  g_autofree char *text = rd_ladder_text(l, true);
  return rd_options_print(text);
}

int rd_cmd_ladder(int argc, char **argv) {
  g_autofree char *svg = NULL;
  const GOptionEntry entries[] = {
      {"svg", 0, 0, G_OPTION_ARG_FILENAME, &svg, "Draw it into a file, too", "FILE"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse(
          "FOLDER|CAPTURE CALL",
          "Draws a call or a registration, message by message, out of the captures of `run "
          "--pcap`, or of\nanybody's. CALL is a Call-ID, or call, registration or attack "
          "(the first of each; call:2 is the second).",
          entries, NULL, &argc, &argv))
    return RD_EXIT_USAGE;
  if (argc != 3) {
    fprintf(stderr, "usage: redoubt ladder FOLDER|CAPTURE CALL [--svg FILE]\n");
    return RD_EXIT_USAGE;
  }
  return rd_ladder_show("ladder", argv[1], argv[2], svg);
}
