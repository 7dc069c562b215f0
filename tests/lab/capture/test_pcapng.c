#include "lab/capture/pcapng.h"

#include <glib/gstdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"

#define INVITE                                                                                     \
  "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"           \
  "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: a1\r\n"            \
  "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static RdAddress address(const char *text, uint8_t transport) {
  RdAddress a;
  ck_assert(rd_address_parse(rd_slice(text), &a));
  a.transport = transport;
  return a;
}

typedef struct {
  char *folder, *path, *labels;
} Files;

static Files files(void) {
  Files f = {g_dir_make_tmp("redoubt-XXXXXX", NULL), NULL, NULL};
  f.path = g_build_filename(f.folder, "x.pcapng", NULL);
  f.labels = g_build_filename(f.folder, "x.labels.jsonl", NULL);
  return f;
}

static void discard(Files f) {
  g_unlink(f.path);
  g_unlink(f.labels);
  g_rmdir(f.folder);
  g_free(f.path);
  g_free(f.labels);
  g_free(f.folder);
}

/* What tshark prints for fields of each frame, a frame ended by |. */
static char *tshark(const char *path, const char *fields) {
  g_autofree char *command =
      g_strdup_printf("tshark -n -r '%s' -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE "
                      "-o tcp.check_checksum:TRUE -T fields -E separator=! %s",
                      path, fields);
  char *out = NULL;
  int status = 0;
  ck_assert(g_spawn_command_line_sync(command, &out, NULL, &status, NULL));
  ck_assert_int_eq(status, 0);
  return g_strdelimit(out, "\n", '|'); /* a failure's text must stay one line of TAP */
}

static void write_all(const char *path) {
  static const char *causes[] = {"dos-\"x\""};
  RdLabel attack = {"attack", causes, 1, 0}, benign = {"benign", NULL, 0, 0};
  char comment[RD_LABEL_COMMENT];
  g_autoptr(GError) error = NULL;
  RdPcapng *w = rd_pcapng_new(path, &error);
  ck_assert_ptr_nonnull(w);
  ck_assert_uint_eq(rd_pcapng_interface(w, "sbc.gm"), 0);
  RdAddress a = address("192.0.2.1:5060", RD_UDP), b = address("198.51.100.2:5060", RD_UDP);
  ck_assert(rd_pcapng_message(w, 0, 1500000001, &a, &b, INVITE, strlen(INVITE),
                              rd_label_comment(RD_INGRESS, &attack, comment), RD_INGRESS));
  rd_pcapng_label(w, &attack);
  ck_assert_uint_eq(rd_pcapng_interface(w, "sbc.core"), 1);
  a = address("[2001:db8::1]:5060", RD_UDP), b = address("[2001:db8::2]:5060", RD_UDP);
  ck_assert(rd_pcapng_message(w, 1, 1500000002, &a, &b, INVITE, strlen(INVITE),
                              rd_label_comment(RD_EGRESS, &benign, comment), RD_EGRESS));
  rd_pcapng_label(w, &benign);
  a = address("192.0.2.1:40000", RD_TCP), b = address("198.51.100.2:5060", RD_TCP);
  size_t half = strlen(INVITE) / 2; /* one message over two segments */
  ck_assert(rd_pcapng_message(w, 0, 1500000003, &a, &b, INVITE, half, NULL, -1));
  ck_assert(
      rd_pcapng_message(w, 0, 1500000004, &a, &b, &INVITE[half], strlen(INVITE) - half, NULL, -1));
  ck_assert_uint_eq(rd_pcapng_frames(w), 4);
  ck_assert_msg(rd_pcapng_close(w, &error), "%s", error ? error->message : "");
}

