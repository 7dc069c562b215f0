#!/usr/bin/env python3
"""What --format json prints is what its schema says; and the schema says something. TAP.

test_schema.py REDOUBT CAMPAIGN TOPOLOGY ATTACK DEFENSE"""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed (tools/packages)")
    sys.exit(0)

FAKED = "REDOUBT_TRIAL" in os.environ  # its worlds' result.json has a few members alone
redoubt, campaign, topology, attack, defense = sys.argv[1:]
count = 0


def ok(name, fine, why=""):
    global count
    count += 1
    print(f"{'ok' if fine else 'not ok'} {count} - {name}")
    if not fine:
        print(f"# {why}")


def ask(*words):
    return json.loads(subprocess.run([redoubt, *words], stdout=subprocess.PIPE, check=True).stdout)


def faults(schema, document):
    return [f"{list(e.absolute_path)}: {e.message}"[:300]
            for e in Draft202012Validator(schema).iter_errors(document)]


def holds(name, schema, document):
    found = faults(schema, document)
    ok(name, not found, "; ".join(found[:3]))


def bites(name, schema, document, change):
    other = copy.deepcopy(document)
    change(other)
    ok(name, bool(faults(schema, other)), "the schema takes it")


def of_bench():
    schema = ask("report", "--schema")
    Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory() as folder:
        said = ask("bench", campaign, "-q", "-o", folder + "/r", "--format", "json")
        if not FAKED:
            of_results(glob.glob(folder + "/r/worlds/*/result.json"))
    measures = schema["$defs"]["measures"]["properties"]
    cell = said["cells"][-1]
    holds("bench prints what its schema says", schema, said)
    ok("every figure is in it", set(measures) == set(cell["measures"]) and len(measures) > 50)
    ok("with a title and a unit", all(m["title"] and "unit" in m for m in measures.values()))
    bites("a figure may not be missing", schema, said, lambda d: d["cells"][-1]["measures"].pop("lost"))
    bites("none may be added", schema, said, lambda d: d["cells"][-1]["measures"].update(more={}))
    bites("a share is within 0 and 1", schema, said,
          lambda d: d["cells"][-1]["measures"]["fpr"].update(mean=1.5))
    bites("an undefined figure is null, no text", schema, said,
          lambda d: d["cells"][-1]["measures"]["fpr"].update(mean="nan"))
    bites("words of cells are known ones", schema, said,
          lambda d: d["cells"][-1].update(verdict="splendid"))


def of_results(paths):
    """Every world of the campaign; and that each member of a result is known to the schema."""
    schema = ask("report", "--result-schema")
    Draft202012Validator.check_schema(schema)
    results = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results.append(json.load(file))
    found = [f for result in results for f in faults(schema, result)]
    ok(f"{len(results)} worlds wrote what the schema of result.json says", len(results) > 3 and not found,
       "; ".join(found[:3]))
    full = next(r for r in results if r["defenses"] and r["attacks"])
    bites("a result's member may not be missing", schema, full, lambda d: d["legit"].pop("message"))
    bites("none may be added", schema, full, lambda d: d["legit"]["call"].update(more=1))
    bites("a count is whole", schema, full, lambda d: d["legit"]["call"].update(attempts=1.5))
    bites("and not below 0", schema, full, lambda d: d["nodes"][0].update(arrived=-1))
    bites("a ratio is a number or null", schema, full, lambda d: d["legit"]["call"].update(ser="high"))
    bites("a counter is a number", schema, full, lambda d: d["nodes"][0]["counters"].update(x="y"))
    bites("a defense of a result is known through", schema, full,
          lambda d: d["defenses"][0]["message"].pop("fpr"))
    bites("and an attack", schema, full, lambda d: d["attacks"][0].update(detected=3))
    bites("its version is a known one", schema, full, lambda d: d.update(format=1))


def of_run():
    schema = ask("run", "--schema")
    if FAKED:
        schema["$defs"]["world"] = {"type": "object"}
    Draft202012Validator.check_schema(schema)
    trial = ["run", "--topology", topology, "--attack", attack, "--defense", defense, "--duration", "30",
             "--format", "json", "-q"]
    said = ask(*trial)
    holds("run prints what its schema says", schema, said)
    bites("a percentage ends at 100", schema, said,
          lambda d: d["comparison"]["measures"].update(ser_b=101))
    if not FAKED:
        bites("a world of it is a result", schema, said, lambda d: d["worlds"]["both"].pop("engine"))
    bites("a fate is a count", schema, said, lambda d: d["comparison"]["calls"].update(rescued=0.5))
    holds("and of a trial alone", schema, ask(*trial, "--no-counterfactuals"))


of_bench()
of_run()
print(f"1..{count}")
