/* dos-register-flood: a flood of REGISTERs. */
#include "tests/attacks/floods.h"

static const FloodTraits traits = {
    .method = RD_SIP_REGISTER, .sixty = {{"sources", 7}, {"rate", 60}}, .least = 59, .most = 61};

static Suite *make(void) {
  return flood_suite(&traits);
}

int main(void) {
  return rd_check_main(make);
}
