package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStagesStopInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended []string
		waiting := func(name string, linger time.Duration) stage {
			return stage{name, func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(linger) // virtual time of the bubble
				ended = append(ended, name)
				return ctx.Err()
			}}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := runStages(ctx, 10*time.Second, []stage{waiting("ingest", 3*time.Second), waiting("nlp", time.Second), waiting("sink", 0)})
		if err != nil || strings.Join(ended, " ") != "ingest nlp sink" {
			t.Errorf("ended %v with error %v, want ingest nlp sink and none", ended, err)
		}
	})
}

func TestStagesFailTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("disk on fire")
		stopped := false
		err := runStages(t.Context(), time.Second, []stage{
			{"nlp", func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil }},
			{"sink", func(context.Context) error { return broken }},
		})
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "sink: ") || !stopped {
			t.Errorf("error is %v, nlp stopped: %t; want that of sink, and nlp stopped", err, stopped)
		}
	})
}

func TestStagesThatHangAreNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		release := make(chan struct{})
		err := runStages(ctx, time.Second, []stage{{"nlp", func(context.Context) error { <-release; return nil }}})
		close(release)
		if err == nil || !strings.Contains(err.Error(), "stopping nlp took longer than shutdown_timeout, 1s") {
			t.Errorf("error is %v, want one that names nlp", err)
		}
	})
}
