#!/bin/bash
# `redoubt check PART.so`: what each broken part is told, and that a crash is a fault and no crash.
#   test_check.sh REDOUBT FOLDER SOUND.so
redoubt=$1 folder=$2 sound=$3 n=0

# ok NAME WANTED-CODE PATTERN FILE [ARGUMENT...]
ok() {
  local name=$1 wanted=$2 pattern=$3 out rc
  shift 3
  n=$((n + 1))
  out=$("$redoubt" check "$@" 2>&1)
  rc=$?
  if [ "$rc" = "$wanted" ] && grep -Eq -- "$pattern" <<<"$out"; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
    echo "# $rc: ${out//$'\n'/ | }"
  fi
}

ok "a sound part" 0 'a sound part$' "$sound"
ok "in JSON" 0 '"kind" : "part"' --format json "$sound"
while IFS='|' read -r name pattern; do
  ok "$name" 2 "$folder/$name.so: $pattern" "$folder/$name.so"
done <<'END'
sound-but-impure|imports time;
undeclared|it asks for the operation "look-up" and has no cost row of it
unasked|it has a cost row of "look-up" and never asks
state|it does not say the same when it is asked the same again
score|it gives a score outside
reason|it acts without classes or a reason
unjudged|it acts without a score
stride|it rewrites without edits, or without setting edit_stride
ticket|it holds a message without a ticket
writes|it writes on the bytes
behind|it writes behind the verdict
foreign|it crashes
report|it crashes
verb|it refuses the verb "pay" and does not say why
reply|its answer to the verb "pay" has no end
line|on a line it gives the unknown verdict 77
line-hold|on a line it holds a message without a ticket
line-sealed|it crashes
train|it crashes
END
ok "a fault in JSON" 2 '"faults" : ".*it gives a score outside' --format json "$folder/score.so"
ok "no part at all" 2 'no-such.so: .*(No such file|cannot)' "$folder/no-such.so"
ok "a sound one after a broken one" 2 'a sound part' "$folder/score.so" "$sound"
echo "1..$n"
