/* The scanner on every file of messages/, whole, cut short, and as a stream. */
#include <dirent.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "tests/check_main.h"
#include "tests/lab/sip/messages_table.h"

static void check_defects(const MessageRow *row) {
  size_t len = 0;
  char *bytes = load_message(row->name, &len);
  ck_assert_msg(bytes, "%s.sip is missing", row->name);
  RdSipScan scan;
  bool scanned = rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM);
  ck_assert_int_eq(scanned, !(row->defects & RD_SIP_UNSCANNABLE));
  char got[512], want[512];
  rd_sip_defect_names(scan.sip.defects, got, sizeof got);
  rd_sip_defect_names(row->defects, want, sizeof want);
  ck_assert_msg(scan.sip.defects == row->defects, "%s: [%s], not [%s]", row->name, got, want);
  ck_assert_int_eq(scan.sip.method, row->method);
  free(bytes);
}

START_TEST(defects_are_as_expected) {
  for (size_t i = 0; i < N_MESSAGES; i++)
    check_defects(&message_rows[i]);
}
END_TEST

static void check_folder(const MessageRow *row) {
  if (strncmp(row->name, "valid/", 6) == 0)
    ck_assert_uint_eq(row->defects, 0);
  else if (strncmp(row->name, "odd/", 4) == 0)
    ck_assert(row->defects && !(row->defects & ~(uint32_t)RD_SIP_ODD_BUT_VALID));
  else
    ck_assert(row->defects & ~(uint32_t)RD_SIP_ODD_BUT_VALID);
}

START_TEST(folder_says_what_it_is) {
  for (size_t i = 0; i < N_MESSAGES; i++)
    check_folder(&message_rows[i]);
}
END_TEST

static bool in_table(const char *folder, const char *file) {
  char name[600];
  snprintf(name, sizeof name, "%s/%.*s", folder, (int)(strlen(file) - 4), file);
  for (size_t i = 0; i < N_MESSAGES; i++)
    if (strcmp(message_rows[i].name, name) == 0)
      return true;
  return false;
}

START_TEST(every_file_is_in_the_table) {
  static const char *const folders[] = {"valid", "odd", "invalid"};
  size_t seen = 0;
  for (int i = 0; i < 3; i++) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", MESSAGES, folders[i]);
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
      if (e->d_name[0] == '.')
        continue;
      ck_assert_msg(in_table(folders[i], e->d_name), "%s/%s", path, e->d_name);
      seen++;
    }
    closedir(dir);
  }
  ck_assert_uint_eq(seen, N_MESSAGES);
}
END_TEST

static void check_inside(RdSlice s, const char *bytes, size_t len) {
  if (s.at)
    ck_assert(s.at >= bytes && s.at + s.len <= bytes + len);
  else
    ck_assert_uint_eq(s.len, 0);
}

static void check_view(const RdSip *sip, const char *bytes, size_t len) {
  const RdSlice slices[] = {sip->method_text, sip->uri,         sip->reason,   sip->call_id,
                            sip->from,        sip->to,          sip->from_uri, sip->to_uri,
                            sip->from_tag,    sip->to_tag,      sip->via,      sip->via_sent_by,
                            sip->via_branch,  sip->contact_uri, sip->head,     sip->body};
  for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
    check_inside(slices[i], bytes, len);
  for (unsigned i = 0; i < sip->n_headers; i++) {
    check_inside(rd_sip_header(sip, i)->name, bytes, len);
    check_inside(rd_sip_header(sip, i)->value, bytes, len);
  }
}

/* Under AddressSanitizer a block of exactly `cut` bytes shows any read past the end. */
static void scan_cut(const char *bytes, size_t cut, RdSipFraming framing) {
  char *block = malloc(cut ? cut : 1);
  memcpy(block, bytes, cut);
  RdSipScan scan;
  memset(&scan, 0xa5, sizeof scan);
  bool scanned = rd_sip_scan(&scan, block, cut, framing);
  ck_assert_int_eq(scanned, !(scan.sip.defects & RD_SIP_UNSCANNABLE));
  check_view(&scan.sip, block, cut);
  free(block);
}

static bool same_place(RdSlice a, RdSlice b) {
  return a.at == b.at && a.len == b.len;
}

/* What tells a transaction is the same in the short scan, of `cut` octets in a block of their own. */
static void check_identity(const char *bytes, size_t cut) {
  char *block = malloc(cut ? cut : 1);
  memcpy(block, bytes, cut);
  RdSipScan whole, some;
  memset(&some, 0xa5, sizeof some);
  const bool scanned = rd_sip_scan(&whole, block, cut, RD_SIP_DATAGRAM);
  ck_assert_int_eq(rd_sip_scan_identity(&some, block, cut), scanned);
  const RdSip *a = &whole.sip, *b = &some.sip;
  ck_assert(a->is_request == b->is_request && a->method == b->method && a->cseq == b->cseq);
  ck_assert(same_place(a->method_text, b->method_text) && same_place(a->uri, b->uri));
  ck_assert(same_place(a->call_id, b->call_id) && same_place(a->from_tag, b->from_tag));
  ck_assert(same_place(a->via, b->via) && same_place(a->via_branch, b->via_branch));
  ck_assert(same_place(a->via_sent_by, b->via_sent_by));
  free(block);
}

