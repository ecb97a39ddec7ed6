package post

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxRecord is the largest record, in bytes of JSON, that the topics carry.
// Larger ones go to the dead-letter topic.
const MaxRecord = 64 << 10

// Reason is why a record cannot be used. It labels counters and dead letters.
type Reason string

const (
	// BadJSON: the record is not one JSON object, or a field has the wrong type.
	BadJSON Reason = "bad_json"
	// TooLarge: the record is larger than MaxRecord.
	TooLarge Reason = "too_large"
	// MissingField: id, source or created_at is missing.
	MissingField Reason = "missing_field"
	// BadKind: kind is not one of post, delete and delete_author.
	BadKind Reason = "bad_kind"
	// BadTime: created_at lies before EarliestTime or too far in the future.
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

// EarliestTime is the oldest created_at that is believed: no public network is older.
var EarliestTime = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// FutureSlack is how far after now a created_at may lie: clocks differ.
const FutureSlack = 24 * time.Hour

// Decode reads one record. The error, if any, is an *Error. Unknown fields are
// ignored, because a newer program may have written them; bytes that are not
// UTF-8 become U+FFFD. It does not call Validate.
func Decode(b []byte) (Post, error) {
	var p Post
	if len(b) > MaxRecord {
		return p, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return Post{}, reject(BadJSON, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	p.normalize()
	return p, nil
}

// Encode gives the record's bytes. It ends with no newline.
func (p *Post) Encode() ([]byte, error) {
	q := *p
	q.normalize()
	b, err := json.Marshal(&q)
	if err != nil {
		return nil, reject(BadTime, "encoding %s/%s: %v", p.Source, p.ID, err)
	}
	if len(b) > MaxRecord {
		return nil, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	return b, nil
}

func (p *Post) normalize() {
	if p.Kind == "" {
		p.Kind = KindPost
	}
	p.CreatedAt = p.CreatedAt.UTC()
	p.CollectedAt = p.CollectedAt.UTC()
	for _, s := range []*string{&p.ID, &p.Source, &p.URL, &p.Author, &p.Text, &p.Lang, &p.ReplyTo, &p.Place} {
		if !utf8.ValidString(*s) {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
	}
}

// Validate says whether the post can be used, judged at the time now. The error,
// if any, is an *Error. An empty text is valid: pictures are posted without words.
func (p *Post) Validate(now time.Time) error {
	switch {
	case p.Source == "":
		return reject(MissingField, "source is empty")
	case p.Kind == KindDeleteAuthor && p.Author == "":
		return reject(MissingField, "author is empty, but the kind is delete_author")
	case p.Kind == KindDeleteAuthor:
		return nil
	case p.ID == "":
		return reject(MissingField, "id is empty")
	case p.Kind == KindDelete:
		return nil
	case p.Kind != KindPost && p.Kind != "":
		return reject(BadKind, "kind is %q; it must be post, delete or delete_author", p.Kind)
	case p.CreatedAt.IsZero():
		return reject(MissingField, "created_at is missing")
	case p.CreatedAt.Before(EarliestTime):
		return reject(BadTime, "created_at is %s, before %d", p.CreatedAt.Format(time.RFC3339), EarliestTime.Year())
	case p.CreatedAt.After(now.Add(FutureSlack)):
		return reject(BadTime, "created_at is %s, more than %s in the future", p.CreatedAt.Format(time.RFC3339), FutureSlack)
	}
	return nil
}
