package nlp

import (
	"os"
	"testing"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

func newTagger(t testing.TB) *Tagger {
	t.Helper()
	b, err := os.ReadFile("testdata/vendors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := vendor.Load(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	tg, err := New(Options{Vendors: c})
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

func TestTag(t *testing.T) {
	t.Parallel()
	got := newTagger(t).Tag(&post.Post{ID: "1", Source: "test", Text: "AWS is down and so is Netflix"})
	if got.Outage != tag.Report || len(got.Vendors) != 2 || got.Model != Version {
		t.Errorf("tag is %+v", got)
	}
}
