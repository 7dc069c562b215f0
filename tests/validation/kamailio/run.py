#!/usr/bin/env python3
"""One run beside a real Kamailio, on 127.SLOT.0.0/16; prints one line of JSON.

  run.py [--rate INVITES/S] [--pike] [--seed N] [--seconds N] [--wt-timer MS]
         [--until-ack] [--keep FOLDER]

Bounded in time and count. Ends only what it started, and what it started ends with it, also if
it is killed. Exit code 0: measured; 3: measured, and void (the line says why); 77: something is
missing.
"""

import argparse
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import capture
import phones

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS_PER_S = 15.0
FLOOD_AT, FLOOD_FOR = 10.0, 20.0
SLEEP_US = 1700


def need():
    """What is missing here."""
    lacks = [tool for tool in ("kamailio", "dumpcap", "timeout", "ss") if not shutil.which(tool)]
    if not lacks and "lo" not in subprocess.run(["dumpcap", "-D"], capture_output=True, text=True,
                                                timeout=60).stdout:
        lacks.append("the right to capture on loopback")
    return lacks


def claim():
    """A free 127.SLOT.0.0/16, held by a socket as long as the run lives."""
    for slot in range(64, 96):
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            held.bind(("127.%d.255.254" % slot, 5060))
            return slot, held
        except OSError:
            held.close()
    sys.exit("every slot is taken")


LIBC = ctypes.CDLL(None)
OWN = os.getpid()


def die_with_parent():
    """In a child before it becomes a program: SIGTERM when its parent dies, or has just died."""
    LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != OWN:
        os._exit(1)


class Child:
    """A program with a limit of time; it ends when this one does."""

    def __init__(self, folder, name, command, limit, first):
        self.name, self.errors = name, os.path.join(folder, name + ".err")
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen(
                ["timeout", "-k", "5", str(limit)] + first + command, stdin=subprocess.DEVNULL,
                stdout=errors, stderr=errors, cwd=folder, preexec_fn=die_with_parent)

    def end(self, how):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def said(self):
        with open(self.errors, errors="replace") as file:
            return file.read()


def urgent(priority):
    """How a program is put before the machine's other work, if that is allowed."""
    able = shutil.which("chrt") and subprocess.run(
        ["chrt", "-f", str(priority), "true"], stderr=subprocess.DEVNULL).returncode == 0
    return ["chrt", "-f", str(priority)] if able else []


def sockets(slot):
    """Bytes waiting and datagrams dropped of each UDP socket of the run, by address."""
    found = {}
    with open("/proc/net/udp") as file:
        for line in file.readlines()[1:]:
            column = line.split()
            address = bytes.fromhex(column[1][:8])[::-1]
            if address[0] == 127 and address[1] == slot and column[1].endswith(":13C4"):
                waiting = int(column[4].partition(":")[2], 16)
                found["%d.%d.%d.%d" % tuple(address)] = (waiting, int(column[-1]))
    return found


def buffer_bytes(address):
    """The border socket's receive buffer as the kernel has it."""
    text = subprocess.run(["ss", "-uanm", "src", address], capture_output=True, text=True).stdout
    _, _, rest = text.partition(",rb")
    return int(rest.partition(",")[0]) if rest else 0


def write_config(folder, name, world, wt_timer):
    with open(os.path.join(HERE, name + ".cfg.in")) as file:
        text = file.read()
    for mark in ("border", "core", "callee"):
        text = text.replace("@%s@" % mark.upper(), getattr(world, mark).decode())
    path = os.path.join(folder, name + ".cfg")
    with open(path, "w") as file:
        file.write(text.replace("@SLEEP@", str(SLEEP_US)).replace("@WT@", str(wt_timer)))
    return path


def start(folder, world, options, limit):
    kamailio = ["kamailio", "-DD", "-m", "256", "-M", "8", "-w", folder, "-Y", folder]
    children = []
    for name, priority, more in (("border", 30, ["-A", "PIKE"] if options.pike else []),
                                 ("core", 30, [])):
        config = write_config(folder, name, world, options.wt_timer)
        children.append(Child(folder, name, kamailio + ["-f", config] + more, limit,
                              urgent(priority)))
    children.append(Child(folder, "dumpcap", [
        "dumpcap", "-i", "lo", "-q", "-P", "-B", "64", "-w", os.path.join(folder, "run.pcap"),
        "-f", "udp and net 127.%d.0.0/16" % world.slot], limit, urgent(20)))
    stop = time.monotonic() + 20
    while time.monotonic() < stop:
        time.sleep(0.2)
        here = sockets(world.slot)
        if (world.border.decode() in here and world.core.decode() in here
                and os.path.exists(os.path.join(folder, "run.pcap"))):
            time.sleep(1)
            return children
    raise SystemExit("did not start: " + " ".join(c.said()[-300:] for c in children))


def watch(world, samples, until):
    """Every half second of the flood: what the kernel has dropped at the border so far."""
    at = world.loop.now()
    samples.append((at,) + sockets(world.slot).get(world.border.decode(), (0, 0)))
    if at + 0.5 < until:
        world.loop.at(at + 0.5, watch, world, samples, until)


