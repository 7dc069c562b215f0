#!/bin/bash
# Messages a second of a trial in `flow` with a million subscribers, beside bare ns-3.
#   bench/micro/flow_1m.sh BUILD [ROUNDS [SUBSCRIBERS]]
# Redoubt: every message is built as SIP, carried, scanned, judged by rl-token (a bucket for each
# subscriber), and its service modelled after lab/costs.yaml. Bare ns-3: as many messages of as many
# bytes, copied; an event to send and one to deliver (and, as `1 event`, both in one). Processor time
# of the user, A B A B. Start-up, a run without a message, is taken off for `net`. BUILD should be a
# release build; its parts are used, and those of tests/parts.
set -eu
build=$(cd "$1" && pwd)
rounds=${2:-5}
subscribers=${3:-1000000}
[ -f "$build/tests/parts/nodes/source.so" ] || {
  echo "$1: no test parts; set it up with -Dtests=true -Dbuildtype=release" >&2
  exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export REDOUBT_PARTS=$build/tests/parts:$build
costs=$(cd "$(dirname "$0")/../../lab" && pwd)/costs.yaml
bytes=274 # of the source's OPTIONS, give or take a digit of its subscriber
TIMEFORMAT=%U

trial() { # trial RATE > FILE: about a million messages a second, a third of sink's workers idle
  cat <<END
trial: flow-1m
topology:
  topology: flow-1m
  networks:
    net: {interface: Gm, prefix: 10.0.0.0/8, line: {rate: 0, delay: 5 ms, queue: 1000}}
  nodes:
    source: {node: source, attach: [net], set: {population: $subscribers, rate: $1, to: sink}}
    sink: {node: sink, attach: [net], cpu: {workers: 80, buffer: 2 MiB, speed: 1}}
defenses:
  - {defense: rl-token, at: sink.net, set: {capacity: 2000000}}
seed: 1
duration: 3 s
warmup: 0 s
costs: $costs
END
}

redoubt() { # redoubt TRIAL: seconds
  { time "$build/lab/drive/sim/redoubt-trial" "$work/$1.yaml" --out "$work/$1" >&2; } 2>&1
}

bare() { # bare MESSAGES EVENTS: seconds
  { time "$build/bench/micro/ns3_bare_1m" "$subscribers" "$1" $bytes "$2" >/dev/null; } 2>&1
}

report() { # report FILE: rows of redoubt's two times and bare's four
  awk -v messages="$messages" -v subscribers="$subscribers" '
    function median(a, n, i, j, t) {
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
      return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
    }
    function line(name, a, b, c, n) {
      printf "%-18s %12.0f %12.0f %7.2f %12.0f %7.2f\n", name, median(a, n), median(b, n),
        median(rb, n), median(c, n), median(rc, n)
    }
    {
      raw[NR] = messages / $1; raw_b[NR] = messages / $3; raw_c[NR] = messages / $5
      net[NR] = messages / ($1 - $2); net_b[NR] = messages / ($3 - $4)
      net_c[NR] = messages / ($5 - $6)
      q[NR] = raw[NR] / raw_b[NR]; r[NR] = raw[NR] / raw_c[NR]
      s[NR] = net[NR] / net_b[NR]; t[NR] = net[NR] / net_c[NR]
    }
    END {
      printf "%d subscribers, %d messages; medians of %d rounds, messages/s of user time\n",
        subscribers, messages, NR
      printf "%-18s %12s %12s %7s %12s %7s\n", "", "redoubt", "bare, 2 ev.", "ratio",
        "bare, 1 ev.", "ratio"
      for (i = 1; i <= NR; i++) { rb[i] = q[i]; rc[i] = r[i] }
      line("raw", raw, raw_b, raw_c, NR)
      for (i = 1; i <= NR; i++) { rb[i] = s[i]; rc[i] = t[i] }
      line("net of start-up", net, net_b, net_c, NR)
    }' "$1"
}

trial 1 >"$work/full.yaml"
trial 0.000001 >"$work/none.yaml"
redoubt full >/dev/null
messages=$(tr -d ' \n' <"$work/full/result.json" | sed 's/.*"messages":\([0-9]*\).*/\1/')
for ((i = 0; i < rounds; i++)); do
  a=$(redoubt full)
  b=$(bare "$messages" 2)
  c=$(bare "$messages" 1)
  echo "$a $(redoubt none) $b $(bare 0 2) $c $(bare 0 1)"
done >"$work/times"
report "$work/times"
