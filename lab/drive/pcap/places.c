#include "lab/drive/pcap/places.h"

#include <stdio.h>
#include <string.h>

#include "lab/capture/frames.h"
#include "lab/capture/label.h"
#include "lab/config/topology.h"

static void add(RdPlaces *p, char *node, char *network, char *domain, RdInterface interface) {
  p->places = g_renew(RdPlace, p->places, p->n + 1);
  p->places[p->n++] = (RdPlace){.size = sizeof(RdPlace),
                                .interface = (uint8_t)interface,
                                .node = node,
                                .network = network,
                                .domain = domain};
}

bool rd_places_one(const char *text, RdInterface interface, const char *domain, RdPlaces *ret) {
  const char *dot = strrchr(text, '.');
  if (!dot || dot == text || !dot[1])
    return false;
  add(ret, g_strndup(text, (gsize)(dot - text)), g_strdup(dot + 1),
      g_strdup(domain ? domain : dot + 1), interface);
  return true;
}

/* "Gm access" */
static void add_described(RdPlaces *p, const char *name, const char *description) {
  g_auto(GStrv) words = g_strsplit(description ? description : "", " ", 2);
  RdInterface interface = RD_IF_OTHER;
  if (words[0])
    rd_interface_parse(words[0], &interface);
  if (!rd_places_one(name, interface, words[0] ? words[1] : NULL, p))
    rd_places_one("capture.capture", interface, NULL, p); /* numbers must stay in step */
}

RdPlaces rd_places_of(const char *path) {
  RdPlaces p = {0};
  RdFrame frame;
  RdDirection direction;
  FILE *file = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? fopen(path, "rb") : NULL;
  if (!file)
    return p;
  g_autoptr(RdFrames) frames = rd_frames_take(file, path, NULL);
  if (!frames || rd_frames_next(frames, &frame, NULL) != 1 || !frame.comment ||
      !rd_label_direction(frame.comment, frame.comment_len, &direction))
    return p;
  const char *name, *description = NULL;
  for (unsigned i = 0; (name = rd_frames_interface(frames, i, &description)); i++)
    add_described(&p, name, description);
  return p;
}

unsigned rd_places_find(const RdPlaces *places, const char *interface) {
  for (unsigned i = 0; interface && i < places->n; i++) {
    const RdPlace *p = &places->places[i];
    size_t n = strlen(p->node);
    if (strncmp(interface, p->node, n) == 0 && interface[n] == '.' &&
        strcmp(interface + n + 1, p->network) == 0)
      return i;
  }
  return 0;
}

void rd_places_clear(RdPlaces *places) {
  for (unsigned i = 0; i < places->n; i++) {
    g_free((char *)places->places[i].node);
    g_free((char *)places->places[i].network);
    g_free((char *)places->places[i].domain);
  }
  g_free(places->places);
  *places = (RdPlaces){0};
}