def reasons(world, figures, children):
    """Why a run does not count."""
    why = []
    if figures["flood_sent"] < 0.99 * figures["flood_asked"]:
        why.append("the flood sent over 1 % less than asked")
    if figures["calls_begun"] < 0.99 * figures["calls_asked"]:
        why.append("the callers began over 1 % fewer calls than asked")
    if figures["generator_cpu"] > 0.7:
        why.append("the generator used over 70 % of its core")
    if figures["late_p99_ms"] > 10:
        why.append("the generator was late by over 10 ms (99th percentile)")
    if figures["dropped_elsewhere"]:
        why.append("the kernel dropped datagrams of other sockets than the border's")
    if "Packets received/dropped" in children[2].said():
        line = children[2].said().split("Packets received/dropped")[1].split("\n")[0]
        if "/0 (" not in line:
            why.append("the capture lost packets:" + line)
    else:
        why.append("the capture did not end well")
    for child in children[:2]:
        said = child.said().lower()
        if "no more" in said or "out of memory" in said or "could not allocate" in said:
            why.append(child.name + " ran out of memory")
        if child.died:
            why.append(child.name + " ended before its time")
    return why


def capacity(samples, reader):
    """Milliseconds a message while the border's socket was never empty, or None."""
    busy = [s for s in samples if FLOOD_AT + 2 <= s[0] < FLOOD_AT + FLOOD_FOR]
    if len(busy) < 10 or min(s[1] for s in busy) == 0:
        return None
    (begin, _, before), (end, _, after) = busy[0], busy[-1]
    handled = reader.arrivals(begin, end) - (after - before)
    return round(1e3 * (end - begin) / handled, 3)


def measure(world, options, folder, children):
    seconds = options.seconds
    flood = phones.Stranger(world, options.rate, FLOOD_AT, FLOOD_FOR)
    samples, here = [], world.border.decode()
    world.open()
    rb = buffer_bytes(here)
    world.loop.begin = time.monotonic()
    origin = time.time_ns()
    cpu = time.process_time()
    if options.rate:
        world.loop.at(FLOOD_AT, watch, world, samples, FLOOD_AT + FLOOD_FOR)
    world.loop.run(lambda: seconds)
    cpu = (time.process_time() - cpu) / seconds
    end = sockets(world.slot)
    for child in children:
        child.died = child.process.poll() is not None
    time.sleep(0.5)  # what the capture still holds back
    children[2].end(signal.SIGINT)
    reader = capture.Reader([os.path.join(folder, "run.pcap")], {here}, world.core.decode(),
                            world.stranger.decode(), origin)
    late = sorted(world.loop.late)
    figures = dict(
        rate=options.rate, pike=options.pike, seed=options.seed, slot=world.slot,
        urgent=bool(urgent(30)), load=os.getloadavg()[0], sleep_us=SLEEP_US, buffer_bytes=rb,
        ms_a_message=capacity(samples, reader),
        idle_ms=round(1e3 * (capture.median(reader.idle) or 0), 3), idle_n=len(reader.idle),
        flood_asked=flood.total, flood_sent=len(reader.flood),
        flood_bytes=capture.median(reader.sizes),
        calls_asked=sum(when < seconds for when, _, _ in world.plan),
        calls_begun=len(reader.calls), arrived=len(reader.arrived), drops=end[here][1],
        dropped_elsewhere=sum(v[1] for k, v in end.items() if k != here),
        invites_in=len(reader.inside), refusals=reader.refusals,
        generator_cpu=round(cpu, 3), late_p99_ms=round(1e3 * late[int(0.99 * (len(late) - 1))], 2))
    figures.update(reader.window(FLOOD_AT, FLOOD_AT + FLOOD_FOR, phones.PATIENCE))
    before = reader.window(0, FLOOD_AT, phones.PATIENCE)
    figures.update(before_calls=before["calls"], before_served=before["served"],
                   before_ringing_ms=before["ringing_ms"])
    figures["void"] = reasons(world, figures, children)
    return figures


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--rate", type=float, default=0, help="INVITEs a second of the flood")
    parse.add_argument("--pike", action="store_true", help="with Kamailio's pike")
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--seconds", type=float, default=FLOOD_AT + FLOOD_FOR + phones.PATIENCE + 4)
    parse.add_argument("--wt-timer", type=int, default=5000, help="Kamailio's own, in ms")
    parse.add_argument("--until-ack", action="store_true",
                       help="the callee repeats its 200 until the ACK comes, even after a BYE")
    parse.add_argument("--keep", help="keep capture and logs in this folder")
    options = parse.parse_args()
    if not 0 <= options.rate <= 5000 or not 1 <= options.seconds <= 120:
        parse.error("a rate from 0 to 5000 a second, 1 to 120 seconds")
    if need():
        print("missing: " + " ".join(need()), file=sys.stderr)
        return 77
    slot, held = claim()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="kamailio-run-")
    children = []
    try:
        world = phones.World(slot, options.seed, CALLS_PER_S, options.seconds, options.until_ack)
        children = start(folder, world, options, int(options.seconds) + 60)
        if urgent(25):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(25))
        figures = measure(world, options, folder, children)
    finally:
        for child in children:
            child.end(signal.SIGTERM)
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        held.close()
    print(json.dumps(figures), flush=True)
    return 3 if figures["void"] else 0


if __name__ == "__main__":
    sys.exit(main())
