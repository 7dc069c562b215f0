#include "defenses/dialog-efsm/dialog.h"

#include <string.h>

DialogState dialog_step(DialogState state, DialogEvent event) {
  static const uint8_t next[4][DIALOG_EVENTS] = {
      [DIALOG_UNKNOWN] = {DIALOG_CALLING, DIALOG_UNKNOWN, DIALOG_UNKNOWN, DIALOG_UNKNOWN},
      [DIALOG_CALLING] = {DIALOG_CALLING, DIALOG_TALKING, DIALOG_ENDED, DIALOG_ENDED},
      [DIALOG_TALKING] = {DIALOG_TALKING, DIALOG_TALKING, DIALOG_TALKING, DIALOG_ENDED},
      [DIALOG_ENDED] = {DIALOG_CALLING, DIALOG_ENDED, DIALOG_ENDED, DIALOG_ENDED}};
  return (DialogState)next[state][event];
}

static size_t significant(const RdAddress *a) {
  return a->family == 6 ? 8 : 4;
}

static bool joined(const Dialog *d, const RdAddress *a) {
  for (unsigned i = 0; i < d->n_parties; i++)
    if (d->party[i].family == a->family && memcmp(d->party[i].ip, a->ip, significant(a)) == 0)
      return true;
  return false;
}

void dialog_join(Dialog *d, const RdAddress *a) {
  if (joined(d, a))
    return;
  if (d->n_parties == DIALOG_PARTIES) {
    d->open = true;
    return;
  }
  memcpy(d->party[d->n_parties].ip, a->ip, sizeof a->ip);
  d->party[d->n_parties++].family = a->family;
}

bool dialog_is_party(const Dialog *d, const RdAddress *a) {
  return d->state == DIALOG_UNKNOWN || d->open || joined(d, a);
}
