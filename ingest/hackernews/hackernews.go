// Package hackernews reads stories and comments of Hacker News through its public
// API: no key, no account, and an exact way to go on, because items are numbered.
//
// It walks from the last number to the newest one, asks for each item, and looks at
// the list of changed items for edits and deletions. Starting again after an error,
// pseudonyms and Kafka are the runner's.
package hackernews

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/recent"
	"github.com/outcry/outcry/ingest/web"
)

const (
	// Name is the source of the posts and the name of the collector.
	Name = "hackernews"

	// batchItems is how many items are asked for and emitted together.
	batchItems = 200
	// atOnce is how many items are asked for at once.
	atOnce = 8
	// remembered is how many posts are known by text and author: about two days.
	remembered = 20_000
)

// Options are what a Source needs.
type Options struct {
	config.HackerNews
	// Contact is an address for the operators of the place, Version ours.
	Contact, Version string
	// Timeout bounds each request; 30s where it is 0.
	Timeout time.Duration
	// Patience is how long an item that is not there yet is asked for again; 10m
	// where it is 0.
	Patience time.Duration
	// Now is the clock, time.Now where it is nil.
	Now func() time.Time
}

// Source reads Hacker News. Its cursor is the number of an item: all up to it are
// done.
type Source struct {
	o      Options
	client *web.Client
	memory *recent.Memory
}

// New checks the options.
func New(o Options) (*Source, error) {
	if u, err := url.Parse(o.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("ingest.hackernews.url is %q; it must be like https://hacker-news.firebaseio.com/v0", o.URL)
	}
	o.URL = strings.TrimRight(o.URL, "/")
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Patience = cmp.Or(o.Patience, 10*time.Minute)
	return &Source{o: o, memory: recent.New(remembered), client: web.New(web.Options{
		UserAgent: web.UserAgent(o.Version, o.Contact), AtOnce: atOnce, Timeout: o.Timeout, MaxBody: 1 << 20, Now: o.Now,
	})}, nil
}

// Name is "hackernews".
func (s *Source) Name() string { return Name }

// Run walks to the newest item, again and again, until ctx ends.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	defer s.client.Close()
	r := reading{source: s, emit: emit}
	if cursor != "" {
		id, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || id < 0 {
			return &post.Failure{Kind: "cursor", Err: fmt.Errorf("cursor %q is not the number of an item: delete it to begin with what is new", cursor)}
		}
		r.next = id + 1
	}
	for {
		if err := r.round(ctx); err != nil {
			return err
		}
		if err := web.Sleep(ctx, s.o.Every); err != nil {
			return err
		}
	}
}
