#!/usr/bin/env bash
# The three commands of `hdfs` that are used here.
set -euo pipefail
case $1 in
  namenode) class=org.apache.hadoop.hdfs.server.namenode.NameNode ;;
  datanode) class=org.apache.hadoop.hdfs.server.datanode.DataNode ;;
  dfs) class=org.apache.hadoop.fs.FsShell ;;
  *) echo "this stand-in knows no hdfs $1" >&2; exit 1 ;;
esac
shift
exec java "-Xmx${HADOOP_HEAPSIZE_MAX:-512m}" --add-opens=java.base/java.lang=ALL-UNNAMED \
  -cp "$HADOOP_CONF_DIR:/opt/hadoop/share/pages:/opt/hadoop/share/hadoop/*" "$class" "$@"
