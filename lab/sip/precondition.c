#include "lab/sip/precondition.h"

#include "lab/base/slice.h"

static const char *const directions[] = {[RD_QOS_NONE] = "none",
                                         [RD_QOS_SEND] = "send",
                                         [RD_QOS_RECV] = "recv",
                                         [RD_QOS_SENDRECV] = "sendrecv"};

/* Cuts off what is before c, and c; all of it if there is none. */
static RdSlice before(RdSlice *rest, char c) {
  const char *stop = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
  const uint32_t n = stop ? (uint32_t)(stop - rest->at) : rest->len;
  const RdSlice first = {rest->at, n};
  *rest = stop ? (RdSlice){stop + 1, rest->len - n - 1} : (RdSlice){0};
  return first;
}

static bool read_direction(RdSlice word, uint8_t *ret) {
  for (uint8_t i = 0; i <= RD_QOS_SENDRECV; i++)
    if (rd_slice_is(word, directions[i])) {
      *ret = i;
      return true;
    }
  return false;
}

/* "curr:qos local none", "des:qos mandatory remote sendrecv", "conf:qos remote sendrecv" */
static void read_attribute(RdPrecondition *p, RdSlice value) {
  uint8_t direction;
  const RdSlice name = before(&value, ':');
  if (!rd_slice_is(before(&value, ' '), "qos"))
    return;
  const bool wish = rd_slice_is(name, "des");
  const RdSlice strength = wish ? before(&value, ' ') : (RdSlice){0};
  const RdSlice whose = before(&value, ' ');
  const bool local = rd_slice_is(whose, "local");
  if (!read_direction(value, &direction) || (!local && !rd_slice_is(whose, "remote")))
    return;
  if (rd_slice_is(name, "curr")) {
    p->stated = true;
    *(local ? &p->local : &p->remote) = direction;
  } else if (wish) {
    p->stated = true;
    p->mandatory |= rd_slice_is(strength, "mandatory");
  } else if (rd_slice_is(name, "conf")) {
    p->confirm |= !local;
  }
}

RdPrecondition rd_precondition_read(RdSlice body) {
  RdPrecondition p = {0};
  unsigned streams = 0;
  for (RdSlice rest = body; rest.at && streams < 2;) {
    const RdSlice line = rd_slice_trim(before(&rest, '\n'));
    if (line.len < 2 || line.at[1] != '=')
      continue;
    streams += line.at[0] == 'm';
    if (line.at[0] == 'a' && streams == 1)
      read_attribute(&p, (RdSlice){line.at + 2, line.len - 2});
  }
  return p;
}

static void add(RdText *t, const char *what, uint8_t direction) {
  rd_text_add(t, what);
  rd_text_add(t, directions[direction & RD_QOS_SENDRECV]);
  rd_text_add(t, "\r\n");
}

void rd_precondition_write(RdText *t, const RdPrecondition *state, bool firm) {
  add(t, "a=curr:qos local ", state->local);
  add(t, "a=curr:qos remote ", state->remote);
  add(t, "a=des:qos mandatory local ", RD_QOS_SENDRECV);
  add(t, firm ? "a=des:qos mandatory remote " : "a=des:qos optional remote ", RD_QOS_SENDRECV);
  if (state->confirm)
    add(t, "a=conf:qos remote ", RD_QOS_SENDRECV);
}
