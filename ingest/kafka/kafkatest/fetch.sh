#!/bin/sh
# Fetches Apache Kafka from Maven, once, for the tests that run on the real broker:
#   sh ingest/kafka/kafkatest/fetch.sh
# The jars land in ${XDG_CACHE_HOME:-~/.cache}/outcry/kafka-VERSION. To try another
# version, set OUTCRY_TEST_KAFKA_VERSION here and for the tests.
set -eu

version=${OUTCRY_TEST_KAFKA_VERSION:-4.4.0} # the same as in kafkatest.go, which a test compares
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/outcry
dest=$cache/kafka-$version

if [ -f "$dest/complete" ]; then
	echo "Apache Kafka $version is in $dest"
	exit 0
fi

fail() {
	echo "fetching Apache Kafka $version: $1" >&2
	exit 1
}

command -v java >/dev/null || fail "java is missing: install a JRE 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"
command -v mvn >/dev/null || fail "mvn is missing: install Maven (Debian: apt-get install maven)"
major=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
[ "${major%%.*}" -ge 17 ] 2>/dev/null || fail "java is version ${major:-unknown}: install a JRE 17 or newer"

mkdir -p "$cache"
work=$(mktemp -d "$cache/kafka-$version.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
echo "fetching Apache Kafka $version from Maven into $dest"
mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" -Dproject.build.directory="$work/build" \
	dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/libs" ||
	fail "mvn did not get the jars; its message is above"
rm -rf "$work/build"

# Formatting storage takes a second of java at each start; it is done here once,
# and every broker starts from a copy.
cat >"$work/format.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:1
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1
log.dirs=$work/formatted
END
java -cp "$work/libs/*" kafka.tools.StorageTool format -t outcryTestClusterAAAAAA -c "$work/format.properties" >"$work/format.log" 2>&1 ||
	{ cat "$work/format.log" >&2; fail "formatting its storage went wrong"; }

rm -rf "$work/format.properties" "$work/format.log" "$dest"
touch "$work/complete"
chmod 755 "$work"
mv "$work" "$dest"
trap - EXIT INT TERM
echo "Apache Kafka $version is in $dest"
