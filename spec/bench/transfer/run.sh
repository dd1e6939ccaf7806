#!/bin/sh
# The end-to-end comparison (compare.lua says what is compared) on Lua 5.4 and on LuaJIT; installs what is missing, and builds.
#
#   sh spec/bench/transfer/run.sh [ROUNDS] [MILLISECONDS/LANES]...      default: 5 rounds of 0/1 0/4 0/8 20/1 20/4 20/8
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd -P)
. "$root/.ci/prepare"
prepare_packages gcc libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson libcurl4-openssl-dev libssl-dev zlib1g-dev \
  nginx libnginx-mod-http-lua curl lua-curl php-cli php-curl
prepare_build lua5.4 luajit
for lua in lua5.4 luajit; do prepare_lua "$lua" "$root/spec/bench/transfer/compare.lua" "$@"; done
