#!/usr/bin/env bash
# Whether the server takes connections, whatever the options say.
exec mariadb-admin --protocol=socket --user=healthcheck ping
