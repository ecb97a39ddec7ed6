package clickhouse_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// ask runs a statement to its end and gives the server's error number, 0 for none.
func ask(t *testing.T, conn driver.Conn, sql string) (code int32, err error) {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err == nil {
		for rows.Next() {
		}
		err = errors.Join(rows.Err(), rows.Close())
	}
	var server *ch.Exception
	if errors.As(err, &server) {
		return server.Code, err
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return 0, nil
}

// Numbers of the server's errors.
const (
	readOnly      = 164
	accessDenied  = 497
	constraint    = 452
	noDDL         = 392
	tooSlow       = 159
	tooManyRows   = 396
	tooMuchToRead = 158
	memoryLimit   = 241
)

func TestAnalystIsRefused(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Reader)
	for _, sql := range []string{
		"INSERT INTO posts (post_key) VALUES (1)",
		"INSERT INTO deletions SELECT source, post_key, author_key, created_at FROM posts",
		"ALTER TABLE posts UPDATE text = '' WHERE 1",
		"ALTER TABLE posts DELETE WHERE 1",
		"DELETE FROM posts WHERE 1",
		"TRUNCATE TABLE posts",
		"DROP TABLE posts",
		"DROP DATABASE " + cfg.Database,
		"RENAME TABLE posts TO gone",
		"OPTIMIZE TABLE posts FINAL",
		"CREATE TABLE mine (a UInt8) ENGINE = Memory",
		"CREATE VIEW mine AS SELECT 1",
		"CREATE FUNCTION mine AS x -> x",
		"CREATE DATABASE mine",
		"CREATE USER mine",
		"GRANT SELECT ON *.* TO " + cfg.ReaderUsername,
		"SYSTEM SHUTDOWN",
		"SYSTEM STOP MERGES posts",
		"KILL QUERY WHERE 1",
		"SELECT * FROM file('/etc/passwd', 'LineAsString')",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"SELECT * FROM remote('127.0.0.1', 'system', 'users')",
		"SELECT * FROM remoteSecure('127.0.0.1', 'system', 'users')",
		"SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"SELECT * FROM s3('http://127.0.0.1:1/bucket/object', 'CSV')",
		"SELECT * FROM executable('id', 'LineAsString', 'line String')",
		"SELECT * FROM system.users",
		"SELECT * FROM system.grants",
		"SHOW CREATE USER " + cfg.Username,
		"SHOW GRANTS FOR " + cfg.Username,
	} {
		switch code, err := ask(t, conn, sql); code {
		case readOnly, accessDenied:
		default:
			t.Errorf("%s: error is %v, want a refusal", sql, err)
		}
	}
}

func TestAnalystCannotRaiseLimits(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Reader)
	for _, setting := range []string{
		"readonly = 0", "allow_ddl = 1", "max_execution_time = 0", "max_execution_time = 31",
		"max_memory_usage = 0", "max_memory_usage = 100000000000", "max_memory_usage_for_user = 0",
		"max_result_rows = 0", "max_result_rows = 2000000", "max_result_bytes = 0", "max_rows_to_read = 0",
		"max_threads = 64", "timeout_overflow_mode = 'break'", "read_overflow_mode = 'break'", "result_overflow_mode = 'break'",
		"max_concurrent_queries_for_user = 0", "timeout_before_checking_execution_speed = 100",
		"allow_introspection_functions = 1", "max_temporary_data_on_disk_size_for_query = 0",
		"max_temporary_data_on_disk_size_for_user = 0",
	} {
		switch code, err := ask(t, conn, "SELECT 1 SETTINGS "+setting); code {
		case readOnly, constraint, noDDL:
		default:
			t.Errorf("%s: error is %v, want a refusal", setting, err)
		}
	}
	// Another profile does not take the limits away.
	var seconds string
	if err := conn.QueryRow(t.Context(), "SELECT toString(getSetting('max_execution_time')) SETTINGS profile = 'default'").Scan(&seconds); err != nil || seconds != "10" {
		t.Errorf("with another profile the time limit is %q (error %v), want 10", seconds, err)
	}
	// Lowering limits, and what clients set of themselves, is theirs to do.
	if code, err := ask(t, conn, "SELECT 1 SETTINGS max_execution_time = 5, max_result_rows = 10, max_block_size = 1000, date_time_output_format = 'iso'"); code != 0 {
		t.Errorf("lowering limits: %v", err)
	}
}

func TestRunawayQueriesEnd(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Reader)
	if code, err := ask(t, conn, "SELECT throwIf(toUInt64(getSetting('max_execution_time')) != 10)"); code != 0 {
		t.Errorf("the time limit is not 10 seconds: %v", err)
	}
	for sql, want := range map[string]int32{
		"SELECT count() FROM numbers(1000000000000)": tooMuchToRead,
		"SELECT count() FROM numbers(1900000000) WHERE sipHash64(toString(number)) = 1 SETTINGS max_execution_time = 1": tooSlow,
		"SELECT groupArray(number) FROM numbers(1900000000)":                                                            memoryLimit,
		"SELECT number FROM numbers(1000001)":                                                                           tooManyRows,
	} {
		began := time.Now()
		if code, err := ask(t, conn, sql); code != want {
			t.Errorf("%s: error is %v, want number %d", sql, err, want)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: ended after %s", sql, took)
		}
	}
}

// The session inside the library is user default, without a password, and so may
// be any program on this machine.
func TestDefaultUserCanDoNothing(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	over := func(sql string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+clickhousetest.HTTPAddr(t)+"/?user=default", strings.NewReader(sql))
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, sql := range []string{
		fmt.Sprintf("SELECT count() FROM %s.posts", cfg.Database),
		"SELECT * FROM file('/etc/passwd', 'LineAsString')",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"SELECT * FROM system.users",
		"CREATE TABLE default.t (a UInt8) ENGINE = Memory",
		"KILL QUERY WHERE 1",
		"SYSTEM SHUTDOWN",
	} {
		if got := over(sql); !strings.Contains(got, "ACCESS_DENIED") && !strings.Contains(got, "READONLY") {
			t.Errorf("%s: %s", sql, strings.TrimSpace(got))
		}
	}
}
