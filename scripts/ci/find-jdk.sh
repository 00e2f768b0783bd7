#!/usr/bin/env bash
# find-jdk.sh MAJOR: the home of a JDK of that version, among the default one and those beside it.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

default=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
for home in "$default" "$(dirname "$default")"/*; do
  if [ -x "$home/bin/javac" ] && [ -f "$home/release" ] \
    && [ "$("$here/jdk-version.sh" "$home")" = "$1" ]; then
    readlink -f "$home"
    exit 0
  fi
done
echo "no JDK $1 beside the default java in $default" >&2
exit 1
