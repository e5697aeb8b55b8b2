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

list 'apps/*.c' ':!apps/cli/print.c' ':!apps/cli/options.c' ':!apps/main.c' ':!apps/commands/bench*' |
  xargs grep -nE '(^|[^a-z_])(printf|puts|putchar)[[:space:]]*\(' | breaks "reports of apps are printed by ario__print"

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

sources() { list 'core/*.[ch]' 'codecs/*.[ch]' 'apps/*.[ch]'; }

sources | xargs grep -nE '^#[[:space:]]*include "' | grep -vE '"(arioso|core|codecs|apps)/[^."]+\.[ch]"' |
  breaks "an include that does not begin at the top of the tree"

# Which rooms a room may include, itself apart. Core and codecs see their own rooms and public headers of core; a codec's
# room sees no other codec's; apps see the public headers of both.
sources | xargs awk '
  BEGIN {
    may["core/base"] = ""
    may["core/math"] = "core/base"
    may["core/model"] = "core/math core/base"
    may["core/session"] = may["core/train"] = "core/model core/math core/base"
    may["core/include"] = may["codecs/include"] = ""
    may["codecs/midi"] = may["codecs/audio"] = may["codecs/raw"] = "codecs"
    may["codecs"] = "codecs/midi codecs/audio codecs/raw"
    may["apps/cli"] = ""
    may["apps/draw"] = may["apps/generate"] = "apps/cli"
    may["apps/live"] = "apps/draw apps/generate apps/cli"
    may["apps/midi"] = may["apps/audio"] = "apps/live " may["apps/live"]
    may["apps/commands"] = "apps/midi apps/audio " may["apps/midi"]
    may["apps"] = "apps/cli apps/commands"
    owner["midi"] = owner["statistics"] = "codecs/midi"
    owner["audio"] = owner["audio_codes"] = owner["audio_file"] = owner["sound"] = owner["resample"] = "codecs/audio"
    owner["raw"] = "codecs/raw"
  }
  # The room of a path: core/math of core/math/gemm.h, apps of apps/main.c.
  function room(path, part, parts) {
    parts = split(path, part, "/")
    return parts > 2 ? part[1] "/" part[2] : part[1]
  }
  function exists(path, line, found) {
    found = (getline line <path) >= 0
    close(path)
    return found
  }
  /^#[[:space:]]*include "/ {
    split($0, quoted, "\"")
    from = room(FILENAME)
    to = room(quoted[2])
    if (to == "arioso") {
      name = substr(quoted[2], 8, length(quoted[2]) - 9)
      wrong = (from ~ /^core/ && !exists("core/include/" quoted[2])) ||
              (from ~ /^codecs\/(midi|audio|raw)$/ && name in owner && owner[name] != from)
    } else
      wrong = !(from in may) || (to != from && index(" " may[from] " ", " " to " ") == 0)
    if (wrong) print FILENAME ":" FNR ": " $0
  }' | breaks "arrows point apps -> codecs -> core, and between rooms as docs/architecture.md says"

# NAME.c and NAME.h belong together, in one room; a public header may share the name.
sources | grep -v /include/ | sed -E 's|^(.*)/([^/]*)\.[ch]$|\2 \1|' | sort -u |
  awk '{ rooms[$1] = rooms[$1] " " $2; count[$1]++ } END { for (name in count) if (count[name] > 1) print name ":" rooms[name] }' |
  sort | breaks "a file name is used twice"

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

for header in $(list 'core/include/*.h' 'codecs/include/*.h'); do
  name=arioso/$(basename "$header")
  [ "$name" = arioso/arioso.h ] || grep -qE "#include \"$name\" +//" codecs/include/arioso/arioso.h || echo "$header"
done | breaks "arioso.h does not include, and say what it is"

for page in $(list '*.md'); do
  grep -oE '\]\([^):]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | while read -r link; do
    [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
  done
done | breaks "a link that leads nowhere"

# Tables have no line breaks.
for page in $(list '*.md'); do
  LC_ALL=C.UTF-8 grep -nE '^[^|].{120,}' "$page" | sed "s|^|$page:|"
done | breaks "longer than 120 characters"

[ "$(wc -l <README.md)" -le 120 ] || echo "$(wc -l <README.md) lines" | breaks "README.md has more than 120 lines"

# Older commits were made before this rule; an archive or a shallow clone has none of them.
before=3660208ee778402d238b10b8517ec01872fe1dcf
if git cat-file -e "$before^{commit}" 2>/dev/null; then
  git log --format='%h %s' "$before.." | grep -E '^[^ ]+ .{61,}' | breaks "a commit subject of more than 60 characters"
fi

for word in samples/continue.sh tests/run.sh; do
  grep -qF "$word" README.md || echo "$word"
done | breaks "README.md does not name"

# Each version of clang-format sets some lines in its own way; 14, of Debian 12, is the one that counts.
version=$(clang-format --version 2>/dev/null | sed -nE 's/.*version ([0-9]+).*/\1/p')
[ "$version" = 14 ] || {
  cat "$report"
  echo "SKIP: the format is checked with clang-format 14, and here is ${version:-none}; the rest was checked"
  [ -s "$report" ] && exit 1
  exit 77
}
list '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 | sed -nE 's/^([^: ]+\.[ch]:[0-9]+).*/\1/p' |
  breaks "not as .clang-format wants"

cat "$report"
[ ! -s "$report" ]
