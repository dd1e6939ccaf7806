#!/bin/sh
# README's first command: installs what is missing, builds, and reads stockouts through the real client.
#
#   sh examples/demo.sh
#
# It reads from a sandbox of its own, an nginx on a free port that is stopped at the end. With WDT_EDITION, WDT_SID, WDT_APPKEY
# and WDT_APPSECRET (and WDT_URL, if it is not the documented address) it reads from that gateway, and starts nothing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
. "$root/.ci/prepare"

prefix=
clean_up() {
  trap '' INT TERM HUP # a second Ctrl-C would leave nginx running
  [ -n "$prefix" ] || return 0
  prepare_lua lua5.4 "$root/lua/wdt/cli/command.lua" sandbox --stop "$prefix" || true
  rm -rf "$prefix"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

packages="gcc libc6-dev make cmake lua5.4 liblua5.4-dev lua-cjson libcurl4-openssl-dev libssl-dev zlib1g-dev ca-certificates"
if [ -n "${WDT_EDITION:-}" ]; then
  prepare_packages $packages
  prepare_build lua5.4
  unset WDT_SANDBOX_URL
else
  prepare_packages $packages lua-argparse luajit2 libluajit2-5.1-dev nginx libnginx-mod-http-lua
  prepare_build lua5.4 luajit # the latter for examples/openresty
  prefix=$(mktemp -d "${TMPDIR:-/tmp}/wdt-demo.XXXXXX")
  sandbox=$(prepare_lua lua5.4 "$root/lua/wdt/cli/command.lua" sandbox --detach --prefix "$prefix" --days 60 --rows 2000)
  eval "$sandbox"
  export WDT_SANDBOX_URL
fi
[ ! -t 2 ] || export WDT_DEMO_PROGRESS=1
prepare_lua lua5.4 "$root/examples/demo.lua"
printf '\nTo try the examples and the command in this shell, without installing:\n  eval "$(sh %s)"\n' \
  "$(realpath -s --relative-to=. "$root/examples/shell.sh")"
