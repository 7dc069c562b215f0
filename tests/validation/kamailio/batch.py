#!/usr/bin/env python3
"""The whole experiment beside a real Kamailio: batch.py FILE.csv [RUNS [OPTION]]

Peace, and three floods without and with pike, RUNS (5) times each, two runs at a time at most.
Writes a row a run into FILE.csv as they end; a run that voids itself is written too, with its
reason, and done again, twice at most. Takes about 25 minutes. With an OPTION of run.py only the
undefended floods are run, with it. Exit code 77: something is missing.
"""

import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import threading

import run

# By rule: the flood alone offers about 1, 2 and 4 times what the box can handle, which is some 490
# messages a second; an INVITE that is turned down is two messages at the box (itself and its 403).
RATES = (250, 500, 1000)
CONDITIONS = [(0, False)] + [(rate, pike) for rate in RATES for pike in (False, True)]
writing = threading.Lock()


def write(path, row):
    with writing:
        new = not os.path.exists(path)
        with open(path, "a", newline="") as file:
            out = csv.DictWriter(file, list(row), lineterminator="\n")
            if new:
                out.writeheader()
            out.writerow(row)


def one(path, more, rate, pike, seed):
    for again in range(3):
        command = [sys.executable, os.path.join(run.HERE, "run.py"), "--rate", str(rate),
                   "--seed", str(seed)] + (["--pike"] if pike else []) + more
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              preexec_fn=run.die_with_parent)
        if done.returncode not in (0, 3):
            print(done.stderr[-500:], file=sys.stderr, flush=True)
            continue
        row = json.loads(done.stdout)
        row["void"] = "; ".join(row["void"])
        for key in ("urgent", "pike"):
            row[key] = int(row[key])
        write(path, row)
        print(done.stdout.strip(), flush=True)
        if done.returncode == 0:
            return True
    return False


def main():
    if len(sys.argv) not in (2, 3, 4) or run.need():
        print(__doc__ if not run.need() else "missing: " + " ".join(run.need()), file=sys.stderr)
        return 77 if run.need() else 2
    runs, more = int(sys.argv[2]) if len(sys.argv) > 2 else 5, sys.argv[3:]
    plan = [(rate, pike, seed) for seed in range(1, runs + 1) for rate, pike in CONDITIONS
            if not more or (rate and not pike)]
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        good = list(two.map(lambda p: one(sys.argv[1], more, *p), plan))
    print("%d of %d measured" % (sum(good), len(good)), flush=True)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
