/* services.c - which subscriber has which services: lines "WHO SERVICE [TARGET]" of the configuration. */
#include "lab/base/slice.h"
#include "nodes/tas/tas.h"

static const struct {
  const char *name;
  uint32_t service;
} names[] = {
    {"cfu", TAS_CFU}, {"cfb", TAS_CFB}, {"cfnr", TAS_CFNR}, {"ocb", TAS_OCB},
    {"icb", TAS_ICB}, {"acr", TAS_ACR}, {"oir", TAS_OIR},   {"oip-override", TAS_OVERRIDE}};

static RdSlice cut_word(RdSlice *rest) {
  const RdSlice all = rd_slice_trim(*rest);
  uint32_t len = 0;
  while (len < all.len && all.at[len] != ' ' && all.at[len] != '\t')
    len++;
  *rest = rd_slice_of(all.at + len, all.len - len);
  return rd_slice_of(all.at, len);
}

/* "*", an index or a range. */
static bool read_who(const Tas *t, RdSlice who, TasRule *r) {
  const char *dash = who.len ? memchr(who.at, '-', who.len) : NULL;
  if (rd_slice_is(who, "*")) {
    r->first = 0;
    r->last = t->provision.count - 1;
    return true;
  }
  const uint32_t head = dash ? (uint32_t)(dash - who.at) : who.len;
  if (!rd_slice_uint(rd_slice_of(who.at, head), &r->first))
    return false;
  r->last = r->first;
  return (!dash || rd_slice_uint(rd_slice_of(dash + 1, who.len - head - 1), &r->last)) &&
         r->first <= r->last && r->last < t->provision.count;
}

/* An index, or a sip: URI. */
static bool read_target(const Tas *t, RdSlice target, TasRule *r) {
  uint64_t index;
  if (rd_slice_uint(target, &index) && index < t->provision.count) {
    rd_provision_impu(&t->provision, index, r->target);
    return true;
  }
  return rd_slice_starts_nocase(target, "sip:") && target.len < sizeof r->target &&
         !memchr(target.at, '>', target.len) && rd_slice_copy(target, r->target, sizeof r->target);
}

static bool read_line(const Tas *t, RdSlice line, TasRule *r) {
  const RdSlice who = cut_word(&line), service = cut_word(&line), target = cut_word(&line);
  *r = (TasRule){.forwarding = TAS_FORWARDINGS};
  for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
    if (rd_slice_is_nocase(service, names[i].name)) {
      r->service = names[i].service;
      r->forwarding = MIN(i, TAS_FORWARDINGS);
    }
  const bool forwards = r->forwarding < TAS_FORWARDINGS;
  return r->service && read_who(t, who, r) && rd_slice_trim(line).len == 0 &&
         (forwards ? read_target(t, target, r) : target.len == 0);
}

bool tas_read(Tas *t, const char **ret_line) {
  for (const char *const *line = t->config->services; line && *line; line++) {
    *ret_line = *line;
    if (t->n_rules == TAS_RULES || !read_line(t, rd_slice(*line), &t->rules[t->n_rules]))
      return false;
    t->n_rules++;
  }
  return true;
}

/* A later line counts before an earlier one. */
void tas_subscriber(const Tas *t, uint64_t index, TasSubscriber *ret) {
  memset(ret, 0, sizeof *ret);
  for (unsigned i = 0; i < t->n_rules; i++) {
    const TasRule *r = &t->rules[i];
    if (index < r->first || index > r->last)
      continue;
    ret->services |= r->service;
    if (r->forwarding < TAS_FORWARDINGS)
      ret->target[r->forwarding] = r->target;
  }
}
