#!/usr/bin/env bash
# Builds every fuzz target and runs each for SECONDS (30 without an argument), from its seeds.
# Ends with 77 when the compiler or cargo-fuzz is missing, which is no failure of a target.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:-30}
export RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-nightly-2026-05-20}
readonly ABSENT=77
rustc --version >/dev/null 2>&1 || {
  echo "$RUSTUP_TOOLCHAIN is not installed: rustup toolchain install $RUSTUP_TOOLCHAIN" \
    "--profile minimal --no-self-update" >&2
  exit $ABSENT
}
command -v cargo-fuzz >/dev/null || {
  echo "cargo-fuzz is not installed: cargo install --locked cargo-fuzz" >&2
  exit $ABSENT
}

cargo fuzz build --fuzz-dir .
# What is found goes to corpus/, which is not kept; seeds/ is. Lines of progress are left out, and the
# rest is shown once a target is through, as several run at once.
smoke() {
  local target=$1 said
  said=$(mktemp) || return
  mkdir -p "corpus/$target"
  cargo fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -print_final_stats=1 -verbosity=0 \
    >"$said" 2>&1
  local end=$?
  printf '\n--- %s, %s s\n%s\n' "$target" "$seconds" "$(<"$said")"
  rm -f "$said"
  return $end
}
export -f smoke
export seconds

# Not what libFuzzer ends with: that is 77 as well when it has found something.
cargo fuzz list --fuzz-dir . | xargs -P "$(nproc)" -I {} bash -c 'smoke "$1" || exit 1' smoke {} ||
  exit 1
