#!/usr/bin/env bash
# Builds the images, runs them in QEMU where that is installed, and holds them to their limits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 1; }
cargo build --release --locked
command -v qemu-system-arm >/dev/null ||
  echo "qemu-system-arm is not installed: the images are measured, but not run."

# Semihosting gives the image's own status; a hang ends by the clock.
run() {
  command -v qemu-system-arm >/dev/null || return 0
  timeout 60 qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$1"
}

bad=0
for name in fencing connector; do
  echo "$name:"
  image=${CARGO_TARGET_DIR:-target}/thumbv7em-none-eabihf/release/$name
  told=$(run "$image") || { printf '%s\n' "$told" "The image failed in QEMU." >&2; exit 1; }
  python3 measure.py "$image" "$told" || bad=1
done
exit $bad
