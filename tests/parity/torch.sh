# SPDX-License-Identifier: MIT
# Sourced by the tests that need PyTorch: finds a $python that has it, or ends the test as one that was left out.
USE_LIBUV=0 && export USE_LIBUV # PyTorch from 2.4 on takes it for granted, and Debian's is built without
for python in python3 /usr/bin/python3 none; do
  [ $python = none ] && { echo "SKIP: no python3 with torch (Debian: python3-torch)"; exit 77; }
  "$python" -c 'import torch, numpy' 2>/dev/null && break
done

# alone: the test runs in a folder of its own, which goes in the end with what the test has begun, and on one thread
alone() {
  work=$(mktemp -d)
  trap 'kill -KILL $(jobs -p) 2>/dev/null || :; rm -rf "$work"' EXIT
  cd "$work"
  export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 TMPDIR="$work"
}

fail() {
  echo "FAIL: $1" >&2
  tail -qn 5 out err 2>/dev/null >&2
  exit 1
}
