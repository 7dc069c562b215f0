#!/bin/sh
# Parity: what a defense judged in the simulator, replayed from that run's capture, gives the same
# verdicts byte for byte. Every defense there is, at one place and at two at once; over UDP, and over TCP in
# both fidelities.
#   parity.sh REDOUBT-TRIAL REDOUBT SOURCE
set -eu
trial=$1 redoubt=$2 source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
defenses=$(cd "$source/defenses" && ls -d */ | tr -d /)

compare() { # compare NAME TOPOLOGY FLOOD-SETTINGS [TRIAL-LINE]
  cat >"$work/$1.yaml" <<YAML
trial: parity
topology: $source/topologies/$2.yaml
seed: 5
duration: 30 s
warmup: 0 s
set: {ue: {subscribers: 80, bhca: 90}}
${4-}
attacks:
  - {attack: dos-register-flood, at: 8 s, for: 8 s, set: {rate: 200, sources: 3$3}}
  - {attack: acc-enum, at: 12 s, for: 8 s}
defenses:
YAML
  for d in $defenses; do
    echo "  - {defense: $d, name: $d-once, at: sbc.gm}" >>"$work/$1.yaml"
    echo "  - {defense: $d, name: $d-twice, at: [sbc.gm, s-cscf.core]}" >>"$work/$1.yaml"
  done
  "$trial" "$work/$1.yaml" --out "$work/$1" --pcap "$work/$1-pcap"
  for d in $defenses; do
    for name in "$d-once" "$d-twice"; do
      "$redoubt" replay "$work/$1-pcap/$name.judged.pcapng" --defense "$d" --format json |
        sed '$d' >"$work/replayed" # all but the summary
      if ! cmp "$work/replayed" "$work/$1-pcap/$name.verdicts.jsonl"; then
        echo "$1: $name: its replay says otherwise" >&2
        exit 1
      fi
      echo "$1: $name: $(wc -l <"$work/replayed") verdicts, the same"
    done
  done
}

compare udp volte-home ''
compare tcp volte-tcp ', transport: tcp'
compare tcp-packet volte-tcp ', transport: tcp' \
  'networks: {gm: {fidelity: packet}, border: {fidelity: packet}, core: {fidelity: packet}}'
