/* measure_rows.h - every figure of a row, once. Included by measures.h and measures.c with their own
 * RD_MEASURE(id, members of RdMeasureRow); `from` is a function of extract.h. */

/* ---- Was it detected? ---- */
RD_MEASURE(DETECTED, .name = "detected", .unit = "", .range = RD_RANGE_SHARE, .worlds = "B",
           .from = rd_from_attack, .path = "detected", .question = RD_Q_DETECTED,
           .show = RD_SHOW_SHARE, .where = RD_WHERE_GUARDED, .of_twin = "nothing to detect",
           .label = "seeds with a true alert", .help = "0 or 1: at least one true alert")
RD_MEASURE(JUDGED_ATTACK, .name = "judged_share_attack", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "B", .from = rd_from_judged_attack, .question = RD_Q_DETECTED,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "of its messages: looked at",
           .help = "of the attack's messages that reached the defense, the share it looked at; of "
                   "several defenses the highest")
RD_MEASURE(TPR, .name = "tpr", .unit = "", .range = RD_RANGE_SHARE, .worlds = "B",
           .from = rd_from_defenses_most, .world = RD_IN_B, .path = "message.tpr",
           .question = RD_Q_DETECTED, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "of its messages: acted upon (TPR)",
           .help = "`message.tpr` of `result.json`; of several defenses the highest")
RD_MEASURE(BLOCKED, .name = "blocked_share", .unit = "", .range = RD_RANGE_SHARE, .worlds = "B",
           .from = rd_from_attack, .path = "blocked_share", .question = RD_Q_DETECTED,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED, .label = "of its messages: blocked",
           .help = "of the attack's messages, the share that was dropped, rejected or challenged")
RD_MEASURE(ROC_AUC, .name = "roc_auc", .unit = "", .range = RD_RANGE_SHARE, .worlds = "B",
           .from = rd_from_defenses_most, .world = RD_IN_B, .path = "score.roc_auc",
           .question = RD_Q_DETECTED, .show = RD_SHOW_SUMMARY,
           .where = RD_WHERE_GUARDED | RD_WHERE_SPEAKS, .label = "score: area under the ROC curve",
           .help = "`score.roc_auc` of `result.json`; of several defenses the highest")
RD_MEASURE(ACTED, .name = "acted", .unit = "messages", .worlds = "B", .from = rd_from_defenses_sum,
           .world = RD_IN_B, .path = "message.acted", .question = RD_Q_DETECTED,
           .label = "messages acted upon", .help = "messages it did anything to, whosever")
RD_MEASURE(ALERTS, .name = "alerts", .unit = "", .worlds = "B", .from = rd_from_defenses_sum,
           .world = RD_IN_B, .path = "alerts.total", .question = RD_Q_DETECTED, .label = "alerts",
           .help = "alerts it raised")

/* ---- How fast? ---- */
RD_MEASURE(TTD, .name = "ttd", .unit = "s", .worlds = "B", .from = rd_from_attack, .path = "ttd_ns",
           .per = 1e9, .question = RD_Q_FAST, .show = RD_SHOW_MEDIAN, .where = RD_WHERE_GUARDED,
           .of_twin = "-", .label = "to the first true alert, median",
           .help = "from the attack's start to the first true alert")
RD_MEASURE(TTM, .name = "ttm", .unit = "s", .worlds = "B", .from = rd_from_attack, .path = "ttm_ns",
           .per = 1e9, .question = RD_Q_FAST, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "to the first message acted upon",
           .help = "from the attack's start to the first of its messages acted upon")

/* ---- What did the attacker really achieve? ---- */
RD_MEASURE(SUCCEEDED_ALONE, .name = "succeeded_alone", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "A against N", .from = rd_from_succeeded, .world = RD_IN_A,
           .question = RD_Q_ACHIEVED, .label = "seeds in which it succeeds undefended",
           .help = "0 or 1: the attack's own predicate says that it succeeded without the defense; "
                   "undefined for a twin")
RD_MEASURE(SUCCEEDED, .name = "succeeded", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "B against D", .from = rd_from_succeeded, .world = RD_IN_B,
           .question = RD_Q_ACHIEVED, .show = RD_SHOW_SHARE, .of_twin = "a twin wants nothing",
           .label = "seeds in which it succeeded", .help = "the same with the defense")
