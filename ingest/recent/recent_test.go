package recent_test

import (
	"testing"

	"github.com/outcry/outcry/ingest/recent"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	m := recent.New(3)
	for _, id := range []string{"1", "2", "3", "4"} {
		if !m.Add(id, "a"+id, "text") {
			t.Errorf("%s is no news", id)
		}
	}
	if _, ok := m.Find("1"); ok {
		t.Error("more is remembered than asked for")
	}
	if p, ok := m.Find("2"); !ok || p.Author != "a2" {
		t.Errorf("found %+v, %t", p, ok)
	}
	if m.Add("2", "a2", "text") {
		t.Error("the same text is news")
	}
	if !m.Add("2", "a2", "edited") {
		t.Error("an edit is no news")
	}
	m.Forget("3")
	if got := m.Oldest(9); len(got) != 2 || got[0].ID != "4" || got[1].ID != "2" {
		t.Errorf("the oldest are %+v", got)
	}
	if got := m.Oldest(1); len(got) != 1 || got[0].ID != "4" {
		t.Errorf("then the oldest is %+v", got)
	}
	if !m.Add("3", "a3", "text") {
		t.Error("a post that came back is no news")
	}
}