START_TEST(every_prefix_has_one_identity) {
  for (size_t i = 0; i < N_MESSAGES; i++) {
    size_t len = 0;
    char *bytes = load_message(message_rows[i].name, &len);
    for (size_t cut = 0; cut <= len; cut += cut < 1500 ? 1 : 97)
      check_identity(bytes, cut);
    check_identity(bytes, len);
    free(bytes);
  }
}
END_TEST

START_TEST(every_prefix_is_scanned_within_bounds) {
  for (size_t i = 0; i < N_MESSAGES; i++) {
    size_t len = 0;
    char *bytes = load_message(message_rows[i].name, &len);
    for (size_t cut = 0; cut <= len; cut++)
      scan_cut(bytes, cut, cut % 2 ? RD_SIP_DATAGRAM : RD_SIP_STREAM);
    free(bytes);
  }
}
END_TEST

START_TEST(cutting_the_head_is_noticed) {
  size_t len = 0;
  char *bytes = load_message("valid/invite-plain", &len);
  size_t head = (size_t)((char *)memmem(bytes, len, "\r\n\r\n", 4) - bytes) + 4;
  RdSipScan scan;
  for (size_t cut = 40; cut < head; cut++) {
    ck_assert(rd_sip_scan(&scan, bytes, cut, RD_SIP_DATAGRAM));
    ck_assert(scan.sip.defects & RD_SIP_TRUNCATED);
  }
  for (size_t cut = head; cut < len; cut++) {
    ck_assert(rd_sip_scan(&scan, bytes, cut, RD_SIP_STREAM));
    ck_assert_uint_eq(scan.sip.defects, RD_SIP_BODY_SHORT);
    ck_assert_uint_eq(scan.sip.body.len, cut - head);
  }
  free(bytes);
}
END_TEST

/* What is in the messages whose form might have hidden it. NULL: not asked. */
static const struct {
  const char *name;
  const char *uri, *from_uri, *to_uri, *from_tag, *to_tag, *sent_by, *branch, *contact, *body;
  int64_t cseq, max_forwards, expires, n_headers; /* -2: not asked */
} field_rows[] = {
#define ANY -2, -2, -2, -2
    {"valid/comma-in-quotes", NULL, "sip:ada@example.com", NULL, "ft1", NULL, NULL, NULL,
     "sip:ada@192.0.2.10;x=1,2", "", ANY},
    {"valid/escaped-quotes", NULL, "sip:ada@example.com", "sip:bea@example.org", "ft1", NULL, NULL,
     NULL, NULL, NULL, ANY},
    {"valid/escaped-control-octets", NULL, "sip:ada@example.com", NULL, "ft1", NULL, NULL, NULL,
     NULL, NULL, ANY},
    {"valid/escaped-null-in-uri", NULL, "sip:nul%00nul@example.com", NULL, NULL, NULL, NULL, NULL,
     "sip:%00@192.0.2.10", NULL, ANY},
    {"valid/semicolon-in-user", "sip:bea;phone=1;x=%40y@example.org;transport=udp", NULL,
     "sip:bea;phone=1@example.org", NULL, NULL, NULL, NULL, NULL, NULL, ANY},
    {"valid/question-mark-in-user", "sip:who?,/;;*:p&a=s+s$@example.org", NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, ANY},
    {"valid/tel-uri", NULL, "tel:7042", "tel:+12015550123", "ft1", NULL, NULL, NULL, NULL, NULL,
     ANY},
    {"valid/addr-spec-without-brackets", NULL, "sip:ada@example.com", "sip:bea@example.org", "ft1",
     NULL, NULL, NULL, "sip:ada@192.0.2.10", NULL, ANY},
    {"valid/no-space-before-bracket", NULL, "sip:ada@example.com", NULL, "ft1", NULL, NULL, NULL,
     NULL, NULL, ANY},
    {"valid/ipv6-everywhere", "sip:bea@[2001:db8::20]:5070", NULL, NULL, NULL, NULL,
     "[2001:db8::10]:5060", "z9hG4bK-r1", "sip:ada@[2001:db8::10]", NULL, ANY},
    {"valid/via-list-in-one-line", NULL, NULL, NULL, NULL, NULL, "p2.example.com", "z9hG4bK-p2",
     NULL, NULL, ANY},
    {"valid/leading-zeros", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "", 42, 70, 0, -2},
    {"valid/scalar-limits", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "", 2147483647, 255,
     4294967295, -2},
    {"valid/contact-star", NULL, NULL, NULL, NULL, NULL, NULL, NULL, "*", NULL, -2, -2, 0, -2},
    {"valid/empty-reason", NULL, NULL, NULL, NULL, "tt1", NULL, NULL, NULL, NULL, 1, -1, -1, 6},
    {"valid/params-after-quoted-name", NULL, NULL, "sip:bea@example.org;user=phone", NULL, "tt1",
     NULL, NULL, NULL, NULL, ANY},
    {"valid/contact-with-headers", NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     "sip:ada@192.0.2.10?Route=%3Csip:p.example.com%3E&x=y", NULL, ANY},
    {"valid/spaces-in-via", NULL, NULL, NULL, NULL, NULL, "ue1.example.com : 5061", "z9hG4bK-r1",
     NULL, NULL, ANY},
    {"valid/spaces-around-parameters", NULL, NULL, "sip:bea@example.org", NULL, "tt1", NULL, NULL,
     NULL, NULL, ANY},
    {"odd/folded", NULL, "sip:ada@example.com", "sip:bea@example.org", "ft1", NULL,
     "ue1.example.com", "z9hG4bK-r1", NULL, "", 1, 70, -1, 9},
    {"odd/compact", NULL, "sip:ada@example.com", "sip:bea@example.org", "ft1", NULL,
     "ue1.example.com", "z9hG4bK-r1", "sip:ada@192.0.2.10", NULL, 1, 70, -1, 12},
    {"odd/space-before-colon", NULL, NULL, "sip:bea@example.org", NULL, NULL,
     "ue1.example.com:5060", NULL, NULL, "", 1, 70, -1, 7},
    {"odd/octets-after-body", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "", ANY},
    {"odd/everything-at-once", "sip:bea@example.org;x", "sip:ada@example.com",
     "sip:bea@example.org", "ft9", "tt9", "192.0.2.10", "old", "sip:ada@192.0.2.10", "abcd", 9, 68,
     -1, 10},
    /* Of what is invalid: nothing a careless reader would let through. */
    {"invalid/two-from", NULL, "sip:ada@example.com", NULL, "ft1", NULL, NULL, NULL, NULL, NULL,
     ANY},
    {"invalid/cseq-overflow", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 70, -1, -2},
    {"invalid/max-forwards-300", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, -1, -1,
     -2},
    {"invalid/start-line-two-spaces", "sip:bea@example.org", NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, ANY},
};