RD_MEASURE(EFFECT_ALONE, .name = "effect_alone", .unit = "of the attack", .range = RD_RANGE_EFFECT,
           .worlds = "A against N", .from = rd_from_effect, .world = RD_IN_A,
           .question = RD_Q_ACHIEVED, .label = "effect undefended",
           .help = "the attack's own measure of what it achieved, without the defense")
RD_MEASURE(EFFECT_ALONE_LOW, .name = "effect_alone_low", .unit = "of the attack",
           .range = RD_RANGE_EFFECT, .worlds = "A against N", .from = rd_from_effect_low,
           .world = RD_IN_A, .question = RD_Q_ACHIEVED, .label = "effect undefended, lower end",
           .help = "lower end of its 95 % interval by this one seed")
RD_MEASURE(EFFECT_ALONE_HIGH, .name = "effect_alone_high", .unit = "of the attack",
           .range = RD_RANGE_EFFECT, .worlds = "A against N", .from = rd_from_effect_high,
           .world = RD_IN_A, .question = RD_Q_ACHIEVED, .label = "effect undefended, upper end",
           .help = "upper end of that interval")
RD_MEASURE(WORST_ALONE, .name = "worst_10s_alone", .unit = "of the attack",
           .range = RD_RANGE_EFFECT, .worlds = "A against N", .from = rd_from_worst,
           .world = RD_IN_A, .question = RD_Q_ACHIEVED,
           .label = "effect undefended in its worst 10 s",
           .help = "the same measure in its worst 10 s")
RD_MEASURE(EFFECT, .name = "effect", .unit = "of the attack", .range = RD_RANGE_EFFECT,
           .worlds = "B against D", .from = rd_from_effect, .world = RD_IN_B,
           .question = RD_Q_ACHIEVED, .show = RD_SHOW_SUMMARY, .label = "effect",
           .help = "the attack's own measure with the defense")
RD_MEASURE(EFFECT_LOW, .name = "effect_low", .unit = "of the attack", .range = RD_RANGE_EFFECT,
           .worlds = "B against D", .from = rd_from_effect_low, .world = RD_IN_B,
           .question = RD_Q_ACHIEVED, .label = "effect, lower end",
           .help = "lower end of its 95 % interval by this one seed")
RD_MEASURE(EFFECT_HIGH, .name = "effect_high", .unit = "of the attack", .range = RD_RANGE_EFFECT,
           .worlds = "B against D", .from = rd_from_effect_high, .world = RD_IN_B,
           .question = RD_Q_ACHIEVED, .label = "effect, upper end",
           .help = "upper end of that interval")
RD_MEASURE(WORST, .name = "worst_10s", .unit = "of the attack", .range = RD_RANGE_EFFECT,
           .worlds = "B against D", .from = rd_from_worst, .world = RD_IN_B,
           .question = RD_Q_ACHIEVED, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_KNOWN,
           .label = "effect in its worst 10 s", .help = "the same measure in its worst 10 s")
RD_MEASURE(THRESHOLD, .name = "threshold", .unit = "of the attack", .worlds = "-",
           .from = rd_from_threshold, .question = RD_Q_ACHIEVED, .show = RD_SHOW_NUMBER,
           .where = RD_WHERE_KNOWN, .of_twin = "-", .label = "it succeeds from an effect of",
           .help = "effect from which on it has succeeded, as the attack states it")

/* ---- What did legitimate users lose to the attack? ---- */
RD_MEASURE(ATTEMPTS, .name = "legit_attempts", .unit = "", .worlds = "N A B D",
           .from = rd_from_attempts, .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_SUMMARY,
           .label = "their attempts after the warm-up",
           .help = "legitimate calls, registrations and messages begun after the warm-up")
RD_MEASURE(LOST_ALONE, .name = "lost_undefended", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "A against N", .from = rd_from_lost, .world = RD_IN_A,
           .question = RD_Q_LOST_TO_ATTACK, .label = "lost undefended",
           .help = "of these: served with nothing, not with the attack alone")
RD_MEASURE(LOST, .name = "lost", .unit = "", .range = RD_RANGE_ATTEMPTS, .worlds = "B against N",
           .from = rd_from_lost, .world = RD_IN_B, .question = RD_Q_LOST_TO_ATTACK,
           .show = RD_SHOW_CHANGE, .before = RD_M_LOST_ALONE,
           .label = "lost in all: undefended \xe2\x86\x92 here",
           .help = "served with nothing, not with attack and defense")
