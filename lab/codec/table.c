/* The protocols that the lab speaks. A file of its own, so that a program may have another table. */
#include "lab/codec/codec.h"

const RdCodec *const rd_codecs[] = {&rd_codec_sip, &rd_codec_diameter, NULL};
