#!/bin/sh
# Run once, while the image is built, in the base: removes what only building needs. That is npm, and Debian's package
# manager with all that it draws in. Packages that the base does not have are passed over. The list of those that remain
# stays true, and stays, for whoever scans the image.
set -eu

purge() {
  dpkg --purge --force-depends --force-remove-essential --force-remove-protected "$@" 2>&1
}

purge adduser apt bsdutils ca-certificates debian-archive-keyring e2fsprogs gpgv libapt-pkg6.0 libcom-err2 libext2fs2 \
  libffi8 libgcrypt20 libgnutls30 libgpg-error0 libhogweed6 libidn2-0 libnettle8 libp11-kit0 libpam-modules \
  libpam-modules-bin libpam-runtime libseccomp2 libsemanage-common libsemanage2 libsepol2 libss2 libssl3 libtasn1-6 \
  libunistring2 libxxhash0 login logsave mount ncurses-bin openssl passwd sysvinit-utils tzdata util-linux-extra
# The scripts of the ones above may use these, dpkg the last three.
purge debconf hostname init-system-helpers libdb5.3 libdebconfclient0
purge perl-base
purge diffutils gzip

rm -rf /usr/bin/dpkg* /usr/sbin/dpkg* /usr/share/dpkg
rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
  /opt/yarn* /usr/local/include /usr/local/share /usr/local/CHANGELOG.md /usr/local/README.md /root/.npm
rm -rf /usr/share/info /usr/share/locale /usr/share/man /usr/share/zoneinfo /usr/lib/*/gconv /usr/lib/*/perl* \
  /var/cache/* /var/lib/apt /var/log/*
# Licences stay.
find /usr/share/doc -type f ! -name copyright -delete
