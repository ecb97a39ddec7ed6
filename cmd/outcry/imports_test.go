package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/outcry/outcry"

// leaves import nothing of the project but config and, for tag and web, post. text is one
// because every stage of the tagger reads its tokens.
var leaves = []string{"ingest/post", "ingest/kafka", "ingest/web", "ingest/htmltext", "ingest/recent", "ingest/scenario/chance", "nlp/tag", "nlp/text", "nlp/model", "sink/schema", "dashboards/query", "dashboards/reaction", "dashboards/spike", "config"}

// mayImport says which folders each top folder may import besides its own; a
// folder stands for what is in it, not for what is under it, unless it ends in /….
var mayImport = map[string][]string{
	"cmd":        {"cmd/…", "ingest/…", "nlp/…", "sink/…", "dashboards/…", "config"},
	"dashboards": {"sink/schema", "nlp/tag", "ingest/post", "config"},
	"sink":       {"nlp/tag", "ingest/post", "ingest/kafka", "config"},
	"nlp":        {"ingest/post", "ingest/kafka", "config"},
	"ingest":     {"config"},
	"config":     {},
}

// allowed says whether a file of package from may import package to. Test support
// packages, whose names end in test, may be imported by tests only.
func allowed(from, to string, isTest bool) bool {
	top := strings.SplitN(from, "/", 2)[0]
	switch {
	case from == to:
		return true // an external test of the package itself
	case support(to) && (isTest || support(from)):
		return true
	case support(to):
		return false
	case support(from):
		return path.Dir(from) == to || strings.HasPrefix(path.Dir(from), to+"/") || inside(mayImport[top], to) || to == "config" || strings.HasPrefix(to, top+"/")
	case isTest && to == "sink/clickhouse":
		return true // tests ask the real server
	case isTest && (strings.HasPrefix(to, top+"/") || to == top):
		return true // a test may use a neighbour to make its data
	case from == "ingest/web" && to == "ingest/post":
		return true // its errors are those of sources
	case slices.Contains(leaves, from) && strings.HasPrefix(to, top+"/"):
		return false
	case inside(mayImport[top], to):
		return true
	case strings.HasPrefix(to, from+"/"):
		return true // a child
	case strings.HasPrefix(to, top+"/") && slices.Contains(leaves, to):
		return true // a leaf of the same top folder
	}
	return false
}

func support(pkg string) bool { return strings.HasSuffix(path.Base(pkg), "test") }

func inside(list []string, pkg string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		if root, ok := strings.CutSuffix(s, "/…"); ok {
			return pkg == root || strings.HasPrefix(pkg, root+"/")
		}
		return s == pkg
	})
}

// TestImports holds the arrow of docs/ARCHITECTURE.md: imports go up the flow or
// to a leaf. It parses the source, because what go list says in a test is cached.
func TestImports(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != "../.." && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		files++
		from := path.Dir(filepath.ToSlash(strings.TrimPrefix(file, "../../")))
		if top := strings.SplitN(from, "/", 2)[0]; mayImport[top] == nil {
			t.Errorf("%s: Go code belongs under cmd, ingest, nlp, sink, dashboards or config", file)
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(name, module+"/")
			if ours && !allowed(from, to, strings.HasSuffix(file, "_test.go")) {
				t.Errorf("%s imports %s: see the import rule in docs/ARCHITECTURE.md", file, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Errorf("only %d Go files were looked at: the test is not seeing the project", files)
	}
}

func TestImportRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"cmd/outcry", "sink/clickhouse", false, true},
		{"cmd/outcry", "sink/clickhouse/clickhousetest", false, false},
		{"cmd/outcry", "sink/clickhouse/clickhousetest", true, true},
		{"dashboards", "dashboards/query", false, true},
		{"dashboards/query", "sink/schema", false, true},
		{"dashboards", "sink/clickhouse", false, false},
		{"dashboards", "nlp", false, false},
		{"sink", "nlp/tag", false, true},
		{"sink", "nlp", false, false},
		{"sink/schema", "sink", false, false},
		{"nlp", "nlp/vendor", false, true},
		{"nlp/outage", "nlp/vendor", false, false},
		{"nlp/outage", "nlp/tag", false, true},
		{"nlp/tag", "ingest/post", false, true},
		{"nlp", "sink", false, false},
		{"ingest/bluesky", "ingest/file", false, false},
		{"ingest/kafka", "ingest", false, false},
		{"ingest/kafka", "ingest/post", false, false},
		{"ingest/web", "ingest/post", false, true},
		{"ingest/web", "ingest/htmltext", false, false},
		{"ingest/bluesky", "ingest/web", false, true},
		{"ingest", "ingest/kafka", false, true},
		{"config", "ingest/post", false, false},
	} {
		if got := allowed(c.from, c.to, c.test); got != c.want {
			t.Errorf("allowed(%s, %s, test %t) is %t, want %t", c.from, c.to, c.test, got, c.want)
		}
	}
}
