#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the file that a run of training is resumed from; with --long for ten minutes: state.sh FUZZ_STATE
set -eu
seconds=${ARIO_SECONDS:-5}
[ -z "${ARIO_LONG:-}" ] || seconds=600
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ARIO_FUZZ_SEED=$work/state "$1" 0 "$0" >"$work.log" || { cat "$work.log" && exit 1; }
rm "$work.log"
"$1" "${seconds}s" "$work"/*
