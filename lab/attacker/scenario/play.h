/* play.h - the state of a player and its calls. Private to the room. */
#pragma once

#include "lab/attacker/pace.h"
#include "lab/attacker/scenario/model.h"
#include "lab/attacker/scenario/player.h"
#include "lab/base/table.h"
#include "lab/base/text.h"

typedef enum { RD_VALUE_UNSET = 0, RD_VALUE_BOOL, RD_VALUE_NUMBER, RD_VALUE_TEXT } RdValueKind;

typedef struct {
  uint8_t kind; /* RdValueKind */
  double number; /* of BOOL: 0 or 1 */
  char *text; /* capacity `cap`, kept when it is set to something else */
  uint32_t len, cap;
} RdValue;

/* Octets that are kept and reused. */
typedef struct {
  char *at;
  uint32_t len, cap;
} RdBytes;

#define RD_CALL_ID 128
#define RD_BRANCH 96
#define RD_TAG 128
#define RD_ROUTES 2048

typedef struct {
  uint32_t slot;
  uint64_t number; /* from 1 */
  uint64_t entity;
  char id[RD_CALL_ID];
  RdAddress remote;
  RdConn conn;
  int at; /* index of the command that it is at */
  bool established, invited; /* ACK sent or received; the last request sent was an INVITE */
  uint32_t cseq, draws, steps;
  RdTimer wait, again; /* pause or timeout; retransmission */
  RdTime interval; /* of the last retransmission */
  unsigned repeats;
  uint64_t heard; /* hash of the last expected message, until something is sent */
  uint64_t cause; /* hash of the message that was answered by command `answer` */
  int answer;
  RdBytes last, sent; /* the last expected message; the last one sent */
  char tag[RD_TAG]; /* ";tag=..." of the peer */
  char routes[RD_ROUTES], next_url[RD_TAG];
  RdBytes challenge; /* value of WWW- or Proxy-Authenticate */
  bool proxy_challenge;
  uint32_t nonce_count;
  uint64_t sqn; /* of AKA */
  char branches[RD_SC_TRANSACTIONS][RD_BRANCH];
  RdValue *variables;
  uint32_t lines[RD_SC_FILES]; /* of the injection files */
} RdCall;

typedef struct {
  RdConn conn;
  bool up;
} RdLink;

struct RdPlayer {
  RdHost *host;
  const RdActorSetup *setup;
  RdPlay play;
  const RdScenario *scenario;
  RdPace *pace;
  RdAddress remote;
  RdLink *links; /* a source; NULL: datagrams */
  RdCall **calls; /* by slot; those not in use are on the list `spare` */
  uint32_t n_calls, in_use, *spare, n_spare;
  RdTable *by_id; /* Call-ID -> uint32_t slot */
  RdTable *ended; /* Call-ID -> RdTime when it ended */
  uint64_t key[2];
  uint64_t started; /* calls so far */
  uint32_t pid, dynamic_id;
  RdValue *globals, *users; /* n_variables; entities x n_variables, NULL if none is a user's */
  char *out; /* RD_SC_MESSAGE + 1 octets to write a message in */
  bool running, stopped, finished; /* finished: an action said to begin no more calls */
  struct {
    uint32_t started, completed, failed, refused, unexpected, timeouts, repeated, repeated_answers,
        media, out_of_call, sent, received, lost, logged, cut;
  } counters;
};

enum { RD_DRAW_PID = 0x73630001, RD_DRAW_KEY, RD_DRAW_CALL };

/* --- values (values.c) ------------------------------------------------------------------------------- */
RdValue *rd_play_variable(RdPlayer *p, RdCall *call, unsigned index);
void rd_value_text(RdValue *v, RdSlice text);
void rd_value_number(RdValue *v, double number);
void rd_value_bool(RdValue *v, bool yes);
bool rd_value_is_set(const RdValue *v);
double rd_value_as_number(const RdValue *v); /* of a text that is none: 0 */
void rd_value_write(const RdValue *v, RdText *t);
void rd_values_free(RdValue *values, size_t n);
void rd_bytes_set(RdBytes *b, const void *at, size_t len);
uint64_t rd_play_draw(RdPlayer *p, RdCall *call);
double rd_play_spread(RdPlayer *p, RdCall *call, const RdSpread *spread);

/* --- what was received (match.c) ----------------------------------------------------------------------- */
/* Value of the n-th header of a name (from 1) in a message as text; absent: at == NULL. */
RdSlice rd_play_header(const RdBytes *message, RdSlice name, unsigned n, RdSlice *ret_line);
RdSlice rd_play_body(const RdBytes *message);
bool rd_play_matches(RdPlayer *p, RdCall *call, int index, const RdMessage *m);
/* The command that takes a message now, or an optional one passed by; -1: none. */
int rd_play_find(RdPlayer *p, RdCall *call, const RdMessage *m);
/* A command behind us that took such a message before; -1: none. */
int rd_play_find_old(RdPlayer *p, RdCall *call, const RdMessage *m);
void rd_play_learn(RdPlayer *p, RdCall *call, const RdCommand *d, const RdMessage *m);

/* --- rendering (render.c, credentials.c) ----------------------------------------------------------------- */
/* The text of a template into out[cap]; 0: too long. `index`: of the command that sends it. */
size_t rd_play_render(RdPlayer *p, RdCall *call, const RdTemplate *t, int index, char *out,
                      size_t cap);
/* Authorization or Proxy-Authorization for the message begun in `t`; nothing without a challenge. */
void rd_play_credentials(RdPlayer *p, RdCall *call, const RdToken *token, int index, RdText *t);
bool rd_play_verify(RdPlayer *p, RdCall *call, const RdScenarioAction *a);

/* --- actions (act.c) --------------------------------------------------------------------------------------- */
typedef enum { RD_GO_ON = 0, RD_GO_JUMP, RD_GO_FAIL, RD_GO_END } RdGo;
RdGo rd_play_act(RdPlayer *p, RdCall *call, const RdCommand *d, int *ret_jump);
