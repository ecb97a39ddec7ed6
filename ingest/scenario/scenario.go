// Package scenario tells public outages of the past again, with posts that no
// person wrote: a Scenario holds themes with rates over time, templates of posts
// with their true labels, the statements of the companies and the beats of the
// story. The same seed gives the same posts, byte for byte.
//
// It owns the engine and the scenarios' data files. It does not send posts
// anywhere and knows nothing of tags; every post it makes has Simulated set.
// Volumes and words are invented, only the dated facts are not.
package scenario

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

//go:embed christmas
var files embed.FS

// folders are the scenarios' folders by name.
var folders = map[string]string{"christmas-eve-2012": "christmas"}

// Scenario is one story, read and checked. It never changes and may be shared.
type Scenario struct {
	// Name is what Load was asked for.
	Name string
	// Title is a short headline, Simulated the sentence that every page that shows
	// the posts must show too, About a paragraph for people.
	Title, Simulated, About string
	// Start and End bound the posts: Start <= created_at < End.
	Start, End time.Time
	// Trouble is when the outage begins.
	Trouble time.Time

	statements []Statement
	beats      []Beat
	themes     []theme
	slots      map[string][]filler
	same       []synonym
	people     populace
	keep       map[string]bool
	idPrefix   string
}

// Statement is something a company said. Its Gist and its date are facts; Text is
// in our own words, because what was really said is not ours to copy.
type Statement struct {
	ID string
	At time.Time
	// Precision is how exactly At is known: minute, hour or day. With day, the time
	// of day is chosen to fit the story.
	Precision string
	// By is a vendor id.
	By string
	// Kind is deny, diminish, apologise, instruct, explain, blame supplier, humour or compensate.
	Kind string
	Gist string
	Text string
	// Place is where it was said: an account, a blog, the press.
	Place string
	// Posted says that the statement is one of the posts, with the id PostID.
	Posted bool
	PostID string

	labels labels
	author string
}

// Beat is a sentence of the story, for a progress line.
type Beat struct {
	At       time.Time
	Sentence string
}

// Names lists the scenarios there are.
func Names() []string {
	names := make([]string, 0, len(folders))
	for name := range folders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// UnknownError is a name that no scenario has.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no scenario %q; there are: %s", e.Name, strings.Join(Names(), ", "))
}

// Load reads a scenario. The error is an *UnknownError where the name is wrong.
func Load(name string) (*Scenario, error) {
	folder, ok := folders[name]
	if !ok {
		return nil, &UnknownError{name}
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, fmt.Errorf("opening scenario %s: %w", name, err)
	}
	s, err := read(sub)
	if err != nil {
		return nil, fmt.Errorf("reading scenario %s: %w", name, err)
	}
	s.Name = name
	return s, nil
}

// Statements lists what the companies said, in order of time. Some lie after End.
func (s *Scenario) Statements() []Statement { return slices.Clone(s.statements) }

// Beats lists the sentences of the story, in order of time.
func (s *Scenario) Beats() []Beat { return slices.Clone(s.beats) }
