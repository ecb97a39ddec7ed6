package hackernews

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/outcry/outcry/ingest/post"
)

// reading is one run of the source.
type reading struct {
	source *Source
	emit   post.Emit

	next  int64 // first item that was never asked for; 0 before the first answer
	late  []lateItem
	batch post.Batch
}

// lateItem is a number that has been given out and has no item yet.
type lateItem struct {
	id    int64
	since time.Time
}

// round asks for everything that is new or has changed. It always ends with a
// batch: that nobody wrote anything is news too.
func (r *reading) round(ctx context.Context) error {
	var top int64
	if err := r.ask(ctx, "maxitem", &top); err != nil {
		return err
	}
	if r.next == 0 {
		r.next = top + 1
	}
	for r.next <= top {
		last := min(top, r.next+batchItems-1)
		if err := r.walk(ctx, r.next, last); err != nil {
			return err
		}
		r.next = last + 1
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	if err := r.again(ctx); err != nil {
		return err
	}
	if err := r.changes(ctx); err != nil {
		return err
	}
	return r.flush(ctx)
}

// walk takes the items from first to last, in order.
func (r *reading) walk(ctx context.Context, first, last int64) error {
	ids := make([]int64, 0, last-first+1)
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	found, err := r.items(ctx, ids)
	if err != nil {
		return err
	}
	for i, data := range found {
		if absent(data) {
			r.late = append(r.late, lateItem{ids[i], time.Now()})
			continue
		}
		r.take(ids[i], data, r.source.first)
	}
	return nil
}

// again asks for items that were not there, and gives up on what has not come for
// long: some numbers never get an item.
func (r *reading) again(ctx context.Context) error {
	ids := make([]int64, len(r.late))
	for i, l := range r.late {
		ids[i] = l.id
	}
	found, err := r.items(ctx, ids)
	if err != nil {
		return err
	}
	var still []lateItem
	for i, data := range found {
		switch {
		case !absent(data):
			r.take(ids[i], data, r.source.first)
		case time.Since(r.late[i].since) > r.source.o.Patience: // on the monotonic clock
			r.batch.Filter(neverCame)
		default:
			still = append(still, r.late[i])
		}
	}
	r.late = still
	return nil
}

// changes looks at items that have changed lately, for edits and deletions.
func (r *reading) changes(ctx context.Context) error {
	var updates struct {
		Items []int64 `json:"items"`
	}
	if err := r.ask(ctx, "updates", &updates); err != nil {
		return err
	}
	ids := slices.DeleteFunc(updates.Items, func(id int64) bool {
		return id >= r.next || slices.ContainsFunc(r.late, func(l lateItem) bool { return l.id == id })
	})
	found, err := r.items(ctx, ids)
	if err != nil {
		return err
	}
	for i, data := range found {
		if !absent(data) {
			r.take(ids[i], data, r.source.changed)
		}
	}
	return nil
}

// take puts an item into the batch, in the meaning that judge gives it.
func (r *reading) take(id int64, data []byte, judge func(*item) (*post.Post, string)) {
	it, err := decode(id, data)
	if err != nil {
		r.batch.Rejects = append(r.batch.Rejects, post.Reject{
			Position: strconv.FormatInt(id, 10), Reason: post.BadFrame, Detail: err.Error(),
			Source: Name, ID: strconv.FormatInt(id, 10), Payload: data,
		})
		return
	}
	p, ignore := judge(it)
	if p == nil {
		r.batch.Filter(ignore)
		return
	}
	r.batch.Posts = append(r.batch.Posts, *p)
}

// items asks for items and gives them in the same order.
func (r *reading) items(ctx context.Context, ids []int64) ([][]byte, error) {
	found := make([][]byte, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, id := range ids {
		group.Go(func() error {
			answer, err := r.source.client.Get(ctx, fmt.Sprintf("%s/item/%d.json", r.source.o.URL, id), nil)
			if err != nil {
				return err
			}
			if !json.Valid(answer.Body) { // an error page of something on the way
				return garbled(fmt.Sprintf("item %d", id), answer.Body)
			}
			found[i] = answer.Body
			return nil
		})
	}
	return found, group.Wait()
}

func (r *reading) ask(ctx context.Context, what string, to any) error {
	answer, err := r.source.client.Get(ctx, r.source.o.URL+"/"+what+".json", nil)
	if err != nil {
		return err
	}
	if json.Unmarshal(answer.Body, to) != nil {
		return garbled(what, answer.Body)
	}
	return nil
}

func garbled(what string, body []byte) error {
	return &post.Failure{Kind: "protocol", Err: fmt.Errorf("reading %s of Hacker News: the answer is no JSON of it: %q", what, body[:min(len(body), 80)])}
}

// flush emits the batch. Invariant 1: the cursor stands before the first item that
// is still awaited.
func (r *reading) flush(ctx context.Context) error {
	done := r.next - 1
	for _, l := range r.late {
		done = min(done, l.id-1)
	}
	r.batch.Cursor = strconv.FormatInt(done, 10)
	b := r.batch
	r.batch = post.Batch{}
	return r.emit(ctx, b)
}
