package main

import "github.com/outcry/outcry/ingest"

// sources makes the sources that are enabled.
func (a *app) sources() ([]ingest.Source, error) { return nil, nil }
