/* report_text.c - the report's style sheet, and what it says about its own method. */
#include "bench/harness/report_page.h"

const char rd_page_style[] =
    ":root{--ink:#1d2327;--soft:#5b656d;--rule:#d9dee2;--paper:#fff;--wash:#f5f7f8;--link:#0b5394}"
    "\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--wash);color:var(--ink);"
    "font:16px/1.5 system-ui,'DejaVu Sans',sans-serif}\n"
    "main{max-width:1160px;margin:0 auto;padding:2.5rem 2rem 4rem;background:var(--paper)}\n"
    "h1{font-size:2.2rem;margin:0 0 .3rem;line-height:1.15}\n"
    "h2{font-size:1.35rem;margin:2.8rem 0 .6rem;padding-top:1.2rem;border-top:2px solid "
    "var(--ink)}\n"
    "h3{font-size:1.05rem;margin:1.6rem 0 .3rem}\n"
    "a{color:var(--link)}\n"
    ".kicker{margin:0;color:var(--soft);text-transform:uppercase;letter-spacing:.08em;"
    "font-size:.8rem}\n"
    ".facts{color:var(--soft);margin:.2rem 0 1rem}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;vertical-align:top;padding:.45rem .7rem}\n"
    ".matrix{width:100%;font-size:.9rem}\n"
    ".matrix th{font-weight:600}\n"
    ".matrix td{border:2px solid var(--paper);min-width:11rem}\n"
    ".matrix td b{display:block;text-transform:uppercase;letter-spacing:.04em;font-size:.85rem}\n"
    ".matrix span{display:block;font-size:.82rem;font-weight:400}\n"
    ".legend{font-size:.85rem;color:var(--soft)}\n"
    ".legend b{padding:.05rem .4rem;color:var(--ink)}\n"
    ".lost{background:#f4c7bd}.partly{background:#f9dfb0}.price{background:#f5f0b5}\n"
    ".held{background:#c5e6cd}.harmless{background:#dbe7f3}.unknown{background:#e8ebed}\n"
    ".pair{width:100%;font-size:.83rem;margin-top:.8rem}\n"
    ".pair td,.pair tbody th{border-top:1px solid var(--rule)}\n"
    ".pair tbody th{font-weight:400;color:var(--soft);min-width:15rem}\n"
    ".pair .question th{font-weight:600;color:var(--ink);padding-top:1rem;border-top:0}\n"
    ".plain{font-size:.83rem}.plain td,.plain th{border-top:1px solid var(--rule)}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:.5rem 2rem}\n"
    "figure{margin:.6rem 0}figure svg{display:block;width:100%;height:auto}\n"
    "figcaption{font-size:.82rem;color:var(--soft)}\n"
    "code{font:0.85em ui-monospace,'DejaVu Sans Mono',monospace}\n"
    "dt{font-weight:600;margin-top:.6rem}dd{margin:0 0 0 1.2rem}\n"
    ".caution{border-left:4px solid #d08a3c;padding:.2rem 1rem;background:#fdf8f0}\n"
    "@media print{body{background:#fff}main{max-width:none;padding:0}section{break-inside:auto}\n"
    "figure,tr{break-inside:avoid}}\n";

