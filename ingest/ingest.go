// Package ingest runs sources: it gives each its cursor, puts what they emit into
// Kafka, and starts them again when they stop.
//
// It owns the Source contract, pseudonyms at the door, validation, dead letters,
// cursors, back-off and the health of each source. What a source speaks to the
// outside, and how, is the source's own business; see the folders beside this file.
package ingest

import (
	"context"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// Source reads one public place.
//
// Run reads from behind cursor, which is what an earlier batch carried or empty
// for the first time, and blocks until ctx ends or it cannot go on. It calls emit
// from one goroutine at a time. It does not retry: it returns an error, at best a
// *Failure that says how long to wait, and the caller starts it again, after a
// pause, from the last cursor that emit accepted. So a source may emit a post
// twice and must give it the same ID then; it must not skip one. It returns nil
// only when there is nothing more to come. Within a second after ctx ends it has
// returned.
type Source interface {
	// Name is short and never changes: cursors are kept under it.
	Name() string
	Run(ctx context.Context, cursor string, emit Emit) error
}

// Dated is a Source whose cursors say when the posts before them were made, so
// that it can be seen how far behind it is.
type Dated interface {
	CursorTime(cursor string) (time.Time, bool)
}

// What sources and the runner exchange stands with the post, so that a source
// need not import this package.
type (
	Batch   = post.Batch
	Reject  = post.Reject
	Emit    = post.Emit
	Failure = post.Failure
)

// Writer puts records into one topic. Write returns nil only when all are
// acknowledged; it retries what a retry may mend.
type Writer interface {
	Write(ctx context.Context, recs []kafka.Record) error
}

// Cursors keep where each source was.
type Cursors interface {
	// Load gives the last cursor of every source.
	Load(ctx context.Context) (map[string]string, error)
	// Save returns nil only when the cursor is durable.
	Save(ctx context.Context, source, cursor string) error
}
