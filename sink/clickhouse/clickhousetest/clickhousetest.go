// Package clickhousetest gives tests a real ClickHouse: the embedded server with
// its schema. A test package that uses it runs its tests through Main, because
// the server is the test binary itself in a child process.
package clickhousetest

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/sink/clickhouse"
)

// Command is the argument under which a test binary is the server.
const Command = "__engine"

// Child is the server if this process was started as one; it does not return then.
// A TestMain of its own calls it first.
func Child() {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(clickhouse.EngineMain(os.Args[2:]))
	}
}

// Main runs the tests of a package; TestMain calls it.
func Main(m *testing.M) {
	Child()
	code := m.Run()
	if shared.engine != nil {
		_ = shared.engine.Close()
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

var shared struct {
	once   sync.Once
	dir    string
	engine *clickhouse.Engine
	err    error
	count  atomic.Int64
}

// Start gives the settings of a database of the test's own, with the schema, on a
// server that all tests of the package share.
func Start(t testing.TB) config.ClickHouse {
	t.Helper()
	cfg := Config(server(t))
	cfg.Database = "test_" + strconv.FormatInt(shared.count.Add(1), 10)
	if _, err := clickhouse.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// HTTPAddr gives the address of the shared server's HTTP port.
func HTTPAddr(t testing.TB) string {
	t.Helper()
	return server(t).HTTPAddr
}

func server(t testing.TB) *clickhouse.Engine {
	t.Helper()
	shared.once.Do(func() {
		shared.dir, shared.err = os.MkdirTemp("", "outcry-clickhouse-")
		if shared.err == nil {
			shared.engine, shared.err = clickhouse.StartEngine(t.Context(), Options(filepath.Join(shared.dir, "data")))
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.engine
}

// Options are those of a server of one's own, on free ports, with data in dir.
func Options(dir string) clickhouse.EngineOptions {
	cfg := Defaults()
	return clickhouse.EngineOptions{
		LibraryDir: cfg.EngineDir, DataDir: dir, Command: Command, Config: cfg,
		Log: slog.New(slog.DiscardHandler),
	}
}

// Defaults are the settings of an embedded server on free ports. The reader may
// read every database, for the tests of a package share one server.
func Defaults() config.ClickHouse {
	cfg, err := config.Load(os.DevNull, nil)
	if err != nil {
		panic(err) // our own defaults
	}
	cfg.ClickHouse.EmbeddedTCPPort, cfg.ClickHouse.EmbeddedHTTPPort = 0, 0
	cfg.ClickHouse.DialTimeout = 10 * time.Second
	cfg.ClickHouse.Database = "test_*"
	return cfg.ClickHouse
}

// Config gives the settings that reach a server.
func Config(e *clickhouse.Engine) config.ClickHouse {
	cfg := Defaults()
	cfg.Database = "outcry"
	cfg.Addr = []string{e.TCPAddr}
	cfg.Username, cfg.Password = e.Credentials.Writer, e.Credentials.WriterPassword
	cfg.ReaderUsername, cfg.ReaderPassword = e.Credentials.Reader, e.Credentials.ReaderPassword
	return cfg
}

// Open connects, and closes with the test.
func Open(t testing.TB, cfg config.ClickHouse, role clickhouse.Role) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(t.Context(), cfg, role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Count asks for one number.
func Count(t testing.TB, conn driver.Conn, sql string, args ...any) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", strings.Join(strings.Fields(sql), " "), err)
	}
	return n
}