RD_MEASURE(LOST_ATTACK, .name = "lost_to_attack", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N A B D", .from = rd_from_fate_attack, .question = RD_Q_LOST_TO_ATTACK,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost to the attack",
           .help = "the attack loses it, and the defense does not help")
RD_MEASURE(LOST_EITHER, .name = "lost_to_either", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N A B D", .from = rd_from_fate_either, .question = RD_Q_LOST_TO_ATTACK,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost to either (each alone loses it)",
           .help = "the attack alone loses it, and so does the defense alone")
RD_MEASURE(RESCUED, .name = "rescued", .unit = "", .range = RD_RANGE_ATTEMPTS, .worlds = "N A B D",
           .from = rd_from_fate_rescued, .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_SUMMARY,
           .where = RD_WHERE_GUARDED | RD_WHERE_ACTS, .label = "rescued by the defense",
           .help = "the attack alone loses it, with the defense it is served")
RD_MEASURE(BASELINE, .name = "lost_to_nobody", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N", .from = rd_from_fate_baseline, .question = RD_Q_LOST_TO_ATTACK,
           .label = "lost to nobody", .help = "not served even with nothing")
RD_MEASURE(NOISE, .name = "noise_floor", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "B shifted against B", .from = rd_from_drift, .question = RD_Q_LOST_TO_ATTACK,
           .show = RD_SHOW_SUMMARY, .label = "noise floor: fare otherwise if it begins 1 ms later",
           .help = "attempts that fare otherwise if the attack begins 1 ms later; empty in most "
                   "seeds")
RD_MEASURE(SER_N, .name = "ser_n", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "N",
           .from = rd_from_result, .world = RD_IN_N, .path = "legit.call.ser",
           .question = RD_Q_LOST_TO_ATTACK, .label = "call success (SER) with nothing",
           .help = "RFC 6076 SER of legitimate calls")
RD_MEASURE(SER_A, .name = "ser_a", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "A",
           .from = rd_from_result, .world = RD_IN_A, .path = "legit.call.ser",
           .question = RD_Q_LOST_TO_ATTACK, .label = "call success (SER) undefended",
           .help = "the same with the attack alone")
RD_MEASURE(SER_B, .name = "ser_b", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "B",
           .from = rd_from_result, .world = RD_IN_B, .path = "legit.call.ser",
           .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_CHANGE, .before = RD_M_SER_N,
           .label = "call success (SER): nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")
RD_MEASURE(SRD_N, .name = "srd_p95_n", .unit = "ms", .worlds = "N", .from = rd_from_result,
           .world = RD_IN_N, .path = "legit.call.srd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .label = "set-up delay (SRD) p95 with nothing",
           .help = "RFC 6076 SRD of successful legitimate calls, 95th percentile")
RD_MEASURE(SRD_A, .name = "srd_p95_a", .unit = "ms", .worlds = "A", .from = rd_from_result,
           .world = RD_IN_A, .path = "legit.call.srd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .label = "set-up delay (SRD) p95 undefended",
           .help = "the same with the attack alone")
RD_MEASURE(SRD_B, .name = "srd_p95_b", .unit = "ms", .worlds = "B", .from = rd_from_result,
           .world = RD_IN_B, .path = "legit.call.srd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_CHANGE, .before = RD_M_SRD_N,
           .label = "set-up delay (SRD) p95: nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")
RD_MEASURE(RRD_N, .name = "rrd_p95_n", .unit = "ms", .worlds = "N", .from = rd_from_result,
           .world = RD_IN_N, .path = "legit.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .label = "registration delay (RRD) p95 with nothing",
           .help = "RFC 6076 RRD of successful legitimate registrations, 95th percentile")
RD_MEASURE(RRD_A, .name = "rrd_p95_a", .unit = "ms", .worlds = "A", .from = rd_from_result,
           .world = RD_IN_A, .path = "legit.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .label = "registration delay (RRD) p95 undefended",
           .help = "the same with the attack alone")
RD_MEASURE(RRD_B, .name = "rrd_p95_b", .unit = "ms", .worlds = "B", .from = rd_from_result,
           .world = RD_IN_B, .path = "legit.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_CHANGE, .before = RD_M_RRD_N,
           .label = "registration delay (RRD) p95: nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")
RD_MEASURE(IRA_N, .name = "ira_n", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "N",
           .from = rd_from_result, .world = RD_IN_N, .path = "legit.register.ira",
           .question = RD_Q_LOST_TO_ATTACK, .label = "registrations failed (IRA) with nothing",
           .help = "RFC 6076 IRA: legitimate registrations that failed")
