#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A player for the tests of `arioso jam`: what to play, and whether the session went as it should.

    jam.py make EVENTS.txt TURNS          a schedule for jack_ear: phrases, a trigger after each, and the next phrase at a
                                          random moment of the answer
    jam.py play EVENTS.txt FIFO           the same in real time, as bytes into a FIFO
    jam.py check EVENTS.txt SAVED.mid [CAPTURED.raw BEGAN]
"""
import random
import sys
import time

RATE, FIRST = 48000, 2.0


def make(path, turns):
    rng, at, events = random.Random(5), FIRST, []
    for _ in range(turns):
        events.append((at, 0xB0, 64, 127))
        for i in range(4):
            pitch = rng.randrange(48, 84)
            events.append((at + 0.12 * i + 0.01, 0x90, pitch, rng.randrange(40, 110)))
            events.append((at + 0.12 * i + 0.11, 0x80, pitch, 0))
        events.append((at + 0.5, 0xB0, 64, 0))
        at += 0.95
        events.append((at, 0xB0, 67, 127))
        events.append((at + 0.02, 0xB0, 67, 0))
        at += rng.uniform(0.3, 1.2)
    with open(path, "w") as file:
        for when, *message in sorted(events):
            print(round(when * RATE), *message, file=file)


def read(path):
    return [tuple(map(int, line.split())) for line in open(path)]


def play(path, fifo):
    with open(fifo, "wb", buffering=0) as out:
        began = time.monotonic()
        for frame, *message in read(path):
            time.sleep(max(0, began + frame / RATE - time.monotonic()))
            out.write(bytes(message))


def tracks_of(path):
    """[(seconds, b0, b1, b2)] of each track of the two, without channels."""
    import mido
    file = mido.MidiFile(path)
    assert file.ticks_per_beat == 500 and len(file.tracks) == 3
    tracks = []
    for track in file.tracks[1:]:
        now, messages = 0, []
        for message in track:
            now += message.time
            if not message.is_meta:
                b = message.bytes()
                messages.append((now / 1000, b[0] & 0xF0, *b[1:]))
        tracks.append(messages)
    return tracks


def check_stuck(name, messages):
    down = {}
    for when, kind, pitch, *rest in messages:
        if kind == 0x90 and rest[0]:
            down[pitch] = when
        elif kind in (0x80, 0x90):
            down.pop(pitch, None)
    assert not down, f"{name}: stuck notes {down}"


def check_player(wanted, got):
    assert len(got) == len(wanted), f"{len(wanted)} events were played, {len(got)} are saved"
    offset = sorted(g[0] - w[0] for g, w in zip(got, wanted))[len(got) // 2]
    worst = max(abs(g[0] - w[0] - offset) for g, w in zip(got, wanted))
    assert [g[1:] for g in got] == [w[1:] for w in wanted], "other events are saved than were played"
    assert worst < 0.025, f"an event is saved {1000 * worst:.0f} ms beside its time"
    print(f"{len(got)} events played, all saved, {1000 * worst:.1f} ms at most beside their times")
    return offset


def check_answers(answers, interrupts, triggers):
    assert len(answers) > 2 * len(triggers), f"{len(answers)} events of answers to {len(triggers)} triggers"
    for when in interrupts:
        begun = {}
        for at, kind, pitch, *rest in answers:
            if at > when + 0.03:
                break
            if kind == 0x90 and rest[0]:
                begun[pitch] = at
            else:
                begun.pop(pitch, None)
        assert not begun, f"{when:.2f} s: the player took over, and the answer's {begun} sound on"


def check_sound(path, triggers):
    """Milliseconds from each trigger to the first sound after it that is louder than what was ringing."""
    import numpy as np
    sound = np.fromfile(path, np.float32)
    power = np.square(sound[:len(sound) // 128 * 128]).reshape(-1, 128).mean(1)  # of 64 frames each
    latencies = []
    for trigger in triggers:
        at = trigger // 64
        rings = power[max(0, at - 30):at].max()
        louder = np.flatnonzero(power[at:at + 600] > max(3 * rings, 1e-6))
        latencies.append(1000 * 64 * louder[0] / RATE if len(louder) else float("inf"))
    latencies.sort()
    n = len(latencies)
    p50, p95, worst = latencies[n // 2], latencies[int(0.95 * n)], latencies[-1]
    print(f"from trigger to sound, {n} times: p50 {p50:.0f} ms, p95 {p95:.0f} ms, worst {worst:.0f} ms")
    assert p95 < 100, "too late"


def check(events, saved, captured=None, began=0):
    played = [(f / RATE, *m) for f, *m in read(events) if not (m[0] == 0xB0 and m[1] == 67)]
    triggers = [f for f, *m in read(events) if m == [0xB0, 67, 127]]
    player, answers = tracks_of(saved)
    offset = check_player(played, player)
    check_stuck("player", player)
    check_stuck("answers", answers)
    firsts = [min(w for w, k, *_ in played if k == 0x90 and w > t / RATE) + offset for t in triggers[:-1]]
    check_answers(answers, firsts, triggers)
    print(f"{len(answers)} events of answers; taken over {len(firsts)} times, no note stuck")
    if captured:
        check_sound(captured, [int(began) + trigger for trigger in triggers])


command, *rest = sys.argv[1:]
if command == "make":
    make(rest[0], int(rest[1]))
else:
    {"play": play, "check": check}[command](*rest)
