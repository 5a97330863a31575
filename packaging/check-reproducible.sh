#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages once more, elsewhere, and compares them and the programs in them byte for byte with those
# that packaging/build-deb.sh left in BUILT. DEB_BUILD_OPTIONS and the tree must be as they were then.
#
#   packaging/check-reproducible.sh BUILT DIRECTORY     DIRECTORY must not be there; it is removed when all is equal
set -euo pipefail
if [ $# -ne 2 ]; then
  sed -n '6s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
built=$(cd "$1" && pwd)
# A longer path and another time zone, umask and language: nothing of them may get into a program.
again=$(realpath -m "$2")/elsewhere
rm -rf "$(dirname "$again")"
(umask 027 && TZ=Asia/Kathmandu LC_ALL=C "$(dirname "$0")/build-deb.sh" "$again" -us -uc)
count=0
for first in "$built"/*.deb "$built"/*.orig.tar.xz; do
  count=$((count + 1))
  if ! cmp "$first" "$again/$(basename "$first")"; then
    echo "look for the difference with: diffoscope $first $again/$(basename "$first")" >&2
    exit 1
  fi
done
[ "$count" -gt 0 ] || { echo "no packages in $built" >&2; exit 1; }
rm -rf "$(dirname "$again")"
echo "$count files are equal"
