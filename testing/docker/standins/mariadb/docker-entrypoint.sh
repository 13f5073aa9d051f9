#!/usr/bin/env bash
# An empty data folder gets a database and its user, then the server starts.
set -euo pipefail
options=(--datadir=/var/lib/mysql --bind-address=0.0.0.0 --skip-name-resolve)
if [ ! -d /var/lib/mysql/mysql ]; then
  password="$(cat "$MARIADB_PASSWORD_FILE")"
  mariadb-install-db --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
  mariadbd "${options[@]}" --bootstrap <<< "
FLUSH PRIVILEGES;
CREATE DATABASE \`$MARIADB_DATABASE\`;
CREATE USER \`$MARIADB_USER\`@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO \`$MARIADB_USER\`@'%';
CREATE USER 'healthcheck'@'localhost';"
fi
exec "$@" "${options[@]}"
