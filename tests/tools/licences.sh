#!/bin/sh
# The split that the licences need (docs/decisions.md): redoubt-trial links ns-3 (GPL-2.0-only) and
# neither GSL (GPL-3) nor OpenSSL 3 (Apache-2.0) itself; what links GSL links no ns-3.
#   licences.sh REDOUBT-TRIAL REDOUBT REDOUBT-PARTS REDOUBT-LIVE
set -eu

needs() {
  readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

must_not() { # PROGRAM PATTERN
  if needs "$1" | grep -E "$2"; then
    echo "$1 links what its licence forbids" >&2
    exit 1
  fi
}

needs "$1" | grep -q '^libns3-core' # or this test looks at the wrong program
must_not "$1" '^lib(gsl|ssl|crypto)'
needs "$2" | grep -q '^libgsl\.'
must_not "$2" '^libns3'
must_not "$3" '^lib(ns3|gsl)'
must_not "$4" '^lib(ns3|gsl)'
echo "redoubt-trial, redoubt, redoubt-parts and redoubt-live link what they may"
