package clickhouse_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

func TestEngineServesAndMigrates(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM system.tables WHERE database = ?", cfg.Database); n < 18 {
		t.Errorf("there are %d tables, want at least 18", n)
	}
	done, err := clickhouse.Migrate(t.Context(), cfg)
	if err != nil || len(done) != 0 {
		t.Errorf("a second migration did %d steps with error %v, want 0 and none", len(done), err)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	cfg.Password = "guess"
	_, err := clickhouse.Open(t.Context(), cfg, clickhouse.Writer)
	if !errors.Is(err, clickhouse.ErrAuth) {
		t.Errorf("error is %v, want ErrAuth", err)
	}
}

func TestWrongGreetingsLeaveTheServerAlone(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	good := clickhousetest.Open(t, cfg, clickhouse.Writer)
	for range 20 {
		wrong := cfg
		wrong.Username = "nobody"
		if _, err := clickhouse.Open(t.Context(), wrong, clickhouse.Writer); !errors.Is(err, clickhouse.ErrAuth) {
			t.Errorf("unknown user: error is %v, want ErrAuth", err)
		}
		wrong = cfg
		wrong.Database = "nowhere"
		if _, err := clickhouse.Open(t.Context(), wrong, clickhouse.Writer); err == nil || !strings.Contains(err.Error(), "database nowhere is not there; run outcry migrate") {
			t.Errorf("unknown database: error is %v", err)
		}
	}
	for _, bytes := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", strings.Repeat("x", 1<<20)} {
		conn, err := net.Dial("tcp", cfg.Addr[0])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(bytes))
		_ = conn.Close()
	}
	if n := clickhousetest.Count(t, good, "SELECT toUInt64(1)"); n != 1 {
		t.Errorf("the server answers %d, want 1", n)
	}
}

// TestClientsThatVanish: a client may be killed at any moment, in the middle of a
// result or of an insert, and the server goes on.
func TestClientsThatVanish(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	good := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if err := good.Exec(t.Context(), "CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
		switch i % 3 {
		case 0: // away while the server sends
			rows, err := conn.Query(t.Context(), "SELECT number, repeat('x', 1000) FROM system.numbers")
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
		case 1: // away while the server computes
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			_ = conn.Exec(ctx, "SELECT sleepEachRow(0.01) FROM numbers(1000)")
			cancel()
		case 2: // away in the middle of an insert
			batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO t")
			if err != nil {
				t.Fatal(err)
			}
			for n := range 1000 {
				if err := batch.Append(uint64(n), strings.Repeat("x", 1000)); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		_ = conn.Close()
	}
	if n := clickhousetest.Count(t, good, "SELECT toUInt64(1)"); n != 1 {
		t.Errorf("the server answers %d, want 1", n)
	}
}
