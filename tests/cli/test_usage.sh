#!/bin/bash
# What `redoubt` answers to help, version and bad usage. TAP. $1: the program.
redoubt=$1
n=0

# check NAME EXIT PATTERN ARGUMENT...: exit code, and a pattern somewhere in stdout or stderr.
check() {
  local name=$1 want=$2 pattern=$3 out rc
  shift 3
  out=$("$redoubt" "$@" 2>&1)
  rc=$?
  n=$((n + 1))
  if [ "$rc" = "$want" ] && grep -Eq -- "$pattern" <<<"$out"; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
    echo "# exit $rc (wanted $want), output: ${out//$'\n'/ | }"
  fi
}

check "help lists commands" 0 '^commands:' --help
check "short help" 0 '^usage: redoubt' -h
check "version" 0 '^redoubt [0-9]+\.[0-9]+' --version
check "no command is bad usage" 2 '^usage: redoubt'
check "unknown command" 2 'unknown command "frobnicate"' frobnicate
check "option before a command" 2 'unknown command "--frob"' --frob
for command in run bench capacity; do
  check "$command: too few jobs" 2 "^redoubt $command: -j is 1 to 1024, not 0\$" $command x.yaml -j 0
  check "$command: no time at all" 2 "^redoubt $command: --timeout is more than 0.*, not -1\$" \
    $command x.yaml --timeout -1
done
file=$(mktemp)
trap 'rm -f "$file"' EXIT
echo 'trial: x' >"$file"
check "a trial is no campaign" 2 'this is a trial' bench "$file"
echo 'campaign: x' >"$file"
check "a campaign is no trial" 2 'this is a campaign' run "$file"
echo "1..$n"
