#!/bin/bash
# `redoubt list`, `show` and `check`. TAP. $1: the program, $2: folder of sound and broken .so
# fixtures, $3: the source tree.
redoubt=$1 fixtures=$2 tree=$3
n=0
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir -p "$work/parts/defenses"
cp "$fixtures/sound.so" "$work/parts/defenses/"
export REDOUBT_PARTS=$work/parts

# check NAME EXIT PATTERN ARGUMENT...: exit code, and a pattern somewhere in stdout or stderr.
check() {
  local name=$1 want=$2 pattern=$3 out rc
  shift 3
  out=$("$redoubt" "$@" 2>&1)
  rc=$?
  n=$((n + 1))
  if [ "$rc" = "$want" ] && grep -Eq -- "$pattern" <<<"$out"; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
    echo "# exit $rc (wanted $want), output: ${out//$'\n'/ | }"
  fi
}

# stdout_empty NAME ARGUMENT...: a failure says nothing on stdout.
stdout_empty() {
  local name=$1
  shift
  n=$((n + 1))
  if [ -z "$("$redoubt" "$@" 2>/dev/null)" ]; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

check "list shows a part" 0 '^  sound +a fixture$' list defenses
check "list shows topologies" 0 '^  volte-home ' list topologies
check "list everything has headings" 0 '^defenses:$' list
check "list as JSON" 0 '"sha256" : "[0-9a-f]{64}"' list defenses --format json
check "list of an unknown section" 2 'did you mean "defenses"' list defnses
check "list of two sections" 2 'one section' list nodes attacks
check "unknown option" 2 'redoubt list: Unknown option --frob' list --frob
check "unknown format" 2 'text or json, not "xml"' list --format xml

check "show a part's parameters" 0 'rate: a number, from 0 to 100 1/s; default 10' show sound
check "show as JSON" 0 '"type" : "integer"' show sound --format json
check "show a part by its path" 0 'sound - defense: a fixture' show "$fixtures/sound.so"
check "show a topology" 0 '^topology: volte-home' show volte-home
check "show says that it takes topologies and campaigns" 0 "a topology or campaign" show --help
check "show nothing" 2 'one NAME is expected' show
check "show an unknown name" 2 'did you mean "sound"' show sounds
check "show a broken part" 2 'wrong-abi.so: speaks ABI 77' show "$fixtures/wrong-abi.so"
check "show a text file" 2 'is not a shared object' show "$tree/meson.build"
stdout_empty "a failed show prints nothing" show sounds

cp "$fixtures/wrong-abi.so" "$work/parts/defenses/"
check "list goes on past a broken part" 1 '^  sound ' list defenses
check "list names the broken part" 1 'wrong-abi.so: speaks ABI 77' list defenses

cat >"$work/net.yaml" <<'Y'
topology: net
networks: {gm: {interface: Gm, prefix: 198.18.0.0/24}}
nodes: {box: {node: nobody, attach: [gm]}}
Y
check "check a sound cost table" 0 'costs.yaml: a sound cost table' check "$tree/lab/costs.yaml"
check "check -q says nothing" 0 '^$' check -q "$tree/lab/costs.yaml"
check "check names file, line and column" 2 "$work/net.yaml:3:21: node: there is no node \"nobody\"" \
  check "$work/net.yaml"
check "check goes on to the next file" 2 'a sound cost table' check "$work/net.yaml" "$tree/lab/costs.yaml"
check "check as JSON" 2 '"good" : false' check --format json "$work/net.yaml"
check "check a folder" 2 'is a folder' check "$work"
check "check a missing file" 2 'no-such.yaml: No such file' check "$work/no-such.yaml"
check "check nothing" 2 'at least one FILE' check
echo "1..$n"
