#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the MIDI files of this folder, and the broken ones in broken/, from nothing but this script.

  python3 tests/midi/make.py

Each file is one rule of reading or writing; the music is made up. Bytes are put together by hand, because a
MIDI library would write none of the odd things.
"""
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
END = b"\xff\x2f\x00"


def vlq(n):
    out = bytes([n & 127])
    while n >> 7:
        n >>= 7
        out = bytes([n & 127 | 128]) + out
    return out


def chunk(name, data):
    return name + struct.pack(">L", len(data)) + data


def head(kind, tracks, division):
    return chunk(b"MThd", struct.pack(">HHH", kind, tracks, division & 0xFFFF))


def smpte(frames, ticks):
    return (256 - frames) << 8 | ticks


def track(*events, end=0, delta_end=True):
    """Events are (delta, bytes)."""
    data = b"".join(vlq(d) + e for d, e in events)
    return chunk(b"MTrk", data + (vlq(end) + END if delta_end else b""))


def timed(events, end=0):
    """A track of (tick, bytes), in any order."""
    now, row = 0, []
    for t, e in sorted(events, key=lambda x: x[0]):
        row.append((t - now, e))
        now = t
    return track(*row, end=end)


def meta(kind, data):
    return b"\xff" + bytes([kind]) + vlq(len(data)) + data


def tempo(microseconds):
    return meta(0x51, struct.pack(">L", microseconds)[1:])


def meter(beats, power):
    return meta(0x58, bytes([beats, power, 24, 8]))


def on(p, v=80, c=0):
    return bytes([0x90 | c, p, v])


def off(p, c=0):
    return bytes([0x80 | c, p, 64])


def cc(n, v, c=0):
    return bytes([0xB0 | c, n, v])


def program(n, c=0):
    return bytes([0xC0 | c, n])


def note(t, length, p, v=80, c=0):
    return [(t, on(p, v, c)), (t + length, off(p, c))]


def chords(start, step, c=0):
    """A little progression, one chord a step."""
    out = []
    for i, root in enumerate((60, 65, 67, 60)):
        for k, p in enumerate((root, root + 4, root + 7)):
            out += note(start + i * step, step - 10 * k - 5, p, 60 + 10 * k + i, c)
    return out


def performance(seed, count, division=480):
    """Notes with a pedal, as a hand might play them: uneven times, uneven velocities."""
    rng, now, out = random.Random(seed), 0, [(0, tempo(480000)), (0, meter(3, 2)), (0, program(0))]
    for i in range(count):
        now += rng.choice((0, 0, 61, 118, 119, 240, 243, 480))
        out += note(now, rng.randrange(1, 900), rng.randrange(36, 96), rng.randrange(20, 120))
        if i % 7 == 3:
            out += [(now + rng.randrange(100), cc(64, rng.choice((0, 30, 63, 64, 100, 127))))]
    return timed(out + [(now + 1000, cc(64, 0))], end=480)


def good():
    # Running status, note-ons of velocity 0, and a controller in between.
    running = chunk(b"MTrk", bytes([0, 0x90, 60, 80, 96, 64, 90, 96, 60, 0, 0, 64, 0, 10, 0xB0, 7, 100, 0, 0x90, 67,
                                    30, 120, 67, 0, 0]) + END)
    yield "running", head(0, 1, 120) + running
    yield "riff", b"RIFF" + struct.pack("<L", 4 + 10 + 8 + 14 + len(running)) + b"RMIDLIST" + struct.pack("<L", 1) + b"x\0" + \
        b"data" + struct.pack("<L", len(head(0, 1, 120) + running)) + head(0, 1, 120) + running
    yield "long_header", b"MThd" + struct.pack(">LHHHH", 8, 0, 1, 120, 0xABCD) + running
    yield "unknown_chunk", head(1, 1, 120) + chunk(b"XFIH", b"whatever") + running
    # Running status that goes on across a meta event.
    yield "running_meta", head(0, 1, 120) + chunk(b"MTrk", bytes([0, 0x90, 60, 80, 48]) + meta(1, b"here") +
                                                 bytes([48, 60, 0, 0, 62, 80, 96, 62, 0, 0]) + END)

    # A tempo track with changes in the middle of notes, meters, and two parts.
    conductor = track((0, meta(3, b"Conductor")), (0, meta(0x58, b"\3\2\x18\x08")), (0, tempo(500000)),
                      (300, tempo(333333)), (420, tempo(1234567)), (0, meter(6, 3)), (1000, tempo(400001)),
                      (777, meter(2, 1)), end=5)
    parts = timed([(0, meta(3, b"Right"))] + chords(0, 480)), timed([(0, meta(3, b"Left"))] + chords(240, 481, 1), 99)
    yield "tempo", head(1, 3, 480) + conductor + parts[0] + parts[1]

    for frames, ticks in ((24, 4), (25, 40), (29, 100), (30, 80)):
        yield f"smpte{frames}", head(1, 2, smpte(frames, ticks)) + track((0, tempo(250000)), (10, meter(3, 2))) + \
            timed(chords(7, frames * ticks) + note(12345, 1, 72))

    yield "middle_end", head(0, 1, 100) + chunk(
        b"MTrk", b"\0" + on(60) + vlq(50) + END + vlq(50) + off(60) + b"\0" + END + vlq(25) + on(62) + vlq(25) +
        off(62) + vlq(7) + END)

    # The pedal holds what is released, per channel; up again on the way; a note struck again under it.
    yield "pedal", head(1, 3, 500) + track((0, tempo(500000))) + \
        timed(note(0, 100, 60) + note(100, 100, 60, 90) + note(300, 50, 64) + note(0, 2000, 48) +
              [(50, cc(64, 64)), (900, cc(64, 63)), (1500, cc(64, 127)), (2500, cc(64, 0))]) + \
        timed(note(10, 300, 67, 70, 1) + note(20, 700, 60, 71, 1) + [(200, cc(64, 127, 1)), (1200, cc(64, 10, 1))])
    # A pedal for channel 0 that stands on another track.
    yield "pedal_track", head(1, 2, 500) + timed(note(0, 100, 60) + note(500, 100, 62)) + \
        timed([(50, cc(64, 127)), (450, cc(64, 0))])

    # One pitch on two channels: at once, overlapping, one inside the other.
    yield "doubled", head(1, 2, 500) + timed(note(0, 500, 60, 50) + note(600, 500, 60) + note(2000, 900, 62)) + \
        timed(note(2, 300, 60, 100, 1) + note(900, 900, 60, 20, 1) + note(2100, 100, 62, 90, 1))
    yield "drums", head(1, 2, 96) + timed(chords(0, 96)) + timed(sum((note(24 * i, 12, 36 + i, 99, 9)
                                                                      for i in range(16)), []))
    yield "only_drums", head(0, 1, 96) + timed(note(0, 48, 36, 99, 9) + note(96, 48, 38, 99, 9))
    yield "no_notes", head(1, 2, 96) + track((0, tempo(400000)), end=96) + track((0, meta(3, b"Nothing")))
    yield "zero_length", head(0, 1, 500) + timed(note(0, 0, 60) + note(0, 1, 61) + note(7, 3, 62) + note(13, 0, 60) +
                                                 note(100, 0, 70, 1) + note(100, 30, 70, 127))
    # Ticks of exactly half a step: halves go up.
    yield "halves", head(0, 1, 100) + timed(sum((note(20 + 3 * i, 1 + i, 50 + i, 8 * i + 1) for i in range(15)), []))

    yield "metas", head(1, 3, 120) + \
        track((0, meta(0, b"\0\7")), (0, meta(2, "© nobody".encode("latin1"))), (0, meta(3, "Tänze".encode())),
              (0, meta(0x59, b"\xfd\1")), (0, meta(0x54, b"\x21\1\2\3\4")), (0, meta(0x7F, b"\0\1\2raw")),
              (0, meta(1, b"long " * 60)), (5, meta(6, b"A")), (0, meter(5, 3)), (500, tempo(300000)), end=40) + \
        track((0, meta(3, b"Keys\tand\nstrings")), (0, meta(4, b"Piano")), (0, meta(0x20, b"\0")),
              (0, meta(0x21, b"\0")), (0, cc(0, 1)), (0, cc(32, 2)), (0, program(5)), (0, cc(7, 90)), (0, cc(10, 30)),
              (0, cc(91, 50)), (0, b"\xf0\x05\x7e\x7f\x09\x01\xf7"), (3, on(60)), (10, meta(5, b"la")),
              (9, b"\xe0\x00\x50"), (9, b"\xd0\x33"), (9, b"\xa0\x3c\x20"), (9, off(60)), (0, on(64, 33)),
              (60, b"\xf0\x03\x43\x12\x00"), (5, b"\xf7\x03\x43\x12\xf7"), (20, off(64)), (0, meta(7, b"cue")),
              (0, b"\xb0\x7b\x00"), end=300) + \
        timed([(0, program(40, 3))] + note(11, 222, 43, 44, 3) + note(400, 100, 50, 44, 3))

    # 8 ticks a quarter, slow: a tick is far longer than a step.
    yield "coarse", head(0, 1, 8) + timed([(0, tempo(750000))] + note(0, 4, 60) + note(4, 4, 62) + note(8, 9, 64, 99) +
                                          [(12, tempo(1500000))])
    # Notes without an end, and a pedal that stays down.
    yield "hanging", head(1, 2, 480) + track((0, on(60)), (100, on(64)), (0, cc(64, 100)), (50, off(64)), (0, on(67)),
                                             end=333) + track((0, on(50, 70, 2)), (300, off(50, 2)), end=1000)
    # Every channel in use.
    yield "crowded", head(1, 1, 480) + timed(sum((note(40 * i + 700 * k, 300, 40 + 2 * i, 80, i) for i in range(16)
                                                  for k in range(2 + (i != 5))), []) + [(20, cc(64, 127, 5))])
    yield "performance", head(0, 1, 480) + performance(1, 300)
    yield "two_hands", head(1, 3, 384) + track((0, tempo(461538))) + performance(2, 120) + performance(3, 90)
    yield "three_hours", head(0, 1, 480) + timed(note(0, 3 * 3600 * 960, 60) + note(480, 480, 64))
    yield "one_note", head(0, 1, 480) + timed(note(480, 240, 69))

    # The controllers from 120 on, with and without pedals, each on a channel of its own; notes have no note-offs.
    rows = []
    for c, n in enumerate((120, 121, 123, 124, 125, 126, 127)):
        rows += [(500 * k + 7 * c, on(40 + 5 * c + k, 80, c)) for k in range(4)]
        rows += [(600 + 7 * c, cc(64, 127, c)), (700 + 7 * c, off(41 + 5 * c, c)), (1200 + 7 * c, cc(66, 127, c)),
                 (1300 + 7 * c, cc(64, 0, c)), (1700 + 7 * c, cc(n, 0, c)), (1900 + 7 * c, cc(66, 0, c)),
                 (2000 + 7 * c, cc(n, 0, c))]
    yield "mode_messages", head(0, 1, 500) + timed(rows, end=300)
    # CC 121 lifts the pedals for what comes later, too.
    yield "reset_pedals", head(0, 1, 500) + timed([(0, cc(64, 127))] + note(0, 100, 60) + note(200, 200, 64) +
                                                  [(300, cc(66, 100)), (700, cc(121, 0))] + note(800, 100, 67) +
                                                  note(800, 300, 72) + [(1300, cc(64, 64))] + note(1350, 50, 60) +
                                                  [(1600, cc(121, 0))], end=50)
    # The sostenuto pedal holds what is down when it comes, again what is down when it comes again; both pedals.
    yield "sostenuto", head(0, 1, 500) + timed(note(0, 300, 48) + note(100, 50, 60) + note(250, 400, 64) +
                                               [(200, cc(66, 64)), (400, cc(66, 127)), (900, cc(66, 63))] +
                                               note(1000, 200, 50) + note(1100, 50, 62) + [(1050, cc(66, 90)),
                                               (1150, cc(64, 90)), (1400, cc(66, 0)), (1600, cc(64, 0))] +
                                               note(1200, 100, 66) + note(2000, 100, 72))
    # A note-off in the tick of an onset that ends an older note of its pitch is that one's, whatever their order, but
    # only one of them, and only in that tick.
    yield "again", head(1, 2, 500) + timed([(0, on(60)), (200, on(60, 90)), (200, off(60)), (400, on(60, 100)), (401, off(60)),
                                            (600, on(62)), (800, on(62, 70)), (800, off(62)), (800, off(62)), (1000, on(64)),
                                            (1000, on(64, 99)), (1000, off(64)), (1300, off(64)), (1500, on(65)),
                                            (1700, off(65)), (1700, on(65)), (1900, off(65)), (2000, on(67)), (2200, on(67))]) + \
        timed([(2200, off(67)), (2500, off(67))])

    def declared(*events):
        beat = sum((note(500 + 100 * i, 60, 36 + i, 99, c) for i in range(8) for c in (2, 3, 9)), [])
        return head(0, 1, 500) + timed([(0, bytes([0xF0]) + vlq(len(s) + 1) + s + b"\xf7") if t == "x" else (100, s)
                                        for t, s in events] + beat)

    xg, gm, gm2 = b"\x43\x10\x4c\0\0\x7e\0", b"\x7e\x7f\x09\x01", b"\x7e\x7f\x09\x03"
    gs = bytes([0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41])

    def rhythm(part, drum_map):
        return bytes([0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | part, 0x15, drum_map, 0])

    # Channel 3 is drums, channel 4 is not, and channel 10 is no more.
    yield "drums_xg", declared(("x", xg), ("", cc(0, 127, 2)), ("", program(0, 2)), ("", cc(0, 127, 3)), ("", cc(0, 0, 9)),
                               ("", program(5, 9)))
    yield "drums_gm2", declared(("x", gm2), ("", cc(0, 120, 2)), ("", program(0, 2)), ("", cc(0, 127, 3)),
                                ("", program(0, 3)), ("", cc(0, 121, 9)), ("", program(5, 9)))
    yield "drums_gs", declared(("x", gs), ("x", rhythm(3, 1)), ("x", rhythm(0, 0)), ("", cc(0, 127, 3)), ("", program(0, 3)))
    # A reset sets back what was declared.
    yield "drums_reset", declared(("x", gs), ("x", rhythm(3, 2)), ("x", rhythm(0, 0)), ("x", gm), ("", cc(0, 127, 3)),
                                  ("", program(0, 3)))
    yield "type2_one", head(2, 1, 480) + timed(chords(0, 480))
    # Two ports: the same channel and pitch on both. (The oracle knows no ports.)
    yield "ports", head(1, 3, 500) + track((0, tempo(500000))) + \
        timed([(0, meta(0x21, b"\2")), (0, program(0))] + note(0, 1000, 60, 80) + note(1200, 100, 64)) + \
        timed([(0, meta(0x21, b"\5")), (0, program(48))] + note(200, 300, 60, 60) + note(600, 200, 36, 99, 9) +
              note(1400, 100, 65) + [(1450, cc(64, 127))], end=100)


def broken():
    whole = head(1, 2, 480) + track((0, tempo(400000)), (0, meter(4, 2))) + timed(chords(0, 480))
    for cut in (0, 3, 8, 13, 14, 20, 30, 45, 46, 47, 60, 61, 62, 90, 150, len(whole) - 1, len(whole) - 4):
        yield f"cut{cut:03}", whole[:cut]
    second = whole.index(b"MTrk", 30)
    for name, length in (("short", 10), ("zero", 0), ("long", 5000), ("huge", 0xFFFFFFFF)):
        yield f"length_{name}", whole[:second + 4] + struct.pack(">L", length) + whole[second + 8:]
    yield "length_first", whole[:18] + struct.pack(">L", 40) + whole[22:]
    yield "garbage_before", b"\0MacBinary, or so" * 8 + whole
    yield "garbage_after", whole + b"\0" * 13
    yield "garbage", bytes(random.Random(4).randrange(256) for _ in range(999))
    yield "text", b"This is no MIDI file, whatever its name says.\n"
    yield "type2", head(2, 2, 480) + whole[14:]
    yield "type7", head(7, 2, 480) + whole[14:]
    yield "type0_tracks", head(0, 2, 480) + whole[14:]
    yield "count_more", head(1, 9, 480) + whole[14:]
    yield "count_less", head(1, 1, 480) + whole[14:]
    yield "division0", head(1, 2, 0) + whole[14:]
    yield "smpte0", head(1, 2, smpte(25, 0)) + whole[14:]
    yield "header_short", b"MThd" + struct.pack(">LHHH", 4, 1, 2, 480) + whole[14:]
    yield "header_lying", b"MThd" + struct.pack(">LHHH", 0x7FFFFFFF, 1, 2, 480) + whole[14:]
    yield "header_twice", whole + whole
    yield "riff_lying", b"RIFF\x10\0\0\0RMIDdata\xff\xff\xff\x7f" + whole

    def one(data, division=480):
        return head(0, 1, division) + chunk(b"MTrk", data)

    tune = b"\0" + on(60) + vlq(480) + off(60) + b"\0"
    yield "stray_data", one(b"\0\x3c\x40" + tune[1:] + END)
    yield "high_data", one(b"\0" + on(60, 200) + vlq(480) + off(60) + b"\0" + END)
    yield "status_in_data", one(b"\0\x90\x3c" + tempo(400000) + tune + END)
    yield "realtime", one(b"\0\xf8\0\x90\xf8\x3c\xfe\x40" + tune + END)
    yield "system", one(b"\0\xf1\x20\5\xf2\1\2\5\xf6" + tune + END)
    yield "no_end", one(tune[:-1])
    yield "long_vlq", one(b"\x80\x80\x80\x80\x80\x10" + tune[1:] + END)
    yield "huge_vlq", one(b"\xff" * 12 + b"\x7f" + tune[1:] + END)
    yield "overflow", one(tune[:-1] + (b"\xff\xff\xff\x7f" + on(61)) * 12 + b"\0" + END)
    yield "centuries", one(b"\0" + tempo(0xFFFFFF) + tune[:-1] + (b"\xff\xff\xff\x7f" + on(61)) * 3 + b"\0" + END, 1)
    yield "tempo0", one(b"\0" + tempo(0) + tune + END)
    yield "tempo_long", one(b"\0" + meta(0x51, b"\x06\x1a\x80\x00") + tune + END)
    yield "tempo_short", one(b"\0" + meta(0x51, b"\x06") + tune + END)
    yield "meter_odd", one(b"\0" + meter(4, 77) + b"\0" + meter(0, 2) + b"\0" + meta(0x58, b"\4") + tune + END)
    yield "meta_lying", one(tune + meta(1, b"x")[:2] + b"\x7fxyz" + END)
    yield "sysex_lying", one(tune + b"\xf0\xff\xff\xff\x7fxyz" + END)
    yield "end_data", one(tune + b"\xff\x2f\x01\x00")
    yield "after_end", one(tune + END + b"\0")
    for name, byte in (("ff", b"\xff"), ("f0", b"\xf0"), ("f8", b"\xf8"), ("f2", b"\xf2"), ("90", b"\x90")):
        yield f"data_{name}", one(b"\0\xb0\x07" + byte + tune[:-1] * 8 + b"\0" + END)
    yield "data_all", one(b"".join(b"\0" + bytes([s]) + b"\xff" * (1 if s & 0xE0 == 0xC0 else 2)
                                   for s in range(0xA0, 0xF0, 0x10)) + tune[:-1] * 8 + b"\0" + END)
    yield "data_16", one(b"".join(b"\0" + bytes([0xB0 | c, 7, 0xFF]) for c in range(16)) + tune[:-1] * 8 + b"\0" + END)
    yield "data_mixed", one(b"\0\xb0\x07\xff" + tune[:-1] * 4 + b"\0\x90\x3c" + tempo(400000) + tune[:-1] * 4 + b"\0\xc0\xfe" + tune[:-1] * 4 + b"\0" + END)
    yield "slack_track", whole + b"\0\x90\x3c" + b"\0" * 99 + whole[14:] + b"\0" * 30
    yield "track_again", head(1, 1, 480) + timed(chords(0, 480)) * 2
    yield "type2_slack", head(2, 1, 480) + timed(chords(0, 480)) + b"\0" * 9 + timed(chords(0, 480))
    yield "empty_track", one(b"")
    yield "no_track", head(1, 1, 480)


def main():
    for folder, files in ((HERE, good()), (os.path.join(HERE, "broken"), broken())):
        os.makedirs(folder, exist_ok=True)
        for name, data in files:
            with open(os.path.join(folder, name + ".mid"), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
