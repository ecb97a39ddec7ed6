package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/sink/schema"
)

// statements gives the SQL of all migrations for a layout.
func statements(t *testing.T, l schema.Layout) []string {
	t.Helper()
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range migrations {
		s, err := m.Statements(l)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s...)
	}
	return all
}

func TestMigrationsAreNumberedAndSigned(t *testing.T) {
	t.Parallel()
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, m := range migrations {
		if m.Number != i+1 || m.Name == "" || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(m.Checksum) || seen[m.Checksum] {
			t.Errorf("migration %d is numbered %d, named %q, with checksum %q", i+1, m.Number, m.Name, m.Checksum)
		}
		seen[m.Checksum] = true
	}
}

// A migration that was cut short is run again from its start.
func TestStatementsMayRunTwice(t *testing.T) {
	t.Parallel()
	for _, sql := range statements(t, schema.Layout{DB: "d"}) {
		first, _, _ := strings.Cut(sql, "\n")
		again := strings.Contains(first, " IF NOT EXISTS d.") || strings.HasPrefix(first, "CREATE OR REPLACE VIEW d.")
		if strings.HasPrefix(sql, "CREATE ") && !again {
			t.Errorf("%q says neither IF NOT EXISTS nor OR REPLACE, or names no database", first)
		}
	}
}

func TestEveryNameIsMade(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	for _, sql := range statements(t, schema.Layout{DB: "d"}) {
		if m := regexp.MustCompile(`^CREATE (?:TABLE|VIEW) IF NOT EXISTS d\.(\w+)`).FindStringSubmatch(sql); m != nil {
			made[m[1]] = true
		}
	}
	named := map[string]bool{}
	for _, name := range schema.Tables() {
		named[name] = true
	}
	if d := cmp.Diff(named, made); d != "" {
		t.Errorf("names that Go knows and those that SQL makes (-go +sql):\n%s", d)
	}
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	for _, sql := range statements(t, schema.Layout{DB: "d"}) {
		if strings.Contains(sql, "ON CLUSTER") || strings.Contains(sql, "Replicated") || strings.Contains(sql, "{{") {
			t.Errorf("a statement for one server speaks of a cluster:\n%s", sql)
		}
	}
	for _, sql := range statements(t, schema.Layout{DB: "d", Cluster: "c"}) {
		first, _, _ := strings.Cut(sql, "\n")
		if !strings.Contains(first, " ON CLUSTER c") {
			t.Errorf("%q runs on one server of the cluster only", first)
		}
		if strings.HasPrefix(sql, "CREATE TABLE") && !strings.Contains(sql, "ENGINE = Replicated") {
			t.Errorf("%q is not replicated", first)
		}
		if strings.Contains(sql, "non_replicated") {
			t.Errorf("%q forgets its inserts on a cluster", first)
		}
	}
}

func TestEngines(t *testing.T) {
	t.Parallel()
	one, many := schema.Layout{DB: "d"}, schema.Layout{DB: "d", Cluster: "c"}
	got := []string{
		one.Replacing("v"), one.Aggregating(), one.Dedup(),
		many.Replacing("v"), many.Aggregating(), many.Dedup(),
	}
	want := []string{
		"ReplacingMergeTree(v)", "AggregatingMergeTree()", "non_replicated_deduplication_window = 1000",
		"ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', v)",
		"ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
		"replicated_deduplication_window = 1000",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("engines (-want +got):\n%s", d)
	}
}
