#!/usr/bin/env bash
# Builds the image, runs it in QEMU where that is installed, and holds it to its limits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 1; }
cargo build --release --locked
image=${CARGO_TARGET_DIR:-target}/thumbv7em-none-eabihf/release/komainu-probe

told=
if command -v qemu-system-arm >/dev/null; then
  # Semihosting gives the image's own status; a hang ends by the clock.
  told=$(timeout 60 qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$image") ||
    { printf '%s\n' "$told" "The image failed in QEMU (status $?)." >&2; exit 1; }
else
  echo "qemu-system-arm is not installed: the image is measured, but not run."
fi
python3 measure.py "$image" "$told"
