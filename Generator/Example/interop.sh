#!/bin/bash
# Builds the example, and a client and a server in C with stock rpcgen and libtirpc, and lets each talk to each.
set -euo pipefail
cd "$(dirname "$0")"
scratch=${1:-.build}
swift build --scratch-path "$scratch"
swift=$(swift build --scratch-path "$scratch" --show-bin-path)

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
cp Protocol/inventory.x C/*.c "$work"
(
    cd "$work"
    for kind in h:.h c:_xdr.c l:_clnt.c m:_svc.c; do rpcgen "-${kind%%:*}" -o "inventory${kind##*:}" inventory.x; done
    flags=(-w -I/usr/include/tirpc)
    cc "${flags[@]}" -o client client.c inventory_clnt.c inventory_xdr.c -ltirpc
    cc "${flags[@]}" -o server server.c inventory_svc.c inventory_xdr.c -ltirpc
)

# Starts a server and prints what a client says to it.
talk() {
    local log="$work/log" port="" pid
    : > "$log"
    "$1" > "$log" &
    pid=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/^listening on port //p' "$log")
        [ -n "$port" ] && break
        sleep 0.1
    done
    "$2" "$port"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

common() { printf '%s\n' "stored: 12" "stored: 24" "found: bolts 24 third shelf 1" "not found: gears" "list: bolts"; }
c_only() { printf '%s\n' "unknown procedure: refused" "unknown version: refused"; }
swift_only() { echo "refused: value: length 33 exceeds 32"; }

for server in "$swift/inventory-server" "$work/server"; do
    diff <(talk "$server" "$work/client") <(common; c_only)
    echo "ok: C client, $(basename "$server")"
    diff <(talk "$server" "$swift/inventory-client") <(common; swift_only)
    echo "ok: Swift client, $(basename "$server")"
done
