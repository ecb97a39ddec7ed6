package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// official writes the official entries of a batch and says how many. What is not
// valid joins the letters.
func (f *feed) official(ctx context.Context, b *Batch, now time.Time, letters *[]kafka.DeadLetter) (int, error) {
	var recs []kafka.Record
	for i := range b.Official {
		o := b.Official[i]
		if o.CollectedAt.IsZero() {
			o.CollectedAt = now
		}
		value, err := o.Encode()
		if err == nil {
			err = o.Validate(now)
		}
		if err != nil {
			*letters = append(*letters, f.unofficial(&o, value, err, now))
			continue
		}
		recs = append(recs, kafka.Record{Key: []byte(o.Vendor), Value: value})
	}
	if len(recs) == 0 {
		return 0, nil
	}
	if f.Official == nil {
		return 0, &writeError{fmt.Errorf("%s brings official entries, and there is no writer for them", f.name)}
	}
	if err := f.Official.Write(ctx, recs); err != nil {
		return 0, &writeError{err}
	}
	return len(recs), nil
}

// unofficial is the dead letter of an entry that is not valid.
func (f *feed) unofficial(o *post.Official, value []byte, err error, now time.Time) kafka.DeadLetter {
	d := kafka.DeadLetter{
		Position: o.EventID, Reason: string(post.BadJSON), Detail: err.Error(), Source: f.name, ID: o.EventID, Payload: value, At: now,
	}
	var why *post.Error
	if errors.As(err, &why) {
		d.Reason, d.Detail = string(why.Reason), why.Detail
	}
	return d
}
