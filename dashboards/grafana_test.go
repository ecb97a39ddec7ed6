package dashboards_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/dashboards/query"
)

// asGrafana fills in what Grafana fills in.
func asGrafana(sql string) string {
	sql = regexp.MustCompile(`\$__timeFilter\(([^)]*)\)`).ReplaceAllString(sql, "$1 >= toDateTime('2026-03-02 14:00:00') AND $1 <= toDateTime('2026-03-02 21:00:00')")
	sql = regexp.MustCompile(`\$__timeInterval\(([^)]*)\)`).ReplaceAllString(sql, "toStartOfInterval(toDateTime($1), INTERVAL 60 second)")
	return strings.NewReplacer("${vendor}", "netflix", "${incident}", failing).Replace(sql)
}

type grafanaTarget struct {
	RawSQL     string `json:"rawSql"`
	Datasource struct{ UID string }
}

// Every panel, variable and annotation asks what the real server answers, and over the
// story nearly all have something to show.
func TestGrafana(t *testing.T) {
	t.Parallel()
	s := outage(t)
	files, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(files) != 4 {
		t.Fatalf("dashboards: %v, %v; want four", files, err)
	}
	db := query.New(s.writer, nil)
	// The story has no dead letters and deletions, its detector has not run, and no page
	// has been graded.
	empty := map[string]bool{"Dead letters": true, "Detector": true, "Status page": true}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			UID, Title string
			Panels     []struct {
				Title, Description string
				Targets            []grafanaTarget
			}
			Templating struct {
				List []struct{ Name, Query string }
			}
			Annotations struct {
				List []struct {
					Name   string
					Target grafanaTarget
				}
			}
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		ask := func(what, sql string, mayBeEmpty bool) *query.Table {
			t.Helper()
			answer, err := db.Run(t.Context(), asGrafana(sql), 10000)
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", d.Title, what, err, sql)
				return &query.Table{}
			}
			if len(answer.Rows) == 0 && !mayBeEmpty {
				t.Errorf("%s, %s: no row\n%s", d.Title, what, sql)
			}
			return answer
		}
		for _, p := range d.Panels {
			if p.Description == "" || len(p.Targets) == 0 {
				t.Errorf("%s, %s: no description or no question", d.Title, p.Title)
			}
			for _, target := range p.Targets {
				if target.Datasource.UID != "outcry" {
					t.Errorf("%s, %s: asks the data source %q, which is not provisioned", d.Title, p.Title, target.Datasource.UID)
				}
				ask(p.Title, target.RawSQL, empty[p.Title])
			}
		}
		for _, v := range d.Templating.List {
			ask("variable "+v.Name, v.Query, false)
		}
		for _, a := range d.Annotations.List {
			if answer := ask("annotation "+a.Name, a.Target.RawSQL, false); len(answer.Columns) > 0 && answer.Columns[0] != "time" {
				t.Errorf("%s, annotation %s: the first column is %s, want time", d.Title, a.Name, answer.Columns[0])
			}
		}
	}
}
