package post

import (
	"context"
	"fmt"
	"time"
)

// Batch is what a source hands over at once, in the order it came. Every record
// that the source received is in it once: as a post, an entry, a reject, or counted in
// Filtered.
type Batch struct {
	// Posts are posts and deletions. Authors may still be raw: the runner makes
	// pseudonyms of them.
	Posts []Post
	// Official are entries of status pages.
	Official []Official
	// Rejects are what could not be read.
	Rejects []Reject
	// Filtered counts by reason what was left out on purpose. Reasons are a small
	// closed set: they become metric labels.
	Filtered map[string]int
	// Gap is the time that the source seems to have skipped before this batch.
	Gap time.Duration
	// Cursor is where to go on behind this batch. Empty leaves the cursor as it was.
	Cursor string
}

// Received is the number of records in the batch, whatever became of them.
func (b *Batch) Received() int {
	n := len(b.Posts) + len(b.Official) + len(b.Rejects)
	for _, k := range b.Filtered {
		n += k
	}
	return n
}

// Filter counts one record that is left out on purpose.
func (b *Batch) Filter(reason string) {
	if b.Filtered == nil {
		b.Filtered = map[string]int{}
	}
	b.Filtered[reason]++
}

// Reject is a record that cannot be used. It goes to the dead letters.
type Reject struct {
	// Position says where the record stands: "file:line", a cursor, or nothing.
	Position string
	Reason   Reason
	Detail   string
	// Source and ID are set where they are known.
	Source, ID string
	// Post is the record where it could be read and is only not valid. The dead
	// letter is then written from it, with a pseudonym, and Payload is not used.
	Post *Post
	// Payload is the record as it came. Only its beginning is kept.
	Payload []byte
}

// Emit takes a batch from a source. It returns nil only when everything in the
// batch is acknowledged by Kafka; it blocks and retries until then, so a source
// need not retry. After an error the batch may be in Kafka in part: the source
// gives up and returns that error, and begins again behind the last batch that
// was taken. The batch and what it points to belong to Emit until it returns.
type Emit func(ctx context.Context, b Batch) error

// Failure is how a source says why it stopped. A plain error will do too.
type Failure struct {
	// Kind is short and of a closed set: it becomes a metric label.
	Kind string
	// Wait is how long the other side asked to be left alone, or 0.
	Wait time.Duration
	Err  error
}

func (f *Failure) Error() string {
	if f.Wait > 0 {
		return fmt.Sprintf("%v (asked to wait %s)", f.Err, f.Wait)
	}
	return f.Err.Error()
}

func (f *Failure) Unwrap() error { return f.Err }
