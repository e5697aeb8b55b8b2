# SPDX-License-Identifier: MIT
"""Compares the codec's tokens with the oracle's for every MIDI file of a folder.

  python3 midi_files.py ENCODE_FILES DATA_FOLDER ORACLE_FOLDER [--all | --write]

midi_files.txt, beside this script, holds what the oracle made of each file, by digests: of the file's bytes
and of its tokens. Every file is compared with it. Some files, and those that are not in the list, are given to
the oracle itself, which takes a minute for a thousand; --all gives it all of them. --write makes the list.
"""
import hashlib
import os
import struct
import subprocess
import sys
from multiprocessing import Pool

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, "midi_files.txt")
SAMPLE = 100  # files that the oracle sees in a usual run


def digest(data):
    return hashlib.sha256(data).hexdigest()[:12]


def file_digest(path):
    with open(path, "rb") as f:
        return digest(f.read())


def oracle_digest(path):
    import midi_tokens

    tokens = midi_tokens.encode(midi_tokens.notes_of(path))
    return digest(struct.pack(f"<{len(tokens)}H", *tokens))


def have_mido():
    try:
        import mido  # noqa: F401
    except ImportError:
        return False
    return True


def codec_digests(program, paths):
    """The digests of the codec's tokens, one process for all files."""
    out = []
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        for path in paths:
            p.stdin.write(os.fsencode(path) + b"\n")
            p.stdin.flush()
            head = p.stdout.read(4)
            if len(head) < 4:
                sys.exit(f"FAIL: {program} stopped at {path}")
            out.append(digest(p.stdout.read(2 * struct.unpack("<L", head)[0])))
        p.stdin.close()
    return out


def main():
    program, data, oracle = sys.argv[1:4]
    option = sys.argv[4] if len(sys.argv) > 4 else ""
    sys.path.insert(0, oracle)
    sys.dont_write_bytecode = True
    paths = sorted(os.path.join(d, f) for d, _, files in os.walk(data) for f in files if f.endswith(".mid"))
    if not paths:
        print(f"SKIP: no MIDI files in {data}")
        sys.exit(77)
    names = [file_digest(p) for p in paths]
    if option == "--write":
        with Pool() as pool:
            tokens = pool.map(oracle_digest, paths, 8)
        with open(LIST, "w") as f:
            f.write("".join(f"{a} {b}\n" for a, b in sorted(set(zip(names, tokens)))))
        print(f"{LIST}: {len(paths)} files")
        return
    with open(LIST) as f:
        known = dict(line.split() for line in f)
    codec = codec_digests(program, paths)
    wrong = [p for p, n, c in zip(paths, names, codec) if n in known and known[n] != c]
    listed = sum(n in known for n in names)
    print(f"{listed} of {len(paths)} files are in {os.path.basename(LIST)}; {len(wrong)} of them differ")
    chosen = [i for i in range(len(paths)) if option == "--all" or names[i] not in known]
    chosen = sorted(set(chosen) | set(range(0, len(paths), max(1, len(paths) // SAMPLE))))
    if have_mido():
        with Pool() as pool:
            live = pool.map(oracle_digest, [paths[i] for i in chosen], 4)
        differ = [paths[i] for i, d in zip(chosen, live) if codec[i] != d]
        print(f"{len(chosen)} files were given to the oracle; {len(differ)} differ")
        wrong += differ
    elif listed < len(paths):
        wrong += [p for p, n in zip(paths, names) if n not in known]
        print("no python3-mido: the files that are not in the list cannot be compared")
    else:
        print("no python3-mido: nothing was given to the oracle itself; the list was enough")
    for p in wrong[:20]:
        print(f"FAIL: {p}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
