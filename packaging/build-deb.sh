#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages from this tree, as it is now: ferry_VERSION.orig.tar.xz of it, packaging/debian on top,
# then dpkg-buildpackage.
#
#   packaging/build-deb.sh DIRECTORY [OPTIONS OF dpkg-buildpackage...]     default options: -us -uc
#
# DIRECTORY is made, and must be empty.
set -euo pipefail
if [ $# -lt 1 ]; then
  sed -n '6,8s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
out=$1
shift
[ $# -gt 0 ] || set -- -us -uc
version=$("$(dirname "$0")/source-tree.sh" "$out" ferry_@VERSION@.orig.tar.xz)
cd "$out/ferry-$version"
cp -r packaging/debian debian
dpkg-buildpackage "$@"