START_TEST(tshark_agrees) {
  Files f = files();
  write_all(f.path);
  g_autofree char *out =
      tshark(f.path, "-e frame.number -e frame.time_epoch -e frame.interface_name "
                     "-e ip.checksum.status -e udp.checksum.status -e tcp.checksum.status "
                     "-e sip.Method -e frame.comment -e frame.packet_flags_direction "
                     "-e _ws.malformed");
  ck_assert_str_eq(
      out, "1!1.500000001!sbc.gm!1!1!!INVITE!ingress attack causes=dos-\"x\" depth=0!0x00000001!|"
           "2!1.500000002!sbc.core!!1!!INVITE!egress benign!0x00000002!|"
           "3!1.500000003!sbc.gm!1!!1!!!!|"
           "4!1.500000004!sbc.gm!1!!1!INVITE!!!|");
  discard(f);
}
END_TEST

START_TEST(labels_beside) {
  Files f = files();
  g_autofree char *text = NULL;
  write_all(f.path);
  ck_assert(g_file_get_contents(f.labels, &text, NULL, NULL));
  ck_assert_str_eq(text, "{\"n\":1,\"t_ns\":1500000001,\"label\":\"attack\",\"causes\":[\"dos-"
                         "\\\"x\\\"\"],\"depth\":0}\n"
                         "{\"n\":2,\"t_ns\":1500000002,\"label\":\"benign\",\"causes\":[],"
                         "\"depth\":0}\n");
  discard(f);
}
END_TEST

START_TEST(refuses) {
  Files f = files();
  RdPcapng *w = rd_pcapng_new(f.path, NULL);
  uint32_t i = rd_pcapng_interface(w, "x");
  g_autofree char *big = g_malloc0(70000);
  RdAddress a = address("192.0.2.1:1", RD_UDP), b = address("192.0.2.2:1", RD_UDP),
            c = address("[2001:db8::1]:1", RD_UDP), none = {0};
  ck_assert(rd_pcapng_message(w, i, 0, &a, &b, big, 65507, NULL, -1));
  ck_assert(!rd_pcapng_message(w, i, 0, &a, &b, big, 65508, NULL, -1));
  ck_assert(!rd_pcapng_message(w, i, 0, &a, &c, big, 10, NULL, -1));
  ck_assert(!rd_pcapng_message(w, i, 0, &none, &none, big, 10, NULL, -1));
  ck_assert(!rd_pcapng_message(w, i + 1, 0, &a, &b, big, 10, NULL, -1));
  ck_assert(!rd_pcapng_message(w, i, -1, &a, &b, big, 10, NULL, -1));
  ck_assert_uint_eq(rd_pcapng_frames(w), 1);
  ck_assert(rd_pcapng_close(w, NULL));
  discard(f);
}
END_TEST

START_TEST(full_disk) {
  g_autoptr(GError) error = NULL;
  RdPcapng *w = rd_pcapng_new("/dev/full", &error);
  ck_assert_ptr_nonnull(w);
  rd_pcapng_interface(w, "x");
  ck_assert(!rd_pcapng_close(w, &error));
  ck_assert_str_eq(error->message, "/dev/full: No space left on device");
  g_clear_error(&error);
  ck_assert_ptr_null(rd_pcapng_new("/nonexistent/x.pcapng", &error));
  ck_assert(g_str_has_prefix(error->message, "/nonexistent/x.pcapng: "));
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("pcapng");
  TCase *tc = tcase_create("pcapng");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, labels_beside);
  tcase_add_test(tc, refuses);
  tcase_add_test(tc, full_disk);
  suite_add_tcase(suite, tc);
  return suite;
}

static Suite *make_tshark(void) {
  Suite *suite = suite_create("tshark");
  TCase *tc = tcase_create("tshark");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, tshark_agrees);
  suite_add_tcase(suite, tc);
  return suite;
}

/* The argument "tshark" asks for the comparison with it alone, so that its lack shows as a skip. */
int main(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[1], "tshark") != 0)
    return rd_check_main(make);
  g_autofree char *program = g_find_program_in_path("tshark");
  if (program)
    return rd_check_main(make_tshark);
  puts("1..0 # SKIP tshark is not installed");
  return 0;
}
