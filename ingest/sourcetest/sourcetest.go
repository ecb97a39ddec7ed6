// Package sourcetest holds what every source must do, as tests that any source
// can run against a simulator of its place. It is imported by tests only.
//
// The sources run under the real runner; only Kafka is a map here.
package sourcetest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/post"
)

// Fault is a way in which a place misbehaves.
type Fault string

const (
	// Reset ends the connection abruptly.
	Reset Fault = "reset"
	// Drop ends the connection without the protocol's goodbye.
	Drop Fault = "drop"
	// Stall keeps the connection open and sends nothing more.
	Stall Fault = "stall"
	// Garbage sends something that is not in the protocol among the posts.
	Garbage Fault = "garbage"
	// Busy answers the next attempt with 429 and Retry-After of a second.
	Busy Fault = "busy"
	// Storm answers the next StormLength attempts with 503.
	Storm Fault = "storm"
)

// StormLength is how many attempts a storm takes.
const StormLength = 4

// Simulator is a place with posts, on this machine.
type Simulator interface {
	// Post makes n new posts and gives their ids.
	Post(n int) []string
	// Delete deletes a post that was made before.
	Delete(id string)
	// Break lets a fault happen once, at the next occasion: to a connection that is
	// open, or else to the next one.
	Break(f Fault)
	// Fired says how often a fault has happened, so that no test passes because
	// its fault never came.
	Fired(f Fault) int
	// Attempts lists when it was connected to.
	Attempts() []time.Time
}

// Harness is a source to be tested.
type Harness struct {
	// New starts a simulator, which ends with the test, and makes a source that
	// reads it and takes the time from now. A source that notices silence should do
	// so after a second.
	New func(t *testing.T, now func() time.Time) (Simulator, func() ingest.Source)
	// Faults are those that the simulator can make.
	Faults []Fault
	// Finite says that the source comes to an end by itself, so that posts must be
	// there before it runs.
	Finite bool
	// Polls says that the source asks from time to time, so that it never sees a
	// post that is deleted at once.
	Polls bool
	// NoDeletes says that the place has no deletions.
	NoDeletes bool
}

// clock is one that can jump.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// make starts a simulator and makes a source on the machine's clock.
func (h Harness) make(t *testing.T) (Simulator, func() ingest.Source) { return h.New(t, time.Now) }

// backoff makes the tests short: what they check does not depend on it.
var backoff = ingest.Backoff{Min: 40 * time.Millisecond, Max: 2 * time.Second, Reset: 200 * time.Millisecond}

// patience is how long a test waits for something that must happen.
const patience = 30 * time.Second

// Run runs all tests.
func Run(t *testing.T, h Harness) {
	t.Run("delivers", func(t *testing.T) { t.Parallel(); h.delivers(t) })
	t.Run("resumes", func(t *testing.T) { t.Parallel(); h.resumes(t) })
	if !h.NoDeletes {
		t.Run("deletes", func(t *testing.T) { t.Parallel(); h.deletes(t) })
	}
	if !h.Finite {
		t.Run("clock jump", func(t *testing.T) { t.Parallel(); h.jumps(t) })
	}
	t.Run("refused batches", func(t *testing.T) { t.Parallel(); h.refused(t) })
	t.Run("stops", func(t *testing.T) { t.Parallel(); h.stops(t) })
	for _, f := range h.Faults {
		t.Run(string(f), func(t *testing.T) { t.Parallel(); h.survives(t, f) })
	}
	if slices.Contains(h.Faults, Storm) {
		t.Run("no hot loop", func(t *testing.T) { t.Parallel(); h.keepsDistance(t) })
	}
	if slices.Contains(h.Faults, Busy) {
		t.Run("waits as asked", func(t *testing.T) { t.Parallel(); h.waitsAsAsked(t) })
	}
}

// begin lets a source that reads only what is new take its place before the first
// post is made.
func (h Harness) begin(t *testing.T, sim Simulator, r *running) {
	t.Helper()
	if h.Finite {
		return
	}
	ids := sim.Post(1)
	r.book.await(t, "the first post", func() bool {
		if r.book.has(ids...) {
			return true
		}
		ids = append(ids[:0], sim.Post(1)...) // what came before the source did is not its business
		return false
	})
}

func (h Harness) delivers(t *testing.T) {
	sim, source := h.make(t)
	var want []string
	if h.Finite {
		want = sim.Post(700)
	}
	r := start(t, source(), newLedger())
	h.begin(t, sim, r)
	if !h.Finite {
		want = append(sim.Post(300), sim.Post(400)...)
	}
	r.book.await(t, "700 posts", func() bool { return r.book.has(want...) })
	if got := r.book.order(want); !slices.Equal(got, want) {
		t.Error("the posts did not come in order")
	}
}

// resumes stops the source in the middle, twice, and holds that what happened
// meanwhile arrives, and that nothing is missing.
func (h Harness) resumes(t *testing.T) {
	sim, source := h.make(t)
	book := newLedger()
	var want []string
	for round := range 3 {
		if round > 0 || h.Finite {
			want = append(want, sim.Post(100)...) // nobody is there
		}
		r := start(t, source(), book)
		if round == 0 {
			h.begin(t, sim, r)
		}
		if !h.Finite {
			want = append(want, sim.Post(100)...)
		}
		book.await(t, "all posts of the round", func() bool { return book.has(want...) })
		r.stop(t)
	}
}

