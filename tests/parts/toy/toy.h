/* toy.h - a request-answer protocol that exists for tests alone: one message a line, "ASK n" or "SAY n TEXT",
 * at most 200 octets and a line feed. It proves that a protocol is one row, and no line of a driver. */
#pragma once

#include "redoubt/message.h"

enum { TOY_PROTOCOL = RD_PROTO_EXPERIMENT + 1, TOY_PORT = 7007, TOY_LONGEST = 200 };

/* RdMessage.view of it. */
typedef struct {
  bool is_request;
  uint32_t number;
  RdSlice text; /* of an answer */
} ToyMessage;
