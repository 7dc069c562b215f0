#!/bin/sh
# The templates of out-of-tree parts build against an installation, are pure, and load.
set -eu
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson install -C "$build" --destdir "$work/root" --no-rebuild --quiet >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
pc=$(find "$work/root" -name redoubt.pc)
export PKG_CONFIG_PATH="$(dirname "$pc")" PKG_CONFIG_SYSROOT_DIR="$work/root"
cp -r "$source/docs/template" "$work/template"
meson setup "$work/build" "$work/template" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ninja -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
for part in "$work"/build/*.so; do
  nm -D --defined-only "$part" | grep -q ' redoubt_plugin$'
  "$source/tools/purity" "$part"
  "$build/cli/redoubt" show "$part" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
echo "the templates build, are pure and load"
