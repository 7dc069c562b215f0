#!/bin/bash
# `redoubt capacity` against a closed form, and the first campaign's rates against it. TAP.
# $1: redoubt, $2: the campaign.
redoubt=$1 campaign=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() {
  n=$((n + 1))
  local name=$1
  shift
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

# value NAME ATTACK: a member of an attack in $work/out.json.
value() {
  awk -v key="\"$1\":" -v attack="\"attack\": \"$2\"" '
    index($0, "\"attack\":") { mine = index($0, attack) }
    mine && $1 == key { sub(/,$/, "", $2); print $2; exit }' "$work/out.json"
}
# within VALUE EXPECTED PERCENT
within() {
  awk -v a="${1:-x}" -v b="$2" -v p="$3" \
    'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a + 0 == a && d <= b * p / 100) }'
}
finds() { grep -q -- "$@"; }

# Two workers of half speed, 1 ms a message that nobody answers: 2 / (1 ms / 0.5) = 1000 a second,
# whatever the attack's own rate, far above it among them.
cat >"$work/costs.yaml" <<'END'
version: test
rows:
  - {part: sink, operation: handle, base: 1 ms}
END
cat >"$work/sink.yaml" <<'END'
campaign: sink
topology:
  topology: sink
  networks:
    net: {interface: Gm, prefix: 198.18.0.0/15, line: {rate: 0, delay: 0 s}}
  nodes:
    sink: {node: sink, attach: [net], cpu: {workers: 2, speed: 0.5}}
seeds: 1
duration: 10 s
costs: costs.yaml
attacks:
  - attack: dos-invite-flood-1src
    name: flood
    set: {target: sink}
    levels: {low: {rate: 10}, high: {rate: 5000}}
defenses: {none: []}
END
"$redoubt" capacity "$work/sink.yaml" --format json -q >"$work/out.json" 2>"$work/err"
ok "the capacity of a box of known service" [ $? = 0 ]
ok "is its workers over the work, at a low rate" within "$(value capacity_per_s flood-low)" 1000 0.01
ok "and at five times its capacity" within "$(value capacity_per_s flood-high)" 1000 0.01
ok "which it tells" within "$(value times_capacity flood-high)" 5 0.5
"$redoubt" capacity "$work/sink.yaml" --attack flood -q >/dev/null 2>"$work/err"
ok "an attack that the campaign does not have is refused" [ $? = 2 ]
ok "by name" finds 'no attack of that name' "$work/err"

# What the first campaign says of itself.
names=(dos-register-flood dos-invite-flood-1src dos-invite-ddos-low)
options=()
for name in "${names[@]}"; do
  options+=(--attack "$name-half" --attack "$name-four-times")
done
"$redoubt" capacity "$campaign" "${options[@]}" --format json -q >"$work/out.json" 2>"$work/err"
ok "the capacity of the first campaign's boxes" [ $? = 0 ]
for name in "${names[@]}"; do
  ok "$name-half sends half of it" within "$(value times_capacity "$name-half")" 0.5 5
  ok "$name-four-times four times" within "$(value times_capacity "$name-four-times")" 4 5
done
echo "1..$n"
