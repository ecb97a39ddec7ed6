package main

import (
	"fmt"
	"os"
	"time"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/bluesky"
	"github.com/outcry/outcry/ingest/feeds"
	"github.com/outcry/outcry/ingest/hackernews"
	"github.com/outcry/outcry/ingest/status"
	"github.com/outcry/outcry/ingest/web"
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
		{
			name:     "feeds",
			brings:   "entries of RSS, Atom and JSON feeds",
			needs:    "the addresses of feeds of your choice",
			settings: "feeds:\n  urls: [https://example.org/feed.xml]\n",
			enabled:  func(c *config.Ingest) bool { return len(c.Feeds.URLs) > 0 },
			open:     openFeeds,
		},
		{
			name: "status", keyless: true,
			brings:   "what vendors say on their status pages",
			needs:    "nothing",
			settings: "status:\n  enabled: true\n",
			on:       func(c *config.Ingest) *bool { return &c.Status.Enabled },
			enabled:  func(c *config.Ingest) bool { return c.Status.Enabled },
			open:     openStatus,
		},
	}
}

// client is how sources ask on the web.
func (a *app) client(interval time.Duration) *web.Client {
	return web.New(web.Options{UserAgent: web.UserAgent(version, a.cfg.Ingest.Contact), Interval: interval, AtOnce: 2})
}

func openFeeds(a *app) ([]ingest.Source, error) {
	client := a.client(time.Second)
	var all []ingest.Source
	for _, u := range a.cfg.Ingest.Feeds.URLs {
		s, err := feeds.New(feeds.Options{URL: u, Every: a.cfg.Ingest.Feeds.Every, Client: client})
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func openStatus(a *app) ([]ingest.Source, error) {
	cfg, list := a.cfg.Ingest.Status, config.StatusPagesYAML
	if cfg.File != "" {
		var err error
		if list, err = os.ReadFile(cfg.File); err != nil {
			return nil, fmt.Errorf("reading your status pages, ingest.status.file: %w", err)
		}
	}
	pages, err := status.Pages(list)
	if err != nil {
		return nil, fmt.Errorf("reading your status pages, ingest.status.file %s: %w", cfg.File, err)
	}
	client := a.client(0)
	var all []ingest.Source
	for _, p := range pages {
		s, err := status.New(status.Options{Page: p, Every: cfg.Every, Client: client})
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// one is the list of a place that is read by one source.
func one[S ingest.Source](s S, err error) ([]ingest.Source, error) {
	if err != nil {
		return nil, err
	}
	return []ingest.Source{s}, nil
}
