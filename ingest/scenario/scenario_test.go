package scenario

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

const christmas = "christmas-eve-2012"

func load(t *testing.T) *Scenario {
	t.Helper()
	s, err := Load(christmas)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	_, err := Load("easter-1903")
	var unknown *UnknownError
	if !errors.As(err, &unknown) {
		t.Fatalf("Load gave %v, want an *UnknownError", err)
	}
	if got, want := err.Error(), `there is no scenario "easter-1903"; there are: christmas-eve-2012`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Contains(Names(), christmas) {
		t.Errorf("Names() = %q lacks %s", Names(), christmas)
	}
}

func TestPostsAreValidInOrderAndSimulated(t *testing.T) {
	t.Parallel()
	s := load(t)
	var last time.Time
	ids := map[string]bool{}
	n := 0
	for p, truth := range s.Posts(1) {
		n++
		if err := p.Validate(s.End); err != nil {
			t.Fatalf("post %s: %v", p.ID, err)
		}
		b, err := p.Encode()
		if err != nil {
			t.Fatalf("post %s: %v", p.ID, err)
		}
		if again, err := post.Decode(b); err != nil || again != p {
			t.Fatalf("post %s does not survive encoding: %+v, %v", p.ID, again, err)
		}
		if p.CreatedAt.Before(last) || p.CreatedAt.Before(s.Start) || !p.CreatedAt.Before(s.End) {
			t.Fatalf("post %s at %s is out of order or outside the story", p.ID, p.CreatedAt)
		}
		if ids[p.ID] {
			t.Fatalf("id %s is there twice", p.ID)
		}
		if !p.Simulated || p.URL != "" || p.Text == "" || p.Author == "" {
			t.Fatalf("post %+v must be marked simulated and have text, author and no address", p)
		}
		if truth.ID != p.ID || truth.Source != p.Source {
			t.Fatalf("truth %+v is not that of %s", truth, p.ID)
		}
		last, ids[p.ID] = p.CreatedAt, true
	}
	if n < 17_000 || n > 24_000 {
		t.Errorf("%d posts, want some 20,000", n)
	}
}
