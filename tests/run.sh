#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything and runs the tests; installs what that needs. Ends with "N passed, N failed, N skipped".
#
#   tests/run.sh               the default suites: unit property golden e2e hostile crash faults fuzz (replay) lint
#   tests/run.sh --suite e2e   one suite; may be repeated
#   tests/run.sh --clang       the same with clang, in build-clang
#   tests/run.sh --sanitize    unit, property, golden and fuzz replay under ASan and UBSan, in build-sanitize
#   tests/run.sh --fuzz [S]    fuzz targets under ASan and UBSan, in build-fuzz: for S seconds (60) each that reads what a
#                              medium brings, for a fourth of it the others
#   tests/run.sh --nightly     the default suites with every sampled sweep complete, --packages, then --fuzz 1200
#   tests/run.sh --lint [R]    shellcheck, cppcheck, clang-tidy (of room R only), lintian and rpmlint of the sources,
#                              the lint suite, which has man --warnings
#   tests/run.sh --packages    Debian packages: built, lintian, installed in clean roots, purged; with FERRY_COMPLETE=1 also
#                              built twice with equal bytes, RPM packages, and `meson dist` built and tested from its tarball
set -euo pipefail
cd "$(dirname "$0")/.."

mode=default
seconds=60
room=
suites=()
while [ $# -gt 0 ]; do
  case $1 in
    --suite) suites+=("--suite" "$2"); shift ;;
    --clang | --sanitize | --packages | --nightly) mode=${1#--} ;;
    --lint)
      mode=lint
      if [[ ${2:-} =~ ^[a-z]+$ ]]; then room=$2; shift; fi
      ;;
    --fuzz)
      mode=fuzz
      if [[ ${2:-} =~ ^[0-9]+$ ]]; then seconds=$2; shift; fi
      ;;
    -h | --help) sed -n '3,17s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option '$1'; see --help" >&2; exit 64 ;;
  esac
  shift
done

# Eight files in one compiler run take a fourth of the time. --clang and --sanitize compile each file alone, so that
# every header is still proven to be complete.
together=(--unity=on -Dunity_size=8)
quick=("${together[@]}" -Ddebug=false -Doptimization=1)

# configure DIR ENVIRONMENT... -- OPTIONS...
configure() {
  local dir=$1 environment=()
  shift
  while [ "$1" != -- ]; do environment+=("$1"); shift; done
  shift
  local command=(env "${environment[@]}" meson setup "$dir" -Dtests=true -Dlibrary=true "$@") log
  [ ! -f "$dir/build.ninja" ] || command=(meson setup --reconfigure "$dir" -Dtests=true -Dlibrary=true "$@")
  if ! log=$("${command[@]}" 2>&1); then
    printf '%s\n' "$log" >&2
    return 1
  fi
}

# Adds up the TAP lines of all tests of the last run in a build directory.
summary() {
  python3 - "$1/meson-logs/testlog.json" <<'PYTHON'
import json, re, sys
passed = failed = skipped = 0
for line in open(sys.argv[1]):
    test = json.loads(line)
    lines = [l for l in test.get("stdout", "").splitlines() if re.match(r"(not )?ok\b", l)]
    before = failed
    for claim in lines:
        if claim.startswith("not ok"):
            failed += 1
        elif re.search(r"# *SKIP", claim):
            skipped += 1
            print("skipped:", claim.split(" - ", 1)[-1])
        else:
            passed += 1
    # A program that died, timed out or said nothing has failed even when no line says so.
    if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and failed == before:
        print("failed:", test["name"], test["result"])
        failed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
PYTHON
}

run_suites() {
  local dir=$1 status=0 rebuild=()
  shift
  # All that there is, or what the suites need.
  if [ $# -eq 0 ]; then
    ninja -C "$dir" --quiet
    rebuild=(--no-rebuild)
  fi
  if [ -n "${FERRY_COMPLETE:-}" ]; then
    set -- --timeout-multiplier 5 "$@"  # complete sweeps take their time, and more room than memory has
  elif [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -B1G /dev/shm 2>/dev/null | tail -n 1)" -ge 6 ]; then
    export TMPDIR=/dev/shm  # spares a disk some hundred thousand syncs
  fi
  meson test -C "$dir" "${rebuild[@]}" --print-errorlogs "$@" || status=$?
  summary "$dir" || status=1
  return "$status"
}

# fuzz_one TARGET: from the corpus in the tree; says executions, their rate and coverage.
fuzz_one() {
  local name=${1##*/fuzz-} time=$((seconds / 4)) corpus status=0
  case $name in
    chunk | document | manifest | parity | receipt | record | signature | trust | trust_chain | volume) time=$seconds ;;
  esac
  corpus=$(mktemp -d)
  "$1" -max_total_time="$time" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 -artifact_prefix="build-fuzz/$name-" \
    "$corpus" "tests/fuzz/corpus/$name" >"build-fuzz/$name.log" 2>&1 || status=$?
  rm -rf "$corpus"
  echo "fuzz $name: $(awk '/number_of_executed_units/ {n = $2} /average_exec_per_sec/ {r = $2}
    / cov: / {for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1)}
    END {printf "%s executions, %s a second, %s edges covered", n, r, c}' "build-fuzz/$name.log")"
  [ "$status" -eq 0 ] || tail -n 40 "build-fuzz/$name.log"
  return "$status"
}

