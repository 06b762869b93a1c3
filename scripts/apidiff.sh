#!/usr/bin/env bash
# Shows what has changed in the exported API since a commit, and fails if some of it breaks programs.
# Usage: apidiff.sh <apidiff program> [commit]; without a commit it is the last version that was tagged.
set -euo pipefail

apidiff=$1
base=${2:-$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)}
if [ -z "$base" ]; then
	echo 'No version has been tagged yet. Name a commit to compare with: make apidiff BASE=<commit>' >&2
	exit 1
fi

scratch=$(mktemp -d)
trap 'git worktree remove --force "$scratch/tree" 2>/dev/null || true; rm -rf "$scratch"' EXIT
git worktree add --quiet --detach "$scratch/tree" "$base"

module=$(go list -m)
(cd "$scratch/tree" && "$apidiff" -m -w "$scratch/old" "$module")
"$apidiff" -m -w "$scratch/new" "$module"

# compare prints what has changed; internal packages, which it names on the way, are nobody's concern.
compare() {
	"$apidiff" -m "$@" "$scratch/old" "$scratch/new" 2> >(grep -v '^Ignoring internal package' >&2)
}

echo "The exported API since $base:"
compare
if [ -n "$(compare -incompatible)" ]; then
	echo "Programs that compile with $base may not compile any more: docs/stability.md says when that may be." >&2
	exit 1
fi
