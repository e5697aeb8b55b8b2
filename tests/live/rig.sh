# SPDX-License-Identifier: MIT
# What the tests beside it share: . rig.sh PROGRAM ...; then the test runs in a folder of its own, $work, which goes in the end.
# And sound servers for machines without a sound card: each has a private folder and socket, and is never the user's.
program=$1
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
at_end() { :; } # a test says here what else must end
trap 'at_end; rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "$*"
  cat report.json said.txt 2>/dev/null || :
  exit 1
}

# need PROGRAM...: skips the test, loudly, where one is missing
need() {
  for tool; do
    command -v "$tool" >/dev/null || {
      echo "SKIP: no $tool; sh samples/setup.sh --tests installs it"
      exit 77
    }
  done
}

# need_ear PROGRAM: the JACK client of the tests, which is built where JACK's headers are
need_ear() {
  [ -x "$1" ] || {
    echo "SKIP: no JACK client was built; sh samples/setup.sh --tests installs libjack-jackd2-dev"
    exit 77
  }
}

# number KEY [FILE]: what a report has by this key
number() { sed -nE "s/^[[:space:]]*\"$1\":[[:space:]]*([0-9.]+),?$/\1/p" "${2:-report.json}"; }

# A server ends with the shell that began it, a test that fails included.
tied=
! setpriv --pdeathsig TERM true 2>/dev/null || tied='setpriv --pdeathsig TERM'

# pulse_begin FOLDER [SINK_ARGUMENTS]: a PulseAudio server with a null sink, which ALSA's default device leads to, and a
# recorder of its monitor into FOLDER/captured.raw
pulse_begin() {
  rig=$1
  shift
  mkdir -p "$rig"
  chmod 700 "$rig"
  export HOME="$rig" XDG_RUNTIME_DIR="$rig" XDG_CONFIG_HOME="$rig/config" PULSE_RUNTIME_PATH="$rig/pulse" \
    PULSE_STATE_PATH="$rig/state" PULSE_SERVER="unix:$rig/pulse.sock" JACK_NO_START_SERVER=1
  sink=${1:-"format=float32le rate=48000"}
  $tied pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disallow-exit --log-target=stderr \
    -L "module-native-protocol-unix socket=$rig/pulse.sock auth-anonymous=1" \
    -L "module-null-sink sink_name=rig $sink channels=2 channel_map=front-left,front-right norewinds=1" \
    2>"$rig/pulse.log" &
  pulse=$!
  until pactl info >/dev/null 2>&1; do
    kill -0 $pulse 2>/dev/null || { cat "$rig/pulse.log" >&2; exit 1; }
    sleep 0.02
  done
  printf '%s\n' "pcm.default { type pulse server \"unix:$rig/pulse.sock\" device \"rig\" }" \
    "ctl.default { type pulse server \"unix:$rig/pulse.sock\" }" >"$rig/alsa.conf"
  export ALSA_CONFIG_PATH="$rig/alsa.conf"
  $tied parec -d rig.monitor --format=float32le --rate=48000 --channels=2 --channel-map=front-left,front-right \
    --latency-msec=50 --raw >"$rig/captured.raw" &
  recorder=$!
  sleep 0.5
}

# pulse_end: stops both; what was recorded is whole then
pulse_end() {
  sleep 1
  kill $recorder $pulse 2>/dev/null || :
  wait $recorder $pulse 2>/dev/null || :
}

# As on a musician's machine the server and its clients are first where that is allowed: without, they are late when
# others compute, and say so.
realtime=--no-realtime
! chrt -f 20 true 2>/dev/null || realtime=--realtime

# jack_begin NAME: a JACK server on no hardware
jack_begin() {
  export JACK_DEFAULT_SERVER=$1 JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
  $tied jackd -n "$1" $realtime --no-mlock -S -d dummy -r 48000 -p 256 -C 0 -P 2 >/dev/null 2>&1 &
  jack=$!
  jack_wait -s "$1" -w -t 10 >/dev/null 2>&1
}

jack_end() {
  kill $jack 2>/dev/null || :
  wait $jack 2>/dev/null || :
}
