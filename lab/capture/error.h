/* error.h - how reading a capture can go wrong. */
#pragma once

#include <glib.h>

#define RD_CAPTURE_ERROR (rd_capture_error_quark())
GQuark rd_capture_error_quark(void);

typedef enum {
  RD_CAPTURE_INVALID = 1, /* no capture, or not readable at all: nothing was read */
  RD_CAPTURE_BROKEN /* truncated or damaged part of the way: what came before was read */
} RdCaptureError;
