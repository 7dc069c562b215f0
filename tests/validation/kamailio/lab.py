#!/usr/bin/env python3
"""The lab beside the real box: lab.py REDOUBT-TRIAL REAL.csv FILE.csv
or one thing changed, only where nothing defends:  lab.py REDOUBT-TRIAL REAL.csv FILE.csv KEY=VALUE

Runs the same conditions in the simulator, as many seeds each as there are real runs, and writes a
row a run into FILE.csv (in place of those that it wrote before for the same change). What a message
costs is set to what the real box took for one in the runs of the same flood. KEY: buffer or tick of
the box, or cost, a factor to that.
"""

import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile

import batch
import capture
import phones
import run

# Phones register, all in turn, before the first of them calls.
CALLS_FROM = 410
BOX = {"buffer": "512 KiB", "tick": "62.5 ms"}
SUBSCRIBERS = 8000

TOPOLOGY = """topology: one-socket
networks:
  lo: {interface: Gm, domain: access, fidelity: flow, prefix: 198.18.0.0/15,
       line: {delay: 0.02 ms, queue: 100000}}
%(border)s
nodes:
  ue: {node: ue, attach: [lo], set: {proxy: sbc}}
  sbc:
    node: sbc
    attach: %(box)s
    cpu: {workers: 1, buffer: %(buffer)s, tick: %(tick)s, speed: 1}
    set: {next-hop: s-cscf, gm-t1: 500 ms, gm-t2: 4 s, gm-t4: 5 s}   # Kamailio has one set of timers
  s-cscf:
    node: s-cscf
    attach: %(core)s
    cpu: {workers: 2, buffer: 16 MiB, speed: 50}
    set: {subscribers: ue, count: %(subscribers)d}
"""
# pike leaves out what comes from the core, and the lab's stands at an interface: one for the core
BORDER = """  border: {interface: Mw, domain: home, fidelity: flow, prefix: 192.0.2.0/24,
           line: {delay: 0.02 ms, queue: 100000}}"""

TRIAL = """trial: beside-kamailio
topology: ./topology.yaml
seed: %(seed)d
duration: %(end)d s
warmup: %(calls_from)d s
costs: costs.yaml
set:
  ue: {subscribers: %(subscribers)d, bhca: %(bhca)s, registrations: 0,
       register-over: %(register_over)d s, calls-from: %(calls_from)d s, hold: 1 s, hold-max: 10 s,
       ring-min: 0, ring-max: 1 ms, patience: 32 s, answered: 1, no-answer: 0, busy: 0, rejected: 0,
       t1: 500 ms, t2: 4 s, t4: 5 s}
"""
ATTACK = """attacks:
  - {attack: dos-invite-flood-1src, at: %(at)d s, for: 20 s, set: {rate: %(rate)g, known: 0}}
"""
PIKE = """defenses:
  - {defense: pike-tree, at: sbc.lo, set: {density: 30}}
"""


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def trial(program, folder, rate, pike, seed, handle_ns, box, pcap):
    """Runs one world; its result.json."""
    value = dict(box, seed=seed, rate=rate, calls_from=CALLS_FROM, register_over=CALLS_FROM - 10,
                 at=CALLS_FROM + int(run.FLOOD_AT), end=CALLS_FROM + 66, subscribers=SUBSCRIBERS,
                 bhca="%g" % (run.CALLS_PER_S * 3600 / SUBSCRIBERS),
                 border=BORDER if pike else "", box="[lo, border]" if pike else "[lo]",
                 core="[border]" if pike else "[lo]")
    with open(os.path.join(run.HERE, "..", "..", "..", "lab", "costs.yaml")) as file:
        costs = file.read()
    rows = [line for line in costs.splitlines() if not line.startswith("version:")]
    write(folder, "costs.yaml", "version: beside-kamailio\n" + "\n".join(rows)
          + "\n  - {part: sbc, operation: handle, base: %d ns}\n" % handle_ns)
    write(folder, "topology.yaml", TOPOLOGY % value)
    write(folder, "trial.yaml", TRIAL % value + (ATTACK % value if rate else "")
          + (PIKE if pike else ""))
    command = [program, "-o", os.path.join(folder, "world")]
    if pcap:
        command.append("--pcap=" + folder)
    subprocess.run(command + [os.path.join(folder, "trial.yaml")], check=True,
                   stdin=subprocess.DEVNULL, timeout=600)
    with open(os.path.join(folder, "world", "result.json")) as file:
        return json.load(file)