RD_MEASURE(IRA_A, .name = "ira_a", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "A",
           .from = rd_from_result, .world = RD_IN_A, .path = "legit.register.ira",
           .question = RD_Q_LOST_TO_ATTACK, .label = "registrations failed (IRA) undefended",
           .help = "the same with the attack alone")
RD_MEASURE(IRA_B, .name = "ira_b", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "B",
           .from = rd_from_result, .world = RD_IN_B, .path = "legit.register.ira",
           .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_CHANGE, .before = RD_M_IRA_N,
           .label = "registrations failed (IRA): nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")
RD_MEASURE(MESSAGE_FAILED_N, .name = "message_failed_n", .unit = "percent",
           .range = RD_RANGE_PERCENT, .worlds = "N", .from = rd_from_result, .world = RD_IN_N,
           .path = "legit.message.failed_percent", .question = RD_Q_LOST_TO_ATTACK,
           .label = "MESSAGEs failed with nothing",
           .help = "legitimate MESSAGE attempts without a 2xx; undefined where nobody sends any")
RD_MEASURE(MESSAGE_FAILED_A, .name = "message_failed_a", .unit = "percent",
           .range = RD_RANGE_PERCENT, .worlds = "A", .from = rd_from_result, .world = RD_IN_A,
           .path = "legit.message.failed_percent", .question = RD_Q_LOST_TO_ATTACK,
           .label = "MESSAGEs failed undefended", .help = "the same with the attack alone")
RD_MEASURE(MESSAGE_FAILED_B, .name = "message_failed_b", .unit = "percent",
           .range = RD_RANGE_PERCENT, .worlds = "B", .from = rd_from_result, .world = RD_IN_B,
           .path = "legit.message.failed_percent", .question = RD_Q_LOST_TO_ATTACK,
           .show = RD_SHOW_CHANGE, .where = RD_WHERE_KNOWN, .before = RD_M_MESSAGE_FAILED_N,
           .label = "MESSAGEs failed: nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")
RD_MEASURE(MESSAGE_DELAY_N, .name = "message_delay_p95_n", .unit = "ms", .worlds = "N",
           .from = rd_from_result, .world = RD_IN_N, .path = "legit.message.delay_ns.p95",
           .per = 1e6, .question = RD_Q_LOST_TO_ATTACK,
           .label = "delay of MESSAGEs p95 with nothing",
           .help = "from a legitimate MESSAGE to its 2xx, 95th percentile")
RD_MEASURE(MESSAGE_DELAY_A, .name = "message_delay_p95_a", .unit = "ms", .worlds = "A",
           .from = rd_from_result, .world = RD_IN_A, .path = "legit.message.delay_ns.p95",
           .per = 1e6, .question = RD_Q_LOST_TO_ATTACK, .label = "delay of MESSAGEs p95 undefended",
           .help = "the same with the attack alone")
RD_MEASURE(MESSAGE_DELAY_B, .name = "message_delay_p95_b", .unit = "ms", .worlds = "B",
           .from = rd_from_result, .world = RD_IN_B, .path = "legit.message.delay_ns.p95",
           .per = 1e6, .question = RD_Q_LOST_TO_ATTACK, .show = RD_SHOW_CHANGE,
           .where = RD_WHERE_KNOWN, .before = RD_M_MESSAGE_DELAY_N,
           .label = "delay of MESSAGEs p95: nothing \xe2\x86\x92 here",
           .help = "the same with attack and defense")

/* ---- What did they lose to the defense? ---- */
RD_MEASURE(LOST_PEACE, .name = "lost_in_peace", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "D against N", .from = rd_from_lost_peace, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost in peace: defense alone",
           .help = "what the defense costs in peace: served with nothing, not with the defense "
                   "alone")
RD_MEASURE(LOST_BEYOND, .name = "lost_beyond_attack", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N A B", .from = rd_from_lost_beyond, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost beyond what the attack alone loses",
           .help =
               "what it costs beyond the attack: served with nothing and with the attack alone, "
               "not with both")
RD_MEASURE(LOST_DEFENSE, .name = "lost_to_defense", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N A B D", .from = rd_from_fate_defense, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost to the defense alone, not to the attack alone",
           .help = "the defense alone loses it, the attack alone does not")
