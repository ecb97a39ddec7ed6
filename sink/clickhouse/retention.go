package clickhouse

import (
	"context"
	"fmt"
	"regexp"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/sink/schema"
)

// wordColumns are the columns of posts that hold words of people.
var wordColumns = []struct{ name, kind string }{{"text", "String"}, {"place", "String"}, {"unknown", "Array(String)"}}

// keepWords sets for how many days after its insertion a post's words are kept; 0
// is for ever. A change makes the server rewrite the table in the background, so
// nothing is done where the table says so already.
func keepWords(ctx context.Context, conn driver.Conn, l schema.Layout, days int) error {
	var made string
	query := "SELECT create_table_query FROM system.tables WHERE database = ? AND name = ?"
	if err := conn.QueryRow(ctx, query, l.DB, schema.Posts).Scan(&made); err != nil {
		return fmt.Errorf("reading how long words are kept: %w", err)
	}
	for _, c := range wordColumns {
		now := regexp.MustCompile("`" + c.name + "` [^`]* TTL inserted_at \\+ toIntervalDay\\((\\d+)\\)").FindStringSubmatch(made)
		var change string
		switch {
		case days == 0 && now != nil:
			change = "REMOVE TTL"
		case days > 0 && (now == nil || now[1] != fmt.Sprint(days)):
			change = fmt.Sprintf("%s TTL inserted_at + INTERVAL %d DAY", c.kind, days)
		default:
			continue
		}
		sql := fmt.Sprintf("ALTER TABLE %s.%s %s MODIFY COLUMN %s %s", l.DB, schema.Posts, l.OnCluster(), c.name, change)
		if err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("setting clickhouse.text_ttl_days %d: %w", days, err)
		}
	}
	return nil
}
