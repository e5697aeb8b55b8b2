#!/bin/sh
# SPDX-License-Identifier: MIT
# A person at a terminal of 80 columns, and of fewer: the lines of play and jam, and their answers to keys; help and bench.
set -eu
. "$(dirname -- "$0")/lib.sh"
need_python pty
cp "$top/samples/satie-gymnopedie.mid" song.mid
no_sound_server

# person COLUMNS KEYS WORDS...: runs a command at a terminal and presses a key each 0.4 s; what it writes is in out, and
# each state of its line in lines.
person() {
  $python - "$@" <<'END' || fail "at a terminal: $*"
import fcntl, os, pty, select, struct, sys, termios, time
columns, keys, words = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    time.sleep(0.2) # the size is set meanwhile
    os.execv(words[0], words)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
shown, begun, pressed, end = b"", None, 0, time.time() + 60
while time.time() < end:
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            some = os.read(terminal, 4096)
        except OSError:
            break
        if not some: break
        shown += some
    if begun is None and b"\r\x1b[K" in shown: begun = time.time()
    if begun and pressed < len(keys) and time.time() - begun > 0.4 * (pressed + 1):
        os.write(terminal, keys[pressed].encode())
        pressed += 1
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
open("out", "wb").write(shown)
lines = [l.split("\r")[0] for l in shown.decode().split("\r\x1b[K")[1:]]
open("lines", "w").write("\n".join(lines[:-1]) + "\n") # the last is the report
assert status == 0, status
assert len(lines) > 5, lines
for line in lines[:-1]: assert len(line) < columns, (len(line), line)
END
}
# shown PATTERN: some state of the line was so
shown() { grep -qE "$1" lines || fail "the line was never: $1, but $(sort -u lines | tail -n 3)"; }

person 80 '  nxq' "$arioso" play song.mid --midi-out /dev/null --seed 1 --to 0:03
shown '^[0-9.]+ s  bar [0-9]+  [0-9]+ notes  [0-9.]+ s ahead  space pauses, n another, q ends$'
shown '^paused [0-9.]+ s  space goes on'
shown ' goes on  bar'
shown 'another continuation from here'
shown 'x is no key here'
shown '  ends'
! grep -E 'latents|underrun' lines || fail "what no musician asks for"
person 30 'Q' "$arioso" play song.mid --midi-out /dev/null --seed 1 --to 0:03
shown '^[0-9.]+ s  bar [0-9]+  [0-9]+ notes$'
mkfifo keys
person 80 'xapq' "$arioso" jam -i ./keys --midi-out /dev/null
shown '^[0-9.]+ s  listening  0 notes, 0 answers  a answers, p stops notes, q ends$'
shown 'x is no key here'
shown 'play something first'
shown 'all notes stopped'

# narrow: no line of the last output is longer than 80 columns
narrow() { ! grep -E '.{81}' out || fail "more than 80 columns: $*"; }
runs "$arioso" --help
narrow
for command in $(sed -n 's/^  \([a-z]*\)  .*/\1/p' out); do
  runs "$arioso" $command --help
  narrow $command
done
limit=$((limit + 60))
runs "$arioso" bench --work generate --channels 32 --layers 1 --heads 2 --max-context 64 --max-latents 32
narrow bench
echo "all as it should be"
