#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the RPM packages from this tree, as it is now, with rpmbuild.
#
#   packaging/build-rpm.sh DIRECTORY [OPTIONS OF rpmbuild...]     default options: -ba
#
# DIRECTORY is made, and must be empty; packages lie in DIRECTORY/rpm afterwards. On Debian, whose packages rpmbuild
# does not know, give -ba --nodeps.
set -euo pipefail
if [ $# -lt 1 ]; then
  sed -n '5,8s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
out=$(realpath -m "$1")
shift
[ $# -gt 0 ] || set -- -ba
version=$("$(dirname "$0")/source-tree.sh" "$out" ferry-@VERSION@.tar.xz)
rpmbuild "$@" --define "_topdir $out/rpm" --define "_sourcedir $out" --define "_builddir $out" --define "_rpmdir $out/rpm" \
  --define "_srcrpmdir $out/rpm" "$out/ferry-$version/packaging/rpm/ferry.spec"
