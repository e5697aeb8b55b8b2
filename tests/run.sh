#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds and runs every test: sh tests/run.sh [--long]
# First under the address and undefined-behaviour sanitizers, then in plain C, the threads under their sanitizer, and as
# users build it. --long: also what takes long (all files, longer fuzzing, every check in the kernels for AVX-512).
# As many tests run at a time as there are cores; those that keep time run alone (RUN_SERIAL in CMakeLists.txt).
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"
sanitize=-DARIO_SANITIZE_ALL=OFF
case ${1:-} in
--long) ARIO_LONG=1 && export ARIO_LONG && sanitize=-DARIO_SANITIZE_ALL=ON ;;
'') ;;
*) echo "usage: sh tests/run.sh [--long]" >&2 && exit 2 ;;
esac
sh samples/setup.sh --tests
jobs=$(nproc)
system=$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME") || system=$(uname -sr)
echo "== $system, $(uname -m), $(cc --version | head -n 1), $jobs cores"

# build PRESET TARGETS...
build() {
  preset=$1
  shift
  cmake --preset "$preset" -DARIO_WERROR=ON $sanitize >"$top/build/$preset.log" 2>&1 &&
    cmake --build --preset "$preset" -j "$jobs" -- "$@" >>"$top/build/$preset.log" 2>&1 || {
    tail -n 40 "$top/build/$preset.log" >&2
    echo "run.sh: the build \"$preset\" failed" >&2
    exit 1
  }
}

mkdir -p build
build sanitize
echo "== sanitizers: address, undefined"
ASAN_OPTIONS=allocator_may_return_null=1 ARIO_SECONDS=60 ctest --preset sanitize -j "$jobs" -LE plain-only
plain="products kernels weights allocation parity steps gradients session training"
build plain arioso_static arioso_shared sample_continue $(printf 'test_%s ' $plain)
echo "== plain C, without kernels for this processor; and the library without the program, as others use it"
ctest --preset plain -j "$jobs" -R "^(package|test_($(echo $plain | tr ' ' '|')))\$"
build thread test_session test_kernels test_training test_live test_live_sound
echo "== sanitizer: thread"
# FluidSynth loads SoundFonts with OpenMP, which the thread sanitizer does not understand.
OMP_NUM_THREADS=1 ctest --preset thread -j "$jobs" -R '^test_(session|kernels|training|live|live_sound)$'
build release
echo "== as users build it"
ctest --preset release -j "$jobs" -E '^live_'
# Real time: a machine that is shared is sometimes away for longer than any buffer lasts, so these have two tries.
echo "== live, against sound servers"
ctest --preset release -R '^live_' --repeat until-pass:2
