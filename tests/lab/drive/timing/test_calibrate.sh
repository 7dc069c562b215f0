#!/bin/bash
# `redoubt calibrate` from outside. What it measures is this machine's; that it measures, what it
# writes and what it refuses is tested. TAP. $1: the program.
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

code() { # code WANTED PATTERN ARGUMENT...: exit code, and a pattern in what is said
  local wanted=$1 pattern=$2 out rc
  shift 2
  out=$("$redoubt" "$@" 2>&1)
  rc=$?
  [ "$rc" = "$wanted" ] && grep -Eq -- "$pattern" <<<"$out"
}

row() { # row PART: its judge row in the table written
  grep -E "part: \"$1\", operation: \"judge\"" "$work/costs.yaml"
}

"$redoubt" calibrate --rounds 3 -o "$work/costs.yaml" rl-token strict-sanity pass-all >"$work/out"
ok "it ends well" test $? = 0
ok "a line for each of nine points a defense" test "$(grep -c '^rl-token .*%$' "$work/out")" = 9
ok "the table that it writes is a sound one" code 0 'sound cost table' check "$work/costs.yaml"
ok "a defense has a row of its own, which is not free" \
  grep -Eq 'base: [1-9]|per-byte: [1-9]|per-doubling: [1-9]' <<<"$(row rl-token)"
ok "the placebo stays free: its own row stands" test -z "$(row pass-all)"
ok "what was not timed keeps its row" grep -q 'operation: "handle", base: 40 us' "$work/costs.yaml"
ok "a row for the part itself" \
  grep -Eq '^rl-token +\{\.operation = "judge", \.base = "[0-9.]+ [a-z]+",.* \.source = "measured: redoubt calibrate"\},$' "$work/out"
ok "none for the placebo" test -z "$(grep -E '^pass-all +\{' "$work/out")"
ok "quiet sources are not acted upon" test -z "$(awk '$1 == "rl-token" && NF == 8 && $8 != "0.0%"' "$work/out")"
ok "JSON" code 0 '"ratio" :' calibrate --rounds 1 --format json strict-sanity
ok "an unknown defense is named" code 2 'did you mean "rl-token"' calibrate rl-tokn
ok "no rounds are refused" code 2 '1 to 10000 is expected, got 0' calibrate --rounds 0
ok "a table that is none is refused" code 2 'costs.yaml|No such file' calibrate --costs "$work/none.yaml" rl-token
ok "a file that cannot be written is told" code 1 'redoubt calibrate: ' calibrate --rounds 1 -o "$work/no/file" rl-token
echo "1..$n"
