#include "tests/validation/closed_forms.h"

#include <math.h>

double mg1_wait(double arrivals, double service, double scv) {
  double load = arrivals * service;
  return load < 1 ? load * service * (1 + scv) / (2 * (1 - load)) : INFINITY;
}

double mm1_wait(double arrivals, double service) {
  return mg1_wait(arrivals, service, 1);
}

double mm1_sojourn(double arrivals, double service) {
  return mm1_wait(arrivals, service) + service;
}

double mm1_sojourn_quantile(double arrivals, double service, double q) {
  return -log(1 - q) * mm1_sojourn(arrivals, service);
}

double md1_wait(double arrivals, double service) {
  return mg1_wait(arrivals, service, 0);
}

double md1_sojourn(double arrivals, double service) {
  return md1_wait(arrivals, service) + service;
}

/* By the recursion on workers, which never overflows. */
double erlang_b(unsigned workers, double offered) {
  double lost = 1;
  for (unsigned n = 1; n <= workers; n++)
    lost = offered * lost / (n + offered * lost);
  return lost;
}

double erlang_c(unsigned workers, double offered) {
  if (offered >= workers)
    return 1;
  double lost = erlang_b(workers, offered);
  return workers * lost / (workers - offered * (1 - lost));
}

double mmc_wait(double arrivals, double service, unsigned workers) {
  double offered = arrivals * service;
  if (offered >= workers)
    return INFINITY;
  return erlang_c(workers, offered) * service / (workers - offered);
}

double mm1k_loss(double offered, unsigned places) {
  double state = 1, all = 1;
  for (unsigned n = 1; n <= places; n++) {
    state *= offered;
    all += state;
  }
  return state / all;
}
