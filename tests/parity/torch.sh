# SPDX-License-Identifier: MIT
# Sourced by the tests that need PyTorch: finds a $python that has it, or ends the test as one that was left out; and $torchrun,
# the words that begin several processes, to be followed by --nproc_per_node and a script.
for python in python3 /usr/bin/python3 none; do
  [ $python = none ] && { echo "SKIP: no python3 with torch (Debian: python3-torch)"; exit 77; }
  port=$("$python" - <<'END' 2>/dev/null
import socket, numpy
from torch.distributed import TCPStore
try:
    TCPStore("127.0.0.1", 0, 1, True)
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
except RuntimeError:
    print("none")
END
  ) && break
done
# Debian's PyTorch 1.13 on Python 3.11 fails without -r and -t. Its 2.6 is built without libuv, which only processes that meet by a
# file do without.
torchrun="$python -m torch.distributed.run -r 1 -t 1"
if [ "$port" = none ]; then
  export USE_LIBUV=0 TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
  torchrun="$torchrun --local_addr 127.0.0.1 --rdzv_backend c10d --rdzv_conf store_type=file"
else
  torchrun="$torchrun --master_port $port"
fi

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
