// Package status reads what vendors say themselves: their status pages. What it
// brings are no posts but official entries, which travel in a topic of their own.
//
// One Source reads one page, so that each has its own cursor, back-off and health.
// The package owns the list of pages, when each is asked for, and what the kinds of
// pages mean.
package status

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/web"
)

const (
	// Name begins the name of every collector: "status:github".
	Name = "status"

	// batchEntries is how many entries are emitted at once, at most.
	batchEntries = 500
	// oldest is how old an entry may be. Pages keep years.
	oldest = 90 * 24 * time.Hour

	oldEntry = "old"
)

// Options are what a Source needs.
type Options struct {
	Page Page
	// Every is how often the page is asked for; a minute where it is 0.
	Every time.Duration
	// Client asks for it.
	Client *web.Client
	// Now is the clock, time.Now where it is nil.
	Now func() time.Time
}

// Source reads one status page. Its cursor is what was on the page when it was last
// read.
type Source struct {
	o     Options
	parse parser
}

// New makes the source of a page.
func New(o Options) (*Source, error) {
	parse, err := o.Page.check()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Every = cmp.Or(o.Every, time.Minute)
	return &Source{o, parse}, nil
}

// Name is like "status:github".
func (s *Source) Name() string { return Name + ":" + s.o.Page.Vendor }

// state is the cursor.
type state struct {
	web.Validators
	// Seen are digests of the entries of the page.
	Seen []string `json:"seen"`
}

func (st *state) cursor() string {
	b, _ := json.Marshal(st) // texts only
	return string(b)
}

// Run asks for the page, again and again, until ctx ends.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	var st state
	if cursor != "" {
		if err := json.Unmarshal([]byte(cursor), &st); err != nil {
			return &post.Failure{Kind: "cursor", Err: fmt.Errorf("the cursor of %s cannot be read, %w: delete it to begin with what the page has now", s.Name(), err)}
		}
	}
	for {
		if err := s.round(ctx, &st, emit); err != nil {
			return s.patient(err)
		}
		if err := web.Sleep(ctx, s.o.Every-rand.N(s.o.Every/10+1)); err != nil {
			return err
		}
	}
}

// patient leaves a page that fails alone for as long as one that works: the page of a
// vendor in trouble has visitors enough.
func (s *Source) patient(err error) error {
	var f *post.Failure
	if errors.As(err, &f) && f.Kind != "http_5xx" && f.Kind != "http_429" {
		f.Wait = max(f.Wait, s.o.Every)
	}
	return err
}

// round asks for the page once and emits what is new. It always emits: that a page
// says nothing new is news too.
func (s *Source) round(ctx context.Context, st *state, emit post.Emit) error {
	answer, err := s.o.Client.Get(ctx, s.o.Page.document(), st.Header())
	if err != nil {
		return err
	}
	if answer.Status == http.StatusNotModified {
		return emit(ctx, post.Batch{})
	}
	found, err := s.parse(answer.Body, s.o.Page)
	if err != nil {
		return &post.Failure{Kind: "protocol", Err: fmt.Errorf("reading the status page %s: %w", s.o.Page.URL, err)}
	}
	return s.emit(ctx, st, found, web.ValidatorsOf(answer.Header), emit)
}

// emit emits what has not been on the page before, the oldest first. Invariant 1:
// until the last batch is taken, the cursor has only what was.
func (s *Source) emit(ctx context.Context, st *state, found []finding, v web.Validators, emit post.Emit) error {
	known := map[string]bool{}
	for _, d := range st.Seen {
		known[d] = true
	}
	slices.SortStableFunc(found, func(a, b finding) int { return a.entry.At.Compare(b.entry.At) })
	b := post.Batch{}
	all, done := state{Validators: v}, state{Seen: slices.Clone(st.Seen)}
	for _, f := range found {
		digest := f.digest()
		all.Seen = append(all.Seen, digest)
		if known[digest] {
			continue
		}
		known[digest] = true
		done.Seen = append(done.Seen, digest)
		switch {
		case f.err != nil:
			b.Rejects = append(b.Rejects, post.Reject{
				Position: digest, Reason: post.BadFrame, Detail: f.err.Error(), Source: s.Name(), ID: f.entry.EventID, Payload: f.raw,
			})
		case f.entry.At.Before(s.o.Now().Add(-oldest)):
			b.Filter(oldEntry)
		default:
			b.Official = append(b.Official, f.entry)
		}
		if b.Received() < batchEntries {
			continue
		}
		b.Cursor = done.cursor()
		if err := emit(ctx, b); err != nil {
			return err
		}
		b = post.Batch{}
	}
	*st = all
	b.Cursor = st.cursor()
	return emit(ctx, b)
}

// impactOf puts what pages say into one scale.
func impactOf(said string) string {
	switch strings.ToLower(said) {
	case "critical", "high", "major_outage":
		return "critical"
	case "major", "medium", "partial_outage":
		return "major"
	case "minor", "low", "degraded_performance":
		return "minor"
	case "maintenance", "under_maintenance":
		return "maintenance"
	}
	return "none"
}
