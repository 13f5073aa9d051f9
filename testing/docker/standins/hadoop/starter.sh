#!/usr/bin/env bash
# The configuration from the environment, rights to the volume, an empty storage formatted, then the command.
set -e
/opt/envtoconf.py "$HADOOP_CONF_DIR"
sudo chmod o+rwx /data
if [ -n "${ENSURE_NAMENODE_DIR-}" ] && [ ! -d "$ENSURE_NAMENODE_DIR" ]; then
  hdfs namenode -format -force
fi
"$@"
