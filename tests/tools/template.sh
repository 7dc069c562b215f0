#!/bin/sh
# The templates of out-of-tree parts build against an installation of this build, load, are pure and keep the
# contract, by that installation's own means.
set -eu
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson install -C "$build" --destdir "$work/root" --no-rebuild --quiet >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
pc=$(find "$work/root" -name redoubt.pc)
redoubt=$(find "$work/root" -name redoubt -type f -path "*/bin/*")
export PKG_CONFIG_PATH="$(dirname "$pc")" PKG_CONFIG_SYSROOT_DIR="$work/root"
cp -r "$source/docs/template" "$work/template"
# And one that leans on a library which the pure ones need (nettle), as the templates do not.
sed -e 's/"quiet-hours"/"keyed"/' -e 's/^#include "redoubt/#include "lab\/subscribers\/provision.h"\n&/' \
  -e 's/^  QuietHours \*q = .*/  RdProvision p;\n  if (!rd_provision_init(\&p, "secret", 2, 10))\n    return NULL;\n&/' \
  "$work/template/quiet-hours.c" >"$work/template/keyed.c"
sed -i "s/'quiet-hours': 'defenses'/&, 'keyed': 'defenses'/" "$work/template/meson.build"
meson setup "$work/build" "$work/template" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ninja -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
for part in "$work"/build/*.so; do
  nm -D --defined-only "$part" | grep -q ' redoubt_plugin$'
  "$redoubt" show "$part" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
# The installed program holds them to the contract, with the installed list of what a part may import.
"$redoubt" check "$work"/build/*.so >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ "$(grep -c ': a sound part$' "$work/log")" = "$(ls "$work"/build/*.so | wc -l)" ]
nm -D "$work/build/keyed.so" | grep -q nettle_
echo "the templates build outside the tree, load, are pure and keep the contract"
