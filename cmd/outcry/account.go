package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// account says what became of a set of posts.
type account struct {
	Read         int            `json:"read"`
	Accepted     int            `json:"accepted"`
	Stored       int            `json:"stored"`
	Filtered     map[string]int `json:"filtered"`
	DeadLettered map[string]int `json:"dead_lettered"`
	Repeated     int            `json:"repeated,omitempty"`
	Deletions    int            `json:"deletions,omitempty"`
}

// missing is how many posts are in none of the places where a post may end.
func (c account) missing() int {
	return c.Read - c.Stored - sum(c.Filtered) - sum(c.DeadLettered) - c.Repeated - c.Deletions
}

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

// write prints the account as lines that add up.
func (c account) write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "read           %8d\naccepted       %8d\nstored         %8d\n", c.Read, c.Accepted, c.Stored)
	for _, part := range []struct {
		name   string
		counts map[string]int
	}{{"filtered", c.Filtered}, {"dead-lettered", c.DeadLettered}} {
		_, _ = fmt.Fprintf(w, "%-14s %8d", part.name, sum(part.counts))
		for _, reason := range slices.Sorted(maps.Keys(part.counts)) {
			_, _ = fmt.Fprintf(w, "  %s %d", reason, part.counts[reason])
		}
		_, _ = fmt.Fprintln(w)
	}
	if c.Repeated > 0 {
		_, _ = fmt.Fprintf(w, "repeated       %8d  (the same source and id again; each post counts once)\n", c.Repeated)
	}
	if c.Deletions > 0 {
		_, _ = fmt.Fprintf(w, "deletions      %8d\n", c.Deletions)
	}
}

// settle asks ClickHouse what became of the posts with these keys and adds it.
func (c *account) settle(ctx context.Context, conn driver.Conn, database string, keys map[uint64]struct{}) error {
	table, err := ext.NewTable("asked", ext.Column("k", "UInt64"))
	if err != nil {
		return fmt.Errorf("asking what became of the posts: %w", err)
	}
	for k := range keys {
		if err := table.Append(k); err != nil {
			return fmt.Errorf("asking what became of the posts: %w", err)
		}
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithExternalTable(table))
	c.Filtered = map[string]int{}
	if c.DeadLettered == nil {
		c.DeadLettered = map[string]int{}
	}
	for _, question := range []struct {
		sql string
		add func(outcome string, n int)
	}{
		{fmt.Sprintf("SELECT toString(outcome), uniqExact(post_key) FROM %s.arrivals FINAL WHERE post_key IN asked GROUP BY outcome", database),
			func(outcome string, n int) {
				if outcome == "stored" {
					c.Stored = n
				} else {
					c.Filtered[outcome] = n
				}
			}},
		{fmt.Sprintf("SELECT toString(reason), uniqExact(post_key) FROM %[1]s.dead_letters FINAL WHERE post_key IN asked AND post_key NOT IN (SELECT post_key FROM %[1]s.arrivals WHERE post_key IN asked) GROUP BY reason", database),
			func(reason string, n int) { c.DeadLettered[reason] += n }},
	} {
		rows, err := conn.Query(ctx, question.sql)
		if err != nil {
			return fmt.Errorf("asking what became of the posts: %w", err)
		}
		for rows.Next() {
			var (
				name string
				n    uint64
			)
			if err := rows.Scan(&name, &n); err != nil {
				_ = rows.Close()
				return fmt.Errorf("asking what became of the posts: %w", err)
			}
			question.add(name, int(n))
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("asking what became of the posts: %w", err)
		}
		_ = rows.Close()
	}
	return nil
}
