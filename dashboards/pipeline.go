package dashboards

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/sink/schema"
)

// pipeline says how the machinery behind the numbers is.
type pipeline struct {
	Sources  []sourceRow   `json:"sources"`
	Filtered []reasonCount `json:"filtered_in_hour"`
	Letters  []reasonCount `json:"dead_letters_in_hour"`
	Health   Health        `json:"health"`
	Notes    []note        `json:"notes,omitempty"`
}

// sourceRow is one place that posts come from.
type sourceRow struct {
	Name   string  `json:"name"`
	Seen   float64 `json:"seen_per_minute"`
	Stored float64 `json:"stored_per_minute"`
	// Last is when its last post came in, by the wall; zero where none is known.
	Last time.Time `json:"last_collected,omitzero"`
	// Word says how it is: live, silent for 12 min, 3 h ago, or what went wrong.
	Word  string `json:"state"`
	Level string `json:"level"` // ok, late, bad, past
}

// reasonCount is how many posts or records went a certain way.
type reasonCount struct {
	Reason string `json:"reason"`
	Words  string `json:"-"`
	Count  uint64 `json:"count"`
}

// note is something that the reader must know about the numbers.
type note struct {
	Level string `json:"level"` // info, late, bad
	Text  string `json:"text"`
}

const (
	// silentAfter is how long a running collector may have nothing.
	silentAfter = 2 * time.Minute
	// farBehind is the number of unread records from which numbers are late.
	farBehind = 1000
)

// outcomes says in words why posts are not stored.
var outcomes = map[string]string{
	"no_match":   "about something else",
	"empty_text": "without words",
	"language":   "in other languages",
}

func (s *Server) pipeline(b *board, health Health) pipeline {
	p := pipeline{Health: health}
	rows := map[string]*sourceRow{}
	hours := map[string]uint64{}
	filtered := map[string]uint64{}
	minutes := recentWindow.Minutes()
	for _, q := range b.sources {
		r := rows[q.Source]
		if r == nil {
			r = &sourceRow{Name: q.Source}
			rows[q.Source] = r
		}
		r.Seen += float64(q.Recent) / minutes
		r.Last = later(r.Last, q.LastCollected)
		hours[q.Source] += q.Hour
		if q.Outcome == schema.OutcomeStored {
			r.Stored += float64(q.Recent) / minutes
		} else {
			filtered[q.Outcome] += q.Hour
		}
	}
	running := map[string]SourceHealth{}
	for _, h := range health.Sources {
		running[h.Name] = h
		if rows[h.Name] == nil {
			rows[h.Name] = &sourceRow{Name: h.Name}
		}
		rows[h.Name].Last = later(rows[h.Name].Last, h.LastPost)
	}
	for name, r := range rows {
		h, runs := running[name]
		r.judge(b, h, runs, hours[name])
		p.Sources = append(p.Sources, *r)
	}
	slices.SortFunc(p.Sources, func(a, b sourceRow) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(a.Name, b.Name))
	})
	p.Filtered = counts(filtered)
	letters := map[string]uint64{}
	for _, l := range b.letters {
		letters[l.Reason] += l.Records
	}
	p.Letters = counts(letters)
	p.Notes = notes(b, p)
	return p
}

// judge says how a source is. Only where posts are collected as they are made can
// a silence be told from a replay that has ended.
func (r *sourceRow) judge(b *board, h SourceHealth, runs bool, inHour uint64) {
	silent := b.asked.Sub(r.Last)
	switch {
	case b.clock.Mode == modePinned:
		r.Level = "past"
	case runs && !h.OK:
		r.Level, r.Word = "bad", cmp.Or(h.Detail, "cannot be read")
	case r.Last.IsZero():
		r.Level, r.Word = "late", "nothing yet"
	case runs && silent > silentAfter:
		r.Level, r.Word = "late", "silent for "+ago(silent)
	case runs:
		r.Level, r.Word = "ok", "live"
	case b.clock.Mode == modeLive && inHour >= 60 && silent > deafAfter:
		r.Level, r.Word = "late", "silent for "+ago(silent)
	case silent < silentAfter:
		r.Level, r.Word = "ok", "coming in"
	default:
		r.Level, r.Word = "past", "last "+ago(silent)+" ago"
	}
}

// notes gathers what makes the numbers less than true.
func notes(b *board, p pipeline) []note {
	var all []note
	for _, r := range p.Sources {
		switch r.Level {
		case "bad":
			all = append(all, note{"bad", fmt.Sprintf("%s cannot be read (%s): counts are too low.", r.Name, r.Word)})
		case "late":
			all = append(all, note{"late", fmt.Sprintf("%s: %s. Counts may be too low.", r.Name, r.Word)})
		}
	}
	for _, c := range p.Health.Checks {
		if !c.OK {
			since := ""
			if !c.Since.IsZero() {
				since = " for " + ago(b.asked.Sub(c.Since))
			}
			all = append(all, note{"bad", fmt.Sprintf("%s is not well%s: %s", c.Name, since, cmp.Or(c.Detail, "no reason was given"))})
		}
	}
	for _, l := range p.Health.Lag {
		if l.Records >= farBehind {
			all = append(all, note{"late", fmt.Sprintf("%s is %s records behind: the last minutes are not complete.", l.Group, count(uint64(l.Records)))})
		}
	}
	return all
}

func counts(m map[string]uint64) []reasonCount {
	var all []reasonCount
	for k, n := range m {
		if n > 0 {
			words := outcomes[k]
			if words == "" {
				words = k
			}
			all = append(all, reasonCount{k, words, n})
		}
	}
	slices.SortFunc(all, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
