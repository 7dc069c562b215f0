#!/bin/bash
# tools/new-part writes parts of each kind that build, pass their own tests and keep the contract, as they
# are. In a tree of its own, with the libraries of this build. TAP.
#   new_part.sh SOURCE BUILD SANITIZERS COMPILER
source=$1 build=$2 sanitizers=$3 compiler=$4 n=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/tools" "$work/tree/docs"
cp "$source/tools/new-part" "$source/tools/scan" "$work/tree/tools/"
cp -r "$source/docs/template" "$work/tree/docs/"
cp "$source/.clang-format" "$work/tree/" 2>/dev/null
flags=(-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wno-missing-field-initializers -Werror -fPIC "-I$source" "-I$source/include")
[ "$sanitizers" = none ] || flags+=("-fsanitize=$sanitizers")
read -ra packages < <(pkg-config --cflags --libs glib-2.0 nettle)
read -ra check < <(pkg-config --cflags --libs check)
libraries=(-Wl,--start-group "$build"/tests/mock/libmock-host.a "$build"/lab/{attacker,stack,subscribers,auth,sip,base,drive/host}/lib*.a
  -Wl,--end-group)
export CK_VERBOSITY=silent

ok() {
  n=$((n + 1))
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
    sed 's/^/# /' "$work/log" | head -30
  fi
}

refused() { ! "$work/tree/tools/new-part" "$@"; }

for kind in node attack defense; do
  name=made-$kind-2 under=made_${kind}_2
  bench=()
  [ $kind = node ] || bench=("$build/tests/lib$kind-bench.a")
  folder=$work/tree/${kind}s/$name tests=$work/tree/tests/${kind}s/$name
  ok "a new $kind" "$work/tree/tools/new-part" $kind $name
  ok "the $kind is found, with its test" grep -q "^$name:$name.c:test_$under.c:$" \
    <("$work/tree/tools/scan" --tests ${kind}s)
  ok "nothing of the $kind is named after the template" \
    bash -c "! grep -Eq 'quiet-hours|quiet_|QuietHours|options-knock|knock_|greeter|Greeter' \
      '$folder/$name.c' '$tests/test_$under.c'"
  ok "the $kind builds" "$compiler" "${flags[@]}" -shared -fvisibility=hidden "$folder/$name.c" -o "$work/$name.so" \
    -Wl,--exclude-libs,ALL "${libraries[@]}" "${packages[@]}"
  ok "the $kind keeps the contract" "$build/cli/redoubt" check "$work/$name.so"
  ok "the test of the $kind builds" "$compiler" "${flags[@]}" "$tests/test_$under.c" "$folder/$name.c" \
    -o "$work/test" "${bench[@]}" "${libraries[@]}" "${packages[@]}" "${check[@]}" -lm
  ok "the test of the $kind passes" "$work/test"
  ok "the $kind is not written twice" refused $kind $name
done
ok "a name that is none is refused" refused defense Rate_Limit
ok "a kind that is none is refused" refused guard rate-limit
ok "a name of another kind's part is refused" refused attack made-node-2
echo "1..$n"
