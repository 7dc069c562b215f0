#!/bin/sh
# Parity: what a defense judged in the simulator, replayed from that run's capture, gives the same
# verdicts byte for byte. Every defense there is, at one place and at two at once.
#   parity.sh REDOUBT-TRIAL REDOUBT SOURCE
set -eu
trial=$1 redoubt=$2 source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
defenses=$(cd "$source/defenses" && ls -d */ | tr -d /)

cat >"$work/trial.yaml" <<YAML
trial: parity
topology: $source/topologies/volte-home.yaml
seed: 5
duration: 30 s
warmup: 0 s
set: {ue: {subscribers: 80, bhca: 90}}
attacks:
  - {attack: dos-register-flood, at: 8 s, for: 8 s, set: {rate: 200, sources: 3}}
  - {attack: acc-enum, at: 12 s, for: 8 s}
defenses:
YAML
for d in $defenses; do
  echo "  - {defense: $d, name: $d-once, at: sbc.gm}" >>"$work/trial.yaml"
  echo "  - {defense: $d, name: $d-twice, at: [sbc.gm, s-cscf.core]}" >>"$work/trial.yaml"
done
"$trial" "$work/trial.yaml" --out "$work/world" --pcap "$work/pcap"

for d in $defenses; do
  for name in "$d-once" "$d-twice"; do
    "$redoubt" replay "$work/pcap/$name.judged.pcapng" --defense "$d" --format json |
      sed '$d' >"$work/replayed" # all but the summary
    if ! cmp "$work/replayed" "$work/pcap/$name.verdicts.jsonl"; then
      echo "$name: its replay says otherwise" >&2
      exit 1
    fi
    echo "$name: $(wc -l <"$work/replayed") verdicts, the same"
  done
done
