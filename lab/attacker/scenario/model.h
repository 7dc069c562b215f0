/* model.h - what a scenario is compiled to: commands, templates of tokens, actions. Private to the room. */
#pragma once

#include <regex.h>

#include "lab/attacker/scenario/scenario.h"
#include "redoubt/sip.h"

#define RD_SC_VARIABLES 256
#define RD_SC_VALUE 4096 /* octets of a variable's text; what is longer is cut */
#define RD_SC_MESSAGE 65000 /* octets of a message sent */
#define RD_SC_GROUPS 10 /* variables that one regular expression sets */
#define RD_SC_TRANSACTIONS 16
#define RD_SC_FILES 4
#define RD_SC_COMMANDS 1000

/* --- templates ------------------------------------------------------------------------------------ */

typedef enum {
  RD_TOKEN_TEXT = 0,
  RD_TOKEN_REMOTE_IP,
  RD_TOKEN_REMOTE_HOST,
  RD_TOKEN_REMOTE_PORT,
  RD_TOKEN_TRANSPORT,
  RD_TOKEN_LOCAL_IP,
  RD_TOKEN_LOCAL_IP_TYPE,
  RD_TOKEN_LOCAL_PORT,
  RD_TOKEN_MEDIA_IP,
  RD_TOKEN_MEDIA_IP_TYPE,
  RD_TOKEN_MEDIA_PORT,
  RD_TOKEN_AUTO_MEDIA_PORT,
  RD_TOKEN_CALL_NUMBER,
  RD_TOKEN_CALL_ID,
  RD_TOKEN_DYNAMIC_ID,
  RD_TOKEN_CSEQ,
  RD_TOKEN_PID,
  RD_TOKEN_SERVICE,
  RD_TOKEN_BRANCH,
  RD_TOKEN_MSG_INDEX,
  RD_TOKEN_NEXT_URL,
  RD_TOKEN_LEN,
  RD_TOKEN_PEER_TAG_PARAM,
  RD_TOKEN_ROUTES,
  RD_TOKEN_CLOCK_TICK,
  RD_TOKEN_DATE,
  RD_TOKEN_TIMESTAMP,
  RD_TOKEN_SIPP_VERSION,
  RD_TOKEN_USERS,
  RD_TOKEN_USERID,
  RD_TOKEN_LAST_REQUEST_URI,
  RD_TOKEN_LAST_CSEQ_NUMBER,
  RD_TOKEN_LAST_MESSAGE,
  RD_TOKEN_SIMPLE_COUNT, /* those above but TEXT have no argument but an offset */
  RD_TOKEN_LAST_HEADER, /* text: its name */
  RD_TOKEN_LAST_VALUE,
  RD_TOKEN_FIELD, /* index: the file; offset: the field; parts[0]: the line, if it says one */
  RD_TOKEN_VARIABLE, /* index */
  RD_TOKEN_KEY, /* index: into the names of the scope */
  RD_TOKEN_AUTHENTICATION, /* parts: username, password, aka_K, aka_OP, aka_AMF */
  RD_TOKEN_FILL /* text, index: the variable that says how long */
} RdTokenKind;

enum { RD_AUTH_USER = 0, RD_AUTH_PASSWORD, RD_AUTH_K, RD_AUTH_OP, RD_AUTH_AMF, RD_AUTH_PARTS };

typedef struct RdToken RdToken;

typedef struct {
  RdToken *tokens;
  unsigned n;
} RdTemplate;

struct RdToken {
  uint8_t kind; /* RdTokenKind */
  uint16_t index;
  int32_t offset;
  RdSlice text; /* owned by the scenario */
  RdTemplate *parts; /* of AUTHENTICATION, FIELD */
};

/* --- actions -------------------------------------------------------------------------------------- */

typedef enum {
  RD_ACT_EREG = 1,
  RD_ACT_LOG,
  RD_ACT_WARNING,
  RD_ACT_ERROR, /* ends the whole scenario, as failed */
  RD_ACT_ASSIGN,
  RD_ACT_ASSIGNSTR,
  RD_ACT_SAMPLE,
  RD_ACT_ADD,
  RD_ACT_SUBTRACT,
  RD_ACT_MULTIPLY,
  RD_ACT_DIVIDE,
  RD_ACT_TODOUBLE,
  RD_ACT_TEST,
  RD_ACT_STRCMP,
  RD_ACT_TRIM,
  RD_ACT_URLENCODE,
  RD_ACT_URLDECODE,
  RD_ACT_JUMP,
  RD_ACT_GETTIMEOFDAY,
  RD_ACT_LOOKUP,
  RD_ACT_VERIFYAUTH,
  RD_ACT_SETDEST,
  RD_ACT_STOP_CALL,
  RD_ACT_STOP_GRACEFULLY,
  RD_ACT_STOP_NOW,
  RD_ACT_MEDIA /* plays nothing, and is counted */
} RdScenarioActionKind;

typedef enum { RD_IN_MESSAGE = 0, RD_IN_HEADER, RD_IN_BODY, RD_IN_VARIABLE } RdSearchIn;

typedef enum {
  RD_COMPARE_EQUAL = 0,
  RD_COMPARE_NOT_EQUAL,
  RD_COMPARE_GREATER,
  RD_COMPARE_LESS,
  RD_COMPARE_GREATER_EQUAL,
  RD_COMPARE_LESS_EQUAL
} RdCompare;

typedef enum {
  RD_SPREAD_FIXED = 0,
  RD_SPREAD_UNIFORM,
  RD_SPREAD_NORMAL,
  RD_SPREAD_EXPONENTIAL
} RdSpreadKind;

