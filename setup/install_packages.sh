#!/bin/sh
# Installs the Debian packages that are missing, and leaves the machine otherwise as it was: no package starts
# its service, and PostgreSQL makes no cluster.
set -eu
here=$(dirname "$0")

missing=
for package in $(sed 's/#.*//' "$here/packages"); do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q ' installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "error: Debian packages are missing:$missing" >&2
    echo "cause: only root may install packages" >&2
    echo "fix: run make setup as root" >&2
    exit 1
fi

# Two files stand in the way of the packages' own habits while they are installed: policy-rc.d, which forbids
# invoke-rc.d(8) to start anything, and a setting of pg_createcluster(1).
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/pileus.conf
folder=$(dirname "$cluster")
log=$(mktemp)

put() { # put FILE TEXT: writes a file and keeps what was there
    [ ! -e "$1" ] || [ -e "$1.kept" ] || mv "$1" "$1.kept"
    printf '%s\n' "$2" > "$1"
}
put_back() {
    for file in "$policy" "$cluster"; do
        rm -f "$file"
        [ ! -e "$file.kept" ] || mv "$file.kept" "$file"
    done
    rmdir "$folder" "$(dirname "$folder")" 2> /dev/null || true
    rm -f "$log"
}
trap put_back EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$folder"
put "$cluster" 'create_main_cluster = false'
put "$policy" '#!/bin/sh
exit 101'
chmod 755 "$policy"

apt() {
    # shellcheck disable=SC2086 # the names are words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" $missing > "$log" 2>&1
}
echo "installing Debian packages:$missing"
apt --dry-run || apt-get update -qq
apt || { apt-get update -qq && apt; } || { cat "$log" >&2 && exit 1; }
