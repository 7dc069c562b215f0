#!/bin/bash
# A whole VoLTE trial (ue, sbc, p-cscf, s-cscf, in `flow`) by the number of phones: messages a second of one
# core, and memory a phone.
#   bench/micro/volte.sh BUILD [PHONES...]        default: 1000 10000 100000; add 1000000 by hand
# Two trials a size. `busy`: phones register, 1,000 a second, then call for half a minute, 24 times an hour
# each. `idle`: they register, 100 a second, so that few transactions are alive at once (those of 128 s), and
# do nothing more. Servers are fast enough to lose nothing; a trial in which a phone in a hundred does not
# register, or a call in a hundred fails, measures nothing and ends the run. Peak memory is the process's,
# less that of a trial with one phone. BUILD should be a release build.
set -eu
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- 1000 10000 100000
engine=$build/lab/drive/sim/redoubt-trial
[ -x "$engine" ] || {
  echo "volte: $engine is not there; build it first" >&2
  exit 2
}
export REDOUBT_PARTS=$build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

trial() { # trial PHONES BHCA REGISTRATIONS_A_SECOND
  local over=$(($1 / $3 + 1)) server="workers: 8, buffer: 64 MiB, speed: 10000"
  cat <<END
trial: volte
topology:
  topology: volte
  networks:
    gm: {interface: Gm, prefix: 10.0.0.0/8, line: {rate: 0, delay: 5 ms, queue: 1000000}}
    border: {interface: Mw, prefix: 192.0.2.0/24, line: {rate: 0, delay: 500 us, queue: 1000000}}
    core: {interface: Mw, prefix: 198.51.100.0/24, line: {rate: 0, delay: 500 us, queue: 1000000}}
  nodes:
    ue:
      node: ue
      attach: {gm: {delay: 15 ms}}
      set: {subscribers: $1, proxy: sbc, register-over: $over s, bhca: $2, calls-from: $over s}
    sbc:
      node: sbc
      attach: [gm, border]
      cpu: {$server}
      set: {next-hop: p-cscf, transactions: 4000000}
    p-cscf:
      node: p-cscf
      attach: [border, core]
      cpu: {$server}
      set: {next-hop: s-cscf, bindings: 4000000, transactions: 4000000}
    s-cscf:
      node: s-cscf
      attach: [core]
      cpu: {$server}
      set: {subscribers: ue, transactions: 4000000}
seed: 1
duration: $((over + 30)) s
END
}

# measure NAME: messages, seconds of processor, seconds by the clock, peak kB, registered, SER
measure() {
  python3 - "$engine" "$work/$1" <<'END'
import json, os, resource, sys, time
engine, name = sys.argv[1:]
began = time.monotonic()
pid = os.fork()
if pid == 0:
    os.execv(engine, [engine, name + ".yaml", "--out", name + ".out"])
_, status, use = os.wait4(pid, 0)
if status:
    sys.exit("volte: the trial failed")
with open(name + ".out/result.json", encoding="utf-8") as file:
    r = json.load(file)
call = r["legit"]["call"]
print(r["engine"]["messages"], round(use.ru_utime + use.ru_stime, 2), round(time.monotonic() - began, 1),
      use.ru_maxrss, r["legit"]["register"]["succeeded"], call["ser"] if call["ser"] is not None else -1,
      call["failed"] * 100 // max(1, call["attempts"]))
END
}

run() { # run PHONES BHCA REGISTRATIONS_A_SECOND
  trial "$1" "$2" "$3" >"$work/$1-$2.yaml"
  measure "$1-$2"
  rm -rf "$work/$1-$2.out"
}

read -r _ _ _ start _ <<<"$(run 1 0 100)"
printf '%9s %12s %9s %12s %9s | %12s %9s %11s\n' phones messages "cpu s" "messages/s" "clock s" \
  "idle: peak kB" "kB/phone" "clock s"
for phones in "$@"; do
  read -r messages cpu clock _ registered _ failed <<<"$(run "$phones" 24 1000)"
  if [ "$registered" -lt $((phones * 99 / 100)) ] || [ "$failed" -gt 1 ]; then
    echo "volte: $registered of $phones registered, $failed % of calls failed: not a trial to measure" >&2
    exit 1
  fi
  read -r _ _ idle peak registered _ <<<"$(run "$phones" 0 100)"
  [ "$registered" -ge $((phones * 99 / 100)) ] || {
    echo "volte: $registered of $phones registered: not a trial to measure" >&2
    exit 1
  }
  awk -v p="$phones" -v m="$messages" -v cpu="$cpu" -v clock="$clock" -v peak="$peak" \
    -v start="$start" -v idle="$idle" 'BEGIN {
      printf "%9d %12d %9.2f %12.0f %9.1f | %12d %9.2f %11.1f\n", p, m, cpu, m / cpu, clock, peak,
        (peak - start) / p, idle
    }'
done
