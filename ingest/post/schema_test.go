package post_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outcry/outcry/ingest/post"
)

const schemaFile = "../../docs/schemas/post.json"

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instance(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaHasEveryField(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	var fields, described []string
	for f := range reflect.TypeFor[post.Post]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	for name, p := range s.Properties {
		described = append(described, name)
		if p.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
	slices.Sort(fields)
	slices.Sort(described)
	if d := cmp.Diff(fields, described); d != "" {
		t.Errorf("fields (-struct +schema):\n%s", d)
	}
}

func TestSchemaTakesGoldenFiles(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	for name := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(instance(t, string(b))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, example := range s.Examples {
		if err := s.Validate(example); err != nil {
			t.Errorf("example %d: %v", i, err)
		}
	}
}

// TestSchemaAgreesWithCode holds that schema and code refuse the same records, as
// far as a schema can tell.
func TestSchemaAgreesWithCode(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	for _, in := range []string{
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00.5+01:00","text":"","more":{"x":1}}`,
		`{"id":"1","source":"x","kind":"","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"x","kind":"delete"}`,
		`{"source":"x","kind":"delete_author","author":"a"}`,
		`{}`,
		`[]`,
		`null`,
		`{"id":"1","source":"x"}`,
		`{"id":"1","created_at":"2012-12-24T20:24:00Z"}`,
		`{"source":"x","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"","source":"x","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":1,"source":"x","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"two words","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"x","created_at":"24 December"}`,
		`{"id":"1","source":"x","created_at":1356380640}`,
		`{"id":"1","source":"x","kind":"gossip","created_at":"2012-12-24T20:24:00Z"}`,
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z","simulated":"yes"}`,
		`{"source":"x","kind":"delete"}`,
		`{"source":"x","kind":"delete_author","author":""}`,
	} {
		bySchema := s.Validate(instance(t, in))
		p, byCode := post.Decode([]byte(in))
		if byCode == nil {
			byCode = p.Validate(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		if (bySchema == nil) != (byCode == nil) {
			t.Errorf("%s: the schema says %v, the code %v", in, bySchema, byCode)
		}
	}
}
