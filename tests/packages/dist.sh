#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `meson dist` packs builds by itself, without git and what else lies beside a checkout, and passes its unit and
# golden tests. Usage: tests/packages/dist.sh DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf "$1"
mkdir -p "$1"
place=$(cd "$1" && pwd)
quick=(--unity=on -Dunity_size=8 -Ddebug=false -Doptimization=0)
meson setup "$place/build" "${quick[@]}"
meson dist -C "$place/build" --no-tests --allow-dirty
tar -xf "$place"/build/meson-dist/ferry-*.tar.xz -C "$place"
tree=$(echo "$place"/ferry-*)
# Not even the checkout around it.
mkdir "$place/no-git"
printf '#!/bin/sh\necho "git was called: $*" >&2\nexit 1\n' >"$place/no-git/git"
chmod +x "$place/no-git/git"
export PATH="$place/no-git:$PATH"
meson setup "$place/from-tarball" "$tree" "${quick[@]}"
ninja -C "$place/from-tarball" --quiet
meson test -C "$place/from-tarball" --no-rebuild --suite unit --suite golden --print-errorlogs
