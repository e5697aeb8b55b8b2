#!/bin/sh
# SPDX-License-Identifier: MIT
# models/audio-codec, which `encode` and `decode` take by default: what it makes of a piano is like it, and each further level brings
# it nearer. models/audio-piano, which `continue` takes for sound: what it adds is neither silent nor out of proportion. Their cards have the
# figures; the bounds here are wide of them, for another SoundFont, and for processors that draw other tokens.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=$((limit + 20))
need_python numpy # to compare sound with

runs "$arioso" render "$top/samples/bach-prelude-c.mid" -o in.wav --rate 24000
for levels in 1 3 8; do
  runs "$arioso" encode in.wav -o x.tok --levels $levels
  runs "$arioso" decode x.tok -o "out$levels.wav"
done
PYTHONDONTWRITEBYTECODE=1 $python - "$top/models/recipes" in.wav out1.wav out3.wav out8.wav <<'END' || fail "the codec does badly"
import sys
sys.path.insert(0, sys.argv[1])
from audio_judge import distances, read_wav
x = read_wav(sys.argv[2])[0]
found = [distances(x, read_wav(name)[0]) for name in sys.argv[3:]]
silence = distances(x, 0 * x)[0]
print("1, 3 and 8 levels:", ", ".join(f"{far:.2f}" for far, _, _ in found), f"dB; silence: {silence:.2f} dB")
assert all(abs(lag) <= 2 for _, _, lag in found)
assert found[0][0] > found[1][0] > found[2][0] and found[2][0] < 6 < silence / 3
END

runs "$arioso" continue "$top/samples/bach-prelude-c.wav" -s 10 --seed 1 -o on.wav
PYTHONDONTWRITEBYTECODE=1 $python - "$top/models/recipes" "$top/samples/bach-prelude-c.wav" on.wav <<'END' || fail "it does not go on well"
import sys
sys.path.insert(0, sys.argv[1])
from audio_continuations import by_time, loudness
from audio_judge import RATE, read_wav
prompt, whole = (read_wav(name)[0] for name in sys.argv[2:])
kept = len(prompt) - RATE // 50
assert len(whole) == len(prompt) + 10 * RATE and (whole[:kept] == prompt[:kept]).all()
seconds = by_time(whole[len(prompt):], 1) - loudness(prompt)
print("loudness over the prompt's, second by second:", " ".join(f"{x:+.1f}" for x in seconds))
assert len(seconds) == 10 and abs(seconds.mean()) < 15 and seconds.max() < 20
END
