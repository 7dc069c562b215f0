#!/bin/bash
# Bash completion. TAP. $1: the program, $2: the completion file.
redoubt=$1
n=0
. "$2"
compopt() { :; } # only known while bash itself completes

# offers NAME WORD WORDS...: completing the last of WORDS offers WORD.
offers() {
  local name=$1 want=$2
  shift 2
  COMP_WORDS=("$redoubt" "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _redoubt
  n=$((n + 1))
  for word in "${COMPREPLY[@]}"; do
    if [ "$word" = "$want" ]; then
      echo "ok $n - $name"
      return
    fi
  done
  echo "not ok $n - $name"
  echo "# offered: ${COMPREPLY[*]}"
}

for command in $("$redoubt" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  offers "command $command" "$command" "${command%?}"
  offers "--help of $command" --help "$command" --h
done
offers "an option with a value" --defense= run --def
offers "a format" json check --format = j
offers "a topology" volte-home run --topology = volte
offers "a section" topologies list top
offers "a name to show" volte-home show volte
cd "$(dirname "$2")/../../topologies" || exit 1
offers "a file" volte-home.yaml check volte
offers "a file to compute from" volte-home.yaml capacity volte
echo "1..$n"
