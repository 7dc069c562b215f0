#!/bin/bash
# `redoubt live` from outside: a few seconds of real calls and a flood, and the same verdicts when its
# own capture is replayed. Usage: test_live.sh REDOUBT
set -u
redoubt=$1
command -v sipp >/dev/null || {
  echo "1..0 # SKIP sipp is not installed"
  exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # ok NAME CONDITION...
  local name=$1
  shift
  n=$((n + 1))
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

expect() { # expect NAME CODE TEXT ARGUMENT...
  local name=$1 code=$2 text=$3
  shift 3
  "$redoubt" live "$@" >"$work/out" 2>"$work/err"
  local got=$?
  ok "$name" test $got = "$code"
  ok "$name: told" grep -q -- "$text" "$work/err"
}

value() { # value KEY: the number behind the first "KEY": of the result
  sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work/result" | head -n 1
}

at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 >= b + 0) }'; }

limit=rl-token,rate=10,burst=20
TMPDIR=$work "$redoubt" live --defense "$limit" --rate 20 --duration 4 --flood 200 --format json \
  --pcap "$work/judged.pcapng" --verdicts "$work/live" >"$work/result" 2>"$work/err"
code=$?
if grep -q 'needs root or CAP_NET_RAW' "$work/err"; then
  echo "1..0 # SKIP no right to capture on lo"
  exit 0
fi
sed 's/^/# /' "$work/result" "$work/err"
ok "it runs" test $code = 0
ok "calls are measured" at_least "$(value calls)" 10
ok "before the flood they succeed" at_least "$(value ser_percent)" 99
ok "latency is measured" at_least "$(value srd_p50_ms)" 0.001
ok "the flood arrives" at_least "$(value flood_requests)" 400
ok "the flood is refused" grep -Eq '"attack": \{.*"reject": [1-9]' "$work/result"
ok "callers are not" grep -Eq '"benign": \{"pass": [1-9][0-9]*, "drop": 0, "reject": 0' "$work/result"
ok "an alert is raised" at_least "$(value alerts)" 1

"$redoubt" replay "$work/judged.pcapng" --defense "$limit" --format json | grep '^{"n"' >"$work/replayed"
ok "verdicts were written" test -s "$work/live"
ok "the same .so says the same in replay" cmp "$work/live" "$work/replayed"
ok "nothing is left behind" test -z "$(find "$work" -maxdepth 1 -name 'redoubt-live-*')"

# Interrupted: children go, the folder goes, what was measured is printed.
TMPDIR=$work "$redoubt" live --rate 5 --duration 30 --format json >"$work/result" 2>"$work/err" &
live=$!
sleep 2
kill -INT $live
wait $live
ok "interrupted: exit code 1" test $? = 1
ok "interrupted: still a result" grep -q '"interrupted": true' "$work/result"
ok "interrupted: nothing is left behind" test -z "$(find "$work" -maxdepth 1 -name 'redoubt-live-*')"

expect "too much flood" 2 '0 to 20000' --flood 1e6
expect "too long" 2 '1 s to 600 s' --duration 100000
expect "no calls" 2 'more than 0' --rate 0
expect "unknown defense" 2 'there is no defense' --defense nope
expect "a target" 2 'cannot be given' 192.0.2.1 192.0.2.2
echo "1..$n"
