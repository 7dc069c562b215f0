/* Session descriptions: offers, answers, and what strangers write. */
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/precondition.h"
#include "lab/sip/sdp.h"
#include "tests/check_main.h"

START_TEST(an_offer_reads_back) {
  char text[1024];
  RdAddress rtp = rd_address_ip4(0xc0000201, 49152);
  size_t len = rd_sdp_offer(text, sizeof text, &rtp, 1234);
  ck_assert_uint_gt(len, 0);
  ck_assert_uint_lt(len, 400);
  RdSdp sdp;
  ck_assert(rd_sdp_parse(rd_slice_of(text, len), &sdp));
  ck_assert_uint_eq(sdp.session_id, 1234);
  ck_assert(rd_slice_is(sdp.address, "192.0.2.1"));
  ck_assert(rd_slice_is(sdp.origin_address, "192.0.2.1"));
  ck_assert_int_eq(sdp.n_media, 1);
  ck_assert_int_eq(sdp.media[0].port, 49152);
  ck_assert_int_eq(sdp.media[0].n_formats, 3);
  ck_assert(rd_slice_is(sdp.media[0].address, "192.0.2.1"));
  const RdSdpFormat *format;
  ck_assert_ptr_eq(rd_sdp_voice(&sdp, &format), &sdp.media[0]);
  ck_assert(rd_slice_is(format->encoding, "AMR-WB"));
  ck_assert_uint_eq(format->rate, 16000);
  for (size_t cap = 1; cap <= len; cap++)
    ck_assert_uint_eq(rd_sdp_offer(text, cap, &rtp, 1234), 0);
  ck_assert_uint_eq(rd_sdp_offer(text, len + 1, &rtp, 1234), len);
}
END_TEST

static const char stranger[] = "v=0\r\n"
                               "o=bea 18446744073709551616 7 IN IP6 2001:db8::5\r\n"
                               "s= \r\n"
                               "c=IN IP6 2001:db8::5/127\n"
                               "nonsense\r\n"
                               "a=sendonly\r\n"
                               "m=video 5000 RTP/AVP 31\r\n"
                               "c=IN IP4 192.0.2.77\r\n"
                               "m=audio 6000/2 RTP/AVP 0 8 112 x 300 113\r\n"
                               "a=rtpmap:112   amr/8000\r\n"
                               "a=fmtp:112 octet-align=1\r\n"
                               "a=rtpmap:114 AMR-WB/16000\r\n"
                               "a=rtpmap:\r\n"
                               "a=ptime\r\n";

START_TEST(reads_a_stranger_loosely) {
  RdSdp sdp;
  ck_assert(rd_sdp_parse(rd_slice(stranger), &sdp));
  ck_assert(rd_slice_is(sdp.origin_user, "bea"));
  ck_assert_uint_eq(sdp.session_id, 0);
  ck_assert_uint_eq(sdp.session_version, 7);
  ck_assert(rd_slice_is(sdp.address, "2001:db8::5"));
  ck_assert_int_eq(sdp.n_media, 2);
  ck_assert(rd_slice_is(sdp.media[0].kind, "video"));
  ck_assert(rd_slice_is(sdp.media[0].address, "192.0.2.77"));
  ck_assert(rd_slice_is(sdp.media[1].address, "2001:db8::5"));
  ck_assert_int_eq(sdp.media[1].port, 6000);
  ck_assert_int_eq(sdp.media[1].n_formats, 4);
  ck_assert_int_eq(sdp.media[1].direction, RD_SDP_SENDONLY);
  const RdSdpFormat *format;
  ck_assert_ptr_eq(rd_sdp_voice(&sdp, &format), &sdp.media[1]);
  ck_assert_int_eq(format->payload, 112);
  ck_assert(rd_slice_is(format->fmtp, "octet-align=1"));
}
END_TEST

START_TEST(an_answer_mirrors_the_offer) {
  RdSdp offer, answer;
  char text[1024];
  RdAddress rtp = rd_address_ip4(0xc0000209, 40000);
  ck_assert(rd_sdp_parse(rd_slice(stranger), &offer));
  size_t len = rd_sdp_answer(text, sizeof text, &offer, &rtp, 5);
  ck_assert(rd_sdp_parse(rd_slice_of(text, len), &answer));
  ck_assert_int_eq(answer.n_media, 2);
  ck_assert(rd_slice_is(answer.media[0].kind, "video"));
  ck_assert_int_eq(answer.media[0].port, 0);
  ck_assert_int_eq(answer.media[1].port, 40000);
  ck_assert_int_eq(answer.media[1].direction, RD_SDP_RECVONLY);
  ck_assert_int_eq(answer.media[1].n_formats, 1);
  ck_assert_int_eq(answer.media[1].formats[0].payload, 112);
  ck_assert(rd_slice_is(answer.media[1].address, "192.0.2.9"));
  ck_assert(rd_slice_is(answer.media[1].formats[0].fmtp, "octet-align=1"));
}
END_TEST

START_TEST(no_common_codec_no_answer) {
  RdSdp offer;
  char text[1024];
  RdAddress rtp = rd_address_ip4(0xc0000209, 40000);
  ck_assert(rd_sdp_parse(rd_slice("v=0\nm=audio 5000 RTP/AVP 0 8\n"), &offer));
  ck_assert_uint_eq(rd_sdp_answer(text, sizeof text, &offer, &rtp, 5), 0);
  ck_assert(
      rd_sdp_parse(rd_slice("v=0\nm=audio 0 RTP/AVP 97\na=rtpmap:97 AMR-WB/16000\n"), &offer));
  ck_assert_uint_eq(rd_sdp_answer(text, sizeof text, &offer, &rtp, 5), 0);
}
END_TEST

