// Package kafkatest gives tests a broker: the embedded one, or a real Apache
// Kafka on loopback when the environment says OUTCRY_TEST_KAFKA=apache. It is
// imported by tests only.
//
// Apache Kafka runs in java from jars that fetch.sh has put into the cache; a
// test that needs it and does not find it fails and says what to do.
package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/outcry/outcry/ingest/kafka"
)

// defaultVersion is the Apache Kafka that fetch.sh fetches.
const defaultVersion = "4.4.0"

// version is the Apache Kafka to run: OUTCRY_TEST_KAFKA_VERSION or the default.
func version() string {
	if v := os.Getenv("OUTCRY_TEST_KAFKA_VERSION"); v != "" {
		return v
	}
	return defaultVersion
}

// Apache tells whether tests are to run on Apache Kafka.
func Apache() bool { return os.Getenv("OUTCRY_TEST_KAFKA") == "apache" }

// Broker gives the address of a broker as OUTCRY_TEST_KAFKA says: an embedded one
// of the test's own, or an Apache Kafka that all tests of the process share, so
// that topics and groups need names of their own (Name gives one).
func Broker(t testing.TB) string {
	t.Helper()
	switch v := os.Getenv("OUTCRY_TEST_KAFKA"); v {
	case "", "embedded":
		e := Embedded(t)
		return e.Addr()
	case "apache":
		addr, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		return addr
	default:
		t.Fatalf("OUTCRY_TEST_KAFKA is %q: use embedded or apache", v)
		return ""
	}
}

// Embedded starts an embedded broker on a free port that ends with the test.
func Embedded(t testing.TB) *kafka.Embedded {
	t.Helper()
	e, err := kafka.StartEmbedded(t.TempDir(), 0, Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// Start starts an Apache Kafka that ends with the test and gives its address.
func Start(t testing.TB) string {
	t.Helper()
	b, err := startApache(t.TempDir(), plaintext)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b.addr
}

// StartSecure starts an Apache Kafka that speaks TLS with the given certificate
// and asks for the password of one user, by PLAIN or SCRAM. PEM files are given.
func StartSecure(t testing.TB, cert, key, user, password string) string {
	t.Helper()
	lines, err := secured(cert, key, user, password)
	if err != nil {
		t.Fatal(err)
	}
	b, err := startApache(t.TempDir(), lines)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b.addr
}

// sharedBroker is the one Apache Kafka of the process. It ends with the process,
// however that ends, or by Stop.
var sharedBroker struct {
	sync.Mutex
	b   *apache
	err error
}

func shared() (string, error) {
	sharedBroker.Lock()
	defer sharedBroker.Unlock()
	if sharedBroker.b == nil && sharedBroker.err == nil {
		var dir string
		if dir, sharedBroker.err = os.MkdirTemp("", "outcry-kafka-"); sharedBroker.err == nil {
			sharedBroker.b, sharedBroker.err = startApache(dir, plaintext)
		}
	}
	if sharedBroker.err != nil {
		return "", sharedBroker.err
	}
	return sharedBroker.b.addr, nil
}

// Stop ends the shared Apache Kafka, if there is one, for a TestMain that looks
// for leaks. No test may run any more.
func Stop() {
	sharedBroker.Lock()
	defer sharedBroker.Unlock()
	if sharedBroker.b != nil {
		sharedBroker.b.stop()
		sharedBroker.b = nil
	}
}

// cacheDir is where fetch.sh puts the jars.
func cacheDir() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("finding Apache Kafka: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "outcry", "kafka-"+version()), nil
}
