package file

import (
	"context"
	"errors"

	"github.com/outcry/outcry/ingest/post"
)

// Source is a file with a cursor: started again, it goes on behind the last record
// that was taken. At the end of the file it is done.
type Source struct {
	name string
	o    Options
}

// NewSource reads what o says. The cursor is kept under name.
func NewSource(name string, o Options) *Source { return &Source{name: name, o: o} }

// Name is the name that the cursor is kept under.
func (s *Source) Name() string { return s.name }

// Run emits the posts from the cursor to the end of the file.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	r, err := Open(s.o)
	if err != nil {
		return &post.Failure{Kind: "open", Err: err}
	}
	p := newPlayer(r, emit)
	if cursor != "" {
		at, err := parsePlace(cursor)
		if err == nil {
			err = r.seek(at.offset, at.line)
		}
		if err != nil {
			return &post.Failure{Kind: "cursor", Err: errors.Join(err, r.Close())}
		}
		if at.base.on {
			p.base = at.base
		}
	}
	return p.play(ctx)
}
