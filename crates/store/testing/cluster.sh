#!/bin/sh
# A PostgreSQL of a test's own, in a directory that goes away with it: reached by its Unix socket alone, and
# not careful about power cuts. Prints the socket's directory; then obeys `stop`, `start`, `hang` and `resume`
# on standard input, and ends with it, so that it never outlives the test, whatever ends that.
set -eu

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
directory=$(mktemp -d /tmp/confab-postgres-XXXXXX)
trap 'rm -rf "$directory"' EXIT
trap '' INT

"$bin/initdb" --pgdata="$directory/data" --username=confab --auth=trust --no-sync --no-instructions \
    --encoding=UTF8 --locale=C >"$directory/log" 2>&1 </dev/null || { cat "$directory/log" >&2; exit 1; }
cat >>"$directory/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$directory'
fsync = off
full_page_writes = off
SETTINGS

start() {
    "$bin/pg_ctl" start --silent --wait --pgdata="$directory/data" --log="$directory/log" >/dev/null </dev/null
}

stop() {
    "$bin/pg_ctl" stop --silent --wait --mode=immediate --pgdata="$directory/data" >/dev/null </dev/null
}

# The server and its children; who is stopped has no more of them.
signal() {
    server=$(head -n 1 "$directory/data/postmaster.pid")
    kill "-$1" "$server"
    for child in $(ps -o pid= --ppid "$server"); do kill "-$1" "$child" || true; done
}

hang() {
    signal STOP
}

resume() {
    signal CONT
}

start
echo "$directory"
while read -r command; do
    "$command"
    echo done
done
resume || true
stop || true
