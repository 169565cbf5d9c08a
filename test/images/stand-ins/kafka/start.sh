#!/bin/sh
# KAFKA_LOG_DIRS becomes log.dirs, as in the image this stands for.
# f: the asterisk of the class path is for Java.
set -euf
properties=/tmp/server.properties
env | sed -n 's/^KAFKA_\([A-Z0-9_]*\)=/\1=/p' | while IFS='=' read -r name value; do
  printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done > "$properties"
java="java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=/opt/kafka/bin/log4j2.properties -cp /opt/kafka/libs/*"
[ -e "$KAFKA_LOG_DIRS/meta.properties" ] || $java kafka.tools.StorageTool format --ignore-formatted -t 4L6g3nShT-eMCtK--X86sw -c "$properties"
exec $java kafka.Kafka "$properties"
