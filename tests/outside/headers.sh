#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header alone, as C and as C++, by each compiler that is here: headers.sh
# Nothing but the include folders is given: a header names all it needs, and warns of nothing.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
status=0 tried=

# alone LANGUAGE STANDARDS COMPILER: tries every header, if there is such a compiler
alone() {
  command -v "$3" >/dev/null || return 0
  for standard in $2; do
    for folder in core codecs; do
      for header in "$top/$folder"/include/arioso/*.h; do
        echo "#include <arioso/$(basename "$header")>" |
          "$3" -x "$1" -std="$standard" -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only \
            -I"$top/core/include" -I"$top/codecs/include" - || {
          echo "FAIL: $header as $standard by $3" >&2
          status=1
        }
      done
    done
  done
  tried="$tried $3"
}
alone c 'c11 gnu17' gcc
alone c 'c11 gnu17' clang
alone c++ 'c++11 c++17' g++
alone c++ 'c++11 c++17' clang++
case " $tried " in
*++*) ;;
*) echo "SKIP: there is no C++ compiler (Debian: g++); tried as C:$tried" && [ $status = 0 ] && exit 77 ;;
esac
echo "tried by:$tried"
exit $status
