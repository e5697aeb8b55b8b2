#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of others on the installed library: package.sh BUILD MODELS
# Installs the build folder BUILD and moves what was installed. Then the sample program and one in C++ are built by
# find_package(arioso) and by pkg-config, on the shared and on the static library, and all must make the same music. MODELS: ON if
# models are to be installed.
set -eu
build=$1 models=$2
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset LD_LIBRARY_PATH CMAKE_PREFIX_PATH
fail() {
  echo "FAIL: $*" >&2
  [ ! -s log ] || tail -n 20 log >&2
  exit 1
}
runs() { "$@" >log 2>&1 || fail "status $?: $*"; }

runs cmake --install "$build" --prefix "$work/made"
mv made moved
library=$(dirname "$(find "$work/moved" -name libarioso.a)")
PKG_CONFIG_PATH=$library/pkgconfig && export PKG_CONFIG_PATH
! grep -rnF -e "$work/made" -e "$top" "$library/cmake" "$library/pkgconfig" >&2 || fail "folders that are not there any more"
! readelf -d "$library/libarioso.so" | grep -E 'RPATH|RUNPATH' >&2 || fail "a search path in libarioso.so"
if [ "$models" = ON ]; then
  [ -s moved/share/arioso/models/piano-free/model.safetensors ] || fail "no models"
  [ ! -e moved/share/arioso/models/recipes ] || fail "recipes are no models"
  for model in moved/share/arioso/models/*/; do
    grep -q "^| $(basename "$model") | " moved/share/arioso/models/LICENSE.md || fail "no licence of $model"
  done
  # The program finds them from where it is now, by itself and by a link to it.
  ! grep -qF -e "$work/made" -e "$top" moved/bin/arioso || fail "folders in the program that may not be there any more"
  unset ARIOSO_MODELS
  ln -s moved/bin/arioso linked
  for program in moved/bin/arioso ./linked; do
    runs "$program" info piano-free
    grep -q moved/share/arioso/models/piano-free log || fail "$program finds another model"
  done
  cp moved/bin/arioso alone
  ! ./alone info piano-free >log 2>&1 && grep -q 'no model of this name' log || fail "a program alone finds models"
else
  [ ! -e moved/share ] || fail "models without the program: $(find moved/share)"
fi

# check KIND CONTINUE SONG: the right library, and the same music as the first program's
check() {
  case $1 in
  shared) readelf -d "$2" | grep -q 'NEEDED.*libarioso\.so' || fail "$2 does without libarioso.so" ;;
  *) ! readelf -d "$2" | grep -q 'NEEDED.*libarioso\.so' || fail "$2 needs libarioso.so" ;;
  esac
  runs "$2" "$top/models/piano-free" "$top/samples/bach-prelude-c.mid" now.mid 1
  [ -e first.mid ] || cp now.mid first.mid
  cmp now.mid first.mid || fail "$2 makes other music"
  [ -z "${3:-}" ] || { runs "$3" "$top/samples/bach-prelude-c.mid" && grep -q '^[1-9][0-9]* tokens$' log || fail "$3"; }
}

cxx=
! command -v c++ >/dev/null || cxx=CXX
for kind in shared static; do
  runs cmake -S "$top/tests/outside" -B "cmake-$kind" -DCMAKE_PREFIX_PATH="$work/moved" -DKIND=$kind -DLANGUAGES="C;$cxx"
  runs cmake --build "cmake-$kind"
  check $kind "cmake-$kind/continue" ${cxx:+"cmake-$kind/song"}
done
! cmake -S "$top/tests/outside" -B none -DCMAKE_PREFIX_PATH="$work/moved" -DKIND=round >log 2>&1 && grep -q 'no component "round"' log ||
  fail "there is a component \"round\""

# Our include folder and no other.
flags=$(echo $(pkg-config --cflags arioso)) # without a space in the end
[ "${flags#* }" = "$flags" ] && [ "$(realpath "${flags#-I}")" = "$(realpath moved/include)" ] || fail "pkg-config --cflags: $flags"
# One that has the static library alone.
for kind in shared static; do
  option= path="-Wl,-rpath,$(pkg-config --variable=libdir arioso)"
  [ $kind = shared ] || option=--static path=
  [ $kind = shared ] || rm "$library"/libarioso.so*
  runs cc -std=c11 "$top/samples/code/continue.c" -o "continue-$kind" $(pkg-config $option --cflags --libs arioso) $path
  [ -z "$cxx" ] || runs c++ "$top/tests/outside/song.cpp" -o "song-$kind" $(pkg-config $option --cflags --libs arioso) $path
  check $kind "./continue-$kind" ${cxx:+"./song-$kind"}
done
[ -n "$cxx" ] || { echo "SKIP: there is no C++ compiler (Debian: g++); C was tried" && exit 77; }
