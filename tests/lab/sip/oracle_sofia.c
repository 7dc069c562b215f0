/* Differential oracle: what sofia-sip accepts and what we call sound, message by message.
 *
 * Where the two differ the reason is in a table here, and the table is held to be exact: a
 * difference that is not listed fails, and so does one that is listed and no more. */
#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "tests/check_main.h"
#include "tests/lab/sip/messages_table.h"

typedef struct {
  const char *name, *reason;
} Difference;

/* Sound for us, refused by sofia-sip. */
static const Difference only_we_accept[] = {
    {"valid/escaped-control-octets", "quoted-pair may be of NUL (s25.1); its strings end there"},
    {"valid/unknown-method", "it knows no \"`\" in a method, which is a token (s25.1)"},
    {"valid/unknown-scheme", "its sanity check wants a scheme it can route; s25.1 wants a URI"},
};

/* Accepted by sofia-sip, a defect for us. */
static const Difference only_it_accepts[] = {
    {"invalid/bare-cr-injects-header", "takes a lone CR for a line end: the smuggling we look for"},
    {"invalid/bare-lf", "takes LF for a line end"},
    {"invalid/one-bare-lf", "takes LF for a line end"},
    {"invalid/call-id-two-ats", "takes the rest of the line for the Call-ID"},
    {"invalid/call-id-two-words", "takes the first word for the Call-ID"},
    {"invalid/empty-call-id", "does not ask whether it is empty"},
    {"invalid/control-in-value", "does not look into a header of free text"},
    {"invalid/cseq-2-to-31", "reads 32 bits; s8.1.1.5 allows 31"},
    {"invalid/cseq-trailing-word", "stops behind the method"},
    {"invalid/del-in-uri", "does not ask for the octets of a URI"},
    {"invalid/request-uri-utf8", "does not ask for the octets of a URI"},
    {"invalid/request-uri-port", "keeps a port as text"},
    {"invalid/request-uri-star", "takes \"*\" as RFC 2543 did"},
    {"invalid/request-uri-two-ats", "takes the first @"},
    {"invalid/request-uri-with-headers", "lets headers stand in a Request-URI (s19.1.1 table 1)"},
    {"invalid/request-uri-without-scheme", "lets a scheme be missing"},
    {"invalid/to-no-scheme", "lets a scheme be missing"},
    {"invalid/expires-2-to-32", "caps a delta-seconds that is too large"},
    {"invalid/expires-overflow", "caps a delta-seconds that is too large"},
    {"invalid/session-expires-overflow", "caps a delta-seconds that is too large"},
    {"invalid/expires-date", "reads the date of RFC 2543"},
    {"invalid/max-forwards-300", "does not ask for the range 0-255"},
    {"invalid/fold-before-first-header", "takes a line that begins with a blank for a header"},
    {"invalid/start-line-leading-space", "is loose about blanks in the start line"},
    {"invalid/start-line-tab", "is loose about blanks in the start line"},
    {"invalid/start-line-trailing-space", "is loose about blanks in the start line"},
    {"invalid/start-line-two-spaces", "is loose about blanks in the start line"},
    {"invalid/status-two-spaces", "is loose about blanks in the start line"},
    {"invalid/status-no-reason", "does not ask for the blank behind the code"},
    {"invalid/status-999", "does not ask for the range of codes"},
    {"invalid/status-zero", "does not ask for the range of codes"},
    {"invalid/status-two-digits", "does not ask for three digits"},
    {"invalid/status-four-digits", "does not ask for three digits"},
    {"invalid/version-7", "leaves another version to the application (505)"},
    {"invalid/version-http", "leaves another version to the application (505)"},
    {"invalid/response-version", "leaves another version to the application"},
    {"invalid/via-version", "leaves another version to the application"},
    {"invalid/via-protocol", "leaves another protocol to the application"},
    {"invalid/via-two-branches", "takes one of two parameters of a name"},
    {"invalid/to-two-tags", "takes one of two parameters of a name"},
    {"invalid/to-space-in-brackets", "is loose about blanks around a URI"},
    {"invalid/route-without-brackets", "lets a route be an addr-spec (s25.1 wants a name-addr)"},
    {"invalid/too-many-headers", "has no bound; ours is RD_SIP_MAX_HEADERS"},
    {"invalid/truncated-before-empty-line", "takes the end of the datagram for the empty line"},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *find(const Difference *rows, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(rows[i].name, name) == 0)
      return rows[i].reason;
  return NULL;
}

