#!/bin/bash
# What tools/test counts, from logs made for it; and that a fuzz target fails of undefined
# behaviour. TAP. $1: the source tree, $2: a program that has some when run.
source=$1 undefined=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() {
  local name=$1
  n=$((n + 1))
  shift
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

same() { diff "$work/wanted" "$work/got" | sed 's/^/# /' && cmp -s "$work/wanted" "$work/got"; }

mkdir -p "$work/meson-info" "$work/meson-logs"
cat >"$work/meson-info/intro-tests.json" <<'EOS'
[{"name": "good", "protocol": "tap"}, {"name": "bad point", "protocol": "tap"},
 {"name": "bad end", "protocol": "tap"}, {"name": "slow", "protocol": "tap"},
 {"name": "plain", "protocol": "exitcode"}, {"name": "plain bad", "protocol": "exitcode"},
 {"name": "skips", "protocol": "tap"}, {"name": "lacks", "protocol": "tap"},
 {"name": "cut", "protocol": "tap"}, {"name": "never", "protocol": "tap"}]
EOS
cat >"$work/meson-logs/testlog.json" <<'EOS'
{"name": "redoubt / good", "result": "OK", "returncode": 0, "stdout": "ok 1 - a\nok 2 - b\n# not ok\n1..2\n"}
{"name": "redoubt / bad point", "result": "FAIL", "returncode": 1, "stdout": "ok 1 - a\nnot ok 2 - b\nnot ok 3 - c\n1..3\n"}
{"name": "redoubt / bad end", "result": "ERROR", "returncode": 86, "stdout": "ok 1 - a\nok 2 - b\n1..2\n"}
{"name": "redoubt:cli / slow", "result": "TIMEOUT", "returncode": -15, "stdout": "ok 1 - a\n"}
{"name": "redoubt:guards / plain", "result": "OK", "returncode": 0, "stdout": "not ok 1 - is no TAP here\n"}
{"name": "redoubt:guards / plain bad", "result": "FAIL", "returncode": 3, "stdout": ""}
{"name": "redoubt / skips", "result": "OK", "returncode": 0, "stdout": "ok 1 - a\nok 2 - b # SKIP no root here\n1..2\n"}
{"name": "redoubt / lacks", "result": "SKIP", "returncode": 0, "stdout": "1..0 # SKIP sipp is not installed\n"}
{"name": "redoubt / cut", "result": "INTERRUPT", "returncode": -2, "stdout": ""}
EOS
cat >"$work/wanted" <<'EOS'
passed good: a
passed good: b
passed bad point: a
failed bad point: b
failed bad point: c
passed bad end: a
passed bad end: b
failed bad end: error (exit code 86) after 2 good subtests
passed slow: a
failed slow: timeout (exit code -15) after 1 good subtests
passed plain
failed plain bad: fail (exit code 3) after 0 good subtests
passed skips: a
skipped skips: b: no root here
skipped lacks: sipp is not installed
failed cut: interrupt (exit code -2) after 0 good subtests
failed never: never ran
EOS
"$source/tools/count-tests" "$work" >"$work/got"
ok "a line a result, and what never ran has failed" same

rm "$work/meson-logs/testlog.json"
"$source/tools/count-tests" "$work" >"$work/got"
ok "without a log all of them have failed" [ "$(grep -c '^failed .*: never ran$' "$work/got")" = 10 ]

mkdir -p "$work/tests/fuzz"
cp "$undefined" "$work/tests/fuzz/fuzz_undefined"
printf '#!/bin/sh\nexit 0\n' >"$work/tests/fuzz/fuzz_sound"
chmod +x "$work/tests/fuzz/fuzz_sound"
"$source/tools/fuzz" "$work" 1 "$work/verdicts" >"$work/told" 2>&1
printf 'crash undefined\nok sound\n' | sort >"$work/wanted"
sort "$work/verdicts" >"$work/got"
ok "undefined behaviour fails a fuzz target" same
ok "and is shown" grep -q 'runtime error' "$work/told"
echo "1..$n"
