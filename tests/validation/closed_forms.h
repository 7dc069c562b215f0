/* closed_forms.h - queues whose answer is known without simulating them.
 *
 * Rates per second, times in seconds. A queue that never settles (load >= 1) has an infinite wait.
 * Sources: Kleinrock, Queueing Systems vol. 1 (1975), chapters 3 and 5; Erlang 1917. */
#pragma once

/* Poisson arrivals, exponential service, one worker: mean wait before service, and mean time in the
 * system. */
double mm1_wait(double arrivals, double service);
double mm1_sojourn(double arrivals, double service);
/* Time in the system that a share q of customers stays within: it is exponential. */
double mm1_sojourn_quantile(double arrivals, double service, double q);

/* Poisson arrivals, any service of a mean and a squared coefficient of variation, one worker
 * (Pollaczek and Khinchine): 1 is M/M/1, 0 is M/D/1. */
double mg1_wait(double arrivals, double service, double scv);
double md1_wait(double arrivals, double service);
double md1_sojourn(double arrivals, double service);

/* Share of arrivals lost by `workers` without a waiting room at `offered` Erlangs, whatever the
 * distribution of service. */
double erlang_b(unsigned workers, double offered);
/* Share of arrivals that has to wait where all may wait; 1 if it never settles. */
double erlang_c(unsigned workers, double offered);
/* Mean wait with `workers` and exponential service. */
double mmc_wait(double arrivals, double service, unsigned workers);

/* Share lost by one worker with room for `places` in all, the one in service included (M/M/1/K). */
double mm1k_loss(double offered, unsigned places);
