#!/bin/sh
# SPDX-License-Identifier: MIT
# The help texts; arioso tokens, eval, render and info as a user types them; and the library's sample program ($2).
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=120
song=$top/samples/bach-prelude-c.mid

# Every line of every help text fits 80 columns.
fits() {
  runs "$arioso" "$@" --help
  wide=$(awk 'length > 80' out)
  [ -z "$wide" ] || fail "more than 80 columns in arioso $* --help: $wide"
}
fits
commands=$(sed -nE 's/^  ([a-z]+) .*/\1/p' out | grep -vx arioso)
for command in $commands; do
  fits "$command"
  holds "Usage: arioso $command"
done
[ "$(echo "$commands" | wc -l)" -ge 10 ] || fail "too few commands: $commands"

# There and back: a file of the tokens gives the same tokens.
runs "$arioso" tokens "$song" -o song.u16
runs "$arioso" tokens song.u16 -o back.mid
runs "$arioso" tokens back.mid -o back.u16
same song.u16 back.u16
runs "$arioso" tokens song.u16 --show
[ "$(head -n 1 out)" = bos ] && [ "$(tail -n 1 out)" = eos ] || fail "bos ... eos"
[ "$(wc -l <out)" = $(($(wc -c <song.u16) / 2)) ] || fail "a line for each token"

# The blocks of eval, one pass and JSON; sums over files are sums.
runs "$arioso" eval piano-free "$song" --by-position # the mean of the places, as long as they are, is that of all
awk '/from/ { sum += $1 * $2; count += $2; places++ } /nats/ { mean = $1
  for (i = 1; i < NF; i++) if ($i == "over") all = $(i + 1) } END {
  exit !(places > 2 && count == all && sum / count - mean < 1e-4 && mean - sum / count < 1e-4) }' out ||
  fail "places that are not the whole: $(cat out)"
runs "$arioso" eval piano-free "$song" back.mid --json --per-file
holds '"nll"'
runs "$arioso" eval piano-free "$song"
holds "$(($(wc -c <song.u16) / 2 - 1)) tokens"
runs "$arioso" eval piano-free --tokens song.u16 --latents 100 --json
holds '"tokens":	100'
runs "$arioso" eval piano-free "$song" --stride 100 --latents 200 --context 500

# The same samples every time, in any format.
runs "$arioso" render "$song" -o a.wav
runs "$arioso" render "$song" -o b.wav
same a.wav b.wav
runs "$arioso" render "$song" -o c.flac --format s24 --rate 48000 --normalize --tail 1
runs "$arioso" render "$song" -o d.ogg
runs "$arioso" render "$song" -o e.wav --format float --gain 9
holds 'turned down'

runs "$arioso" info "$song"
holds 'notes'
runs "$arioso" info piano-free --json
holds '"session_bytes"'
ARIOSO_MODELS="$top/models" runs "$arioso" info piano-free
runs "$arioso" --version
holds 'arioso '
holds 'kernels: '

runs "$2" "$top/models/piano-free" "$song" from-code.mid 7
runs "$arioso" info from-code.mid
holds Arioso
