#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes files of settings from the recipes' and from what a run writes; with --long for ten minutes:
# settings.sh FUZZ_SETTINGS RECIPES ARIOSO
set -eu
seconds=${ARIO_SECONDS:-5}
[ -z "${ARIO_LONG:-}" ] || seconds=600
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds"
cp "$2"/*.json "$work/seeds"
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
"$3" train "$top/tests/midi/two_hands.mid" -o "$work/run" --channels 8 --heads 1 --layers 0 --max-context 16 --max-latents 8 \
  --steps 2 --stop-after 1 --where a=b --where c=d -q 2>"$work/err" || {
  cat "$work/err" && exit 1
}
cp "$work/run/training.json" "$work/seeds/run"
cp "$work/run/config.json" "$work/seeds/shape"
cd "$work" # what a file of settings may name is looked for here
"$1" "${seconds}s" "$work/seeds"/*