RD_MEASURE(LOST_INTERACTION, .name = "lost_to_interaction", .unit = "", .range = RD_RANGE_ATTEMPTS,
           .worlds = "N A B D", .from = rd_from_fate_interaction, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_ACTS,
           .label = "lost only to both together",
           .help = "neither alone loses it, both together do")
RD_MEASURE(TWIN_EFFECT, .name = "twin_effect", .unit = "points", .range = RD_RANGE_POINTS,
           .worlds = "B against A", .from = rd_from_twin, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED | RD_WHERE_TWIN,
           .label = "twin: what it costs it and all others",
           .help = "points of attempts, a twin's own and all others', that the defense costs; of "
                   "twins alone")
RD_MEASURE(SER_D, .name = "ser_d", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "D",
           .from = rd_from_result, .world = RD_IN_D, .path = "legit.call.ser",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_CHANGE, .where = RD_WHERE_GUARDED,
           .before = RD_M_SER_N,
           .label = "call success in peace: nothing \xe2\x86\x92 defense alone",
           .help = "SER with the defense alone")
RD_MEASURE(SRD_D, .name = "srd_p95_d", .unit = "ms", .worlds = "D", .from = rd_from_result,
           .world = RD_IN_D, .path = "legit.call.srd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_DEFENSE, .label = "set-up delay (SRD) p95, defense alone",
           .help = "SRD with the defense alone")
RD_MEASURE(RRD_D, .name = "rrd_p95_d", .unit = "ms", .worlds = "D", .from = rd_from_result,
           .world = RD_IN_D, .path = "legit.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_DEFENSE, .label = "registration delay (RRD) p95, defense alone",
           .help = "RRD with the defense alone")
RD_MEASURE(IRA_D, .name = "ira_d", .unit = "percent", .range = RD_RANGE_PERCENT, .worlds = "D",
           .from = rd_from_result, .world = RD_IN_D, .path = "legit.register.ira",
           .question = RD_Q_LOST_TO_DEFENSE, .label = "registrations failed (IRA), defense alone",
           .help = "IRA with the defense alone")
RD_MEASURE(MESSAGE_FAILED_D, .name = "message_failed_d", .unit = "percent",
           .range = RD_RANGE_PERCENT, .worlds = "D", .from = rd_from_result, .world = RD_IN_D,
           .path = "legit.message.failed_percent", .question = RD_Q_LOST_TO_DEFENSE,
           .label = "MESSAGEs failed, defense alone",
           .help = "MESSAGE attempts without a 2xx with the defense alone")
RD_MEASURE(MESSAGE_DELAY_D, .name = "message_delay_p95_d", .unit = "ms", .worlds = "D",
           .from = rd_from_result, .world = RD_IN_D, .path = "legit.message.delay_ns.p95",
           .per = 1e6, .question = RD_Q_LOST_TO_DEFENSE,
           .label = "delay of MESSAGEs p95, defense alone",
           .help = "from a MESSAGE to its 2xx with the defense alone")
RD_MEASURE(TWIN_IRA_A, .name = "twin_ira_a", .unit = "percent", .range = RD_RANGE_PERCENT,
           .worlds = "A", .from = rd_from_result, .world = RD_IN_A, .path = "twin.register.ira",
           .question = RD_Q_LOST_TO_DEFENSE, .label = "the twin's registrations failed, undefended",
           .help = "the twin's own registrations that failed, without the defense")
RD_MEASURE(TWIN_IRA_B, .name = "twin_ira_b", .unit = "percent", .range = RD_RANGE_PERCENT,
           .worlds = "B", .from = rd_from_result, .world = RD_IN_B, .path = "twin.register.ira",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_CHANGE, .where = RD_WHERE_TWIN,
           .before = RD_M_TWIN_IRA_A,
           .label = "the twin's registrations failed: undefended \xe2\x86\x92 here",
           .help = "the same with the defense")
RD_MEASURE(TWIN_RRD_A, .name = "twin_rrd_p95_a", .unit = "ms", .worlds = "A",
           .from = rd_from_result, .world = RD_IN_A, .path = "twin.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_DEFENSE,
           .label = "the twin's registration delay p95, undefended",
           .help = "RRD of the twin's own registrations, 95th percentile, without the defense")