static void check_field(const char *message, const char *field, RdSlice got, const char *want) {
  if (want)
    ck_assert_msg(rd_slice_is(got, want), "%s: %s is '%.*s'", message, field, (int)got.len,
                  got.at ? got.at : "");
}

static void check_fields(size_t i) {
  size_t len = 0;
  const char *name = field_rows[i].name;
  char *bytes = load_message(name, &len);
  RdSipScan scan;
  rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM);
  const RdSip *sip = &scan.sip;
  check_field(name, "Request-URI", sip->uri, field_rows[i].uri);
  check_field(name, "From URI", sip->from_uri, field_rows[i].from_uri);
  check_field(name, "To URI", sip->to_uri, field_rows[i].to_uri);
  check_field(name, "From tag", sip->from_tag, field_rows[i].from_tag);
  check_field(name, "To tag", sip->to_tag, field_rows[i].to_tag);
  check_field(name, "sent-by", sip->via_sent_by, field_rows[i].sent_by);
  check_field(name, "branch", sip->via_branch, field_rows[i].branch);
  check_field(name, "Contact", sip->contact_uri, field_rows[i].contact);
  check_field(name, "body", sip->body, field_rows[i].body);
  if (field_rows[i].cseq != -2)
    ck_assert_int_eq(sip->cseq, field_rows[i].cseq);
  if (field_rows[i].max_forwards != -2)
    ck_assert_int_eq(sip->max_forwards, field_rows[i].max_forwards);
  if (field_rows[i].expires != -2)
    ck_assert_int_eq(sip->expires, field_rows[i].expires);
  if (field_rows[i].n_headers != -2)
    ck_assert_int_eq(sip->n_headers, field_rows[i].n_headers);
  free(bytes);
}

START_TEST(fields_are_found) {
  for (size_t i = 0; i < sizeof field_rows / sizeof field_rows[0]; i++)
    check_fields(i);
}
END_TEST

START_TEST(smuggled_names_are_not_believed) {
  static const char *const names[] = {"vt", "nul", "space"};
  for (int i = 0; i < 3; i++) {
    char name[64];
    size_t len = 0;
    snprintf(name, sizeof name, "invalid/header-name-with-%s", names[i]);
    char *bytes = load_message(name, &len);
    RdSipScan scan;
    rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM);
    ck_assert_ptr_null(rd_sip_first(&scan.sip, RD_HDR_P_ASSERTED_IDENTITY));
    free(bytes);
  }
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("messages");
  TCase *t = tcase_create("messages");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, defects_are_as_expected);
  tcase_add_test(t, folder_says_what_it_is);
  tcase_add_test(t, every_file_is_in_the_table);
  tcase_add_test(t, every_prefix_is_scanned_within_bounds);
  tcase_add_test(t, every_prefix_has_one_identity);
  tcase_add_test(t, cutting_the_head_is_noticed);
  tcase_add_test(t, fields_are_found);
  tcase_add_test(t, smuggled_names_are_not_believed);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
