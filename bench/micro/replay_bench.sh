#!/bin/bash
# `redoubt replay` beside tshark on one capture: messages a second of each, and their ratio.
#   bench/micro/replay_bench.sh BUILD [MESSAGES]
# Both read every message and print one line about each into a file. tshark is timed once (it is
# slow, and the slower a message the longer the capture), replay three times with the best kept and
# all printed. Nothing is tuned for either: tshark runs without name resolution, with the fields that
# replay prints too. BUILD should be a release build.
set -eu
build=$1
messages=${2:-20000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v tshark >/dev/null || {
  echo "replay_bench: tshark is not installed" >&2
  exit 77
}

seconds() { # seconds COMMAND... > FILE on fd 3
  local begun=$EPOCHREALTIME
  "$@" >&3 2>"$work/err" || {
    cat "$work/err" >&2
    return 1
  }
  local ended=$EPOCHREALTIME
  awk "BEGIN { printf \"%.6f\", $ended - $begun }"
}

"$build/bench/micro/make_capture" "$work/calls.pcapng" "$messages"
cat "$work/calls.pcapng" >/dev/null # both find it in the page cache

slow=$(seconds tshark -n -r "$work/calls.pcapng" -Y sip -T fields -e frame.number \
  -e frame.time_epoch -e ip.src -e udp.srcport -e ip.dst -e udp.dstport -e sip.Method \
  -e sip.Status-Code 3>"$work/tshark")
best=1e9
all=
for _ in 1 2 3; do
  t=$(seconds "$build/cli/redoubt-parts" replay "$work/calls.pcapng" --defense rl-token \
    --format json 3>"$work/replay")
  all="$all $t"
  best=$(awk "BEGIN { print ($t < $best) ? $t : $best }")
done

seen=$(wc -l <"$work/tshark")
judged=$(grep -c '^{"n"' "$work/replay")
if [ "$seen" != "$messages" ] || [ "$judged" != "$messages" ]; then
  echo "replay_bench: of $messages messages tshark saw $seen, replay $judged" >&2
  exit 1
fi
awk -v n="$messages" -v slow="$slow" -v best="$best" -v all="$all" 'BEGIN {
  printf "%d messages, %s\n", n, "one line each printed to a file"
  printf "tshark          %8.3f s  %10.0f messages/s\n", slow, n / slow
  printf "redoubt replay  %8.3f s  %10.0f messages/s  (runs:%s)\n", best, n / best, all
  printf "ratio           %8.1f    (aim: 20)\n", slow / best
}'
