#!/bin/bash
# `check` and `run` agree: a table of bad files, each refused by both, and sound ones taken by both.
# TAP. $1: the program, $2: the source tree.
redoubt=$1 tree=$2
n=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# both NAME CHECK'S-EXIT PATTERN: of $work/t.yaml; run's exit code is not 0 just when check's is not.
both() {
  local said rc ran
  said=$("$redoubt" check "$work/t.yaml" 2>&1)
  rc=$?
  "$redoubt" run "$work/t.yaml" --no-counterfactuals -q >"$work/out" 2>&1
  ran=$?
  n=$((n + 1))
  if [ "$rc" = "$2" ] && [ $((rc > 0)) = $((ran > 0)) ] && grep -Eq -- "$3" <<<"$said"; then
    echo "ok $n - $1"
  else
    echo "not ok $n - $1"
    echo "# check $rc (wanted $2): ${said//$'\n'/ | }; run $ran: $(tr '\n' '|' <"$work/out")"
  fi
}

# trial LINE...: a short trial with these lines more.
trial() { printf '%s\n' 'trial: t' 'topology: volte-home' 'duration: 2 s' "$@" >"$work/t.yaml"; }

costs() { sed "$1" "$tree/lab/costs.yaml" >"$work/costs.yaml"; }

trial
both "a sound trial" 0 'a sound trial'
trial 'networks: {gm: {prefix: 198.18.0.0/24}}'
both "addresses for fewer than there are" 2 'gm'
trial 'networks: {gm: {prefix: "2001:db8::/120"}}'
both "an IPv6 prefix too long for its phones" 2 'network gm has no room.*prefix of /55 or shorter'
trial 'networks: {gm: {prefix: "2001:db8:0:100::/56"}}'
both "the same, by one bit" 2 'prefix of /55 or shorter is needed, and 2001:db8:0:100::/56 is longer'
trial 'networks: {gm: {prefix: "2001:db8:0:200::/55"}}'
both "an IPv6 prefix of just the length that was asked for" 0 'a sound trial'
trial 'networks: {gm: {prefix: "2001:db8:0:200::/55"}}' 'attacks: [{attack: dos-invite-flood-1src}]'
both "but not with an attack" 2 't.yaml:5:.*prefix of /54 or shorter'
trial 'networks: {gm: {prefix: "2001:db8:0:400::/54"}}' 'attacks: [{attack: dos-invite-flood-1src}]'
both "with it, in the length asked for" 0 'a sound trial'
trial 'networks: {core: {prefix: "2001:db8::/64"}}'
both "servers alone in one /64" 0 'a sound trial'
trial 'networks: {gm: {prefix: "2001:db8::/34", fidelity: packet}}'
both "packets of IPv6" 2 't.yaml:4:.*packet fidelity carries IPv4 only'
trial 'attacks: [{attack: dos-invite-ddos-low, set: {bots: 60000}}]' \
  'networks: {gm: {prefix: 198.18.0.0/16}}'
both "addresses for all bots, but not strewn as they are laid out" 2 'no world can be built.*too few'
trial 'attacks: [{attack: nobody}]'
both "no such attack" 2 't.yaml:4:20: attack: there is no attack'
trial 'defenses: [{defense: rl-token, at: sbc.nowhere}]'
both "no such place" 2 't.yaml:4:.*not attached'
trial 'defenses: [{defense: rl-token, at: sbc.gm, set: {rate: -1}}]'
both "a parameter out of range" 2 'rate'
trial 'defenses: [{defense: rl-token, name: sbc, at: sbc.gm}]'
both "a name that is taken" 2 'already'
trial 'set: {ue: {subscribers: 0}}'
both "a population of none" 2 'subscribers|population'

costs ''
trial "costs: $work/costs.yaml"
both "a cost table of one's own" 0 'a sound trial'
costs 's/operation: aka-vector/operation: aka-vectr/'
both "a misspelt operation" 2 'part s-cscf has no operation "aka-vectr"; did you mean "aka-vector"'
n=$((n + 1))
if said=$("$redoubt" check "$work/costs.yaml" 2>&1); then
  echo "not ok $n - of the table alone, too"
else
  grep -q 'did you mean "aka-vector"' <<<"$said" || echo -n "not "
  echo "ok $n - of the table alone, too"
fi
costs 's/part: s-cscf, operation: aka/part: s-cscff, operation: aka/'
both "a misspelt part" 2 'costs.yaml:[0-9]+:[0-9]+: part: there is no part "s-cscff"; did you mean "s-cscf"'
costs 's/part: s-cscf, operation: aka/part: elsewhere, operation: aka/'
both "a part of another machine" 0 'a sound trial'
echo "1..$n"
