# SPDX-License-Identifier: MIT
# What the end-to-end tests share: . lib.sh ARIOSO; then the test runs in a folder of its own, which goes in the end.
arioso=$1
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
limit=${ARIO_SECONDS:-5} # what a refusal may take; sanitizers need more
if [ -n "${ARIO_SECONDS:-}" ]; then # nor have they time for the large model
  mkdir "$work/.models"
  ln -s "$top/models/piano-free" "$work/.models/piano"
  ARIOSO_MODELS=$work/.models && export ARIOSO_MODELS
fi

fail() {
  echo "FAIL: $*" >&2
  [ ! -s err ] || sed 's/^/  stderr: /' err >&2
  exit 1
}

# runs WORDS...: must end with status 0; its output is in out and err
runs() {
  timeout "$limit" "$@" >out 2>err || fail "status $?: $*"
}

# refuses STATUS PART WORDS...: must end so within the limit, with one line on standard error that holds PART, and
# leave no file behind
refuses() {
  wanted=$1 part=$2
  shift 2
  ls -A >before
  status=0
  timeout "$limit" "$@" >out 2>err || status=$?
  [ "$status" = "$wanted" ] || fail "status $status, not $wanted: $*"
  [ "$(grep -vc '^arioso: warning: ' err)" = 1 ] || fail "more or less than one line: $*"
  grep -qF -- "$part" err || fail "nothing about \"$part\": $*"
  rm -f out err
  : >out
  : >err
  ls -A >after
  : >before.sorted
  grep -vxE 'before|after|out|err' after >after.files || :
  grep -vxE 'before|after|out|err' before >before.files || :
  sed -i -E '/^(before|after)\.(files|sorted)$/d' after.files before.files
  cmp -s before.files after.files || fail "left files behind: $*"
}

same() {
  cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

differ() {
  ! cmp -s "$1" "$2" || fail "$1 and $2 are the same"
}

# holds TEXT: the last output
holds() {
  grep -qF -- "$1" out || fail "no \"$1\" in: $(cat out)"
}

# need_python [MODULE]: $python is one, which has the module; without, the test is skipped
need_python() {
  for python in python3 /usr/bin/python3; do
    ! $python -c "import ${1:-sys}" 2>/dev/null || return 0
  done
  echo "SKIP: no python3${1:+ with $1}"
  exit 77
}

# No sound server is found from here on, whatever the machine has.
no_sound_server() {
  echo 'pcm.none { type hw card 99 }' >alsa.conf # PortAudio aborts where ALSA knows nothing at all
  export ALSA_CONFIG_PATH="$PWD/alsa.conf" JACK_DEFAULT_SERVER=arioso-none JACK_NO_START_SERVER=1
}
