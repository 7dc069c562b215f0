/* credentials.c - [authentication], and <verifyauth>. */
#include <string.h>

#include "lab/attacker/scenario/play.h"
#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/auth/milenage.h"
#include "lab/base/slice.h"

#define PART_MAX 256

static RdSlice part(RdPlayer *p, RdCall *call, const RdTemplate *t, int index, const char *fallback,
                    char ret[PART_MAX]) {
  if (t->n == 0)
    return rd_slice(fallback);
  const size_t n = rd_play_render(p, call, t, index, ret, PART_MAX);
  return rd_slice_of(ret, n);
}

/* "0x465b..." or "465b...", or sixteen octets as they are. */
static bool key_of(RdSlice text, uint8_t ret[16]) {
  if (text.len == 16) {
    memcpy(ret, text.at, 16);
    return true;
  }
  if (text.len == 34 && text.at[0] == '0' && text.at[1] == 'x')
    text = rd_slice_of(text.at + 2, 32);
  for (uint32_t i = 0; text.len == 32 && i < 32; i += 2) {
    const int high = g_ascii_xdigit_value(text.at[i]), low = g_ascii_xdigit_value(text.at[i + 1]);
    if (high < 0 || low < 0)
      return false;
    ret[i / 2] = (uint8_t)(high * 16 + low);
  }
  return text.len == 32;
}

/* The password that AKA makes of the challenge; false: no keys, or not our network. */
static bool aka(RdPlayer *p, RdCall *call, const RdToken *token, int index, RdSlice nonce,
                uint8_t res[RD_AKA_RES], char auts[RD_AKA_AUTS]) {
  char text[PART_MAX];
  uint8_t op[16];
  RdAkaKeys keys;
  if (!key_of(part(p, call, &token->parts[RD_AUTH_K], index, p->play.password, text), keys.k) ||
      !key_of(part(p, call, &token->parts[RD_AUTH_OP], index, "", text), op))
    return false;
  rd_milenage_opc(keys.k, op, keys.opc);
  const RdAkaResult result = rd_aka_answer(&keys, nonce, &call->sqn, res, auts);
  return result == RD_AKA_OK || result == RD_AKA_SYNC_FAILURE;
}

/* Method and Request-URI of the message begun in `t`. */
static RdSlice word(const RdText *t, unsigned n) {
  const char *p = t->at, *end = t->at + t->len;
  for (; n > 0 && p < end; n--) {
    const char *blank = memchr(p, ' ', (size_t)(end - p));
    p = blank ? blank + 1 : end;
  }
  const char *stop = p;
  while (stop < end && *stop != ' ' && *stop != '\r')
    stop++;
  return rd_slice_of(p, (size_t)(stop - p));
}

void rd_play_credentials(RdPlayer *p, RdCall *call, const RdToken *token, int index, RdText *t) {
  char user[PART_MAX], password[PART_MAX], cnonce[24], value[1024], auts[RD_AKA_AUTS] = "";
  uint8_t res[RD_AKA_RES];
  RdDigest challenge;
  RdDigestAlgorithm algorithm;
  if (!rd_digest_parse(rd_slice_of(call->challenge.at, call->challenge.len), &challenge) ||
      !rd_digest_algorithm(challenge.algorithm, &algorithm))
    return;
  const char *name = p->play.username[0] ? p->play.username : p->play.service;
  const RdSlice username = part(p, call, &token->parts[RD_AUTH_USER], index, name, user);
  RdSlice secret =
      part(p, call, &token->parts[RD_AUTH_PASSWORD], index, p->play.password, password);
  if (algorithm.aka) {
    if (!aka(p, call, token, index, challenge.nonce, res, auts))
      return;
    secret = rd_slice_of(res, auts[0] ? 0 : RD_AKA_RES);
  }
  RdText c = rd_text(cnonce, sizeof cnonce);
  rd_text_hex(&c, rd_play_draw(p, call), 16);
  const size_t n =
      rd_digest_answer(&challenge, username, secret, word(t, 0), word(t, 1), rd_slice(cnonce),
                       ++call->nonce_count, auts[0] ? auts : NULL, value, sizeof value);
  if (n == 0)
    return;
  rd_text_add(t, call->proxy_challenge ? "Proxy-Authorization: " : "Authorization: ");
  rd_text_slice(t, rd_slice_of(value, n));
}

bool rd_play_verify(RdPlayer *p, RdCall *call, const RdScenarioAction *a) {
  char user[PART_MAX], password[PART_MAX];
  RdDigest d;
  RdSlice value = rd_play_header(&call->last, rd_slice("Authorization"), 1, NULL);
  if (!value.at)
    value = rd_play_header(&call->last, rd_slice("Proxy-Authorization"), 1, NULL);
  if (!value.at || !rd_digest_parse(value, &d))
    return false;
  const RdText first = {call->last.at, call->last.len, call->last.cap, false};
  const RdSlice username = part(p, call, &a->text, 0, "", user);
  const RdSlice secret = part(p, call, &a->more, 0, "", password);
  return rd_slice_equal(d.username, username) && rd_digest_verify(&d, secret, word(&first, 0));
}