RD_MEASURE(TWIN_RRD_B, .name = "twin_rrd_p95_b", .unit = "ms", .worlds = "B",
           .from = rd_from_result, .world = RD_IN_B, .path = "twin.register.rrd_ns.p95", .per = 1e6,
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_CHANGE, .where = RD_WHERE_TWIN,
           .before = RD_M_TWIN_RRD_A,
           .label = "the twin's registration delay p95: undefended \xe2\x86\x92 here",
           .help = "the same with the defense")
RD_MEASURE(JUDGED_LEGIT, .name = "judged_share_legit", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "B", .from = rd_from_judged_legit, .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "legitimate messages looked at",
           .help = "of legitimate messages (a twin's too) that reached the defense, the share it "
                   "looked at; of several defenses the highest")
RD_MEASURE(FPR, .name = "fpr", .unit = "", .range = RD_RANGE_SHARE, .worlds = "B",
           .from = rd_from_defenses_most, .world = RD_IN_B, .path = "message.fpr",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "of these: acted upon (FPR)",
           .help = "`message.fpr` of `result.json`; of several defenses the highest")
RD_MEASURE(PRECISION_BASE, .name = "precision_at_base_rate", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "B", .from = rd_from_defenses_most, .world = RD_IN_B,
           .path = "message.precision_at_base_rate", .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "precision if 1 message in 10 000 were hostile",
           .help = "`message.precision_at_base_rate` of `result.json`; of several defenses the "
                   "highest")
RD_MEASURE(PRECISION_LOW, .name = "precision_at_base_rate_low", .unit = "", .range = RD_RANGE_SHARE,
           .worlds = "B", .from = rd_from_defenses_most, .world = RD_IN_B,
           .path = "message.precision_at_base_rate_low", .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "the same, for all that so few messages can tell",
           .help = "the same with the upper end of the FPR's interval")
RD_MEASURE(HITS_VICTIM, .name = "true_hits_victim_alerts", .unit = "", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B, .path = "alerts.true_hits_victim",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "true alerts that name a victim's own as well",
           .help = "alerts on what is the attack's and somebody else's as well")
RD_MEASURE(VICTIM_ALERTS, .name = "victim_alerts", .unit = "", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B, .path = "alerts.victim",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "alerts that name a victim alone",
           .help = "alerts on whom the attack aimed at, and never was")
RD_MEASURE(FALSE_ALARMS, .name = "false_alarms", .unit = "", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B, .path = "alerts.false_alarms",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "false alarms", .help = "false alerts, those on one subject within 60 s merged")
RD_MEASURE(FALSE_ALARMS_DAY, .name = "false_alarms_per_subscriber_day", .unit = "", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B,
           .path = "alerts.false_alarms_per_subscriber_day", .question = RD_Q_LOST_TO_DEFENSE,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "false alarms a subscriber-day", .help = "the same by subscriber and day")
RD_MEASURE(FALSE_ALARMS_PEACE, .name = "false_alarms_in_peace", .unit = "", .worlds = "D",
           .from = rd_from_defenses_sum, .world = RD_IN_D, .path = "alerts.false_alarms",
           .question = RD_Q_LOST_TO_DEFENSE, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "false alarms in peace", .help = "false alarms while nobody attacks")

/* ---- What did the defense cost? ---- */
RD_MEASURE(COST, .name = "cost_per_message", .unit = "ns", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B, .path = "cost.per_message_ns",
           .question = RD_Q_COST, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "modelled time a judged message",
           .help = "modelled time a judged message, by the cost table")
RD_MEASURE(STATE_BYTES, .name = "state_peak", .unit = "bytes", .worlds = "B",
           .from = rd_from_defenses_sum, .world = RD_IN_B, .path = "cost.peak_bytes",
           .question = RD_Q_COST, .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "peak size of its tables", .help = "peak size of its tables")
RD_MEASURE(
    ADDED_SRD_P95, .name = "added_srd_p95", .unit = "ms", .range = RD_RANGE_ANY,
    .worlds = "D against N", .from = rd_from_added_srd, .question = RD_Q_COST,
    .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED, .label = "added set-up delay in peace, p95",
    .help = "set-up delay with the defense alone less that with nothing, over calls that have "
            "both, 95th percentile")
RD_MEASURE(ADDED_RRD_P95, .name = "added_rrd_p95", .unit = "ms", .range = RD_RANGE_ANY,
           .worlds = "D against N", .from = rd_from_added_rrd, .question = RD_Q_COST,
           .show = RD_SHOW_SUMMARY, .where = RD_WHERE_GUARDED,
           .label = "added registration delay in peace, p95", .help = "the same of registrations")
