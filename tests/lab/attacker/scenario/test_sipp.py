#!/usr/bin/env python3
"""SIPp's own scenarios give the same ladder in the simulator as SIPp gives against itself on loopback.

test_sipp.py REDOUBT TOPOLOGY. TAP on stdout; skipped where no sipp is installed. A ladder is what the caller
sent (S) and received (R), by method or status, in order; where messages are lost, with their times to 0.1 s.
"""
import json, os, re, shutil, socket, subprocess, sys, tempfile, time

REDOUBT, TOPOLOGY = sys.argv[1:3]
SIPP = shutil.which("sipp")
PAIRS = [("uac", "uas", 0), ("regexp", "uas", 0), ("branchc", "branchs", 0), ("uac", "uas", 2)]

REFUSED = [("3pcc-C-A", "3PCC"), ("3pcc-C-B", "3PCC"), ("uac_pcap", "media is not played")]


def embedded(name):
    text = subprocess.run([SIPP, "-sd", name], capture_output=True, text=True).stdout
    return text[text.index("<?xml"):]


def short(first_line):
    words = first_line.split(" ")
    return words[1] if words[0].startswith("SIP/") else words[0]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def real(folder, caller, callee, late):
    """[(time, ladder step)] of SIPp's caller; the callee begins `late` seconds after it."""
    log, server, client = os.path.join(folder, "short.csv"), free_port(), free_port()
    common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "60s"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    call = [SIPP, f"127.0.0.1:{server}", "-sn", caller, "-p", str(client), "-trace_shortmsg",
            "-shortmessage_file", log, *common]
    answer = [SIPP, "-sn", callee, "-p", str(server), *common]
    # A socket that is there and silent: without it the kernel would refuse, which loses nothing quietly.
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if late:
        hole.bind(("127.0.0.1", server))
        a = subprocess.Popen(call, **quiet)
        time.sleep(late)
        hole.close()
        b = subprocess.Popen(answer, **quiet)
    else:
        hole.close()
        b = subprocess.Popen(answer, **quiet)
        time.sleep(0.5)
        a = subprocess.Popen(call, **quiet)
    a.wait(timeout=90)
    b.terminate()
    b.wait()
    rows = [line.rstrip("\n").split("\t") for line in open(log)]
    return [(float(r[2]), f"{r[3]} {short(r[6])}") for r in rows]


def simulated(folder, caller, callee, late, remote=None):
    trace = os.path.join(folder, "trace")
    # An attacker's address follows from its name, so a first run of a caller by that name tells it.
    answerer = (f"{folder}/{callee}.xml,name=peer,target=,at={5 + late}s,calls=1" if remote else
                f"{folder}/{caller}.xml,name=peer,at=5s,calls=1")
    subprocess.run([REDOUBT, "run", "-q", "--topology", TOPOLOGY, "--duration", "45", "--no-counterfactuals",
                    "--trace", trace, "--attack", answerer, "--attack",
                    f"{folder}/{caller}.xml,name=caller,at=5s,calls=1" + (f",remote={remote}" if remote else "")],
                   check=True, stdout=subprocess.DEVNULL)
    own = {}
    rows = [json.loads(line) for line in open(trace)]
    rows = [r for r in rows if r["label"] != "benign"]
    for r in rows:
        if r["event"] == "sent":
            own.setdefault(r["src"], []).append(r)
    if not remote:
        sources = [a for a in own if own[a][0]["label"] == "attack"]
        return sources
    steps = []
    caller_at = next(a for a in own if own[a][0]["dst"] == remote)
    for r in rows:
        if r["event"] == "sent" and r["src"] == caller_at:
            steps.append((r["t_ns"] / 1e9, f"S {short(r['first_line'])}"))
        elif r["event"] == "received" and r["dst"] == caller_at:
            steps.append((r["t_ns"] / 1e9, f"R {short(r['first_line'])}"))
    return steps


def peer_address(folder, caller, callee):
    both = simulated(folder, caller, callee, 0)
    alone = os.path.join(folder, "alone")
    subprocess.run([REDOUBT, "run", "-q", "--topology", TOPOLOGY, "--duration", "7", "--no-counterfactuals",
                    "--trace", alone, "--attack", f"{folder}/{caller}.xml,name=peer,at=5s,calls=1"],
                   check=True, stdout=subprocess.DEVNULL)
    rows = [json.loads(line) for line in open(alone)]
    mine = next(r["src"] for r in rows if r["label"] == "attack")
    assert mine in both, "an attacker's address is not its name's any more"
    return mine


def ladder(steps, timed):
    begun = steps[0][0] if steps else 0
    return [f"{round(t - begun, 1)} {what}" if timed and what.startswith("S") and what.endswith("INVITE") else what
            for t, what in steps]


def refusals_fail():
    """What cannot be played is refused by its name, with a line."""
    failed = False
    for number, (name, why) in enumerate(REFUSED, len(PAIRS) + 1):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, name + ".xml")
            open(file, "w").write(embedded(name))
            trial = os.path.join(folder, "trial.yaml")
            open(trial, "w").write(f"trial: t\ntopology: {TOPOLOGY}\nduration: 5 s\n"
                                   f"attacks: [{{attack: ./{name}.xml}}]\n")
            told = subprocess.run([REDOUBT, "check", trial], capture_output=True, text=True)
        text = told.stdout + told.stderr
        good = told.returncode != 0 and re.search(r"\.xml:\d+:\d+: .*" + why, text) is not None
        failed = failed or not good
        print(f"{'ok' if good else 'not ok'} {number} - {name} is refused")
        if not good:
            print("# " + text.replace("\n", "\n# "))
    return failed


def main():
    if not SIPP:
        print("1..0 # SKIP sipp is not installed")
        return
    print(f"1..{len(PAIRS) + len(REFUSED)}")
    failed = False
    for number, (caller, callee, late) in enumerate(PAIRS, 1):
        with tempfile.TemporaryDirectory() as folder:
            for name in (caller, callee):
                open(os.path.join(folder, name + ".xml"), "w").write(embedded(name))
            remote = peer_address(folder, caller, callee)
            want = ladder(real(folder, caller, callee, late), late)
            got = ladder(simulated(folder, caller, callee, late, remote), late)
        same = want == got and len(want) > 3
        failed = failed or not same
        print(f"{'ok' if same else 'not ok'} {number} - {caller} calls {callee}" + (f", {late} s late" if late else ""))
        if not same:
            print(f"# SIPp:      {want}\n# simulated: {got}")
    sys.exit(refusals_fail() or failed)


main()
