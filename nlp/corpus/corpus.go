// Package corpus reads labelled posts: those written for outcry, whose texts stand in
// posts, labels given by reading to texts that stand elsewhere, and public data sets.
// What the labels mean is written in docs/labels.md.
//
// It owns the formats, not the learning.
package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

// Vendor is what a labeller says of one vendor of a post.
type Vendor struct {
	ID        string        `json:"id"`
	Role      tag.Role      `json:"role"`
	Sentiment tag.Sentiment `json:"sentiment"`
}

// Labels are what a labeller says of a post. An empty label was not judged.
type Labels struct {
	Outage    tag.Outage    `json:"outage,omitempty"`
	Sentiment tag.Sentiment `json:"sentiment,omitempty"`
	Emotion   tag.Emotion   `json:"emotion,omitempty"`
	// Vendors is nil where vendors were not judged; empty where there is none.
	Vendors  []Vendor `json:"vendors"`
	Symptoms []string `json:"symptoms,omitempty"`
	Intents  []string `json:"intents,omitempty"`
	// Unknown are failing services that are not in the catalogue.
	Unknown []string `json:"unknown,omitempty"`
}

// Post is a post with its labels.
type Post struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Lang   string `json:"lang,omitempty"`
	Text   string `json:"text"`
	Labels
}

// Record is the post as a collector would have given it.
func (p *Post) Record() post.Post {
	return post.Post{ID: p.ID, Source: p.Source, Lang: p.Lang, Text: p.Text, Kind: post.KindPost}
}

// Key identifies a text that stands elsewhere.
func Key(text string) uint64 { return xxhash.Sum64String(strings.TrimSpace(text)) }

// ReadFile reads a file of posts with labels, one JSON object a line.
func ReadFile(name string) ([]Post, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading labelled posts: %w", err)
	}
	defer func() { _ = f.Close() }()
	return Read(f, name)
}

// Read is ReadFile on what is open already; name is for messages.
func Read(r io.Reader, name string) ([]Post, error) {
	var all []Post
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var p Post
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		all = append(all, p)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return all, nil
}

// ReadDir reads all .jsonl files of a folder, in order of their names.
func ReadDir(dir string) ([]Post, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("reading labelled posts: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("reading labelled posts: there is no .jsonl file in %s", dir)
	}
	var all []Post
	for _, name := range names {
		posts, err := ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, posts...)
	}
	return all, nil
}

func (l *Labels) check() error {
	if l.Outage != "" && !slices.Contains([]tag.Outage{tag.Report, tag.Reaction, tag.News, tag.None}, l.Outage) {
		return fmt.Errorf("outage %q is none of report, reaction, news, none", l.Outage)
	}
	if l.Sentiment != "" && !mood(l.Sentiment) {
		return fmt.Errorf("sentiment %q is none of negative, neutral, positive", l.Sentiment)
	}
	for _, v := range l.Vendors {
		switch {
		case v.ID == "":
			return fmt.Errorf("a vendor has no id")
		case !slices.Contains([]tag.Role{tag.Blamed, tag.Affected, tag.Alternative, tag.Mentioned}, v.Role):
			return fmt.Errorf("vendor %s: role %q is none of blamed, affected, alternative, mentioned", v.ID, v.Role)
		case !mood(v.Sentiment):
			return fmt.Errorf("vendor %s: sentiment %q is none of negative, neutral, positive", v.ID, v.Sentiment)
		}
	}
	return nil
}

func mood(s tag.Sentiment) bool { return s == tag.Negative || s == tag.Neutral || s == tag.Positive }
