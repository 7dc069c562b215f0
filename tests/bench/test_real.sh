#!/bin/bash
# bench and run with the real engine: killed and resumed, no world is run twice and the numbers are
# those of an undisturbed run; the same trial prints the same bytes. TAP.
# $1: redoubt, $2: a campaign.
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

done_worlds() { sed -n 's/^world \([0-9a-f]*\) done.*/\1/p' "$@" | sort; }
none_twice() { [ -z "$(done_worlds "$work"/killed.err "$work"/resumed.err | uniq -d)" ]; }
some_before() { [ -n "$(done_worlds "$work"/killed.err)" ]; }
some_after() { [ -n "$(done_worlds "$work"/resumed.err)" ]; }
all_there() {
  diff <(done_worlds "$work/whole.err") <(done_worlds "$work"/killed.err "$work"/resumed.err)
}

lacks_paths() { ! grep -q /tmp "$work/one.json"; }

"$redoubt" bench "$campaign" -j 2 -v --format json -o "$work/whole" \
  >"$work/whole.json" 2>"$work/whole.err"
ok "an undisturbed campaign" [ $? = 0 ]

"$redoubt" bench "$campaign" -j 1 -v -o "$work/cut" >/dev/null 2>"$work/killed.err" &
pid=$!
for _ in $(seq 3000); do
  [ "$(done_worlds "$work/killed.err" | wc -l)" -ge 2 ] && break
  sleep 0.02
done
{ kill -9 "$pid" && wait "$pid"; } 2>/dev/null
"$redoubt" bench "$campaign" -j 1 -v --format json -o "$work/cut" \
  >"$work/resumed.json" 2>"$work/resumed.err"
ok "the killed campaign goes on" [ $? = 0 ]
ok "some worlds were finished before the kill" some_before
ok "some were left" some_after
ok "no world is finished twice" none_twice
ok "all of them are finished" all_there
ok "the numbers are those of the undisturbed campaign" cmp "$work/whole.json" "$work/resumed.json"

"$redoubt" bench "$campaign" -v --format json -o "$work/cut" >"$work/again.json" 2>"$work/again.err"
ok "run again, nothing is computed" grep -q 'nothing to compute' "$work/again.err"
ok "and the numbers are the same" cmp "$work/whole.json" "$work/again.json"

# shellcheck disable=SC2054 # the commas belong to the option
trial=(--topology volte-home --attack dos-invite-flood-1src,at=4\ s,for=4\ s,rate=100
  --defense rl-token@sbc.gm --seed 5 --duration 12 --format json)
"$redoubt" run "${trial[@]}" >"$work/one.json" 2>"$work/one.err"
ok "a trial put together on the command line" [ $? = 0 ]
"$redoubt" run "${trial[@]}" -j 1 >"$work/two.json" 2>/dev/null
ok "the same trial prints the same bytes" cmp "$work/one.json" "$work/two.json"
ok "and no path" lacks_paths

# A trickle harms nobody: whatever stands against it, the word is "harmless", and no price is told.
sed -e 's/^campaign: real/campaign: trickle/' -e 's/rate: 200,/rate: 0.5,/' \
  -e 's/registrations: 60/registrations: 1500/' "$campaign" >"$work/trickle.yaml"
"$redoubt" bench "$work/trickle.yaml" -q --format json -o "$work/trickle" >"$work/trickle.json"
words=$(grep -o '"verdict": "[a-z ]*"' "$work/trickle.json" | sort -u)
ok "a trickle is harmless with and without a defense" [ "$words" = '"verdict": "harmless"' ]
never() { ! grep -q '"succeeded[a-z_]*": {"k": [1-9]' "$work/trickle.json"; }
ok "and succeeds in no seed" never
nothing() {
  # columns effect_alone and effect of results.csv
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^effect(_alone)?$/) at[i] }
           NR > 1 { for (i in at) { n++; if ($i < -2 || $i > 2) bad = 1 } }
           END { exit bad || n < 4 }' "$work/trickle/results.csv"
}
ok "its effect is about 0" nothing

# A disk that fills: a small tmpfs, in a mount namespace of its own so that nothing is left behind.
cat >"$work/fill" <<'EOS'
mount -t tmpfs -o size="$SIZE" none "$DISK" || exit 77
"$REDOUBT" bench "$CAMPAIGN" -j 1 -v -o "$DISK/results" >/dev/null 2>"$WORK/full.err"
echo $? >"$WORK/full.rc"
mount -o remount,size=64m "$DISK"
"$REDOUBT" bench "$CAMPAIGN" -j 1 -v --format json -o "$DISK/results" \
  >"$WORK/freed.json" 2>"$WORK/freed.err"
EOS
mkdir "$work/disk"
one_world=$(du -sk "$work"/whole/worlds | cut -f1)
SIZE=$((one_world * 2 / 3 + 150))k DISK=$work/disk REDOUBT=$redoubt CAMPAIGN=$campaign \
  WORK=$work unshare -m bash "$work/fill" 2>/dev/null
if [ -s "$work/full.rc" ]; then
  ok "a full disk is exit code 1" [ "$(cat "$work/full.rc")" = 1 ]
  ok "and says so" grep -Eqi 'no space left|disk is full' "$work/full.err"
  ok "what was finished is kept" grep -q 'finished before' "$work/freed.err"
  ok "and with space the numbers are the same" cmp "$work/whole.json" "$work/freed.json"
  sed 's/^/# /' "$work/full.err"
else
  n=$((n + 1))
  echo "ok $n - a full disk # SKIP cannot mount a tmpfs here (root and mount namespaces needed)"
fi
echo "1..$n"
