# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starting and stopping `serve` in tests. Sourced after e2e.sh.

# begins NAME PROGRAM POINT ARGUMENTS...: serves in the background; sets `url` and `server`, its process. Its output is in
# NAME.out and NAME.err. Fails where it does not say within a minute that it listens.
begins() {
  local name=$1
  shift
  "$1" --point "$2" serve "${@:3}" >"$name.out" 2>"$name.err" &
  server=$!
  for _ in $(seq 600); do
    url=$(sed -n 's/^serving on //p' "$name.out")
    [ -n "$url" ] && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$name.out" "$name.err" >&2
  return 1
}

# ends: tells it to stop and waits; its exit code.
ends() {
  kill -TERM "$server" 2>/dev/null
  wait "$server"
}
