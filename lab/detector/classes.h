/* classes.h - the few kinds that detectors count SIP messages by. Pure. */
#pragma once

#include "redoubt/sip.h"

typedef enum {
  RD_CLASS_INVITE = 0,
  RD_CLASS_ACK,
  RD_CLASS_BYE,
  RD_CLASS_CANCEL,
  RD_CLASS_REGISTER,
  RD_CLASS_OPTIONS,
  RD_CLASS_MESSAGE,
  RD_CLASS_SUBSCRIBE, /* and NOTIFY, PUBLISH */
  RD_CLASS_OTHER_REQUEST,
  RD_CLASS_PROVISIONAL, /* 1xx */
  RD_CLASS_INVITE_OK, /* 2xx to INVITE */
  RD_CLASS_OTHER_OK, /* 2xx to all else */
  RD_CLASS_REDIRECT, /* 3xx */
  RD_CLASS_CHALLENGE, /* 401, 407 */
  RD_CLASS_CLIENT_ERROR, /* other 4xx */
  RD_CLASS_SERVER_ERROR, /* 5xx, 6xx */
  RD_CLASSES
} RdClass;

RdClass rd_class(const RdSip *sip);
const char *rd_class_name(RdClass c); /* "INVITE", "2xx of INVITE"; "?" of no class */
