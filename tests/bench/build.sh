#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the peers and builds an optimized Ferry in build-bench, for compare.sh and counts.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
packaging/install-build-deps.sh build test bench
if [ ! -f build-bench/build.ninja ]; then
  meson setup build-bench --buildtype release -Dtests=true --unity=on -Dunity_size=8 >/dev/null
fi
ninja -C build-bench --quiet exporter/ferry-export importer/ferry-import tests/generate-catalog
