package post

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxRecord is the largest record, in bytes of JSON, that the topics carry.
// Larger ones go to the dead-letter topic.
const MaxRecord = 64 << 10

// wire is Post as JSON brings it: times are strings, so that one that cannot be
// read is told apart from one that is missing and from broken JSON.
type wire struct {
	*plain
	CreatedAt   *string `json:"created_at"`
	CollectedAt *string `json:"collected_at"`
}

// plain is Post without its methods.
type plain Post

// Decode reads one record. The error, if any, is an *Error. Unknown fields are
// ignored, because a newer program may have written them; bytes that are not
// UTF-8 become U+FFFD. It does not call Validate.
func Decode(b []byte) (Post, error) {
	if len(b) > MaxRecord {
		return Post{}, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	if t := bytes.TrimLeft(b, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return Post{}, reject(BadJSON, "record is not a JSON object")
	}
	var p Post
	w := wire{plain: (*plain)(&p)}
	if err := json.Unmarshal(b, &w); err != nil {
		return Post{}, reject(BadJSON, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	var err error
	if p.CreatedAt, err = readTime("created_at", w.CreatedAt); err != nil {
		return Post{}, err
	}
	if p.CollectedAt, err = readTime("collected_at", w.CollectedAt); err != nil {
		return Post{}, err
	}
	p.normalize()
	return p, nil
}

func readTime(field string, s *string) (time.Time, error) {
	if s == nil || *s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil || t.IsZero() { // the zero time would pass for a missing one
		return time.Time{}, reject(BadTime, "%s is %q; it must be a time like 2012-12-24T20:24:00Z", field, cut(*s))
	}
	return t, nil
}

// Encode gives the record's bytes. It ends with no newline. The error, if any, is
// an *Error.
func (p *Post) Encode() ([]byte, error) {
	q := *p
	q.normalize()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // topics are read by people; & stays &
	if err := enc.Encode((*plain)(&q)); err != nil {
		// Only a year that JSON cannot write gets here.
		return nil, reject(BadTime, "encoding %s/%s: %v", q.Source, cut(q.ID), err)
	}
	b := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(b) > MaxRecord {
		return nil, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	return b, nil
}

// Excerpt gives the post as JSON even where Encode cannot: times that JSON cannot
// write are left out and texts are cut. It is for showing, not for reading back.
func (p *Post) Excerpt() []byte {
	if b, err := p.Encode(); err == nil {
		return b
	}
	q := *p
	q.CreatedAt, q.CollectedAt = time.Time{}, time.Time{}
	for _, s := range []*string{&q.ID, &q.URL, &q.Author, &q.Text, &q.Lang, &q.ReplyTo, &q.Place, &q.Source, (*string)(&q.Kind)} {
		if len(*s) > maxExcerpt {
			*s = strings.ToValidUTF8((*s)[:maxExcerpt], "")
		}
	}
	b, _ := q.Encode() // nine texts of this size always fit
	return b
}

// maxExcerpt is how much of a text an excerpt keeps.
const maxExcerpt = 1 << 10

func (p *Post) normalize() {
	if p.Kind == "" {
		p.Kind = KindPost
	}
	p.CreatedAt = p.CreatedAt.UTC()
	p.CollectedAt = p.CollectedAt.UTC()
	for _, s := range []*string{(*string)(&p.Kind), &p.ID, &p.Source, &p.URL, &p.Author, &p.Text, &p.Lang, &p.ReplyTo, &p.Place} {
		if !utf8.ValidString(*s) {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
	}
}

// cut shortens what someone else wrote, for a message.
func cut(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
