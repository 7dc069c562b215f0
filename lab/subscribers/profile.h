/* profile.h - a subscription as an HSS hands it to an S-CSCF in User-Data: XML (TS 29.228 annexes B and E).
 * Pure.
 *
 * One service profile a subscription, which is what this lab's subscribers have. What does not fit the
 * bounds below is refused, never cut: half a profile would be another service. */
#pragma once

#include "lab/subscribers/provision.h"
#include "redoubt/sip.h"

#define RD_PROFILE_IDENTITIES 8
#define RD_PROFILE_CRITERIA 8
#define RD_PROFILE_POINTS 8
#define RD_POINT_TEXT 64
#define RD_PROFILE_XML 8192 /* room for any profile that fits, and a NUL */

/* TS 29.228 annex F, SessionCase. */
typedef enum {
  RD_CASE_ORIGINATING = 0,
  RD_CASE_TERMINATING_REGISTERED = 1,
  RD_CASE_TERMINATING_UNREGISTERED = 2,
  RD_CASE_ORIGINATING_UNREGISTERED = 3,
  RD_CASE_ORIGINATING_CDIV = 4 /* by one whom a call was diverted from */
} RdSessionCase;

typedef enum {
  RD_POINT_URI = 0, /* of the request, as a part of it */
  RD_POINT_METHOD,
  RD_POINT_HEADER, /* there, and if `text` is not "" with that in it */
  RD_POINT_CASE
} RdPointKind;

/* RegistrationType of a Method that is REGISTER, as bits; 0: any. */
typedef enum {
  RD_REGISTERS_INITIALLY = 1 << 0,
  RD_REGISTERS_AGAIN = 1 << 1,
  RD_REGISTERS_OUT = 1 << 2
} RdRegisters;

/* A service point trigger. */
typedef struct {
  uint8_t kind; /* RdPointKind */
  uint8_t session_case; /* RdSessionCase */
  uint8_t registers; /* RdRegisters */
  bool negated;
  uint32_t groups; /* bits of the groups that it is in */
  char header[RD_POINT_TEXT]; /* its name */
  char text[RD_POINT_TEXT];
} RdServicePoint;

typedef struct {
  uint32_t priority; /* the lowest is asked first */
  bool conjunctive; /* groups are joined by and, their points by or; else the other way */
  bool ends_session; /* DefaultHandling 1: without the server there is no service */
  unsigned n_points; /* 0: every request */
  RdServicePoint points[RD_PROFILE_POINTS];
  char server[RD_IDENTITY_TEXT]; /* SIP URI of the application server */
} RdFilterCriteria;

typedef struct {
  char impi[RD_IDENTITY_TEXT];
  unsigned n_identities, n_criteria;
  struct {
    char uri[RD_IDENTITY_TEXT];
    bool barred;
  } identities
      [RD_PROFILE_IDENTITIES]; /* the implicit set; the first that is not barred is the default */
  RdFilterCriteria criteria[RD_PROFILE_CRITERIA]; /* by priority */
} RdProfile;

/* Length, NUL not counted; 0: it does not fit. */
size_t rd_profile_write(const RdProfile *profile, char *ret, size_t cap);
/* False: it is no such XML, or does not fit the bounds. */
bool rd_profile_read(RdSlice xml, RdProfile *ret);

/* Does a request of this case go to the criteria's server? `registers` is what a REGISTER does, else 0. */
bool rd_criteria_match(const RdFilterCriteria *criteria, const RdSip *request,
                       RdSessionCase session_case, RdRegisters registers);