# Two at a time.
fuzz_all() {
  local passed=0 failed=0 running=() target
  reap() {
    if wait "${running[0]}"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    running=("${running[@]:1}")
  }
  for target in build-fuzz/tests/fuzz/fuzz-*; do
    if [ ! -x "$target" ] || [ -d "$target" ]; then continue; fi
    [ "${#running[@]}" -lt 2 ] || reap
    fuzz_one "$target" &
    running+=("$!")
  done
  while [ "${#running[@]}" -gt 0 ]; do reap; done
  echo "$passed passed, $failed failed, 0 skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Counts what succeeds, for the summary at the end.
passed=0 failed=0
step() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); echo "ok - $name"; else failed=$((failed + 1)); echo "not ok - $name"; fi
}
steps_done() {
  echo "$passed passed, $failed failed, 0 skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Shell scripts, also in a tree that git does not know.
scripts() {
  find . -path './build*' -prune -o -path ./.git -prune -o -name '*.sh' -printf '%P\n' | LC_ALL=C sort
  echo .ci/run
}

# With the sources compiled together, as the findings are the same and it takes a fourth of the time.
tidy() {
  rm -rf build-tidy
  CC=clang CXX=clang++ meson setup build-tidy -Dtests=false -Dmanuals=disabled "${together[@]}" >/dev/null || return 1
  python3 - "$1" <<'PYTHON' | (cd build-tidy && xargs -n 1 -P 2 clang-tidy --quiet -p . 2>/dev/null)
import json, sys
for command in json.load(open("build-tidy/compile_commands.json")):
    if command["file"].startswith(sys.argv[1]):
        print(command["file"])
PYTHON
}

lint_packages() {
  rm -rf build-packages/source
  packaging/build-deb.sh build-packages/source -S -us -uc -d >build-packages/source.log 2>&1 || { tail build-packages/source.log; return 1; }
  lintian --fail-on error,warning -i build-packages/source/*.dsc
}

case $mode in
  nightly)
    FERRY_COMPLETE=1 tests/run.sh
    FERRY_COMPLETE=1 tests/run.sh --packages
    tests/run.sh --fuzz 1200
    ;;
  default)
    packaging/install-build-deps.sh build test
    configure build -- --werror -Dfault_points=true -Dcarry_along=true "${quick[@]}"
    run_suites build "${suites[@]}"
    ;;
  clang)
    packaging/install-build-deps.sh build test clang
    configure build-clang CC=clang CXX=clang++ -- --werror -Dfault_points=true -Ddebug=false -Doptimization=0
    run_suites build-clang "${suites[@]}"
    ;;
  sanitize)
    packaging/install-build-deps.sh build test clang
    configure build-sanitize CC=clang CXX=clang++ -- --werror -Dfault_points=true \
      -Db_sanitize=address,undefined -Db_lundef=false
    [ "${#suites[@]}" -gt 0 ] || suites=(--suite unit --suite property --suite golden --suite fuzz)
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 run_suites build-sanitize --timeout-multiplier 5 "${suites[@]}"
    ;;
  fuzz)
    packaging/install-build-deps.sh build test clang
    configure build-fuzz CC=clang CXX=clang++ -- -Dfuzzers=true -Db_sanitize=address,undefined -Db_lundef=false \
      "${together[@]}"
    ninja -C build-fuzz --quiet build.ninja  # the list below is of now
    mapfile -t targets < <(ninja -C build-fuzz -t targets all | grep -o '^tests/fuzz/fuzz-[a-z0-9_]*: ' | tr -d ': ')
    ninja -C build-fuzz --quiet "${targets[@]}"
    fuzz_all
    ;;
  lint)
    packaging/install-build-deps.sh build test clang packaging
    mkdir -p build-packages
    mapfile -t found < <(scripts)
    step shellcheck shellcheck -x "${found[@]}"
    step cppcheck cppcheck --quiet --std=c++20 --language=c++ --error-exitcode=1 --inline-suppr -I. \
      --enable=warning,performance,portability --suppress=missingInclude --suppress=unknownMacro \
      --suppress=internalAstError common format exporter importer
    step "clang-tidy${room:+ of $room}" tidy "$room"
    step "lintian of the source package" lint_packages
    step "rpmlint of the spec" rpmlint -c packaging/rpm/rpmlint.toml packaging/rpm/ferry.spec
    configure build -- --werror -Dfault_points=true -Dcarry_along=true "${quick[@]}"
    step "the lint suite" meson test -C build --suite lint --print-errorlogs
    steps_done
    ;;
  packages)
    packaging/install-build-deps.sh build packaging
    tests/packages/packages.sh build-packages
    ;;
esac
