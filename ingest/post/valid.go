package post

import (
	"fmt"
	"strings"
	"time"
)

// Reason is why a record cannot be used. It labels counters and dead letters.
type Reason string

const (
	// BadJSON: the record is not one JSON object, or a field has the wrong type.
	BadJSON Reason = "bad_json"
	// BadRow: a row of a table has an open quote or too many columns.
	BadRow Reason = "bad_row"
	// BadFrame: what a source's server sent is not in its protocol.
	BadFrame Reason = "bad_frame"
	// TooLarge: the record is larger than MaxRecord.
	TooLarge Reason = "too_large"
	// MissingField: id, source, created_at or, to forget an author, author is missing.
	MissingField Reason = "missing_field"
	// BadSource: source is longer than 64 bytes or has other characters than
	// letters, digits and - _ . : /
	BadSource Reason = "bad_source"
	// BadKind: kind is not one of post, delete and delete_author.
	BadKind Reason = "bad_kind"
	// BadTime: created_at or collected_at cannot be read, lies before EarliestTime,
	// or too far in the future.
	BadTime Reason = "bad_time"
)

// Error says why a record is not a valid post.
type Error struct {
	Reason Reason
	Detail string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Reason, e.Detail) }

func reject(r Reason, format string, args ...any) error {
	return &Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// EarliestTime is the oldest time that is believed: no public network is older.
var EarliestTime = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// FutureSlack is how far after now a time may lie: clocks differ.
const FutureSlack = 24 * time.Hour

// maxSource bounds source: it names a network, and becomes a column of few
// values and a metric label.
const maxSource = 64

// Validate says whether the post can be used, judged at the time now. The error,
// if any, is an *Error. An empty text is valid: pictures are posted without words.
func (p *Post) Validate(now time.Time) error {
	switch {
	case p.Source == "":
		return reject(MissingField, "source is empty")
	case len(p.Source) > maxSource || strings.ContainsFunc(p.Source, notInSource):
		return reject(BadSource, "source is %q; it must be at most %d letters, digits and - _ . : /", cut(p.Source), maxSource)
	case p.Kind != KindPost && p.Kind != KindDelete && p.Kind != KindDeleteAuthor && p.Kind != "":
		return reject(BadKind, "kind is %q; it must be post, delete or delete_author", cut(string(p.Kind)))
	case p.Kind == KindDeleteAuthor && p.Author == "":
		return reject(MissingField, "author is empty, but the kind is delete_author")
	case p.Kind != KindDeleteAuthor && p.ID == "":
		return reject(MissingField, "id is empty")
	case p.CreatedAt.IsZero() && (p.Kind == KindPost || p.Kind == ""):
		return reject(MissingField, "created_at is missing")
	}
	if err := plausible("created_at", p.CreatedAt, now); err != nil {
		return err
	}
	return plausible("collected_at", p.CollectedAt, now)
}

// plausible judges a time, where there is one.
func plausible(field string, t, now time.Time) error {
	switch {
	case t.IsZero():
	case t.Before(EarliestTime):
		return reject(BadTime, "%s is %s, before %d", field, t.Format(time.RFC3339), EarliestTime.Year())
	case t.After(now.Add(FutureSlack)):
		return reject(BadTime, "%s is %s, more than %s in the future", field, t.Format(time.RFC3339), FutureSlack)
	}
	return nil
}

func notInSource(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_.:/", r)
}
