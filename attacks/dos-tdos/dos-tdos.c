/* dos-tdos - complete, well-formed calls that keep the lines of one destination busy. */
#include "lab/attacker/crowd.h"
#include "lab/attacker/harm.h"

typedef struct {
  RdCrowdAim crowd;
  int64_t victim, lines;
  double threshold;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "victim", RD_INTEGER, victim, "0", 0, 4e9, "",
             "Subscriber whose number is the destination's first line."),
    RD_PARAM(Config, "lines", RD_INTEGER, lines, "30", 1, 1e6, "",
             "Lines of the destination: subscribers from there on, called in turn."),
    RD_CROWD_ROWS(Config, "60", "2 s", "60 s", "2 s", "0"),
    RD_PARAM(Config, "threshold", RD_NUMBER, threshold, "5", 0.001, 100, "",
             "Points of legitimate calls lost from which it has succeeded."),
    RD_PARAM_END};

/* Line after line; each account begins at another. */
static void whom(const RdCrowd *crowd, uint64_t account, uint64_t call, char ret[RD_NUMBER_TEXT]) {
  const Config *c = (const Config *)rd_crowd_aim(crowd); /* its first member */
  rd_crowd_number(crowd, (uint64_t)c->victim + (account + call) % (uint64_t)c->lines, ret);
}

static void *open_tdos(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_crowd_new(host, setup, config, 0, false, whom);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm_to(evidence, RD_ATTEMPT_CALL, ((const Config *)config)->threshold, ret);
}

RD_PART(RD_ATTACK, "dos-tdos",
        "Telephony denial of service: customers' calls that keep all lines of a destination busy.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_tdos, RD_CROWD_OPS, .success = success), .interface = RD_IF_GM,
        .family = "dos");
