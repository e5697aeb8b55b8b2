#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Writes the prompts of this folder: python3 prompts.py [FOLDER]

The scores below are our own transcriptions of music in the public domain. A score is text: notes with their
lengths, bar lines that are checked, and curves of tempo and loudness; small seeded deviations and the pedal make
it sound played. The same files every time, with nothing but Python.
"""
import random
import struct
import sys
from pathlib import Path

TICKS = 480  # a quarter
GAP = 12     # ticks by which a key is up before it is struck again
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch(name):
    """C4 is 60; F#5, Bb3."""
    return 12 * (int(name[-1]) + 1) + STEPS[name[0]] + name.count("#") - name[1:].count("b")


def notes(score, unit, bar, start=0.0):
    """Text -> [(begin, length, pitch)] in quarters. Words: F#5 one unit long, F#5:3 three, C4+E4 a chord, - a
    rest; | ends a bar, which must be full."""
    now, out = start, []
    for number, words in enumerate(score.split("|"), 1):
        begin = now
        for word in words.split():
            name, _, length = word.partition(":")
            length = float(length or 1) * unit
            if name != "-":
                out += [(now, length, pitch(n)) for n in name.split("+")]
            now += length
        if abs(now - begin - bar) > 1e-9:
            raise ValueError(f"bar {number} lasts {now - begin} quarters, not {bar}: {words}")
    return out


def curve(points, at):
    """The value at `at` of straight lines through [(position, value)]."""
    for (a, x), (b, y) in zip(points, points[1:]):
        if at < b:
            return x + (y - x) * max(at - a, 0) / (b - a)
    return points[-1][1]


def number(value):
    """A MIDI number of variable length."""
    out = [value & 127]
    while value := value >> 7:
        out.insert(0, 128 | value & 127)
    return bytes(out)


def track(events):
    """[(tick, order, bytes)] -> a chunk; of one tick the lower order comes first."""
    body, now = b"", 0
    for tick, _, data in sorted(events):
        body += number(tick - now) + data
        now = tick
    body += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(body)) + body


def meta(kind, data):
    return b"\xff" + bytes([kind]) + number(len(data)) + data


def conductor(piece):
    events = [(0, 0, meta(3, piece["title"].encode())), (0, 0, meta(2, b"CC0"))]
    for at, count, unit in piece["meters"]:
        power = unit.bit_length() - 1
        clock = 36 if (count, unit) == (3, 8) else 24 * 4 // unit
        events.append((round(at * TICKS), 1, meta(0x58, bytes([count, power, clock, 8]))))
    events.append((0, 2, meta(0x59, struct.pack("bB", *piece["key"]))))
    now, last = 0.0, None
    while now < piece["end"]:
        tempo = round(60e6 / curve(piece["tempo"], now))
        if tempo != last:
            events.append((round(now * TICKS), 3, meta(0x51, struct.pack(">I", tempo)[1:])))
        now, last = now + 0.5, tempo
    return track(events)


def perform(piece):
    """Both hands' notes as a player's: [(hand, begin, end, pitch, velocity)] in ticks."""
    chance, played = random.Random(piece["title"]), []
    for hand, voices in enumerate(piece["hands"]):
        for softer, part in voices:
            for begin, length, key in part:
                level = curve(piece["loudness"], begin) - softer + 5 * chance.random() - 2.5
                level += piece["accent"](hand, begin, key)
                late = 9 * chance.random() + (5 if hand else 0)  # the right hand leads
                at = round(begin * TICKS + (late if begin else 0))
                end = min(round((begin + length * 0.97) * TICKS), round(piece["end"] * TICKS))
                played.append([hand, at, max(end, at + 30), key, max(1, min(127, round(level)))])
    played.sort(key=lambda n: n[1])
    for i, note in enumerate(played):
        again = [n[1] for n in played[i + 1:] if n[3] == note[3]]
        if again:
            note[2] = min(note[2], again[0] - GAP)
    return played


def midi(piece):
    hands = [[(0, 0, meta(3, b"Right hand"))], [(0, 0, meta(3, b"Left hand"))]]
    for hand in hands:
        hand.append((0, 1, b"\xc0\0"))
    for hand, at, end, key, velocity in perform(piece):
        hands[hand] += [(at, 3, bytes([0x90, key, velocity])), (end, 2, bytes([0x80, key, 64]))]
    for down, up in piece["pedal"]:
        hands[1] += [(round(down * TICKS), 4, b"\xb0\x40\x7f"), (round(up * TICKS), 4, b"\xb0\x40\0")]
    return b"MThd" + struct.pack(">IHHH", 6, 1, 3, TICKS) + conductor(piece) + track(hands[0]) + track(hands[1])