static const sip_t *parse(const char *bytes, size_t len, msg_t **ret) {
  *ret = len > 0 ? msg_make(sip_default_mclass(), 0, bytes, (ssize_t)len) : NULL;
  const sip_t *sip = *ret ? (const sip_t *)msg_object(*ret) : NULL;
  if (!sip || (sip->sip_flags & MSG_FLG_ERROR) || sip->sip_error ||
      (!sip->sip_request && !sip->sip_status) || sip_sanity_check(sip) < 0 ||
      msg_extract_errors(*ret))
    return NULL;
  return sip;
}

static void check_verdicts(const MessageRow *row, bool ours, bool its) {
  const char *name = row->name;
  bool we = find(only_we_accept, COUNT(only_we_accept), name) != NULL;
  bool it = find(only_it_accepts, COUNT(only_it_accepts), name) != NULL;
  ck_assert_msg((ours && !its) == we, "%s: sound for us %d, for sofia-sip %d", name, ours, its);
  ck_assert_msg((!ours && its) == it, "%s: sound for us %d, for sofia-sip %d", name, ours, its);
}

static void same(const char *name, const char *field, RdSlice ours, const char *its) {
  ck_assert_msg(its ? rd_slice_is(ours, its) : !ours.at, "%s: %s is '%.*s', not '%s'", name, field,
                (int)ours.len, ours.at ? ours.at : "", its ? its : "absent");
}

static void check_fields(const char *name, const RdSip *ours, const sip_t *its) {
  same(name, "branch", ours->via_branch, its->sip_via->v_branch);
  same(name, "From tag", ours->from_tag, its->sip_from->a_tag);
  same(name, "To tag", ours->to_tag, its->sip_to->a_tag);
  same(name, "Call-ID", ours->call_id, its->sip_call_id->i_id);
  same(name, "From host", ours->from_at.host, its->sip_from->a_url->url_host);
  same(name, "CSeq method", ours->method_text, its->sip_cseq->cs_method_name);
  ck_assert_uint_eq(ours->cseq, its->sip_cseq->cs_seq);
  ck_assert_int_eq(ours->is_request, its->sip_request != NULL);
  if (its->sip_status)
    ck_assert_int_eq(ours->status, its->sip_status->st_status);
  if (its->sip_max_forwards)
    ck_assert_uint_eq((unsigned)ours->max_forwards, its->sip_max_forwards->mf_count);
  if (its->sip_expires)
    ck_assert_uint_eq((uint64_t)ours->expires, its->sip_expires->ex_delta);
  ck_assert_uint_eq(ours->body.len, its->sip_payload ? its->sip_payload->pl_len : 0);
}

START_TEST(agree_but_for_what_is_listed) {
  size_t both = 0;
  for (size_t i = 0; i < N_MESSAGES; i++) {
    size_t len = 0;
    char *bytes = load_message(message_rows[i].name, &len);
    RdSipScan scan;
    msg_t *message;
    rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM);
    bool ours = !(scan.sip.defects & ~(uint32_t)RD_SIP_ODD_BUT_VALID);
    const sip_t *sip = parse(bytes, len, &message);
    check_verdicts(&message_rows[i], ours, sip != NULL);
    if (ours && sip) {
      check_fields(message_rows[i].name, &scan.sip, sip);
      both++;
    }
    if (message)
      msg_destroy(message);
    free(bytes);
  }
  ck_assert_uint_gt(both, 50);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("oracle-sofia");
  TCase *t = tcase_create("oracle-sofia");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, agree_but_for_what_is_listed);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
