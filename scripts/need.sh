#!/usr/bin/env bash
# Makes sure that commands exist, and installs the Debian packages of those that do not.
# Usage: need.sh <command>=<package> …
set -euo pipefail

here=$(dirname "$0")

# missing prints the packages of the commands that are not there; nginx lives in sbin, which users have not in their PATH.
missing() {
	local need
	for need in "$@"; do
		PATH="$PATH:/usr/sbin:/sbin" command -v "${need%%=*}" >/dev/null || echo "${need#*=}"
	done
}

mapfile -t packages < <(missing "$@")
[ "${#packages[@]}" -eq 0 ] && exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
	root=(sudo -n)
fi
if ! command -v apt-get >/dev/null || ! "${root[@]}" true 2>/dev/null; then
	echo "Missing: please install ${packages[*]} (on Debian: sudo apt-get install ${packages[*]})" >&2
	exit 1
fi

install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
"$here/quietly.sh" 'apt-get update' "${install[@]}" update
"$here/quietly.sh" "apt-get install ${packages[*]}" "${install[@]}" install -y --no-install-recommends "${packages[@]}"

mapfile -t packages < <(missing "$@")
if [ "${#packages[@]}" -ne 0 ]; then
	echo "Missing still, although apt-get installed it: ${packages[*]}" >&2
	exit 1
fi
