#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian or Ubuntu packages that Arioso needs, once; does nothing when they are there.
#   sh samples/setup.sh            what the program needs
#   sh samples/setup.sh --tests    and what its tests need
set -eu

packages="gcc libc6-dev make cmake pkg-config
libsmf-dev libsndfile1-dev libsamplerate0-dev libkissfft-dev libopenblas-dev libcjson-dev libfluidsynth-dev portaudio19-dev libcairo2-dev libpng-dev
timgm6mb-soundfont fonts-dejavu-core"
# oneDNN 2, for processors with AMX: not every system has it, and everything works without it.
optional=libdnnl-dev
[ "${1:-}" != --tests ] || packages="$packages
git g++ libcmocka-dev pulseaudio pulseaudio-utils libasound2-plugins jackd2 libjack-jackd2-dev tmux
clang libclang-rt-dev clang-format python3-torch python3-numpy python3-mido"

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
  echo "setup: this is not Debian or Ubuntu; install the equivalents of these packages, then build with cmake:"
  echo $packages
  echo "and, optionally: $optional"
  exit 0
}

missing=
for package in $packages; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
  installed) ;;
  *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing"
root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup: this needs root: run as root, or install sudo:  apt-get install$missing" >&2
    exit 1
  }
  root=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "setup: apt-get failed; its last lines are above" >&2
  exit 1
fi
for package in $optional; do
  ! apt-cache show "$package" 2>/dev/null | grep -q '^Version: 2\.' ||
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >"$log" 2>&1 ||
    echo "setup: $package could not be installed; it is optional"
done
