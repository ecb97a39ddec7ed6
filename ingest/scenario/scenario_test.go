package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/outcry/outcry/config"
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

// told is one post with what is true of it.
type told struct {
	post.Post `json:"-"`
	Truth     `json:"-"`
}

// tell gives the posts of a seed; those of seed 1, which most tests look at, are
// made once.
func tell(t *testing.T, seed uint64) []told {
	t.Helper()
	all := func() []told {
		var list []told
		for p, truth := range load(t).Posts(seed) {
			list = append(list, told{p, truth})
		}
		return list
	}
	if seed != 1 {
		return all()
	}
	first.Do(func() { firstPosts = all() })
	return firstPosts
}

var (
	first      sync.Once
	firstPosts []told
)

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
}

func TestEveryNameLoads(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Name != name || s.Title == "" || s.About == "" || !strings.HasPrefix(s.Simulated, "Simulated") {
			t.Errorf("%s lacks a name, a title, a word on what it is, or on being simulated", name)
		}
	}
}

func TestPostsAreValidInOrderAndSimulated(t *testing.T) {
	t.Parallel()
	s := load(t)
	var last time.Time
	ids := map[string]bool{}
	for p, truth := range s.Posts(1) {
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
		if ids[p.ID] || !strings.HasPrefix(p.ID, "sim-") {
			t.Fatalf("id %s is there twice or does not say sim-", p.ID)
		}
		if p.ReplyTo != "" && !ids[p.ReplyTo] {
			t.Fatalf("post %s answers %s, which is not there yet", p.ID, p.ReplyTo)
		}
		if !p.Simulated || p.URL != "" || p.Text == "" || p.Author == "" || p.Lang == "" {
			t.Fatalf("post %+v must be marked simulated and have text, author, language and no address", p)
		}
		if truth.ID != p.ID || truth.Source != p.Source || truth.Vendors == nil {
			t.Fatalf("truth %+v is not that of %s", truth, p.ID)
		}
		last, ids[p.ID] = p.CreatedAt, true
	}
}

// TestSameSeedSameBytes holds the posts of seed 1 to a hash. Where words or rates
// were changed on purpose, write the new hash into testdata.
func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	const file = "testdata/christmas-eve-2012.sha256"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, x := range tell(t, 1) {
		b, err := x.Encode()
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(append(b, '\n'))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.TrimSpace(string(want)) {
		t.Errorf("the posts of seed 1 have the hash\n%s\nbut %s says\n%s", got, file, bytes.TrimSpace(want))
	}
}

func TestOtherSeedOtherPosts(t *testing.T) {
	t.Parallel()
	one, two := tell(t, 1), tell(t, 2)
	ids := map[string]bool{}
	for _, x := range one {
		ids[x.Post.ID] = true
	}
	same := 0
	for _, x := range two {
		if ids[x.Post.ID] {
			same++
		}
	}
	posted := 0
	for _, st := range load(t).Statements() {
		if st.Posted {
			posted++
		}
	}
	if same != posted {
		t.Errorf("%d posts of seeds 1 and 2 share an id, want only the %d statements", same, posted)
	}
	if d := len(one) - len(two); d > 1500 || d < -1500 {
		t.Errorf("seed 1 has %d posts and seed 2 %d: too far apart for one story", len(one), len(two))
	}
}

func TestPostsCanStopEarly(t *testing.T) {
	t.Parallel()
	n := 0
	for range load(t).Posts(1) {
		if n++; n == 10 {
			break
		}
	}
	if n != 10 {
		t.Errorf("got %d posts, want to stop after 10", n)
	}
}

// TestVendorsAreInTheCatalogue looks up every vendor that templates, fillers and
// statements name.
func TestVendorsAreInTheCatalogue(t *testing.T) {
	t.Parallel()
	var catalogue struct {
		Vendors []struct {
			ID string `yaml:"id"`
		} `yaml:"vendors"`
	}
	if err := yaml.Unmarshal(config.VendorsYAML, &catalogue); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, v := range catalogue.Vendors {
		known[v.ID] = true
	}
	s := load(t)
	for _, id := range s.vendors() {
		if !known[id] {
			t.Errorf("vendor %s is not in the catalogue", id)
		}
	}
}

// vendors lists every vendor that can be named.
func (s *Scenario) vendors() []string {
	var ids []string
	for _, th := range s.themes {
		for _, tpl := range th.templates {
			for _, v := range tpl.labels.vendors {
				ids = append(ids, v.ID)
			}
		}
	}
	for _, fillers := range s.slots {
		for _, f := range fillers {
			if f.vendor != "" {
				ids = append(ids, f.vendor)
			}
		}
	}
	for _, st := range s.statements {
		ids = append(ids, st.By)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
