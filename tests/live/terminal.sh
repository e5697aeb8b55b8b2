#!/bin/sh
# SPDX-License-Identifier: MIT
# A person at a terminal: keys and the line of `play` and `jam`, in tmux: terminal.sh PROGRAM SAMPLES
set -eu
. "$(dirname -- "$0")/rig.sh"
samples=$2
need tmux pulseaudio pactl parec /usr/bin/python3 mkfifo
tmux_is="tmux -L arioso$$"
at_end() { $tmux_is kill-server 2>/dev/null || :; }
pulse_begin "$work/rig"

fail() {
  echo "$*"
  $tmux_is capture-pane -p -t live 2>/dev/null || :
  exit 1
}
# shows PATTERN: the screen shows it, now or within five seconds
shows() {
  for try in $(seq 50); do
    ! $tmux_is capture-pane -p -t live | grep -qE "$1" || return 0
    sleep 0.1
  done
  fail "the screen does not show: $1"
}
key() { $tmux_is send-keys -t live "$@"; }

$tmux_is new-session -d -s live -x 180 -y 24 sh
echo "== play: another take, and the end"
key "'$program' play '$samples/satie-gymnopedie.mid' --to 0:05 --rate 48000 -o out.mid --seed 1; echo status \$?" Enter
shows "bar [0-9]+ +[0-9]+ notes .* ahead"
! $tmux_is capture-pane -p -t live | grep -qE "underrun|latents" || fail "underruns or fewer latents"
sleep 6
key n
sleep 3
[ -s out-1.mid ] || fail "the take that was given up is not kept"
key q
shows "saved as out.mid; 0 underruns"
shows "status 0"
sleep 1
cp rig/captured.raw captured.raw
"$program" render out.mid --rate 48000 --format float -o out.wav >/dev/null
/usr/bin/python3 "$here/same.py" captured.raw out.wav --but-last 1.1 || fail "not what was saved"
cmp -s out.mid out-1.mid && fail "both takes are the same"

echo "== play: a pause"
key "clear; '$program' play '$samples/satie-gymnopedie.mid' --rate 48000; echo status \$?" Enter
shows "ahead"
key Space
shows "^paused"
$tmux_is capture-pane -p -t live | grep paused >one.txt
sleep 1
$tmux_is capture-pane -p -t live | grep paused >two.txt
cmp -s one.txt two.txt || fail "time goes on in the pause: $(cat one.txt two.txt)"
key Space
sleep 1
! $tmux_is capture-pane -p -t live | grep -q "^paused" || fail "it does not go on"
key C-c
shows "status 0"

echo "== jam: an answer, and no note stuck"
mkfifo keys
key "clear; '$program' jam -i ./keys --answer-after 60 --answer-seconds 20 --seed 1; echo status \$?" Enter
shows "listening +0 notes"
exec 3<>keys
printf '\220\074\100' >&3 # a key that is never let go
shows "1 notes"
key a
shows "answering"
key p
shows "listening .*1 answer,"
key q
shows "status 0"
pulse_end
"$program" info jam.mid | grep -q "player" || fail "the session is not saved"
/usr/bin/python3 - <<'END' || fail "a note is stuck"
import mido
for track in mido.MidiFile("jam.mid").tracks:
    down = set()
    for m in track:
        if m.type == "note_on" and m.velocity: down.add(m.note)
        elif m.type in ("note_on", "note_off"): down.discard(m.note)
    assert not down, down
END
echo "all as it should be"
