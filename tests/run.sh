#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds and runs every test: sh tests/run.sh [--long]
# First under the address and undefined-behaviour sanitizers, then in plain C, the threads under their sanitizer, and as
# users build it. --long: also what takes long (all files, longer fuzzing).
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"
case ${1:-} in
--long) ARIO_LONG=1 && export ARIO_LONG ;;
'') ;;
*) echo "usage: sh tests/run.sh [--long]" >&2 && exit 2 ;;
esac
sh samples/setup.sh --tests
jobs=$(nproc)

# build PRESET TARGETS...
build() {
  preset=$1
  shift
  cmake --preset "$preset" -DARIO_WERROR=ON >"$top/build/$preset.log" 2>&1 &&
    cmake --build --preset "$preset" -j "$jobs" -- "$@" >>"$top/build/$preset.log" 2>&1 || {
    tail -n 40 "$top/build/$preset.log" >&2
    echo "run.sh: the build \"$preset\" failed" >&2
    exit 1
  }
}

mkdir -p build
build sanitize
echo "== sanitizers: address, undefined"
ASAN_OPTIONS=allocator_may_return_null=1 ARIO_SECONDS=60 ctest --preset sanitize -LE plain-only
build plain
echo "== plain C, without kernels for this processor"
ctest --preset plain -R '^test_(products|kernels|weights|allocation|parity|steps|gradients|session|training)$'
build thread test_session test_kernels test_training test_live test_live_sound
echo "== sanitizer: thread"
# FluidSynth loads SoundFonts with OpenMP, which the thread sanitizer does not understand.
OMP_NUM_THREADS=1 ctest --preset thread -R '^test_(session|kernels|training|live|live_sound)$'
build release
echo "== as users build it"
ctest --preset release -E '^live_'
# Real time: a machine that is shared is sometimes away for longer than any buffer lasts, so these have two tries.
echo "== live, against sound servers"
ctest --preset release -R '^live_' --repeat until-pass:2
