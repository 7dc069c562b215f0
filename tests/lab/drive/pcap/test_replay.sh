#!/bin/bash
# `redoubt replay` from outside: output, exit codes, errors. Usage: test_replay.sh REDOUBT
set -u
redoubt=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # ok NAME CONDITION...
  local name=$1
  shift
  n=$((n + 1))
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

message() { # message METHOD CALL-ID
  printf '%s sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%s\r\n' "$1" "$2"
  printf 'From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: %s\r\n' "$2"
  printf 'CSeq: 1 %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n' "$1"
}

lines() { [ "$(grep -c "$1" "$2")" = "$3" ]; }

mkdir "$work/messages"
for i in 1 2 3; do message OPTIONS "$i" >"$work/messages/$i.sip"; done
printf 'rubbish\r\n' >"$work/messages/4.sip"

"$redoubt" replay "$work/messages" --defense strict-sanity --format json >"$work/out" 2>"$work/err"
ok "a folder is judged" test $? = 0
ok "an object a message" lines '^{"n": ' "$work/out" 4
ok "sound messages pass" lines '"method": "OPTIONS", "action": "pass"' "$work/out" 3
ok "rubbish does not" lines '"action": "pass"' "$work/out" 3
ok "one summary, last" test "$(tail -n 1 "$work/out" | cut -c 1-28)" = '{"summary": {"messages": 4, '
ok "the limitation is told" grep -q 'open loop' "$work/out"

"$redoubt" replay "$work/messages" --defense rl-token,rate=0.1,burst=1 --format json --alerts \
  >"$work/out" 2>&1
ok "a rate limit refuses" lines '"action": "reject", "code": 503' "$work/out" 2
ok "and raises an alert" lines '^{"alert": {"defense": "rl-token"' "$work/out" 1

"$redoubt" replay "$work/messages" --defense strict-sanity >"$work/out" 2>&1
ok "text has the same messages" lines 'OPTIONS' "$work/out" 3

expect() { # expect NAME CODE TEXT ARGUMENT...
  local name=$1 code=$2 text=$3
  shift 3
  "$redoubt" replay "$@" >"$work/out" 2>"$work/err"
  local got=$?
  ok "$name" test $got = "$code"
  ok "$name: told" grep -q -- "$text" "$work/err"
}

head -c 300 /dev/zero >"$work/zeroes"
expect "no capture" 2 "$work/zeroes: offset 0" "$work/zeroes" --defense strict-sanity
expect "no file" 2 'No such file' "$work/nothing" --defense strict-sanity
expect "no defense" 2 'at least one --defense' "$work/messages"
expect "unknown defense" 2 'there is no defense "nope"' "$work/messages" --defense nope
expect "unknown key" 2 'rate' "$work/messages" --defense rl-token,rte=2
expect "bad place" 2 'NODE.NETWORK' "$work/messages" --defense strict-sanity --place sbc
expect "bad format" 2 'text or json' "$work/messages" --defense strict-sanity --format xml
"$redoubt" replay "$work/messages" --defense strict-sanity >/dev/full 2>"$work/err"
ok "a full disk" test $? = 1
ok "a full disk: told" grep -q 'failed' "$work/err"
echo "1..$n"
