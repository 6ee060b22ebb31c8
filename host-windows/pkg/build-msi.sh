#!/usr/bin/env bash
# Builds the package for Windows on Linux, with wixl and msibuild of msitools.
set -euo pipefail

usage() {
  cat <<U
usage: build-msi.sh [--program FILE] [--version X.Y.Z] [--output FILE]

  --program FILE   komainu.exe to pack [built for release: needs the target
                   x86_64-pc-windows-gnu and gcc-mingw-w64-x86-64]
  --version X.Y.Z  version of the package [that of the workspace]
  --output FILE    where to write it [target/komainu-X.Y.Z-x64.msi]
U
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
program= version= output=
while [ $# -gt 0 ]; do
  case $1 in
    --program | --version | --output)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2
      ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

for tool in wixl msibuild; do
  command -v $tool >/dev/null ||
    { echo "$tool is missing: install wixl and msitools" >&2; exit 1; }
done
if [ -z "$version" ]; then
  version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
fi
# Windows compares no more than three numbers of a version, the first two up to 255.
[[ $version =~ ^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,5}$ ]] ||
  { echo "version $version: three numbers are wanted" >&2; exit 2; }
if [ -z "$program" ]; then
  (cd "$root" && cargo build --release --locked -p komainu-windows --features windows \
    --target x86_64-pc-windows-gnu)
  program=$target/x86_64-pc-windows-gnu/release/komainu.exe
fi
output=${output:-$target/komainu-$version-x64.msi}

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp "$program" "$stage/komainu.exe"
cp "$root"/{README.md,LICENSE-APACHE,LICENSE-MIT} "$stage"
cp "$root"/docs/{windows,operating,configuration}.md "$stage"
mkdir -p "$(dirname "$output")"
# In its folder, for it finds files by their names; it prints warnings and goes on.
(cd "$stage" && wixl -a x64 -D "Version=$version" -o package.msi "$here/komainu.wxs") 2>&1 |
  tee "$stage/told"
[ ! -s "$stage/told" ] || { echo "wixl complains" >&2; exit 1; }

query=
while IFS= read -r line; do
  [[ $line == --* || -z $line ]] && continue
  # A statement may be broken wherever it has a space, also inside of a text.
  query+=${query:+ }${line#"${line%%[! ]*}"}
  [[ $line == *\; ]] || continue
  query=${query//@VERSION@/$version}
  msibuild "$stage/package.msi" -q "${query%;}" >/dev/null || { echo "refused:$query" >&2; exit 1; }
  query=
done <"$here/tables.sql"
mv "$stage/package.msi" "$output"
echo "$output"
