#!/bin/sh
# SPDX-License-Identifier: MIT
# What the built library and program look like from outside: only ario_ leaves the shared library, and all that the headers
# declare does; both are hardened as cmake/harden.cmake found it possible: symbols.sh BUILD [FEATURE...], of which each is
# relro, stack or fortify
set -eu
build=$1
shift
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
command -v nm >/dev/null && command -v readelf >/dev/null || {
  echo "SKIP: no nm and readelf (Debian: binutils)"
  exit 77
}
library=$build/libarioso.so
[ -e "$library" ] || {
  echo "SKIP: no $library: shared libraries of another kind"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
wrong() {
  echo "FAIL: $*" >&2
  status=1
}

nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' | sort >"$work/leaves"
cat "$top"/core/include/arioso/*.h "$top"/codecs/include/arioso/*.h | sed 's|//.*||' | tr '\n' ' ' |
  grep -oE 'ARIO_API[^;]*;' | grep -oE '\bario_[a-z][a-z0-9_]* *\(' | grep -oE 'ario_[a-z0-9_]+' | sort -u >"$work/named"
[ -s "$work/named" ] || wrong "no names found in the headers"
others=$(grep -vE '^ario_[a-z]' "$work/leaves" || :)
[ -z "$others" ] || wrong "these leave the library: $(echo $others)"
missing=$(comm -23 "$work/named" "$work/leaves")
[ -z "$missing" ] || wrong "these are in a header but do not leave the library: $(echo $missing)"
echo "$(wc -l <"$work/leaves") names leave the library"

files=$library
[ ! -e "$build/arioso" ] || files="$library $build/arioso"
for feature in "$@"; do
  for file in $files; do
    case $feature in
    relro)
      readelf -Wl "$file" | grep -q GNU_RELRO && readelf -d "$file" | grep -qE 'BIND_NOW|FLAGS.*NOW' ||
        wrong "$file has no full RELRO"
      ;;
    stack)
      nm -D --undefined-only "$file" | grep -q __stack_chk_fail || wrong "$file has no stack protectors"
      ! readelf -Wl "$file" | grep -E 'GNU_STACK.*RWE' || wrong "$file has a stack that is code"
      ;;
    fortify) nm -D --undefined-only "$file" | grep -qE '__[a-z]+_chk' || wrong "$file has no checked functions" ;;
    *) wrong "no such feature: $feature" ;;
    esac
  done
  echo "$feature: $files"
done
exit $status
