#!/bin/sh
# Every tests/attacks/NAME/*.yaml is a trial of one attack against no defense, whose first line says what
# comes of it in the whole simulator: "# falls: ..." or "# holds: ...". TAP; arguments: redoubt, tree.
redoubt=$(realpath "$1")
cd "$2" || exit 1
set -- tests/attacks/*/*.yaml
echo "1..$#"
n=0
for trial; do
  n=$((n + 1))
  line=$(head -1 "$trial")
  case $line in
  '# falls: '*) wanted=true ;;
  '# holds: '*) wanted=false ;;
  *) echo "not ok $n - $trial: its first line does not say what is expected"; continue ;;
  esac
  out=$("$redoubt" run -q --format json "$trial" 2>&1) || out="failed: $out"
  got=$(printf '%s\n' "$out" | sed -n 's/^ *"succeeded": \(true\|false\),$/\1/p' | head -1)
  why=$(printf '%s\n' "$out" | sed -n 's/^ *"why": "\(.*\)"$/\1/p' | head -1)
  effect=$(printf '%s\n' "$out" | sed -n 's/^ *"effect": \(.*\),$/\1/p' | head -1)
  verdict=ok
  # an attack that holds because nothing was measured would say null
  if [ "$got" != "$wanted" ] || [ -z "$effect" ] || [ "$effect" = null ]; then verdict='not ok'; fi
  echo "$verdict $n - $trial (${line#\# }): $why"
  [ "$verdict" = ok ] || printf '%s\n' "$out" | head -20 | sed 's/^/# /'
done
