// Package file reads posts from files: one JSON object a line, or a table (CSV,
// TSV), plain or compressed. It guesses what it can from the content and never
// from the name.
//
// It owns formats, field names, times, broken lines and the speed of a replay.
// Reader gives one record after the other, Replay emits a whole file at a chosen
// speed, Source does the same with a cursor. Who takes the posts is not its
// business.
package file

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Format is how posts stand in a file.
type Format string

const (
	// Auto looks at the beginning of the file.
	Auto Format = ""
	// NDJSON is one JSON object a line.
	NDJSON Format = "ndjson"
	// CSV is a table whose columns are separated by , ; or |, whichever fits.
	CSV Format = "csv"
	// TSV is a table whose columns are separated by tabs.
	TSV Format = "tsv"
)

// Stdin is the path that means standard input.
const Stdin = "-"

// DefaultSource is the source of posts that name none.
const DefaultSource = "file"

// maxLine is the longest line, or quoted row, that is read, in bytes.
const maxLine = 1 << 20

// Options say what is read and how.
type Options struct {
	// Path of the file; Stdin reads from Input.
	Path  string
	Input io.Reader
	// Format is guessed where it is Auto.
	Format Format
	// Columns names, for a field of post.Post as in its JSON, the column or JSON
	// key that holds it. In a table without a header it is the column's number,
	// from 1. What is not named here is guessed.
	Columns map[string]string
	// Source is the source of posts that name none; empty means DefaultSource.
	Source string
	// Speed is how many times faster than they were made the posts are emitted;
	// 0 is as fast as they are taken.
	Speed float64
	// Rebase moves all times so that the first post is made now. The posts are
	// others then: each ID gets the suffix "@" and the Unix time of the first.
	Rebase bool
	// Pseudonyms, where it is set, replaces authors as they are read, so that an ID
	// that is made from the author cannot be turned back into the author.
	Pseudonyms *post.Pseudonymizer
	// Progress, where it is set, is called from time to time and at the end.
	Progress func(Progress)
	// Now is the clock, time.Now where it is nil. It is asked by several goroutines.
	Now func() time.Time
}

// Progress is how far a file is read.
type Progress struct {
	// Bytes of the file that are read, compressed as they are, and their total, or
	// 0 where it is unknown.
	Bytes, Total int64
	// Posts and Rejects that are read.
	Posts, Rejects int
}

// fields are the names that Columns may use, those of post.Post in JSON.
var fields = []string{"id", "source", "kind", "url", "author", "created_at", "text", "lang", "reply_to", "place", "collected_at", "simulated"}

// ErrUsage marks errors that the one who asked can mend: a format, a column or a
// speed that cannot be.
var ErrUsage = errors.New("wrong use")

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

type usageError struct{ text string }

func (e *usageError) Error() string        { return e.text }
func (e *usageError) Is(target error) bool { return target == ErrUsage }

// name is the file's name in positions and messages.
func (o *Options) name() string {
	if o.Path == Stdin {
		return "stdin"
	}
	return o.Path
}

func (o *Options) check() error {
	switch o.Format {
	case Auto, NDJSON, CSV, TSV:
	default:
		return usagef("format %q: want ndjson, csv or tsv", o.Format)
	}
	for field := range o.Columns {
		if !known(field) {
			return usagef("column %q: a post has the fields %v", field, fields)
		}
	}
	if !(o.Speed >= 0 && o.Speed <= maxSpeed) {
		return usagef("speed %v: want a number above 0, or 0 for as fast as possible", o.Speed)
	}
	if o.Source != "" {
		probe := post.Post{Source: o.Source, ID: "1", Kind: post.KindDelete}
		if err := probe.Validate(time.Time{}); err != nil {
			return usagef("%v", err)
		}
	}
	return nil
}

const maxSpeed = 1e9

func known(field string) bool {
	for _, f := range fields {
		if f == field {
			return true
		}
	}
	return false
}
