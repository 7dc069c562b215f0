#!/bin/bash
# `redoubt live TRIAL.yaml` from outside: where its sockets are, what it prints, and that nothing is left of it
# whatever ends it. TAP. Usage: test_trial.sh REDOUBT SOURCE
set -u
redoubt=$1 tree=$2
n=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() { # ok NAME CONDITION...
  local name=$1
  shift
  n=$((n + 1))
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}
not() { ! "$@"; }

cat >"$work/t.yaml" <<YAML
trial: t
topology: $tree/topologies/volte-tcp.yaml
seed: 4
duration: 4 s
warmup: 0 s
set: {ue: {subscribers: 10, register-over: 1 s, bhca: 1800, calls-from: 1 s, hold: 1 s, ring-min: 100 ms, ring-max: 500 ms}}
attacks: [{attack: dos-invite-flood-1src, at: 1 s, for: 2 s, set: {rate: 50}}]
defenses: [{defense: rl-token, at: sbc.gm}]
YAML
sed 's/duration: 4 s/duration: 300 s/' "$work/t.yaml" >"$work/long.yaml"

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
all_inside() { ! grep -vE ' [0-9A-F]{6}7F:' "$1"; }

# The trial alone, looked at while it runs.
"$redoubt" live "$work/t.yaml" --no-counterfactuals -q --pcap "$work/pcap" >"$work/out" 2>"$work/err" &
live=$!
: >"$work/sockets"
for _ in $(seq 60); do
  # shellcheck disable=SC2046 # process ids
  sockets $(family $live) >>"$work/sockets"
  kill -0 $live 2>/dev/null || break
  sleep 0.1
done
wait $live
code=$?
sed 's/^/# /' "$work/out" "$work/err"
if grep -qi 'not permitted\|permission denied' "$work/err"; then
  echo "1..0 # SKIP no sockets on 127.0.0.0/8 here"
  exit 0
fi
sort -u -o "$work/sockets" "$work/sockets"
ok "it runs" test $code = 0
ok "calls are told" grep -Eq 'calls attempted +[1-9]' "$work/out"
ok "and how late the machine was" grep -Eq 'events ran [0-9.]+ ms late' "$work/out"
ok "datagrams and connections" grep -Eq '[1-9][0-9]* datagrams and [1-9][0-9]* connections' "$work/out"
ok "each phone and server has sockets" test "$(grep -c /udp "$work/sockets")" -ge 15
ok "and listens" test "$(grep -c /tcp "$work/sockets")" -ge 15
ok "every socket is on loopback" all_inside "$work/sockets"
ok "captures are written" test -s "$work/pcap/rl-token.judged.pcapng"

# The worlds it is compared with, two at a time: each on addresses of its own.
"$redoubt" live "$work/t.yaml" -q -j 2 --format json >"$work/json" 2>"$work/err"
ok "two worlds at once" test $? = 0
sed 's/^/# /' "$work/err"
ok "four worlds, and a comparison" \
  test "$(grep -c '"lateness_ns"' "$work/json")$(grep -c '"succeeded"' "$work/json")" != 00
ok "a predicate has looked at them" grep -q '"threshold"' "$work/json"

# left: which of the sockets of $work/inodes the kernel still has, of any kind.
left() {
  awk 'FNR == NR { ours[$1]; next } FILENAME ~ /unix/ ? $7 in ours : $10 in ours' "$work/inodes" \
    /proc/net/unix /proc/net/udp /proc/net/tcp
}

# ended SIGNAL: `redoubt live` in the middle of a long trial is ended so; then nobody is left, and no socket: not
# those of its addresses, nor the names by which it holds them.
ended() {
  local one world
  TMPDIR=$work "$redoubt" live "$work/long.yaml" --no-counterfactuals -q >"$work/out" 2>&1 &
  one=$!
  for _ in $(seq 100); do
    world=$(family $one | sed -n 2p)
    [ -n "$world" ] && [ "$(sockets "$world" | wc -l)" -ge 15 ] && break
    sleep 0.1
  done
  ok "$1: it runs in a process of its own" test -n "$world"
  sockets "$world" >/dev/null # leaves their inodes
  ok "$1: its sockets are seen, and its names" test "$(left | grep -c redoubt-live-127)" -ge 3
  kill -"$1" $one
  wait $one 2>/dev/null
  for _ in $(seq 100); do
    [ -d "/proc/$world" ] || break
    sleep 0.1
  done
  ok "$1: which is gone with it" not test -d "/proc/$world"
  ok "$1: and its sockets" test -z "$(left)"
}
ended TERM
ended KILL

# Every address is a file: of too few it says so.
(ulimit -n 40 && exec "$redoubt" live "$work/t.yaml" --no-counterfactuals -q) >"$work/out" 2>&1
ok "too few files: no success" test $? = 1
ok "too few files: told" grep -q 'see ulimit -n' "$work/out"

# SIPp as a population: it goes with the trial's process, even if that is killed.
if command -v sipp >/dev/null; then
  cat >"$work/long.yaml" <<YAML