static void put_definitions(GString *page) {
  g_string_append(
      page,
      "<h3>What the words mean</h3>\n<dl>\n"
      "<dt>worlds</dt><dd>Each trial is run four times on one seed: with nothing, with the attack "
      "alone, with both, with the defence alone. Random draws are keyed by who draws and for what, "
      "so legitimate users want the same things at the same times in all four.</dd>\n"
      "<dt>lost, rescued</dt><dd>Legitimate attempts (calls, registrations) are matched one by one "
      "over the four worlds. Of those served with nothing: <i>lost to the attack</i>: fails with "
      "the "
      "attack and with both, not with the defence alone. <i>Lost to the defence</i>: fails with "
      "the "
      "defence alone, not with the attack alone. <i>Either</i>: fails with each alone. <i>Both "
      "together</i>: fails only where both are. <i>Rescued</i>: fails with the attack alone, is "
      "served with both. A busy, declined or unanswered call was served: the network did its "
      "part.</dd>\n"
      "<dt>noise floor</dt><dd>How many legitimate attempts fare otherwise when the attack alone "
      "begins one millisecond later. Timing alone decides them: a loss or rescue of that size says "
      "nothing about a defence.</dd>\n"
      "<dt>success, effect</dt><dd>The attack's own predicate over the ledger, against the same "
      "defence without the attack. Its README says what it is.</dd>\n"
      "<dt>detected</dt><dd>At least one alert while the attack ran, or up to 10 s after, that "
      "names "
      "its family and a source, identity or session that is truly its own. The time is the median "
      "by Kaplan and Meier, seeds without detection being watched until the attack's end.</dd>\n"
      "<dt>TPR, FPR</dt><dd>A message at a time: dropped, rejected, challenged, delayed or held, "
      "of "
      "hostile ones and of legitimate ones (twins among them). What nodes send because of an "
      "attack "
      "is in neither.</dd>\n"
      "<dt>SER, SRD, RRD, IRA</dt><dd>RFC 6076, at the caller's edge, legitimate users only; an "
      "attempt includes its challenge and its retries.</dd>\n"
      "<dt>cost</dt><dd>Modelled time on one worker by the versioned cost table, never measured "
      "wall time.</dd>\n"
      "<dt>undefined</dt><dd>The denominator was 0. It is never printed as 0 or "
      "100.</dd>\n</dl>\n");
}

void rd_page_method(GString *page, const RdMatrix *m) {
  g_string_append(page, "<section>\n<h2>Method and its limits</h2>\n");
  put_definitions(page);
  rd_page_put(
      page,
      "<h3>What %u seeds allow one to say</h3>\n"
      "<p>Numbers in brackets are 95 %% intervals: of means over seeds by Student's t (BCa "
      "bootstrap from %d seeds on, as it covers too little with fewer), of shares by Wilson's "
      "score. p is from a "
      "Wilcoxon signed-rank test of the seed-by-seed differences, adjusted by Holm over the "
      "settings of one attack; the least that %u seeds can give is %.3g before it is "
      "adjusted. Read an interval, not a p.</p>\n",
      m->seeds, RD_BOOTSTRAP_FROM, m->seeds,
      m->seeds ? 2.0 / (double)(1ULL << MIN(m->seeds, 62)) : 1.0);
  g_string_append(
      page,
      "<div class=\"caution\"><h3>The base rate</h3>\n"
      "<p>In these trials hostile messages are common, because an experimenter put them there. "
      "Where "
      "1 message in 10 000 is hostile (&#960; = 1e-4), precision is "
      "&#960;&#183;TPR / (&#960;&#183;TPR + (1 &#8722; &#960;)&#183;FPR): a detector that finds "
      "everything at a false positive rate of 1 % is then wrong in 99 of 100 alarms (Axelsson, "
      "<i>The base-rate fallacy and the difficulty of intrusion detection</i>, 2000). The row "
      "<i>precision if 1 message in 10 000 were hostile</i> is that figure.</p></div>\n"
      "<h3>What to keep in mind</h3>\n<ul>\n"
      "<li>These are a model's answers: service times come from a table of assumptions, networks "
      "and "
      "subscribers are simulated. Ratios travel better than absolute numbers.</li>\n"
      "<li>Defences stand as configured in the campaign. Nobody tuned them on these trials, and "
      "nobody held trials back either: a threshold chosen after reading this page needs fresh "
      "seeds.</li>\n"
      "<li>There is no IPsec between phone and P-CSCF yet; after registration the source address "
      "stands in for the security association.</li>\n"
      "<li>The scenarios are organised after the public description of FS.38. That document is for "
      "members only and was not read; each scenario names a public source.</li>\n</ul>\n"
      "</section>\n");
}
