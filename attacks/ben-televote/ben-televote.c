/* ben-televote - many people call one number at once, because a broadcast asked them to. Benign. */
#include "lab/attacker/crowd.h"

typedef struct {
  RdCrowdAim crowd;
} Config;

static const RdParam params[] = {RD_CROWD_ROWS(Config, "300", "5 s", "4 s", "2 s", "2"),
                                 RD_PARAM_END};

/* Account 0 is the machine that counts the votes. */
static void whom(const RdCrowd *crowd, uint64_t account, uint64_t call, char ret[RD_NUMBER_TEXT]) {
  (void)account;
  (void)call;
  rd_account_number(rd_crowd_accounts(crowd), 0, ret);
}

static void *open_televote(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_crowd_new(host, setup, config, 1, true, whom);
}

RD_PART(RD_ATTACK, "ben-televote",
        "Benign twin: a crowd that calls one number at once, as a broadcast asked it to.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_televote, RD_CROWD_OPS, .success = rd_crowd_success),
        .interface = RD_IF_GM, .family = "benign", .benign = true);
