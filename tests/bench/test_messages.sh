#!/bin/bash
# MESSAGE attempts that a part notes become figures, through the real engine; where nobody sends any they
# are undefined. TAP. $1: redoubt, $2: the campaign, $3: a campaign without MESSAGEs.
redoubt=$1 campaign=$2 without=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() {
  n=$((n + 1))
  local name=$1
  shift
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

# The mean of a figure in the last cell.
figure() { python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["cells"][-1]["measures"][sys.argv[2]]["mean"])' "$work/$1.json" "$2"; }
between() { python3 -c 'import sys; x, low, high = map(float, sys.argv[1:]); sys.exit(not low <= x <= high)' "$@"; }
undefined() { [ "$1" = None ]; }

"$redoubt" bench "$campaign" -q -j 2 --format json -o "$work/r" >"$work/r.json"
ok "a campaign of MESSAGEs" [ $? = 0 ]
# Lost is a request or its answer: 1 - 0.9 x 0.9.
ok "what is lost in peace has failed" between "$(figure r message_failed_n)" 14 24
ok "an answer takes two crossings and a queue of 50" between "$(figure r message_delay_p95_n)" 20 25
ok "a limit of a hundredth a second fails most" between "$(figure r message_failed_d)" 80 100
ok "and under attack" between "$(figure r message_failed_b)" 80 100
ok "calls are undefined where there are none" undefined "$(figure r ser_n)"

"$redoubt" bench "$without" -q -j 2 --seeds 1 --format json -o "$work/w" >"$work/w.json"
ok "MESSAGEs are undefined where there are none" undefined "$(figure w message_failed_n)"
echo "1..$n"
