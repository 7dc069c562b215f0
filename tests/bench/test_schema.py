#!/usr/bin/env python3
"""What --format json prints is what its schema says; and the schema says something. TAP.

test_schema.py REDOUBT CAMPAIGN TOPOLOGY ATTACK DEFENSE"""
import copy
import json
import subprocess
import sys
import tempfile

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed (tools/packages)")
    sys.exit(0)

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


def of_run():
    schema = ask("run", "--schema")
    Draft202012Validator.check_schema(schema)
    trial = ["run", "--topology", topology, "--attack", attack, "--defense", defense, "--duration", "30",
             "--format", "json", "-q"]
    said = ask(*trial)
    holds("run prints what its schema says", schema, said)
    bites("a percentage ends at 100", schema, said,
          lambda d: d["comparison"]["measures"].update(ser_b=101))
    bites("a fate is a count", schema, said, lambda d: d["comparison"]["calls"].update(rescued=0.5))
    holds("and of a trial alone", schema, ask(*trial, "--no-counterfactuals"))


of_bench()
of_run()
print(f"1..{count}")