/* How long a pause is, or what sample draws. */
typedef struct {
  uint8_t kind; /* RdSpreadKind */
  double a, b; /* value; min, max; mean, deviation; mean */
} RdSpread;

typedef struct {
  uint8_t kind; /* RdScenarioActionKind */
  uint8_t search, compare; /* RdSearchIn, RdCompare */
  bool check, check_inverse, any_case, line_start;
  bool has_number; /* of TEST, JUMP and arithmetic: else `variable` is asked */
  uint16_t n_assigned, file;
  uint16_t assigned[RD_SC_GROUPS];
  uint16_t variable;
  int occurrence;
  double number;
  RdSpread spread;
  regex_t *regex;
  const char *header;
  RdTemplate text; /* message, value, key, host */
  RdTemplate more; /* password of VERIFYAUTH, port of SETDEST */
} RdScenarioAction;

/* --- commands ------------------------------------------------------------------------------------- */

typedef enum { RD_DO_SEND = 1, RD_DO_RECV, RD_DO_PAUSE, RD_DO_NOP } RdCommandKind;
typedef enum { RD_OPTIONAL_NO = 0, RD_OPTIONAL_YES, RD_OPTIONAL_GLOBAL } RdOptional;

typedef struct {
  uint8_t kind; /* RdCommandKind */
  uint8_t optional; /* RdOptional */
  bool condexec_inverse, is_request, is_ack, keeps_cseq, rrs, auth, timewait, default_pause;
  unsigned line;
  int next; /* a command's index, or their number for the end; -1: the one behind it */
  int test, condexec; /* variables; -1: none */
  double chance; /* that `next` is taken; 1 unless it says less */
  double lost; /* share that is thrown away */
  RdTemplate message; /* SEND */
  RdTime retrans; /* SEND: T1; 0: never sent again */
  int start_txn, ack_txn, response_txn; /* -1: none */
  uint16_t response; /* RECV: a status, or */
  const char *request; /* a method, */
  regex_t *regex; /* or an expression for one */
  uint64_t methods; /* RECV response: bits 1 << RdSipMethod of requests sent further up */
  bool any_method; /* RECV response: as the first command, it answers anything */
  RdTime timeout; /* RECV: 0: the default */
  int on_timeout; /* -1: the call fails */
  int pause_variable; /* PAUSE: -1: by `spread` */
  RdSpread spread; /* ms */
  RdScenarioAction *actions;
  unsigned n_actions;
} RdCommand;

typedef enum { RD_SCOPE_CALL = 0, RD_SCOPE_USER, RD_SCOPE_GLOBAL } RdVariableScope;

/* Lines of fields that calls take in turn, or by chance. */
typedef struct {
  char *name;
  bool by_chance;
  unsigned n_lines, n_fields; /* n_fields: of the longest line */
  RdTemplate *cells; /* n_lines x n_fields; an absent one is empty */
} RdInjection;

typedef struct {
  RdCommand *commands;
  unsigned n;
} RdCommands;

struct RdScenario {
  char *name;
  RdCommands body, init; /* init is run once, before the first call */
  int unexpected; /* where an unexpected message leads (label _unexp.main); -1: it fails the call */
  unsigned n_variables, n_transactions;
  uint8_t variable_scope[RD_SC_VARIABLES]; /* RdVariableScope */
  int unexpected_return; /* variable that gets where the call was; -1 */
  RdInjection files[RD_SC_FILES];
  unsigned n_files;
  bool server;
  GPtrArray *owned; /* memory of templates, actions and names: g_free() each */
  GPtrArray *regexes; /* regex_t *, owned */
};

/* --- compiling ------------------------------------------------------------------------------------ */

typedef struct {
  RdScenario *scenario;
  const RdScenarioScope *scope;
  const RdScenarioReport *report;
  unsigned errors;
  unsigned line, column; /* of what is looked at: where errors are reported */
  GPtrArray *variables; /* names */
  GArray *uses; /* unsigned a variable: how often named; where first */
  GPtrArray *labels; /* Label *, owned */
  GPtrArray *jumps; /* Jump *, owned */
  GPtrArray *transactions; /* names */
} RdCompiler;

void rd_compile_fault(RdCompiler *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Memory that lives as long as the scenario, zeroed. */
void *rd_compile_memory(RdCompiler *c, size_t size);
char *rd_compile_text(RdCompiler *c, const char *text);
/* The index of a variable, known or new; -1 after reporting. */
int rd_compile_variable(RdCompiler *c, const char *name);
/* The same without counting as a use: <Reference>, <Global>, <User>. */
int rd_compile_variable_declared(RdCompiler *c, const char *name);
/* Line ends become CRLF; keywords become tokens. */
void rd_compile_template(RdCompiler *c, const char *text, RdTemplate *ret);
/* The text of <send>, that begins on a line. */
void rd_compile_message(RdCompiler *c, const char *text, unsigned line, RdTemplate *ret);
/* `<action>`'s elements. */
void rd_compile_actions(RdCompiler *c, const RdXml *holder, RdCommand *command);
bool rd_compile_spread(RdCompiler *c, const RdXml *element, RdSpread *ret);
void rd_compile_injection(RdCompiler *c, const char *name, const char *content);
/* Of an attribute: reported if it is not what is said; `fallback` if absent. */
bool rd_compile_bool(RdCompiler *c, const RdXml *e, const char *name, bool fallback);
double rd_compile_number(RdCompiler *c, const RdXml *e, const char *name, double fallback);
const char *rd_compile_attribute(const RdXml *e, const char *name); /* NULL: absent */
/* Reports attributes that are not among `known` (NULL-terminated). */
void rd_compile_known(RdCompiler *c, const RdXml *e, const char *const *known,
                      const char *const *also);
regex_t *rd_compile_regex(RdCompiler *c, const char *pattern);
