package clickhouse_test

import (
	"os"
	"testing"

	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) {
	clickhousetest.Child()
	if dir := os.Getenv(parentEnv); dir != "" {
		runAsParent(dir)
	}
	clickhousetest.Main(m)
}

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
