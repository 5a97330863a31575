#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a small signed bundle and lets damage-sweep damage it. Options are passed on: --complete, --seed S, --flips N.
# FERRY_COMPLETE in the environment is --complete.
set -euo pipefail
[ -z "${FERRY_COMPLETE:-}" ] || set -- --complete "$@"
bundle=$(mktemp -d "${TMPDIR:-/tmp}/ferry-damage.XXXXXX")
trap 'rm -rf "$bundle"' EXIT
python3 -B "$FERRY_SOURCE_ROOT/tests/hostile/make_damage_bundle.py" "$bundle"
started=$SECONDS
status=0
"$DAMAGE_SWEEP" "$bundle" "$@" || status=$?
echo "# took $((SECONDS - started)) s"
exit "$status"
