/* frames_private.h - what the two file formats have in common. */
#pragma once

#include "lab/capture/frames.h"

typedef struct RdPcapngReader RdPcapngReader;

/* Reads from a borrowed file, positioned at its start. */
RdPcapngReader *rd_pcapng_reader_new(FILE *file);
/* As rd_frames_next(); on -1 *ret_offset says where and *ret_why (constant) what. */
int rd_pcapng_reader_next(RdPcapngReader *r, RdFrame *ret, int64_t *ret_offset,
                          const char **ret_why);
/* Name of an interface of the section in hand; NULL: none such, or no name. */
const char *rd_pcapng_reader_interface(const RdPcapngReader *r, unsigned i,
                                       const char **ret_description);
void rd_pcapng_reader_free(RdPcapngReader *r); /* NULL is fine */
