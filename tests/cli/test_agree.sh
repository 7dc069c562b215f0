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

# costs ROW...: a cost table of what is common to all and these rows more.
costs() { (cat "$tree/lab/costs.yaml" && printf '  - {%s}\n' "$@") >"$work/costs.yaml"; }
costs 'part: s-cscf, operation: aka-vector, base: 1 ms' 'part: sbc, operation: handle, base: 1 us' \
  'part: rl-token, operation: judge, base: 0 ns' 'part: s-cscf, operation: digest-verify, base: 1 us'
trial "costs: $work/costs.yaml"
both "a cost table of one's own" 0 'a sound trial'
costs 'part: s-cscf, operation: aka-vectr, base: 1 ms'
both "a misspelt operation" 2 'costs.yaml:[0-9]+:[0-9]+: operation: part s-cscf has no operation "aka-vectr"; did you mean "aka-vector"'
n=$((n + 1))
if said=$("$redoubt" check "$work/costs.yaml" 2>&1); then
  echo "not ok $n - of the table alone, too"
else
  grep -q 'did you mean "aka-vector"' <<<"$said" || echo -n "not "
  echo "ok $n - of the table alone, too"
fi
costs 'part: s-cscff, operation: aka-vector, base: 1 ms'
both "a misspelt part" 2 'costs.yaml:[0-9]+:[0-9]+: part: there is no part "s-cscff"; did you mean "s-cscf"'
costs 'part: elsewhere, operation: aka-vector, base: 1 ms'
both "a part that is not there" 2 'costs.yaml:[0-9]+:[0-9]+: part: there is no part "elsewhere"'
costs 'part: sbc, operation: aka-vector, base: 1 ms'
both "an operation of another part" 2 'part sbc has no operation "aka-vector"'
costs 'part: rl-token, operation: handle, base: 1 ms'
both "what the engine spends for nodes, of a defense" 2 'part rl-token has no operation "handle".*it has: judge'
costs 'part: "*", operation: transactoin, base: 1 ms'
both "a misspelt operation of all" 2 'no part has an operation "transactoin"; did you mean "transaction"'
echo "1..$n"
