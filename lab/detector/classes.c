#include "lab/detector/classes.h"

static RdClass class_of_request(uint8_t method) {
  switch (method) {
  case RD_SIP_INVITE:
    return RD_CLASS_INVITE;
  case RD_SIP_ACK:
    return RD_CLASS_ACK;
  case RD_SIP_BYE:
    return RD_CLASS_BYE;
  case RD_SIP_CANCEL:
    return RD_CLASS_CANCEL;
  case RD_SIP_REGISTER:
    return RD_CLASS_REGISTER;
  case RD_SIP_OPTIONS:
    return RD_CLASS_OPTIONS;
  case RD_SIP_MESSAGE:
    return RD_CLASS_MESSAGE;
  case RD_SIP_SUBSCRIBE:
  case RD_SIP_NOTIFY:
  case RD_SIP_PUBLISH:
    return RD_CLASS_SUBSCRIBE;
  default:
    return RD_CLASS_OTHER_REQUEST;
  }
}

RdClass rd_class(const RdSip *sip) {
  if (sip->is_request)
    return class_of_request(sip->method);
  if (sip->status < 200)
    return RD_CLASS_PROVISIONAL;
  if (sip->status < 300)
    return sip->method == RD_SIP_INVITE ? RD_CLASS_INVITE_OK : RD_CLASS_OTHER_OK;
  if (sip->status < 400)
    return RD_CLASS_REDIRECT;
  if (sip->status == 401 || sip->status == 407)
    return RD_CLASS_CHALLENGE;
  return sip->status < 500 ? RD_CLASS_CLIENT_ERROR : RD_CLASS_SERVER_ERROR;
}

const char *rd_class_name(RdClass c) {
  static const char *const names[RD_CLASSES] = {
      "INVITE",  "ACK",        "BYE",           "CANCEL",    "REGISTER",      "OPTIONS",
      "MESSAGE", "SUBSCRIBE",  "other request", "1xx",       "2xx of INVITE", "other 2xx",
      "3xx",     "401 or 407", "other 4xx",     "5xx or 6xx"};
  return (unsigned)c < RD_CLASSES ? names[c] : "?";
}
