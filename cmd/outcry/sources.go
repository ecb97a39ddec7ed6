package main

import (
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/bluesky"
)

// sources makes the sources that are enabled.
func (a *app) sources() ([]ingest.Source, error) {
	var all []ingest.Source
	if cfg := a.cfg.Ingest.Bluesky; cfg.Enabled {
		s, err := bluesky.New(bluesky.Options{Bluesky: cfg, Contact: a.cfg.Ingest.Contact, Version: version})
		if err != nil {
			return nil, usageError{err}
		}
		all = append(all, s)
	}
	return all, nil
}
