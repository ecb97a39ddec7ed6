// Package schema owns the tables that outcry keeps in ClickHouse: their names and
// the numbered migrations that make them. A migration that was published never
// changes; a change of the schema is a new one with the next number.
//
// It renders SQL and runs none.
package schema

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

// Names of tables and views.
const (
	Posts           = "posts"
	Mentions        = "mentions"
	VendorMinutes   = "vendor_minutes"
	Arrivals        = "arrivals"
	SourceMinutes   = "source_minutes"
	Deletions       = "deletions"
	Scrubs          = "scrubs"
	DeadLetters     = "dead_letters"
	OfficialEvents  = "official_events"
	Statements      = "statements"
	Incidents       = "incidents"
	IncidentChanges = "incident_changes"
	DetectorStates  = "detector_states"
	Leases          = "leases"
	AlertActions    = "alert_actions"
	Notifications   = "notifications"
	Questions       = "questions"
	Applied         = "schema_migrations"

	ViewPosts         = "v_posts"
	ViewMentions      = "v_mentions"
	ViewVendorMinutes = "v_vendor_minutes"
	ViewSourceMinutes = "v_source_minutes"
	ViewIncidents     = "v_incidents"
	ViewHonesty       = "v_status_honesty"
	ViewStatements    = "v_statements"
	ViewOfficial      = "v_official_events"
)

// Tables gives the names of all tables and views that migrations make, in the order
// of this file, but for materialized views, whose names end in _mv.
func Tables() []string {
	return []string{
		Posts, Mentions, VendorMinutes, Arrivals, SourceMinutes, Deletions, Scrubs, DeadLetters,
		OfficialEvents, Statements, Incidents, Notifications, IncidentChanges, DetectorStates, Leases, AlertActions, Questions,
		ViewPosts, ViewMentions, ViewVendorMinutes, ViewSourceMinutes, ViewIncidents, ViewHonesty, ViewStatements, ViewOfficial,
	}
}

// OutcomeStored is the outcome in arrivals of a post that is in posts.
const OutcomeStored = "stored"

//go:embed migrations/*.sql
var files embed.FS

// Migration is one numbered step.
type Migration struct {
	Number int
	Name   string
	// Checksum is the SHA-256 of the file, in hexadecimal digits.
	Checksum string
	text     string
}

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// Migrations gives all steps in order, numbered from 1 without a gap.
func Migrations() ([]Migration, error) {
	entries, err := files.ReadDir("migrations")
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	all := make([]Migration, 0, len(entries))
	for i, e := range entries {
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil {
			return nil, fmt.Errorf("reading migrations: %s is not named like 0001_name.sql", e.Name())
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n != i+1 {
			return nil, fmt.Errorf("reading migrations: %s stands where number %04d is due", e.Name(), i+1)
		}
		b, err := files.ReadFile(path.Join("migrations", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(b)
		all = append(all, Migration{Number: n, Name: m[2], Checksum: hex.EncodeToString(sum[:]), text: string(b)})
	}
	return all, nil
}

// Layout says where the tables stand: in which database, and on which cluster if any.
type Layout struct {
	DB      string
	Cluster string
}

// OnCluster is the clause that runs DDL on all servers of the cluster.
func (l Layout) OnCluster() string {
	if l.Cluster == "" {
		return ""
	}
	return "ON CLUSTER " + l.Cluster
}

// Replacing is the engine of a table in which of rows with the same key the one
// with the highest version holds.
func (l Layout) Replacing(version string) string {
	return l.replicated() + "ReplacingMergeTree" + l.arguments(version)
}

// Aggregating is the engine of a rollup.
func (l Layout) Aggregating() string { return l.replicated() + "AggregatingMergeTree" + l.arguments() }

// Dedup is the setting that makes the server remember the inserts it has taken.
func (l Layout) Dedup() string {
	if l.Cluster == "" {
		return "non_replicated_deduplication_window = 1000"
	}
	return "replicated_deduplication_window = 1000"
}

func (l Layout) replicated() string {
	if l.Cluster == "" {
		return ""
	}
	return "Replicated"
}

func (l Layout) arguments(more ...string) string {
	if l.Cluster != "" {
		more = append([]string{"'/clickhouse/tables/{shard}/{database}/{table}'", "'{replica}'"}, more...)
	}
	return "(" + strings.Join(more, ", ") + ")"
}

// Statements gives the SQL of the step for a layout, one statement an element.
func (m Migration) Statements(l Layout) ([]string, error) {
	t, err := template.New(m.Name).Option("missingkey=error").Parse(m.text)
	if err != nil {
		return nil, fmt.Errorf("reading migration %04d_%s: %w", m.Number, m.Name, err)
	}
	var sql bytes.Buffer
	if err := t.Execute(&sql, l); err != nil {
		return nil, fmt.Errorf("reading migration %04d_%s: %w", m.Number, m.Name, err)
	}
	return split(sql.String()), nil
}

// split cuts at semicolons that end a line, and drops lines that are comments.
func split(sql string) []string {
	var all []string
	var now strings.Builder
	for line := range strings.Lines(sql) {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "--") {
			continue
		}
		if body, last := strings.CutSuffix(trimmed, ";"); last {
			now.WriteString(body)
			all = append(all, now.String())
			now.Reset()
			continue
		}
		now.WriteString(line)
	}
	if strings.TrimSpace(now.String()) != "" {
		all = append(all, now.String())
	}
	return all
}
