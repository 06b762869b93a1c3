#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other.
# Usage: fuzz.sh <time for each target>
set -euo pipefail

fuzztime=$1
count=0
for package in $(go list ./...); do
	# A package that does not compile must fail here, not pass for one without targets.
	listed=$(go test -list '^Fuzz' "$package")
	for target in $(grep '^Fuzz' <<<"$listed" || true); do
		echo "== $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 200x "$package"
		count=$((count + 1))
	done
done
echo "$count fuzz targets ran for $fuzztime each"
