/* dialog.h - one dialog's state machine, and who takes part in it. Pure.
 *
 *   state      INVITE    2xx of INVITE   >= 300 of INVITE   BYE, CANCEL
 *   unknown    calling   -               -                  -
 *   calling    =         talking         ended              ended
 *   talking    =         =               =                  ended
 *   ended      calling   =               =                  =
 *
 * A request within a dialog from somebody who takes no part in it goes to none of these: it is an attack
 * (dialog_is_party). A dialog whose first INVITE was not seen is unknown, and has no parties to tell. */
#pragma once

#include "redoubt/base.h"

#define DIALOG_PARTIES 6

typedef enum { DIALOG_UNKNOWN = 0, DIALOG_CALLING, DIALOG_TALKING, DIALOG_ENDED } DialogState;
typedef enum { EVENT_INVITE = 0, EVENT_OK, EVENT_FAILED, EVENT_END, DIALOG_EVENTS } DialogEvent;

typedef struct {
  uint8_t state; /* DialogState */
  uint8_t n_parties;
  bool open; /* more parties than there is room for: anybody may be one */
  bool told; /* an alert was raised on it */
  struct {
    uint8_t ip[16], family;
  } party[DIALOG_PARTIES];
} Dialog;

/* The next state; a step back in time (a message late or again) keeps the state. */
DialogState dialog_step(DialogState state, DialogEvent event);
void dialog_join(Dialog *d, const RdAddress *a); /* by IP; of IPv6 the /64 */
bool dialog_is_party(const Dialog *d, const RdAddress *a);
