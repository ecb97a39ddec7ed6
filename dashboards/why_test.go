package dashboards_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/nlp/tag"
)

// TestWhy explains a stored post with a tagger that is told what to say.
func TestWhy(t *testing.T) {
	t.Parallel()
	p := tag.Tag{ID: "why", Source: "x", Author: "a", CreatedAt: evening, Text: "<b>netflix</b> is down", Outage: tag.Report, Model: "old"}
	broken := tag.Tag{ID: "broken", Source: "x", Author: "a", CreatedAt: evening, Text: "boom", Outage: tag.Report}
	s := open(t, evening, []tag.Tag{p, broken}, func(o *dashboards.Options) {
		o.Explain = func(text string) (tag.Explanation, error) {
			if text == "boom" {
				return tag.Explanation{}, errors.New("boom")
			}
			return tag.Explanation{
				Tag: tag.Tag{Text: text, Model: "new"},
				Decisions: []tag.Decision{{What: "role", Vendor: "netflix", Label: "affected", Probability: 0.8, RunnerUp: "blamed", RunnerUpProbability: 0.1,
					Reasons: []tag.Reason{{Feature: "<t> is", Weight: 1.5, Span: tag.Span{Start: 3, End: 900}}, {Feature: "x", Weight: -0.5}}}},
			}, nil
		}
	})
	address := fmt.Sprintf("%s/posts/%x/why", s.url, p.Key())
	resp, body := get(t, address)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %s", resp.StatusCode, body)
	}
	for _, want := range []string{"The part of Netflix: affected", ", then blamed 10", "&lt;t&gt; is", "&lt;b&gt;netflix", "tagged by <bdi>old</bdi>; <bdi>new</bdi> explains"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q:\n%s", want, body)
		}
	}
	var x tag.Explanation
	if _, body := get(t, fmt.Sprintf("%s/api/v1/posts/%x/why", s.url, p.Key())); json.Unmarshal([]byte(body), &x) != nil || len(x.Decisions) != 1 {
		t.Errorf("the JSON is %s", body)
	}
	for path, want := range map[string]int{
		"/posts/123/why": http.StatusNotFound, "/posts/netflix/why": http.StatusBadRequest, "/api/v1/posts/zz/why": http.StatusBadRequest,
		fmt.Sprintf("/posts/%x/why", broken.Key()): http.StatusInternalServerError,
	} {
		if resp, body := get(t, s.url+path); resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d: %s", path, resp.StatusCode, want, body)
		}
	}
}

func TestWhyWithoutTagger(t *testing.T) {
	t.Parallel()
	s := open(t, evening, nil)
	if resp, body := get(t, s.url+"/posts/1/why"); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "explains no tags") {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}
