#!/bin/sh
# Whole jobs side by side, from the first request to the last row on the disk (compare.lua says how), on both Luas; builds first.
# Peers whose language is not installed (php-cli and php-curl, golang, nodejs, python3-requests) are left out, with a word.
#
#   sh spec/bench/job/run.sh [ROUNDS [PAGES [JOB...]]]      default: 3 rounds of 300 pages, all jobs
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd -P)
. "$root/.ci/prepare"
prepare_packages gcc libc6-dev make cmake lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev lua-cjson lua-argparse libcurl4-openssl-dev \
  libssl-dev zlib1g-dev nginx libnginx-mod-http-lua curl
prepare_build lua5.4 luajit
for lua in lua5.4 luajit; do prepare_lua "$lua" "$root/spec/bench/job/compare.lua" "$@"; done
