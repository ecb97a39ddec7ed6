package main

import (
	"context"
	"time"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/ingest/scenario"
)

// speakers write the statements of a scenario down as its story reaches them: dates and
// gists are facts, the words are ours, so they are marked as simulated.
type speakers struct {
	p    *parts
	left []scenario.Statement
	err  error
}

func newSpeakers(p *parts, s *scenario.Scenario) *speakers {
	var all []scenario.Statement
	for _, st := range s.Statements() {
		if st.At.Before(s.End) {
			all = append(all, st)
		}
	}
	return &speakers{p: p, left: all}
}

// until writes down what was said up to a time of the story. It is called from one
// goroutine; what fails is kept for done.
func (s *speakers) until(now time.Time) {
	for s.err == nil && len(s.left) > 0 && !s.left[0].At.After(now) {
		s.err = s.say(context.Background(), s.left[0])
		s.left = s.left[1:]
	}
}

// done writes down the rest.
func (s *speakers) done(ctx context.Context) error {
	for s.err == nil && len(s.left) > 0 {
		s.err = s.say(ctx, s.left[0])
		s.left = s.left[1:]
	}
	return s.err
}

func (s *speakers) say(ctx context.Context, st scenario.Statement) error {
	text := st.Text
	if text == "" {
		text = st.Gist
	}
	_, err := dashboards.AddStatement(ctx, s.p.writer, query.Statement{
		ID: st.ID, Vendor: st.By, At: st.At, Kind: st.Kind, Text: text, Simulated: true,
	}, time.Now())
	return err
}