/* What a phone offers, the same codec answers, with its telephone-event and whatever else is to stand there. */
START_TEST(a_full_offer_has_a_full_answer) {
  RdSdp offer, answer;
  char text[2048], back[2048], short_of[2048];
  RdAddress rtp = rd_address_ip4(0xc0000209, 40000);
  const RdSdpMore more = {.version = 8,
                          .bandwidth = "b=AS:41\r\n",
                          .attributes = rd_slice("a=curr:qos local none\r\n"),
                          .events = true};
  size_t len = rd_sdp_offer_full(text, sizeof text, &rtp, 7, &more);
  ck_assert(rd_sdp_parse(rd_slice_of(text, len), &offer));
  ck_assert_uint_eq(offer.session_id, 7);
  ck_assert_uint_eq(offer.session_version, 8);
  ck_assert_int_eq(offer.media[0].n_formats, 6);
  len = rd_sdp_answer_full(back, sizeof back, &offer, &rtp, 5, &more);
  ck_assert(rd_sdp_parse(rd_slice_of(back, len), &answer));
  ck_assert_int_eq(answer.media[0].n_formats, 2);
  ck_assert_int_eq(answer.media[0].formats[0].payload, 96);
  ck_assert(rd_slice_is(answer.media[0].formats[1].encoding, "telephone-event"));
  ck_assert_uint_eq(answer.media[0].formats[1].rate, 16000);
  ck_assert(rd_precondition_read(rd_slice_of(back, len)).stated);
  for (size_t cap = 1; cap <= len; cap += 7)
    ck_assert_uint_eq(rd_sdp_answer_full(short_of, cap, &offer, &rtp, 5, &more), 0);
}
END_TEST

START_TEST(preconditions_read_back) {
  char lines[512];
  for (uint8_t i = 0; i < 32; i++) {
    RdText t = rd_text(lines, sizeof lines);
    const RdPrecondition wrote = {
        .stated = true, .mandatory = true, .confirm = i >> 4, .local = i & 3, .remote = i >> 2 & 3};
    rd_text_add(&t, "v=0\r\nm=audio 1 RTP/AVP 0\r\n");
    rd_precondition_write(&t, &wrote, i & 1);
    /* another stream's are not the first one's */
    rd_text_add(&t, "m=video 1 RTP/AVP 9\r\na=curr:qos local recv\r\na=curr:qos remote recv\r\n");
    const RdPrecondition read = rd_precondition_read(rd_slice_of(t.at, t.len));
    ck_assert(read.stated && read.mandatory && read.confirm == wrote.confirm);
    ck_assert_int_eq(read.local, wrote.local);
    ck_assert_int_eq(read.remote, wrote.remote);
  }
}
END_TEST

/* RFC 3312 s4: the strength says whether anybody has to wait. */
START_TEST(odd_preconditions_are_passed_over) {
  static const char optional[] = "v=0\nm=audio 1 RTP/AVP 0\na=curr:qos local none\n"
                                 "a=des:qos optional local sendrecv\n";
  static const char odd[] = "v=0\nm=audio 1 RTP/AVP 0\na=curr:qos e2e none\na=curr:qos local\n"
                            "a=curr:qos local both\na=curr: local send\na=des:qos\na=curr:qos\n"
                            "a=conf:qos\na=curr:sec local sendrecv";
  ck_assert(rd_precondition_read(rd_slice(optional)).stated);
  ck_assert(!rd_precondition_read(rd_slice(optional)).mandatory);
  const RdPrecondition p = rd_precondition_read(rd_slice(odd));
  ck_assert(!p.stated && !p.mandatory && !p.confirm && p.local == 0);
  ck_assert(!rd_precondition_read((RdSlice){0}).stated);
}
END_TEST

START_TEST(refuses_what_is_no_description) {
  static const char *const texts[] = {"", "v=1\r\n", "hello", "\r\nv=0\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    RdSdp sdp;
    ck_assert(!rd_sdp_parse(rd_slice(texts[i]), &sdp));
    ck_assert_int_eq(sdp.n_media, 0);
  }
  RdSdp sdp;
  ck_assert(!rd_sdp_parse((RdSlice){0}, &sdp));
}
END_TEST

START_TEST(keeps_within_its_room) {
  char text[4096] = "v=0\n";
  for (int i = 0; i < 8; i++)
    strcat(text, "m=audio 1 RTP/AVP 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n"
                 "c=IN IP4 192.0.2.1\na=rtpmap:20 X/1\na=inactive\n");
  RdSdp sdp;
  ck_assert(rd_sdp_parse(rd_slice(text), &sdp));
  ck_assert_int_eq(sdp.n_media, RD_SDP_MAX_MEDIA);
  ck_assert_int_eq(sdp.media[3].n_formats, RD_SDP_MAX_FORMATS);
  ck_assert_ptr_null(sdp.address.at);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("sdp");
  TCase *t = tcase_create("sdp");
  tcase_add_test(t, an_offer_reads_back);
  tcase_add_test(t, reads_a_stranger_loosely);
  tcase_add_test(t, an_answer_mirrors_the_offer);
  tcase_add_test(t, no_common_codec_no_answer);
  tcase_add_test(t, a_full_offer_has_a_full_answer);
  tcase_add_test(t, preconditions_read_back);
  tcase_add_test(t, odd_preconditions_are_passed_over);
  tcase_add_test(t, refuses_what_is_no_description);
  tcase_add_test(t, keeps_within_its_room);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
