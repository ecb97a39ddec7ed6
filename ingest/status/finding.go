package status

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/outcry/outcry/ingest/post"
)

// parser reads a document. An error says that it is none of its kind; what is wrong
// with a single entry stands in its finding.
type parser func(body []byte, page Page) ([]finding, error)

// finding is one entry of a page, or what could not be read as one.
type finding struct {
	entry post.Official
	err   error
	raw   []byte
}

// digest tells findings apart, also an entry from its edited self.
func (f *finding) digest() string {
	e := &f.entry
	return fmt.Sprintf("%016x", xxhash.Sum64String(strings.Join([]string{
		e.EventID, e.At.UTC().Format(time.RFC3339Nano), e.Status, e.Impact, e.Title, e.Text, string(f.raw),
	}, "\x00")))
}

// unreadable is the finding of something that is no entry.
func unreadable(raw []byte, err error) finding {
	return finding{err: fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "json: ")), raw: raw}
}

// checked refuses an entry that lacks what identifies it.
func checked(e post.Official, raw []byte) finding {
	switch {
	case e.EventID == "":
		return finding{entry: e, err: errors.New("the entry has no id"), raw: raw}
	case e.At.IsZero():
		return finding{entry: e, err: errors.New("the entry has no time"), raw: raw}
	}
	return finding{entry: e}
}

// stamp is a time that may be missing, empty or wrong.
type stamp struct{ time.Time }

// UnmarshalJSON takes a time as RFC 3339 and anything else as none.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			s.Time = t.UTC()
		}
	}
	return nil
}

// first is the first time that there is.
func first(times ...stamp) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t.Time
		}
	}
	return time.Time{}
}

func orElse(a, b string) string { return cmp.Or(strings.TrimSpace(a), strings.TrimSpace(b)) }
