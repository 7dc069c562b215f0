/* sdp.h - session descriptions (RFC 8866), as far as the offer and answer of a voice call go
 * (RFC 3264). Reading is loose: a line that makes no sense is passed over. Pure. */
#pragma once

#include "redoubt/base.h"

#define RD_SDP_MAX_MEDIA 4
#define RD_SDP_MAX_FORMATS 16

typedef enum {
  RD_SDP_SENDRECV = 0,
  RD_SDP_SENDONLY,
  RD_SDP_RECVONLY,
  RD_SDP_INACTIVE
} RdSdpDirection;

typedef struct {
  RdSlice encoding; /* "AMR-WB" of a=rtpmap; absent: a static payload type (RFC 3551) */
  RdSlice fmtp; /* parameters of a=fmtp; absent: none */
  uint32_t rate; /* Hz; 0: no rtpmap */
  uint8_t payload; /* type, 0-127 */
} RdSdpFormat;

typedef struct {
  RdSlice kind, protocol; /* "audio", "RTP/AVP" */
  RdSlice address; /* of its own c= line, or of the session's */
  uint16_t port; /* 0: refused or disabled */
  uint8_t direction; /* RdSdpDirection */
  uint8_t n_formats; /* those past RD_SDP_MAX_FORMATS are not kept */
  RdSdpFormat formats[RD_SDP_MAX_FORMATS];
} RdSdpMedia;

typedef struct {
  RdSlice origin_user, origin_address; /* of o= */
  uint64_t session_id, session_version;
  RdSlice address; /* of the session's c= line */
  uint8_t n_media; /* those past RD_SDP_MAX_MEDIA are not kept */
  RdSdpMedia media[RD_SDP_MAX_MEDIA];
} RdSdp;

/* False: it does not begin with v=0; *ret is zeroed. Slices point into the body. */
bool rd_sdp_parse(RdSlice body, RdSdp *ret);

/* The media stream and format a voice call would use: AMR-WB, or else AMR (TS 26.114 s5.2.1).
 * NULL: none. */
const RdSdpMedia *rd_sdp_voice(const RdSdp *sdp, const RdSdpFormat **ret_format);

/* Writes an offer of AMR-WB, AMR and telephone-event from an RTP address. Returns the length, 0 if
 * it did not fit. */
size_t rd_sdp_offer(char *buffer, size_t cap, const RdAddress *rtp, uint64_t session_id);
/* What a description says beyond the least. All of it may be absent. */
typedef struct {
  uint64_t
      version; /* of the session, if it is another than its number (RFC 3264 s8); 0: the same */
  const char *bandwidth; /* whole b= lines */
  RdSlice attributes; /* whole a= lines */
  bool events; /* telephone-event too, if it is offered at the voice's rate */
} RdSdpMore;

/* The offer of an IR.92 phone: AMR-WB, AMR and telephone-event, bandwidth-efficient and octet-aligned. */
size_t rd_sdp_offer_full(char *buffer, size_t cap, const RdAddress *rtp, uint64_t session_id,
                         const RdSdpMore *more);
/* As rd_sdp_answer() below. */
size_t rd_sdp_answer_full(char *buffer, size_t cap, const RdSdp *offer, const RdAddress *rtp,
                          uint64_t session_id, const RdSdpMore *more);
/* Answers an offer with its voice format and refuses its other streams by port 0 (RFC 3264 s6).
 * 0: no voice in it that we speak (488), or it did not fit. */
size_t rd_sdp_answer(char *buffer, size_t cap, const RdSdp *offer, const RdAddress *rtp,
                     uint64_t session_id);
