#!/bin/sh
# Builds the Debian package, installs it on a clean Debian 12 (a root of its own, made by mmdebstrap and thrown away) and uses
# it there as a new user would. As root.
#
#   sh spec/installed.sh FOLDER
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)

# Inside the new root.
use() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q -o APT::Install-Recommends=true /wdt.deb # as Debian does by itself
  # whatever shell a person has, and `man`
  apt-get install -y -q --no-install-recommends bash-completion zsh fish man-db luajit2
  cd /
  set -x
  test "$(command -v wdt)" = /usr/bin/wdt
  wdt --version | grep '^wdt [0-9]'
  man -w wdt | grep -x /usr/share/man/man1/wdt.1
  man -L zh_CN.UTF-8 -w wdt | grep -x /usr/share/man/zh_CN/man1/wdt.1
  bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader wdt; complete -p wdt' | grep _wdt_known
  zsh -fc 'autoload -Uz compinit; compinit -u -D; print $_comps[wdt]' | grep -x _wdt
  HOME=/root fish -c 'complete -C "wdt sandb"' | grep ^sandbox
  for lua in lua5.4 luajit; do $lua -e 'require "wdt"; require "wdt.host.curl".new():close()'; done
  sandbox=$(wdt sandbox --detach --rows 50 --days 3)
  eval "$sandbox"
  trap 'wdt sandbox --stop "$WDT_SANDBOX_PREFIX"' EXIT
  export WDT_EDITION=enterprise WDT_SID=sandbox WDT_APPKEY=sandbox-ent WDT_APPSECRET=sandbox-secret \
    WDT_URL="$WDT_SANDBOX_URL/openapi2"
  n=$(wdt count --last 2d)
  test "$n" -gt 20
  wdt stockouts --last 2d -o /rows.csv
  test -s /rows.csv
  wdt sync shipped --from "$(date -d '2 days ago' +%F)" --to sqlite:/copy.db
  wdt ledger sqlite:/copy.db shipped
  wdt sandbox --stop "$WDT_SANDBOX_PREFIX"
  trap - EXIT
  apt-get remove -y -q wdt
  ! test -e /usr/bin/wdt
  ! find /usr/share/lua /usr/lib -name 'wdt*' | grep .
}

if [ "${1:-}" = --use ]; then
  use
  exit
fi
[ $# = 1 ] || { echo "usage: sh spec/installed.sh FOLDER" >&2; exit 2; }
deb=$(sh "$root/.ci/package" "$1")
. "$root/.ci/prepare"
prepare_packages mmdebstrap

# `cmake --install` puts the same files in the same places.
for lua in luajit lua5.4; do
  DESTDIR=$1/staged cmake --install "$1/$lua" >/dev/null
done
dpkg-deb -x "$deb" "$1/unpacked"
(cd "$1/staged" && find . -type f | sort) >"$1/staged.list"
(cd "$1/unpacked" && find . -type f | sort) | diff "$1/staged.list" -

mmdebstrap --variant=apt --format=null --skip=cleanup/apt --customize-hook="upload '$deb' /wdt.deb" \
  --customize-hook="upload '$root/spec/installed.sh' /installed.sh" \
  --customize-hook='chroot "$1" sh /installed.sh --use' bookworm - >"$1/installed.log" 2>&1 ||
  { tail -n 40 "$1/installed.log"; exit 1; }
