#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures Ferry beside git, OSTree, SQLite, xdelta3 and zstd on the same documents, one after the other in turns, and
# prints one Markdown table. Installs what that needs and builds an optimized Ferry in build-bench.
#
#   tests/bench/compare.sh                        the HP catalog's months and generated catalogs of 60,000 revisions
#   tests/bench/compare.sh --set hp:2018-12       one set: hp:MONTH, generated:REVISIONS:PERCENT, or tail
#   tests/bench/compare.sh --complete             with 600,000 revisions and the catalog of very large documents
#   tests/bench/compare.sh --scale                time and memory as catalogs and deltas grow, as build-bench/report/*.svg
#   --rounds N (5)   --peers ferry,git,…   --work DIR (build-bench/work; wants some room)
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/bench/build.sh
exec python3 -B tests/bench/compare.py "$@"