func (h Harness) deletes(t *testing.T) {
	sim, source := h.make(t)
	var ids []string
	if h.Finite {
		ids = sim.Post(3)
		sim.Delete(ids[1])
	}
	r := start(t, source(), newLedger())
	h.begin(t, sim, r)
	if !h.Finite {
		ids = sim.Post(3)
		if h.Polls {
			r.book.await(t, "the posts", func() bool { return r.book.has(ids...) })
		}
		sim.Delete(ids[1])
	}
	r.book.await(t, "the deletion", func() bool { return r.book.deleted(ids[1]) })
	if r.book.deleted(ids[0]) || r.book.deleted(ids[2]) {
		t.Error("other posts were deleted too")
	}
	p, d := r.book.find(ids[1], post.KindPost), r.book.find(ids[1], post.KindDelete)
	if p < 0 || d < p {
		t.Error("the deletion came before the post")
	}
	if string(r.book.records[p].Key) != string(r.book.records[d].Key) {
		t.Error("post and deletion have different keys: the deletion can overtake the post")
	}
}

// refused lets emit fail after every second batch. The source must give up with
// that error, call emit no more, and deliver everything when it is started again
// and again from the last cursor that was accepted.
func (h Harness) refused(t *testing.T) {
	sim, source := h.make(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var want []string
	cursor := ""
	if h.Finite {
		want = sim.Post(2600)
	} else { // a first cursor, so that nothing may be missing from here on
		r := start(t, source(), newLedger())
		h.begin(t, sim, r)
		r.stop(t)
		cursor = r.book.cursor()
		want = sim.Post(2600)
	}
	no := errors.New("not acknowledged")
	seen := map[string]bool{}
	done := func() bool { return !slices.ContainsFunc(want, func(id string) bool { return !seen[id] }) }
	for runs := 0; !done(); runs++ {
		if ctx.Err() != nil {
			t.Fatalf("after %d runs %d of %d posts have come", runs, len(seen), len(want))
		}
		own, stop := context.WithCancel(ctx)
		calls := 0
		err := source().Run(own, cursor, func(_ context.Context, b ingest.Batch) error {
			if calls++; calls == 2 {
				return no
			}
			if calls > 2 {
				t.Error("emit was called again after it had failed")
			}
			for _, p := range b.Posts {
				seen[p.ID] = true
			}
			for _, o := range b.Official {
				seen[o.EventID] = true
			}
			if b.Cursor != "" {
				cursor = b.Cursor
			}
			if done() {
				stop()
			}
			return nil
		})
		if calls >= 2 && !errors.Is(err, no) {
			t.Fatalf("Run gave %v, want the error of emit", err)
		}
		stop()
	}
}

// stops ends the context of a source that is idle.
func (h Harness) stops(t *testing.T) {
	sim, source := h.make(t)
	if h.Finite {
		sim.Post(1)
	}
	r := start(t, source(), newLedger())
	h.begin(t, sim, r)
	r.stop(t)
}

// survives lets a fault happen among posts and holds that none is missing.
func (h Harness) survives(t *testing.T, f Fault) {
	sim, source := h.make(t)
	r := start(t, source(), newLedger())
	h.begin(t, sim, r)
	want := sim.Post(50)
	r.book.await(t, "posts before the fault", func() bool { return r.book.has(want...) })
	if f == Busy || f == Storm { // these wait at the door
		sim.Break(f)
		sim.Break(Reset)
	} else {
		sim.Break(f)
	}
	want = append(want, sim.Post(50)...)
	r.book.await(t, "the fault", func() bool { return sim.Fired(f) > 0 })
	want = append(want, sim.Post(50)...)
	r.book.await(t, "posts after the fault", func() bool { return r.book.has(want...) })
	r.book.await(t, "a state of running", func() bool { return r.runner.Health()[0].State == ingest.Running })
	r.stop(t)
}

// jumps lets the clock of the machine jump ahead and back, as it does when it is set
// or a virtual machine wakes up. No post may be missing or refused for it.
func (h Harness) jumps(t *testing.T) {
	var c clock
	sim, source := h.New(t, c.Now)
	r := start(t, source(), newLedger())
	h.begin(t, sim, r)
	for _, ahead := range []time.Duration{0, 3 * time.Hour, -10 * time.Minute, 0} {
		c.ahead.Store(int64(ahead))
		want := sim.Post(50)
		r.book.await(t, "posts after a jump", func() bool { return r.book.has(want...) })
	}
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	for _, d := range r.book.letters {
		t.Errorf("a jump of the clock made a dead letter: %s: %s", d.Reason, d.Detail)
	}
}

// keepsDistance counts the attempts of a source that is refused.
func (h Harness) keepsDistance(t *testing.T) {
	sim, source := h.make(t)
	sim.Break(Storm)
	r := start(t, source(), newLedger())
	r.book.await(t, "the end of the storm", func() bool { return len(sim.Attempts()) > StormLength })
	r.stop(t)
	at := sim.Attempts()
	for i := range StormLength {
		least := min(backoff.Min<<i, backoff.Max) / 2
		if pause := at[i+1].Sub(at[i]); pause < least {
			t.Errorf("pause %d was %s, want at least %s", i+1, pause, least)
		}
	}
}

func (h Harness) waitsAsAsked(t *testing.T) {
	sim, source := h.make(t)
	sim.Break(Busy)
	r := start(t, source(), newLedger())
	r.book.await(t, "a second attempt", func() bool { return len(sim.Attempts()) > 1 })
	at := sim.Attempts()
	if pause := at[1].Sub(at[0]); pause < time.Second {
		t.Errorf("the second attempt came after %s, asked was a second", pause)
	}
	r.stop(t)
}
