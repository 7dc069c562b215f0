#!/bin/bash
# tools/quickstart sets its build up the same way the second time: another way makes other programs,
# and every world would be computed again. Builds nothing. TAP. $1: the source tree.
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() {
  local name=$1
  n=$((n + 1))
  shift
  if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}

# A tree of its own, where quickstart finds all it looks for; ninja builds only a redoubt that says so.
mkdir "$work/tree" "$work/bin"
for entry in "$source"/*; do
  case ${entry##*/} in
  build* | results) ;;
  *) ln -s "$entry" "$work/tree/" ;;
  esac
done
cat >"$work/bin/ninja" <<'EOS'
#!/bin/bash
[ "$1" = -C ] || exec "$NINJA" "$@"
mkdir -p "$2/cli"
printf '#!/bin/sh\necho "ran: $*"\n' >"$2/cli/redoubt"
chmod +x "$2/cli/redoubt"
EOS
chmod +x "$work/bin/ninja"
NINJA=$(command -v ninja)
export NINJA PATH=$work/bin:$PATH
commands=$work/tree/build/compile_commands.json

"$work/tree/tools/quickstart" >"$work/out" 2>"$work/err"
ok "it sets up, builds and runs the campaign" grep -q '^ran: bench .*first-light' "$work/out"
cp "$commands" "$work/first"
"$work/tree/tools/quickstart" >"$work/out" 2>>"$work/err"
ok "and again" grep -q '^ran: bench .*first-light' "$work/out"
ok "the compiler is called the same way" cmp "$work/first" "$commands"
ok "and optimizes" grep -q -- ' -O2 ' "$commands"
sed 's/^/# /' "$work/err"
echo "1..$n"
