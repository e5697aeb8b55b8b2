#!/bin/sh
# SPDX-License-Identifier: MIT
# The rules of CONTRIBUTING.md that a script can check: house.sh. Prints each line that breaks one.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"
command -v git >/dev/null && git rev-parse 2>/dev/null || {
  echo "SKIP: no git checkout to look through"
  exit 77
}
report=$(mktemp)
trap 'rm -f "$report"' EXIT
list() { git ls-files --cached --others --exclude-standard -- "$@"; }

# breaks RULE: what comes on standard input breaks it
breaks() {
  lines=$(cat)
  [ -z "$lines" ] || printf '%s:\n%s\n\n' "$1" "$lines" >>"$report"
}

list 'core/*.c' 'codecs/*.c' | xargs grep -nE '\b(f?printf|puts|perror|exit|abort|_Exit|assert)[[:space:]]*\(' |
  grep -vE 'snprintf|_Static_assert|//' | breaks "core and codecs never print, exit or abort"

for header in $(list '*.c' '*.h' ':!tests' | xargs sed -nE 's/^#[[:space:]]*include <([^>]*)>.*/\1/p' | sort -u); do
  case $header in
  arioso/* | immintrin.h | std*.h | sys/*.h | ctype.h | dirent.h | errno.h | fcntl.h | float.h | getopt.h | inttypes.h | \
    limits.h | locale.h | math.h | poll.h | pthread.h | sched.h | signal.h | string.h | strings.h | termios.h | time.h | unistd.h) ;;
  */cJSON.h) # one in core, one in apps
    for folder in core apps; do
      list "$folder/*.c" | xargs grep -lF "<$header>" | sed 1d | sed "s|^|$header: |"
    done ;;
  *) list '*.c' '*.h' ':!tests' | xargs grep -lF "<$header>" | sed 1d | sed "s|^|$header: |" ;;
  esac
done | breaks "a header of others is included by exactly one file"

{ list 'core/*' | xargs grep -nE '#include.*(codec|midi|sound|apps/)' || :
  list 'codecs/*' | xargs grep -nE '#include.*(apps/|"(\.\./)*core/)' || :
} | breaks "arrows point apps -> codecs -> core"

list '*.c' '*.h' '*.sh' '*.py' '*CMakeLists.txt' '.ci/run' | while read -r file; do
  head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file"
done | breaks "no SPDX line at the top"

# A declaration that programs may call stands under a comment, or in a group under one.
for header in $(list 'core/include/*.h' 'codecs/include/*.h'); do
  awk -v file="$header" '
    /^$/ { commented = 0 }
    /\/\// { commented = 1 }
    /^ARIO_API/ && !commented { print file ": " $0 }' "$header"
done | breaks "a public function without a comment"

for page in $(list '*.md'); do
  grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](//; s/)$//' | while read -r link; do
    [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
  done
done | breaks "a link that leads nowhere"

for word in samples/continue.sh tests/run.sh; do
  grep -qF "$word" README.md || echo "$word"
done | breaks "README.md does not name"

command -v clang-format >/dev/null || {
  cat "$report"
  echo "SKIP: no clang-format; the rest was checked"
  [ -s "$report" ] && exit 1
  exit 77
}
list '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 | sed -nE 's/^([^: ]+\.[ch]:[0-9]+).*/\1/p' |
  breaks "not as .clang-format wants"

cat "$report"
[ ! -s "$report" ]
