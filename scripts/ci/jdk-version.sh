#!/usr/bin/env bash
# jdk-version.sh HOME: the major version of the JDK in that folder.
set -euo pipefail
sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
