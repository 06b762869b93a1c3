#!/usr/bin/env bash
# Runs an installation with its output in .cache/install.log, and shows the output when it fails.
# Usage: quietly.sh <what> <command> [argument …]
set -euo pipefail

what=$1
shift
log="$(dirname "$0")/../.cache/install.log"
mkdir -p "$(dirname "$log")"

echo "Installing: $what"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
"$@" </dev/null >"$output" 2>&1 || status=$?
{
	printf '== %s: %s (status %d)\n' "$(date -u +%FT%TZ)" "$what" "$status"
	cat "$output"
} >>"$log"
if [ "$status" -ne 0 ]; then
	cat "$output" >&2
	echo "Installing failed: $what" >&2
fi
exit "$status"