def service_ns(result):
    """What a message took the box on average, of those it handled."""
    box = next(n for n in result["nodes"] if n["name"] == "sbc")
    classes = [box[k]["service_ns"] for k in ("benign", "induced", "attack") if box[k]["served"]]
    return sum(c["mean"] * c["n"] for c in classes) / sum(c["n"] for c in classes)


def calibrate(program, rate, ms, box):
    """The cost row that makes a message take MS on average under that flood."""
    handle = ms * 1e6 - 40e3
    with tempfile.TemporaryDirectory(prefix="kamailio-lab-") as folder:
        result = trial(program, folder, rate, False, 1, handle, box, False)
    return handle + ms * 1e6 - service_ns(result)


def busiest(path, box, core):
    """The address that sent the box the most INVITEs: the flood's."""
    count = {}
    for ns, source, target, data in capture.packets(path):
        if target in box and source != core and data.startswith(b"INVITE "):
            count[source] = count.get(source, 0) + 1
    return max(count, key=count.get)


def one(program, rate, pike, seed, ms, handle, box):
    with tempfile.TemporaryDirectory(prefix="kamailio-lab-") as folder:
        result = trial(program, folder, rate, pike, seed, handle, box, True)
        paths = [os.path.join(folder, "sbc.lo.pcapng")]
        own, core = {"198.18.0.1"}, "198.18.0.2"
        if pike:
            paths.append(os.path.join(folder, "sbc.border.pcapng"))
            for ns, source, target, data in capture.packets(paths[1]):
                own.add("192.0.2.1")
                core = source if source != "192.0.2.1" else target
                break
        stranger = busiest(paths[0], own, core) if rate else None
        reader = capture.Reader(paths, own, core, stranger, CALLS_FROM * 10**9)
    node = next(n for n in result["nodes"] if n["name"] == "sbc")
    row = dict(rate=rate, pike=int(pike), seed=seed, ms_a_message=ms,
               idle_ms=round(1e3 * (capture.median(reader.idle) or 0), 3),
               flood_sent=len(reader.flood), flood_bytes=capture.median(reader.sizes),
               calls_begun=len(reader.calls), arrived=len(reader.arrived),
               drops=node["overflowed"], invites_in=len(reader.inside), refusals=reader.refusals)
    row.update(reader.window(run.FLOOD_AT, run.FLOOD_AT + run.FLOOD_FOR, phones.PATIENCE))
    return row


def costs(rows):
    """What a message takes, in ms, by rate of the flood; of peace, what it takes in the median."""
    measured = {0.0: []}
    for row in rows:
        if row["ms_a_message"]:
            for rate in (float(row["rate"]), 0.0):
                measured.setdefault(rate, []).append(float(row["ms_a_message"]))
    return {rate: capture.median(values) for rate, values in measured.items()}


def keep_others(path, change):
    """Takes out of FILE what an earlier run wrote for this change."""
    if not os.path.exists(path):
        return
    with open(path) as file:
        rows = [row for row in csv.DictReader(file) if row["change"] != change]
    os.remove(path)
    for row in rows:
        batch.write(path, row)


def main():
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    program, real, out = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    change = sys.argv[4] if len(sys.argv) == 5 else ""
    key, _, value = change.partition("=")
    box = dict(BOX, **({key: value} if key in BOX else {}))
    factor = float(value) if key == "cost" else 1.0
    with open(real) as file:
        rows = [r for r in csv.DictReader(file) if not r["void"]]
    ms = {rate: factor * value for rate, value in costs(rows).items()}
    handles = {rate: calibrate(program, rate, value, box) for rate, value in ms.items()}
    plan = [(float(rate), pike, seed) for rate, pike in batch.CONDITIONS
            for seed in range(1, 1 + max(int(r["seed"]) for r in rows))
            if not change or (rate and not pike)]
    keep_others(out, change)
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        done = two.map(lambda p: one(program, *p, ms[p[0]], handles[p[0]], box), plan)
        for row in done:
            batch.write(out, dict(change=change, **row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