def bach():
    """Each bar is one chord, broken twice: two notes held by the left hand, three thrice by the right."""
    chords = """C4 E4 G4 C5 E5 | C4 D4 A4 D5 F5 | B3 D4 G4 D5 F5 | C4 E4 G4 C5 E5 | C4 E4 A4 E5 A5 | C4 D4 F#4 A4 D5
        | B3 D4 G4 D5 G5 | B3 C4 E4 G4 C5 | A3 C4 E4 G4 C5 | D3 A3 D4 F#4 C5 | G3 B3 D4 G4 B4"""
    right, bass, tenor = [], [], []
    for chord in chords.split("|"):
        a, b, c, d, e = chord.split()
        for _ in range(2):
            right.append(f"-:2 {c} {d} {e} {c} {d} {e}")
            bass.append(f"{a}:8")
            tenor.append(f"- {b}:7")
    hands = [[(4, "|".join(right))], [(0, "|".join(bass)), (4, "|".join(tenor))]]
    return {
        "title": "J. S. Bach: Prelude in C major, BWV 846 (opening)", "key": (0, 0), "meters": [(0, 4, 4)],
        "hands": [[(softer, notes(text, 0.25, 2)) for softer, text in hand] for hand in hands],
        "tempo": [(0, 66), (4, 71), (30, 73), (38, 70), (42, 66), (44, 58)],
        "loudness": [(0, 70), (8, 79), (12, 74), (18, 86), (24, 85), (30, 76), (36, 73), (42, 66), (44, 62)],
        "accent": lambda hand, at, key: 4 if at % 2 == 0 else 3 if hand == 0 and at % 1 == 0 else 0,
        "pedal": [(bar * 4 + 0.2, bar * 4 + (4 if bar == 10 else 3.97)) for bar in range(11)], "end": 44.0,
    }


def beethoven():
    """An upbeat of two sixteenths, then eight bars of 3/8, played twice."""
    def right(ending):
        return f"""E5 D#5 E5 B4 D5 C5 | A4:2 - C4 E4 A4 | B4:2 - E4 G#4 B4 | C5:2 - E4 E5 D#5
            | E5 D#5 E5 B4 D5 C5 | A4:2 - C4 E4 A4 | B4:2 - E4 C5 B4 | {ending}"""
    left = """-:6 | A2 E3 A3 -:3 | E2 E3 G#3 -:3 | A2 E3 A3 -:3
            | -:6 | A2 E3 A3 -:3 | E2 E3 G#3 -:3 | A2 E3 A3 -:3"""
    melody = right("A4:4 E5 D#5") + "|" + right("A4:6")
    upbeat = 0.5
    broken = [upbeat + 1.5 * bar for bar in range(16) if bar % 4]  # where the left hand plays
    return {
        "title": "L. van Beethoven: F\u00fcr Elise, WoO 59 (opening)", "key": (0, 1),
        "meters": [(0, 1, 8), (upbeat, 3, 8)],
        "hands": [[(0, notes("E5 D#5", 0.25, 0.5) + notes(melody, 0.25, 1.5, upbeat))],
                  [(9, notes(left + "|" + left, 0.25, 1.5, upbeat))]],
        "tempo": [(0, 58), (1, 66), (5, 69), (11, 66), (12.5, 60), (14, 67), (22, 68), (23.5, 60), (24.5, 48)],
        "loudness": [(0, 68), (2, 74), (5, 82), (6.5, 74), (8, 76), (11, 80), (12.5, 68), (14, 72), (17, 83), (20, 74),
                     (22.5, 76), (24.5, 62)],
        "accent": lambda hand, at, key: 5 if (at - upbeat) % 1.5 == 0 else 0,
        "pedal": [(at + 0.06, at + (1 if at < 23 else 1.5)) for at in broken], "end": 24.5,
    }


def satie():
    """A bass and a chord a bar, Gmaj7 and Dmaj7 by turns; above them a melody from the fifth bar on."""
    melody = """-:3|-:3|-:3|-:3| - F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 | F#4:3 |-:3|-:3|-:3
        | - F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3"""
    bass = "|".join(["G2:3|D2:3"] * 8)
    chords = "|".join(["- B3+D4+F#4:2|- A3+C#4+F#4:2"] * 8)
    return {
        "title": "E. Satie: Gymnop\u00e9die No. 1 (opening)", "key": (2, 0), "meters": [(0, 3, 4)],
        "hands": [[(0, notes(melody, 1, 3))], [(8, notes(bass, 1, 3)), (17, notes(chords, 1, 3))]],
        "tempo": [(0, 74), (6, 80), (14, 84), (22, 78), (26, 76), (36, 80), (40, 84), (45, 76), (48, 66)],
        "loudness": [(0, 74), (12, 77), (15, 86), (18, 88), (22, 80), (30, 72), (36, 78), (39, 88), (42, 86), (48, 74)],
        "accent": lambda hand, at, key: 0,
        "pedal": [(bar * 3 + 0.2, bar * 3 + (3 if bar == 15 else 2.97)) for bar in range(16)], "end": 48.0,
    }


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    for name, piece in (("bach-prelude-c", bach), ("beethoven-elise", beethoven), ("satie-gymnopedie", satie)):
        (folder / f"{name}.mid").write_bytes(midi(piece()))


if __name__ == "__main__":
    main()
