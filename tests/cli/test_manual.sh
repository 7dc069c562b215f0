#!/bin/bash
# The manual page names every command, and every option that --help tells. TAP. $1: the program,
# $2: the page.
redoubt=$1
text=$(sed -E 's/\\f.//g; s/\\-/-/g' "$2")
n=0

has() {
  n=$((n + 1))
  if grep -qF -- "$2" <<<"$text"; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}

for command in $("$redoubt" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  has "command $command" ".SS redoubt $command"
done
for command in run bench capacity report list show check replay ladder live calibrate; do
  for option in $("$redoubt" "$command" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u); do
    has "$option of $command" "$option"
  done
done

# groff has something to say about a page that it cannot read.
n=$((n + 1))
if ! command -v groff >/dev/null; then
  echo "ok $n - the page is sound # SKIP no groff here"
elif [ -z "$(groff -man -Tutf8 -ww -z "$2" 2>&1)" ]; then
  echo "ok $n - the page is sound"
else
  echo "not ok $n - the page is sound"
fi
echo "1..$n"
