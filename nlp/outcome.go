package nlp

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// outcome is what becomes of one record: a record of topic tags, or, where
// rejected gives a reason, a dead letter.
type outcome struct {
	in     kafka.Record
	record kafka.Record

	source, id string
	// payload is what a dead letter shows; a raw author is not in it.
	payload  []byte
	rejected string
	filtered string
	failed   bool // the tagger itself failed
}

// process makes the outcomes of a batch, in order, several at a time.
func (w *Worker) process(recs []kafka.Record) []outcome {
	outs := make([]outcome, len(recs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(w.o.Workers, (len(recs)+15)/16) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(recs) {
					return
				}
				outs[i] = w.one(recs[i])
			}
		})
	}
	wg.Wait()
	return outs
}

// one makes the outcome of one record. Invariant 5: bad input becomes a dead
// letter with its reason, and the stream goes on.
func (w *Worker) one(rec kafka.Record) outcome {
	o := outcome{in: rec, payload: rec.Value}
	p, err := post.Decode(rec.Value)
	if err != nil {
		w.unread(&o)
		o.reject(reason(err), err.Error(), w.o.Now())
		return o
	}
	o.source, o.id = p.Source, p.ID
	if raw := p.Author; raw != "" && !post.IsPseudonym(raw) {
		p.Author = w.o.Pseudonyms.Pseudonym(p.Source, raw)
		o.payload = p.Excerpt()
	}
	if err := p.Validate(w.o.Now()); err != nil {
		o.reject(reason(err), err.Error(), w.o.Now())
		return o
	}
	t, err := w.o.Tagger.Try(&p)
	if err != nil {
		o.failed = true
		w.o.Log.Error("the tagger failed on a post, which is in the dead letters", "err", err)
		o.reject(Failed, err.Error(), w.o.Now())
		return o
	}
	b, err := t.Encode()
	if err != nil {
		o.reject(reason(err), err.Error(), w.o.Now())
		return o
	}
	o.filtered = t.Filtered
	o.record = kafka.Record{Key: key(rec, &p), Value: b}
	return o
}

// unread takes from a record that is no post what can be had of it: names for the
// dead letter, and the author, who must not stand in it raw.
func (w *Worker) unread(o *outcome) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(o.in.Value, &fields) != nil {
		return
	}
	var author string
	_ = json.Unmarshal(fields["source"], &o.source)
	_ = json.Unmarshal(fields["id"], &o.id)
	if json.Unmarshal(fields["author"], &author) != nil || author == "" || post.IsPseudonym(author) {
		return
	}
	fields["author"], _ = json.Marshal(w.o.Pseudonyms.Pseudonym(o.source, author))
	if b, err := json.Marshal(fields); err == nil {
		o.payload = b
	}
}

// key is the record's own, unless that may be a raw handle: whoever pushes posts
// of their own keys them by author.
func key(rec kafka.Record, p *post.Post) []byte {
	switch k := string(rec.Key); {
	case k == p.Author && k != "", k == p.ID && p.Author == "":
		return rec.Key
	case p.Author != "":
		return []byte(p.Author)
	}
	return []byte(p.ID)
}

func (o *outcome) reject(reason, detail string, at time.Time) {
	o.rejected, o.filtered = reason, ""
	o.record = kafka.DeadLetter{
		Topic: o.in.Topic, Position: fmt.Sprintf("%d/%d", o.in.Partition, o.in.Offset),
		Reason: reason, Detail: detail, Source: o.source, ID: o.id, Payload: o.payload, At: at,
	}.Record()
}

// reason is the label of a fault in the input.
func reason(err error) string {
	var bad *post.Error
	if errors.As(err, &bad) {
		return string(bad.Reason)
	}
	return "unencodable"
}
