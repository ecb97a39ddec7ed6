package clickhouse_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
	"github.com/outcry/outcry/sink/schema"
)

// lines gives the first column of a result.
func lines(t *testing.T, conn driver.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEverythingIsExplained(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	for _, table := range lines(t, conn, "SELECT name FROM system.tables WHERE database = ? AND comment = '' AND NOT endsWith(name, '_mv')", cfg.Database) {
		t.Errorf("table %s has no comment", table)
	}
	for _, column := range lines(t, conn, "SELECT table || '.' || name FROM system.columns WHERE database = ? AND comment = '' AND NOT endsWith(table, '_mv')", cfg.Database) {
		t.Errorf("column %s has no comment", column)
	}
	for _, name := range schema.Tables() {
		if n := clickhousetest.Count(t, conn, "SELECT count() FROM system.tables WHERE database = ? AND name = ?", cfg.Database, name); n != 1 {
			t.Errorf("%s is not there", name)
		}
	}
}

// Invariant 4 hangs on this: what is put into a rollup twice counts once.
func TestRollupsAreSets(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	set := regexp.MustCompile(`^(AggregateFunction\(uniqCombined64\(20\), UInt64\)|SimpleAggregateFunction\((max|min|any), .*\))$`)
	columns := lines(t, conn, `SELECT table || '.' || name || ' ' || type FROM system.columns
		WHERE database = ? AND table IN (SELECT name FROM system.tables WHERE database = ? AND engine = 'AggregatingMergeTree') AND NOT is_in_sorting_key`, cfg.Database, cfg.Database)
	if len(columns) < 4 {
		t.Errorf("rollups have %d columns, want 4 or more", len(columns))
	}
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		if !set.MatchString(kind) {
			t.Errorf("%s is %s, which counts a repetition", name, kind)
		}
	}
}

// FINAL merges rows of one partition only, so a row's partition must follow from its key.
func TestPartitionsFollowFromKeys(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	for _, c := range lines(t, conn, "SELECT table || '.' || name FROM system.columns WHERE database = ? AND is_in_partition_key AND NOT is_in_sorting_key", cfg.Database) {
		t.Errorf("%s decides the partition and is not in the sorting key", c)
	}
}

func TestClusterStatementsAreSQL(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range migrations {
		statements, err := m.Statements(schema.Layout{DB: "d", Cluster: "c"})
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range statements {
			if ast := lines(t, conn, "EXPLAIN AST "+sql); len(ast) == 0 {
				t.Errorf("the server reads nothing in:\n%s", sql)
			}
		}
	}
}

func TestMigratingAgainAfterACrash(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	// The crash came before the last steps were noted, and one table was not made yet.
	for _, sql := range []string{"DELETE FROM schema_migrations WHERE number >= 3 SETTINGS mutations_sync = 2", "DROP TABLE notifications SYNC"} {
		if err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	done, err := clickhouse.Migrate(t.Context(), cfg)
	if err != nil || len(done) < 2 || done[0].Number != 3 {
		t.Errorf("migrating did %d steps with error %v, want step 3 and all later ones", len(done), err)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM notifications"); n != 0 {
		t.Errorf("the missing table has %d rows", n)
	}
}

func TestSchemasThatAreNotOurs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ change, says string }{
		{"INSERT INTO schema_migrations VALUES (99, 'future', 'x', now64(3))", "has migration 0099_future, which this outcry does not know: it was made by a newer version"},
		{"INSERT INTO schema_migrations SELECT number, name, 'other', now64(3) + 1 FROM schema_migrations WHERE number = 2", "was applied with other contents (checksum other"},
		{"DELETE FROM schema_migrations WHERE number = 2 SETTINGS mutations_sync = 2", "lacks migration 0002_arrivals, though it has later ones"},
	} {
		cfg := clickhousetest.Start(t)
		conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
		if err := clickhouse.CheckSchema(t.Context(), conn, cfg); err != nil {
			t.Errorf("a whole schema is refused: %v", err)
		}
		if err := conn.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		if _, err := clickhouse.Migrate(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("after %s: error is %v, want one that says %q", c.change, err, c.says)
		}
		if err := clickhouse.CheckSchema(t.Context(), conn, cfg); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("after %s: checking gives %v, want %q", c.change, err, c.says)
		}
	}
}

func TestSchemaThatIsNotThere(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	last := migrations[len(migrations)-1]
	if err := conn.Exec(t.Context(), fmt.Sprintf("DELETE FROM schema_migrations WHERE number = %d SETTINGS mutations_sync = 2", last.Number)); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("the schema of database %s lacks migration %04d_%s; run outcry migrate", cfg.Database, last.Number, last.Name)
	if err := clickhouse.CheckSchema(t.Context(), conn, cfg); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	if err := conn.Exec(t.Context(), "DROP TABLE schema_migrations SYNC"); err != nil {
		t.Fatal(err)
	}
	if err := clickhouse.CheckSchema(t.Context(), conn, cfg); err == nil || !strings.Contains(err.Error(), "run outcry migrate") {
		t.Errorf("error is %v, want one that says to migrate", err)
	}
}

func TestRetentionOfWords(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	insert := "INSERT INTO posts (post_key, created_at, text, place, unknown, inserted_at) SELECT number, '2012-12-24 20:00:00', 'netflix', 'here', ['x'], now() - toIntervalDay(number) FROM numbers(20)"
	if err := conn.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	const words = "SELECT countIf(text != '' AND place != '' AND unknown != []) FROM posts"
	for _, c := range []struct {
		days int
		want uint64
	}{{0, 20}, {10, 10}, {10, 10}, {5, 5}, {0, 5}} {
		cfg.TextTTLDays = c.days
		if _, err := clickhouse.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if err := conn.Exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil {
			t.Fatal(err)
		}
		if n := clickhousetest.Count(t, conn, words); n != c.want {
			t.Errorf("with %d days %d posts have words, want %d", c.days, n, c.want)
		}
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM v_posts"); n != 20 {
		t.Errorf("%d posts are left, want all 20", n)
	}
}
