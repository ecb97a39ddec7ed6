package scenario

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

func TestSourceTellsTheWholeStoryOnce(t *testing.T) {
	t.Parallel()
	want := tell(t, 1)
	var got []post.Post
	src := &Source{Scenario: load(t), Seed: 1}
	cursor := ""
	broken := errors.New("broken")
	for calls := 0; ; calls++ {
		if calls > 50 {
			t.Fatal("the story does not end")
		}
		batches := 0
		err := src.Run(t.Context(), cursor, func(_ context.Context, b post.Batch) error {
			if batches++; batches > 15 {
				return broken
			}
			got, cursor = append(got, b.Posts...), b.Cursor
			return nil
		})
		if err == nil {
			break
		}
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d posts came, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i].Post {
			t.Fatalf("post %d is %+v, want %+v", i, got[i], want[i].Post)
		}
	}
	if err := src.Run(t.Context(), cursor, nil); err != nil {
		t.Errorf("after the end: %v", err)
	}
}

func TestSourceKeepsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := load(t)
		start := time.Now()
		var last time.Time
		src := &Source{Scenario: s, Seed: 1, Speed: 600, Progress: func(at time.Time) { last = at }}
		err := src.Run(t.Context(), "", func(_ context.Context, b post.Batch) error {
			told := b.Posts[len(b.Posts)-1].CreatedAt.Sub(s.Start)
			if lag := time.Since(start) - time.Duration(float64(told)/600); lag < -time.Second || lag > time.Second {
				t.Fatalf("%s of the story came after %s", told, time.Since(start))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(start), s.End.Sub(s.Start)/600; got < want-2*time.Second || got > want+2*time.Second {
			t.Errorf("the story took %s, want some %s", got, want)
		}
		if s.End.Sub(last) > 5*time.Minute {
			t.Errorf("progress ended at %s", last)
		}
	})
}

func TestSourceStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		src := &Source{Scenario: load(t), Seed: 1, Speed: 1}
		err := src.Run(ctx, "", func(context.Context, post.Batch) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %s, want to stop with the context", err, time.Since(start))
		}
	})
}

func TestSourceCursors(t *testing.T) {
	t.Parallel()
	src := &Source{Scenario: &Scenario{Name: "s"}, Seed: 7}
	for cursor, want := range map[string]int{"": 0, "s/7/12": 12, "s/8/12": 0, "other/7/12": 0} {
		if got, err := src.position(cursor); got != want || err != nil {
			t.Errorf("%q: got %d, %v, want %d", cursor, got, err, want)
		}
	}
	err := src.Run(t.Context(), "s/7/many", nil)
	var failure *post.Failure
	if !errors.As(err, &failure) || failure.Kind != "cursor" {
		t.Errorf("got %v, want a failure of kind cursor", err)
	}
}
