#!/bin/sh
# A clean Debian 12 (a root of its own, made by mmdebstrap and thrown away), in which the tutorial is followed to the letter:
# builds the Debian package of this tree, installs it, and gets from nothing to a table in MariaDB. Then looks at what a person
# expects of an installed program, and removes it. As root.
#
#   sh spec/installed.sh FOLDER
set -eu

# Inside the new root, in the tree.
tutorial() {
  printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "true";\n' >/etc/apt/apt.conf.d/zz-a-person
  apt-get update -q
  apt-get install sudo
  # its command lines; where systemd is, a server starts when it is installed
  { echo 'set -ex' && awk '/^```sh$/ { on = 1; next } /^```$/ { if (on && !n++) print "sudo service mariadb start"; on = 0 } on' \
    docs/tutorial.md; } >/tutorial.sh
  sh /tutorial.sh
  service mariadb stop
}

use() {
  # whatever shell a person has, and `man`
  apt-get install -q --no-install-recommends bash-completion zsh fish man-db luajit2
  set -x
  # `cmake --install` puts the same files in the same places
  for lua in luajit lua5.4; do
    DESTDIR=/staged cmake --install "build/$lua" >/dev/null
  done
  (cd /staged && find . -type f | sort) >/staged.list
  dpkg-deb -x build/lua5.4/wdt_*.deb /unpacked
  (cd /unpacked && find . -type f | sort) | diff /staged.list -
  cd /
  test "$(command -v wdt)" = /usr/bin/wdt
  wdt --version | grep '^wdt [0-9]'
  man -w wdt | grep -x /usr/share/man/man1/wdt.1
  man -L zh_CN.UTF-8 -w wdt | grep -x /usr/share/man/zh_CN/man1/wdt.1
  bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader wdt; complete -p wdt' | grep _wdt_known
  zsh -fc 'autoload -Uz compinit; compinit -u -D; print $_comps[wdt]' | grep -x _wdt
  HOME=/root fish -c 'complete -C "wdt sandb"' | grep ^sandbox
  for lua in lua5.4 luajit; do $lua -e 'require "wdt"; require "wdt.host.curl".new():close()'; done
  apt-get remove -q wdt
  ! test -e /usr/bin/wdt
  ! find /usr/share/lua /usr/lib -name 'wdt*' | grep .
}

if [ "${1:-}" = --inside ]; then
  export DEBIAN_FRONTEND=noninteractive
  cd /wdt
  tutorial
  use
  exit
fi
[ $# = 1 ] || { echo "usage: sh spec/installed.sh FOLDER" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd -P)
. "$root/.ci/prepare"
prepare_packages mmdebstrap git
mkdir -p "$1"
git -C "$root" archive --prefix=wdt/ --format=tar HEAD >"$1/tree.tar"
mmdebstrap --variant=apt --format=null --skip=cleanup/apt --customize-hook="tar-in '$1/tree.tar' /" \
  --customize-hook='chroot "$1" sh /wdt/spec/installed.sh --inside' bookworm - >"$1/installed.log" 2>&1 ||
  { tail -n 60 "$1/installed.log"; exit 1; }
