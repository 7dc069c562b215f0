#!/bin/bash
# Every topology, campaign and cost table of the tree is sound, with the parts as they are built,
# and every part can be shown. TAP. $1: the program, $2: the source tree.
redoubt=$1 tree=$2
n=0

expect() {
  local name=$1 out
  shift
  n=$((n + 1))
  if out=$("$@" 2>&1); then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
    echo "# ${out//$'\n'/ | }"
  fi
}

shopt -s nullglob
for file in "$tree"/topologies/*.yaml "$tree"/bench/campaigns/*.yaml "$tree"/lab/costs.yaml; do
  expect "${file#"$tree"/} is sound" "$redoubt" check "$file"
done
for kind in nodes attacks defenses; do
  for main in "$tree/$kind"/*/; do
    part=$(basename "$main")
    [ -f "$main$part.c" ] || continue
    expect "$kind/$part is listed" grep -q "^  $part " <("$redoubt" list "$kind")
    expect "$kind/$part has a manual" grep -q "^# " <("$redoubt" show "$part")
  done
done
echo "1..$n"
