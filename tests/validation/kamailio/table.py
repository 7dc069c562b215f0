#!/usr/bin/env python3
"""Writes the tables of docs/validation.md from data/: table.py [--check]

What stands between `<!-- kamailio: NAME -->` and `<!-- end -->` is replaced. With --check nothing
is written: exit code 1 if the page is not what the data say.
"""

import csv
import os
import re
import sys

import batch
import capture
import run

PAGE = os.path.join(run.HERE, "..", "..", "..", "docs", "validation.md")
AIMS = {"ser": 10, "drops": 15, "ringing": 20}
SHORT = {"ser": "points", "drops": "%", "ringing": "%"}


def rows(name):
    path = os.path.join(run.HERE, "data", name)
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return list(csv.DictReader(file))


def ser(row):
    """Calls served while the caller was there, of those whose callee was free, in percent."""
    return 100 * int(row["served"]) / (int(row["calls"]) - int(row.get("busy") or 0))


FIGURES = {
    "ser": (ser, "%.1f"),
    "all": (lambda row: 100 * int(row["served"]) / int(row["calls"]), "%.1f"),
    "busy": (lambda row: 100 * int(row.get("busy") or 0) / int(row["calls"]), "%.1f"),
    "drops": (lambda row: float(row["drops"]), "%.0f"),
    "ringing": (lambda row: float(row["ringing_ms"]), "%.0f"),
    "answers": (lambda row: int(row["refusals"]) / int(row["invites_in"]), "%.1f"),
    "inside": (lambda row: float(row["invites_in"]), "%.0f"),
    "messages": (lambda row: float(row["messages_a_call"]), "%.0f"),
    "ms": (lambda row: float(row["ms_a_message"]), "%.2f"),
    "bytes": (lambda row: float(row["flood_bytes"]), "%.0f"),
}


def of(data, rate, pike, change=""):
    return [r for r in data if float(r["rate"]) == rate and int(r["pike"]) == pike
            and not r.get("void") and r.get("change", "") == change]


def numbers(data, figure):
    return [FIGURES[figure][0](row) for row in data]


def show(data, figure):
    """Median and range; of five runs the range covers the median with 93.75 %."""
    values, form = numbers(data, figure), FIGURES[figure][1]
    ends = form % min(values), form % max(values)
    middle = form % capture.median(values)
    return middle if ends[0] == ends[1] else "%s [%s, %s]" % (middle, *ends)


def off(real, lab, figure):
    """How far the lab's median is from the real one, and whether that is within the aim."""
    a, b = (capture.median(numbers(d, figure)) for d in (real, lab))
    if a == b:
        return "0", True
    gap = b - a if figure == "ser" else 100 * (b - a) / a if a else float("inf")
    return "%+.1f %s" % (gap, SHORT[figure]), abs(gap) <= AIMS[figure]


def name_of(rate, pike):
    return "peace" if not rate else "%d/s%s" % (rate, ", pike" if pike else "")


def line(cells):
    return "| " + " | ".join(cells) + " |"


def compare(real, lab, figure):
    text = ["| flood | Kamailio | lab | off by | within the aim |", "|---|---|---|---|---|"]
    for rate, pike in batch.CONDITIONS:
        a, b = of(real, rate, pike), of(lab, rate, pike)
        gap, good = off(a, b, figure)
        text.append(line([name_of(rate, pike), show(a, figure), show(b, figure), gap,
                          "yes" if good else "**no**"]))
    return text


def beside(real, lab):
    """What no aim is set for, where nothing defends."""
    text = ["| flood | load | figure | Kamailio | lab |", "|---|---|---|---|---|"]
    words = {"ms": "ms a message (the lab's is set to it)",
             "inside": "INVITEs of the flood that got in",
             "answers": "final answers sent to each of them",
             "messages": "messages at the box a served call",
             "bytes": "octets of a flood's INVITE", "busy": "calls to a busy callee, %",
             "all": "served of all calls, busy callees too, %"}
    for rate in batch.RATES:
        a, b = of(real, rate, 0), of(lab, rate, 0)
        ms = capture.median(numbers(a, "ms"))
        load = (2 * rate + 13 * run.CALLS_PER_S) * ms / 1e3
        for i, (figure, word) in enumerate(words.items()):
            head = ["%d/s" % rate, "%.1f" % load] if i == 0 else ["", ""]
            text.append(line(head + [word, show(a, figure), show(b, figure)]))
    return text


def changes(real, patient, lab):
    """Either side with one thing changed, where nothing defends."""
    text = ["| | flood | SER | drops | median time to ringing, ms |",
            "|---|---|---|---|---|"]
    told = [("Kamailio", real, ""), ("Kamailio; 200s repeated until the ACK", patient, ""),
            ("lab", lab, ""), ("lab; timers exact", lab, "tick=0"),
            ("lab; half the buffer", lab, "buffer=256 KiB"),
            ("lab; messages 5 % dearer", lab, "cost=1.05"),
            ("lab; messages 5 % cheaper", lab, "cost=0.95")]
    for word, side, change in told:
        for rate in batch.RATES:
            data = of(side, rate, 0, change)
            if not data:
                continue
            text.append(line([word if rate == batch.RATES[0] else "", "%d/s" % rate]
                             + [show(data, f) for f in ("ser", "drops", "ringing")]))
    return text


def summary(real, lab):
    met = {f: sum(off(of(real, *c), of(lab, *c), f)[1] for c in batch.CONDITIONS) for f in AIMS}
    void = sum(bool(r["void"]) for r in real)
    n = len(batch.CONDITIONS)
    served = [r for r in real if not r["void"] and float(r["rate"]) and not int(r["pike"])]
    within = ", ".join("%s %d of %d" % (word, met[f], n) for f, word in (
        ("ser", "SER"), ("drops", "drops"), ("ringing", "median time to ringing")))
    return ["%d runs of Kamailio (%d void), %d of the lab. Of %d calls begun during Kamailio's" % (
        len(real), void, len([r for r in lab if not r["change"]]),
        sum(int(r["calls"]) for r in served)),
        "undefended floods %d were served. Conditions within the aim: %s." % (
            sum(int(r["served"]) for r in served), within)]


def page(text):
    real, patient, lab = rows("real.csv"), rows("real-until-ack.csv"), rows("lab.csv")
    made = {"summary": summary(real, lab), "ser": compare(real, lab, "ser"),
            "drops": compare(real, lab, "drops"), "ringing": compare(real, lab, "ringing"),
            "beside": beside(real, lab), "changes": changes(real, patient, lab)}
    for name, lines in made.items():
        mark = "<!-- kamailio: %s -->" % name
        if text.count(mark) != 1:
            sys.exit("%s stands %d times in the page" % (mark, text.count(mark)))
        text = re.sub(re.escape(mark) + r"\n.*?<!-- end -->",
                      lambda _: mark + "\n" + "\n".join(lines) + "\n<!-- end -->", text,
                      flags=re.DOTALL)
    return text


def main():
    with open(PAGE) as file:
        before = file.read()
    after = page(before)
    if sys.argv[1:] == ["--check"]:
        if after != before:
            print("docs/validation.md is not what data/ says: run table.py")
        return int(after != before)
    with open(PAGE, "w") as file:
        file.write(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
