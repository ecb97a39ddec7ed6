package main

import (
	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/bluesky"
	"github.com/outcry/outcry/ingest/hackernews"
)

// places are all places, in the order in which they are shown.
func places() []place {
	return []place{
		{
			name: "bluesky", keyless: true,
			brings:   "every public post of Bluesky, live",
			needs:    "nothing",
			settings: "bluesky:\n  enabled: true\n  langs: [en]\n",
			on:       func(c *config.Ingest) *bool { return &c.Bluesky.Enabled },
			enabled:  func(c *config.Ingest) bool { return c.Bluesky.Enabled },
			open: func(a *app) ([]ingest.Source, error) {
				s, err := bluesky.New(bluesky.Options{Bluesky: a.cfg.Ingest.Bluesky, Contact: a.cfg.Ingest.Contact, Version: version})
				return one(s, err)
			},
		},
		{
			name: "hackernews", keyless: true,
			brings:   "stories and comments of Hacker News",
			needs:    "nothing",
			settings: "hackernews:\n  enabled: true\n",
			on:       func(c *config.Ingest) *bool { return &c.HackerNews.Enabled },
			enabled:  func(c *config.Ingest) bool { return c.HackerNews.Enabled },
			open: func(a *app) ([]ingest.Source, error) {
				s, err := hackernews.New(hackernews.Options{HackerNews: a.cfg.Ingest.HackerNews, Contact: a.cfg.Ingest.Contact, Version: version})
				return one(s, err)
			},
		},
	}
}

// one is the list of a place that is read by one source.
func one[S ingest.Source](s S, err error) ([]ingest.Source, error) {
	if err != nil {
		return nil, err
	}
	return []ingest.Source{s}, nil
}
