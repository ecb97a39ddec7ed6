package tag_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outcry/outcry/nlp/tag"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/schemas/tag.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sameFields holds that a struct and a schema have the same fields, each described.
func sameFields(t *testing.T, typ reflect.Type, s *jsonschema.Schema) {
	t.Helper()
	var fields, described []string
	for _, f := range reflect.VisibleFields(typ) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields = append(fields, name)
		}
	}
	for name, p := range s.Properties {
		described = append(described, name)
		if p.Description == "" {
			t.Errorf("%s of %s has no description", name, typ)
		}
	}
	slices.Sort(fields)
	slices.Sort(described)
	if d := cmp.Diff(fields, described); d != "" {
		t.Errorf("fields of %s (-struct +schema):\n%s", typ, d)
	}
}

func TestSchemaHasEveryField(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	items := func(s *jsonschema.Schema, field string) *jsonschema.Schema {
		return s.Properties[field].Items2020.Ref
	}
	sameFields(t, reflect.TypeFor[tag.Tag](), s)
	mention := items(s, "vendors")
	sameFields(t, reflect.TypeFor[tag.Mention](), mention)
	sameFields(t, reflect.TypeFor[tag.Span](), items(mention, "spans"))
	sameFields(t, reflect.TypeFor[tag.Mark](), items(s, "marks"))
}

// TestSchemaHasEveryLabel holds that the labels in code and schema are the same.
func TestSchemaHasEveryLabel(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	mention := s.Properties["vendors"].Items2020.Ref
	for _, c := range []struct {
		name   string
		schema *jsonschema.Schema
		labels []any
	}{
		{"outage", s.Properties["outage"], []any{string(tag.Report), string(tag.Reaction), string(tag.News), string(tag.None)}},
		{"sentiment", s.Properties["sentiment"], []any{string(tag.Negative), string(tag.Neutral), string(tag.Positive)}},
		{"sentiment of a vendor", mention.Properties["sentiment"], []any{string(tag.Negative), string(tag.Neutral), string(tag.Positive)}},
		{"role", mention.Properties["role"], []any{string(tag.Blamed), string(tag.Affected), string(tag.Alternative), string(tag.Mentioned)}},
	} {
		if d := cmp.Diff(c.labels, c.schema.Enum.Values); d != "" {
			t.Errorf("%s (-code +schema):\n%s", c.name, d)
		}
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
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{
		`{"id":"1","source":"x"}`, `{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z","outage":"rumour"}`,
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z","spam":2}`,
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z","vendors":[{"id":"a"}]}`,
		`{"id":"1","source":"x","created_at":"2012-12-24T20:24:00Z","cluster":255}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("the schema takes %s", bad)
		}
	}
}
