# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starting and stopping `serve` in tests. Sourced after e2e.sh.

# begins CLAIM NAME PROGRAM POINT ARGUMENTS...: serves in the background, which is the claim; sets `url` and `server`, its
# process. Its output is in NAME.out and NAME.err. (No command for `claim`, which would keep the variables to itself.)
begins() {
  local claimed=$1 name=$2
  shift 2
  "$1" --point "$2" serve "${@:3}" >"$name.out" 2>"$name.err" &
  server=$!
  for _ in $(seq 600); do
    url=$(sed -n 's/^serving on //p' "$name.out")
    [ -n "$url" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  if [ -n "$url" ]; then pass "$claimed"; else fail "$claimed" "$(cat "$name.out" "$name.err")"; fi
}

# ends: tells it to stop and waits; its exit code.
ends() {
  kill -TERM "$server" 2>/dev/null
  wait "$server"
}
