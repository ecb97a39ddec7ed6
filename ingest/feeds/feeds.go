// Package feeds reads RSS, Atom and JSON Feed: news, blogs, forums, whatever has one.
//
// It owns when a feed is asked for again, which entries are new, edited or withdrawn,
// and what an entry means. One Source reads one feed, so that each has its own cursor,
// back-off and health. Parsing is gofeed's.
package feeds

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/recent"
	"github.com/outcry/outcry/ingest/web"
)

const (
	// Name is the source of the posts. The collector of a feed is named Name:host/path.
	Name = "feed"

	// batchEntries is how many entries are emitted at once, at most.
	batchEntries = 500
	// maxFresh bounds what a host may say about how long its feed holds.
	maxFresh = time.Hour
	// remembered is how many entries are known by author.
	remembered = 2000
	// maxName bounds the name of a collector.
	maxName = 60
)

// Options are what a Source needs.
type Options struct {
	// URL is the feed, Every how often it is asked for.
	URL   string
	Every time.Duration
	// Client asks for it. Several feeds share one, so that a host is left time
	// between its feeds.
	Client *web.Client
	// Now is the clock, time.Now where it is nil.
	Now func() time.Time
}

// Source reads one feed. Its cursor is what was in the feed when it was last read.
type Source struct {
	o      Options
	name   string
	host   string
	memory *recent.Memory
}

// New checks the options.
func New(o Options) (*Source, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("ingest.feeds.urls has %q; it must be like https://example.org/feed.xml", o.URL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Every = cmp.Or(o.Every, 15*time.Minute)
	return &Source{o: o, name: nameOf(u), host: u.Hostname(), memory: recent.New(remembered)}, nil
}

// nameOf names a collector after its feed: it can be read, and two feeds never share
// one.
func nameOf(u *url.URL) string {
	name := Name + ":" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.:/", r):
			return r
		}
		return '_'
	}, name)
	if clean != name || u.RawQuery != "" || len(clean) > maxName {
		clean = fmt.Sprintf("%s-%08x", clean[:min(len(clean), maxName-9)], uint32(xxhash.Sum64String(u.String())))
	}
	return clean
}

// Name is like "feed:example.org/feed.xml".
func (s *Source) Name() string { return s.name }

// state is the cursor.
type state struct {
	web.Validators
	// Seen are the entries of the feed in the order of the document.
	Seen []mark `json:"seen"`
}

func (st *state) cursor() string {
	b, _ := json.Marshal(st) // texts and numbers only
	return string(b)
}

// Run asks for the feed, again and again, until ctx ends or the feed is gone for good.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	var st state
	if cursor != "" {
		if err := json.Unmarshal([]byte(cursor), &st); err != nil {
			return &post.Failure{Kind: "cursor", Err: fmt.Errorf("the cursor of %s cannot be read, %w: delete it to begin with what the feed has now", s.name, err)}
		}
	}
	for {
		fresh, err := s.round(ctx, &st, emit)
		if web.Refused(err) == http.StatusGone { // the host asks never to come again
			return nil
		}
		if err != nil {
			return err
		}
		wait := max(s.o.Every, min(fresh, maxFresh))
		if err := web.Sleep(ctx, wait-rand.N(wait/10+1)); err != nil {
			return err
		}
	}
}

// round asks for the feed once and emits what is new. It always emits: that nothing
// is new is news too. It says how long the answer holds.
func (s *Source) round(ctx context.Context, st *state, emit post.Emit) (time.Duration, error) {
	answer, err := s.o.Client.Get(ctx, s.o.URL, st.Header())
	if err != nil {
		return 0, s.patient(err)
	}
	fresh := web.FreshFor(answer.Header)
	if answer.Status == http.StatusNotModified {
		return fresh, emit(ctx, post.Batch{})
	}
	doc, err := s.parse(answer.Body)
	if err != nil {
		return 0, s.patient(&post.Failure{Kind: "protocol", Err: fmt.Errorf("reading %s: %w", s.o.URL, err)})
	}
	return fresh, s.emit(ctx, st, doc, web.ValidatorsOf(answer.Header), emit)
}

// patient makes a failure wait as long as a success would where it will hardly be
// better a second later.
func (s *Source) patient(err error) error {
	f, ok := err.(*post.Failure)
	if ok && (f.Kind == "http_4xx" || f.Kind == "protocol" || f.Kind == "too_large") {
		f.Wait = max(f.Wait, s.o.Every)
	}
	return err
}

// emit emits new, edited and withdrawn entries, the oldest first. Invariant 1: until
// the last batch is taken, the cursor has only the entries that were.
func (s *Source) emit(ctx context.Context, st *state, doc *document, v web.Validators, emit post.Emit) error {
	known := map[string]mark{}
	for _, m := range st.Seen {
		known[m.id()] = m
	}
	b := post.Batch{Filtered: doc.filtered, Posts: s.withdrawn(st.Seen, doc)}
	for _, p := range b.Posts {
		delete(known, p.ID)
	}
	done := state{Seen: keep(st.Seen, known)}
	for _, e := range doc.oldestFirst() {
		if old, ok := known[e.post.ID]; ok && old.digest() == e.mark.digest() {
			continue
		}
		s.memory.Add(e.post.ID, e.post.Author, "")
		b.Posts = append(b.Posts, e.post)
		done.Seen = append(done.Seen, e.mark)
		if len(b.Posts) < batchEntries {
			continue
		}
		b.Cursor = done.cursor()
		if err := emit(ctx, b); err != nil {
			return err
		}
		b = post.Batch{}
	}
	*st = state{Validators: v, Seen: doc.marks()}
	b.Cursor = st.cursor()
	return emit(ctx, b)
}

func keep(marks []mark, known map[string]mark) []mark {
	var kept []mark
	for _, m := range marks {
		if _, ok := known[m.id()]; ok {
			kept = append(kept, m)
		}
	}
	return kept
}

// withdrawn are deletions of entries that the feed no longer has although it still
// has older ones. That can be seen only in a feed that is in order of time.
func (s *Source) withdrawn(seen []mark, doc *document) []post.Post {
	if !doc.ordered || len(doc.entries) == 0 {
		return nil
	}
	oldest := doc.entries[len(doc.entries)-1].mark.time()
	there := map[string]bool{}
	for _, e := range doc.entries {
		there[e.post.ID] = true
	}
	var gone []post.Post
	for _, m := range seen {
		if there[m.id()] || m.time() <= oldest {
			continue
		}
		known, _ := s.memory.Find(m.id())
		gone = append(gone, post.Post{ID: m.id(), Source: Name, Kind: post.KindDelete, Author: known.Author, CreatedAt: s.o.Now().UTC()})
	}
	return gone
}
