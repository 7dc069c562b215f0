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

# family PID: it and all it started.
family() {
  local child
  echo "$1"
  for child in $(grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null); do
    family "$(tr -dc 0-9 <<<"${child#/proc/}")"
  done
}

# sockets PID...: "LOCAL-ADDRESS:PORT" in hex of each internet socket of these processes.
sockets() {
  local pid
  for pid in "$@"; do
    find "/proc/$pid/fd" -type l -printf '%l\n' 2>/dev/null | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p'
  done | sort -u >"$work/inodes"
  awk 'FNR == NR { ours[$1]; next } FNR > 1 && $10 in ours { print FILENAME, $2 }' "$work/inodes" \
    /proc/net/udp /proc/net/udp6 /proc/net/udplite /proc/net/tcp /proc/net/tcp6 /proc/net/raw \
    /proc/net/raw6 2>/dev/null
}

# Loopback, in the kernel's byte order: 127.x.y.z ends in 7F.
outside() { grep -vE ' [0-9A-F]{6}7F:| 0{24}01000000:| 0{16}FFFF0000[0-9A-F]{6}7F:' "$1"; }
all_inside() { ! outside "$1"; }

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

# While it runs, with a flood: no socket of its own or of what it started is anywhere but on loopback.
"$redoubt" live --rate 5 --duration 6 --flood 20 --format json >/dev/null 2>"$work/err" &
live=$!
: >"$work/sockets"
for _ in $(seq 120); do
  # shellcheck disable=SC2046 # process ids
  sockets $(family $live) >>"$work/sockets"
  kill -0 $live 2>/dev/null || break
  sleep 0.1
done
wait $live
sort -u -o "$work/sockets" "$work/sockets"
sed 's/^/# /' "$work/sockets"
ok "its sockets are seen: the bridge's, and three of each SIPp" \
  at_least "$(wc -l <"$work/sockets")" 8
ok "every socket is on loopback" all_inside "$work/sockets"

# Interrupted: children go, the folder goes, what was measured is printed.
TMPDIR=$work "$redoubt" live --rate 5 --duration 30 --format json >"$work/result" 2>"$work/err" &
live=$!
sleep 2
kill -INT $live
wait $live
ok "interrupted: exit code 1" test $? = 1
ok "interrupted: still a result" grep -q '"interrupted": true' "$work/result"
ok "interrupted: nothing is left behind" test -z "$(find "$work" -maxdepth 1 -name 'redoubt-live-*')"

# A SIPp that fails, that makes no call, that is told to stop: no success.
mkdir "$work/bin"
cat >"$work/bin/sipp" <<'EOS'
#!/bin/bash
case " $* " in
*/callee.xml*) exec "$SIPP" "$@" ;;
*/"$BROKEN".xml*) eval "$INSTEAD" ;;
*) exec "$SIPP" "$@" ;;
esac
EOS
chmod +x "$work/bin/sipp"
SIPP=$(command -v sipp)
export SIPP BROKEN INSTEAD
path=$PATH PATH=$work/bin:$PATH
BROKEN=caller INSTEAD='exit 7'
expect "callers that fail" 1 'SIPp of the callers failed (exit code 7)' --rate 5 --duration 1
BROKEN=caller INSTEAD='exit 0'
expect "callers that do not call" 1 'no call was measured' --rate 5 --duration 1
BROKEN=caller INSTEAD='args=("$@"); for i in "${!args[@]}"; do [ "${args[i]}" = -m ] && args[i+1]=2; done
  exec "$SIPP" "${args[@]}"'
expect "callers that stop early" 1 'only 2 of 10 calls' --rate 10 --duration 1
BROKEN=flood INSTEAD='exit 7'
expect "a flood that fails" 1 'SIPp of the flood failed (exit code 7)' --rate 5 --duration 2 --flood 50
BROKEN=flood INSTEAD='exit 0'
expect "a flood that sends nothing" 1 'the flood sent nothing' --rate 5 --duration 2 --flood 50
PATH=$path

expect "too much flood" 2 '0 to 20000' --flood 1e6
expect "too long" 2 '1 s to 600 s' --duration 100000
expect "no calls" 2 'more than 0' --rate 0
expect "unknown defense" 2 'there is no defense' --defense nope
expect "a target" 2 'cannot be given' 192.0.2.1 192.0.2.2
echo "1..$n"
