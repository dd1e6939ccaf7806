#!/bin/sh
# Drives `wdt mcp` with the public client of the protocol, against a sandbox.
#
#   sh spec/mcp/run.sh FOLDER        FOLDER: where the client is installed
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
. "$root/.ci/prepare"
[ $# = 1 ] || prepare_fail "usage: sh spec/mcp/run.sh FOLDER"
command -v npm >/dev/null || prepare_packages nodejs npm
mkdir -p "$1"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1" @modelcontextprotocol/sdk@1.32.2
shell=$(sh "$root/examples/shell.sh")
eval "$shell"
trap 'wdt sandbox --stop "$WDT_SANDBOX_PREFIX"' EXIT
WDT_RATE=100000 node "$root/spec/mcp/client.mjs" "$1" wdt
