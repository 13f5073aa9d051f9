#!/usr/bin/env bash
# Properties from KAFKA_ variables (_ is a dot, __ an underscore, ___ a dash), an empty storage formatted, the broker.
set -euo pipefail
properties=/opt/kafka/config/server.properties
: > "$properties"
for variable in $(compgen -e | grep '^KAFKA_'); do
  case $variable in
    KAFKA_VERSION | KAFKA_*OPTS | KAFKA_*LOG4J* | KAFKA_JMX_HOSTNAME) continue ;;
  esac
  name="$(sed -e 's/^KAFKA_//' -e 's/___/-/g' -e 's/__/\x01/g' -e 's/_/./g' -e 's/\x01/_/g' <<< "$variable")"
  printf '%s=%s\n' "${name,,}" "${!variable}" >> "$properties"
done
read -ra options <<< "${KAFKA_HEAP_OPTS:--Xmx1g} ${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseG1GC}"
java=(java "${options[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted \
  --cluster-id="${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" --config "$properties"
exec "${java[@]}" kafka.Kafka "$properties"
