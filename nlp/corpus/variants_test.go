package corpus

import (
	"slices"
	"testing"
)

func TestVariants(t *testing.T) {
	t.Parallel()
	posts := []Post{{Text: "netflix will not load on my telly tonight, again"}, {Text: "what a lovely day for a walk by the sea"}, {Text: "too short"}}
	a, b := Variants(posts), Variants(posts)
	if !slices.Equal(a, b) {
		t.Error("the same posts have other variants")
	}
	seen := map[string]bool{posts[0].Text: true, posts[1].Text: true}
	for _, v := range a {
		if seen[v.Text] || v.Of < 0 || v.Of > 1 || v.With < 0 || v.With > 2 {
			t.Errorf("variant %+v is a post, or stands twice, or of no post", v)
		}
		seen[v.Text] = true
	}
	if len(a) < 4 {
		t.Errorf("there are %d variants of two posts", len(a))
	}
}
