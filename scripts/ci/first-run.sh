#!/usr/bin/env bash
# A newcomer's first command: the launcher builds, through a symbolic link and from another folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -B -q -ntp -Dstyle.color=never clean
ln -s "$root/lora" "$work/lora-link"
cd "$work"
./lora-link --help >help.txt
grep -q demo help.txt
echo "the launcher built and answered --help"