trial: sipp
seed: 1
duration: 300 s
warmup: 0 s
topology:
  topology: sipp
  networks:
    gm: {interface: Gm, domain: access, prefix: 127.0.16.0/20}
    core: {interface: Mw, domain: home, prefix: 127.0.32.0/24}
  nodes:
    callers: {node: external, attach: [gm], set: {program: sipp-caller, addresses: 10, server: sbc, rate: 5}}
    sbc: {node: sbc, attach: [gm, core], set: {next-hop: callee}}
    callee: {node: external, attach: [core], set: {program: sipp-callee}}
YAML
  TMPDIR=$work "$redoubt" live "$work/long.yaml" --no-counterfactuals -q >"$work/out" 2>&1 &
  one=$!
  all=
  for _ in $(seq 100); do
    all=$(family $one)
    [ "$(wc -w <<<"$all")" -ge 4 ] && break
    sleep 0.1
  done
  sleep 1
  # shellcheck disable=SC2086 # process ids
  sockets $all >"$work/sockets"
  ok "SIPp: two of them, the world, and who started it" test "$(wc -w <<<"$all")" -ge 4
  # it failed once in a whole run and never again: what it says then
  [ "$(wc -w <<<"$all")" -ge 4 ] || sed 's/^/# /' "$work/out"
  ok "SIPp: every socket is on loopback" all_inside "$work/sockets"
  kill -KILL $one
  wait $one 2>/dev/null
  left=$all
  for _ in $(seq 100); do
    left=$(for pid in $all; do [ -d "/proc/$pid" ] && echo "$pid"; done)
    [ -z "$left" ] && break
    sleep 0.1
  done
  ok "SIPp: gone with it" test -z "$left"

  # Without a trial: an SBC between SIPp and SIPp.
  "$redoubt" live --defense rl-token,rate=10,burst=20 --rate 20 --callers 10 --duration 6 --flood 100 -q \
    --no-counterfactuals --pcap "$work/border" --format json >"$work/json" 2>"$work/err"
  ok "without a trial: it runs" test $? = 0
  sed 's/^/# /' "$work/err"
  value() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work/json" | head -n 1; }
  at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 >= b + 0) }'; }
  calls() { sed -n '/"call": {/,/}/p' "$work/json" | sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" | head -n 1; }
  ok "without a trial: SIPp calls" at_least "$(calls attempts)" 60
  ok "without a trial: and is answered" at_least "$(calls ser)" 99
  ok "without a trial: the flood is refused" grep -Eq '"attack": \{"n": [1-9].*"reject": [1-9]' "$work/json"
  ok "without a trial: the callers are not" grep -Eq '"benign": \{"n": ([1-9][0-9]*), "pass": \1, "drop": 0' "$work/json"
  "$redoubt" replay "$work/border/rl-token.judged.pcapng" --defense rl-token,rate=10,burst=20 --format json |
    sed '$d' >"$work/replayed"
  ok "without a trial: the same .so says the same in replay" cmp "$work/border/rl-token.verdicts.jsonl" "$work/replayed"

  # A SIPp that fails, that makes no call, that stops early: no success.
  mkdir "$work/bin"
  cat >"$work/bin/sipp" <<'EOS'
#!/bin/bash
case " $* " in
*/"$BROKEN".xml*) eval "$INSTEAD" ;;
*) exec "$SIPP" "$@" ;;
esac
EOS
  chmod +x "$work/bin/sipp"
  SIPP=$(command -v sipp)
  export SIPP BROKEN INSTEAD
  fails() { # fails NAME TEXT
    PATH=$work/bin:$PATH "$redoubt" live --no-counterfactuals -q --rate 10 --duration 3 >"$work/out" 2>&1
    ok "$1: no success" test $? = 1
    ok "$1: told" grep -q -- "$2" "$work/out"
  }
  BROKEN=caller INSTEAD='exit 7' fails "callers that fail" 'SIPp of callers failed (exit code 7)'
  BROKEN=caller INSTEAD='exit 0' fails "callers that do not call" 'only 0 of'
  # shellcheck disable=SC2016 # for the other shell
  BROKEN=caller INSTEAD='args=("$@"); for i in "${!args[@]}"; do [ "${args[i]}" = -m ] && args[i+1]=2; done
    exec "$SIPP" "${args[@]}"' fails "callers that stop early" 'only 2 of'
  BROKEN=callee INSTEAD='exit 7' fails "a callee that fails" 'SIPp of callee did not start (exit code 7)'
fi

# What cannot be asked for.
refused() { # refused NAME TEXT ARGUMENT...
  local name=$1 text=$2
  shift 2
  "$redoubt" live "$@" >"$work/out" 2>&1
  ok "$name: refused" test $? = 2
  ok "$name: told" grep -q -- "$text" "$work/out"
}
refused "a target" 'cannot be given' "$work/t.yaml" 192.0.2.1
refused "SIPp's options with a trial" 'go without a trial' "$work/t.yaml" --flood 10
refused "too much flood" '0 to 20000' --flood 1e6
refused "too long" '3 to 600' --duration 100000
refused "no calls" 'from 0.1 to' --rate 0
refused "an unknown defense" 'there is no defense' --defense nope
refused "a target alone" '192.0.2.1' 192.0.2.1
refused "a defense for a trial that has its own" 'has its own' "$work/t.yaml" --defense rl-token@sbc.gm
echo "1..$n"
