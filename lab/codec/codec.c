#include "lab/codec/codec.h"

#include <string.h>

static const RdCodec nobody = {.protocol = RD_PROTO_UNKNOWN, .name = "unknown", .longest = 65507};

const RdCodec *rd_codec(uint8_t protocol) {
  for (const RdCodec *const *c = rd_codecs; *c; c++)
    if ((*c)->protocol == protocol)
      return *c;
  return &nobody;
}

uint8_t rd_codec_at(uint16_t port) {
  for (const RdCodec *const *c = rd_codecs; *c; c++)
    if ((*c)->port == port && port != 0)
      return (*c)->protocol;
  return RD_PROTO_UNKNOWN;
}

void rd_codec_view(RdView *room, RdMessage *message) {
  const RdCodec *codec = rd_codec(message->protocol);
  message->sip = NULL;
  message->view = NULL;
  if (message->kind == RD_DATA && codec->view && !(message->flags & RD_UNFRAMED))
    codec->view(room, message);
}

/* The only edit, replacing all. */
static size_t edit_whole(const RdEdit *edit, char *ret, size_t cap) {
  if (edit->value.len == 0 || edit->value.len > cap)
    return 0;
  memcpy(ret, edit->value.at, edit->value.len);
  return edit->value.len;
}

size_t rd_codec_edit(const RdMessage *message, const RdEdit *edits, size_t n, size_t stride,
                     char *ret, size_t cap) {
  const RdCodec *codec = rd_codec(message->protocol);
  if (n > 0 && (!edits || stride < RD_EDIT_FIRST_SIZE))
    return 0;
  if (n == 1 && edits->kind == RD_EDIT_WHOLE)
    return edit_whole(edits, ret, cap);
  return codec->edit ? codec->edit(message, edits, n, stride, ret, cap) : 0;
}
