package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// stage is one part of the pipeline. run blocks until its context ends.
type stage struct {
	name string
	run  func(context.Context) error
}

// runStages runs all stages side by side until ctx ends or one fails, then stops
// them in order, so that what one has begun the next still takes: intake first.
// All of them together get grace for it.
func runStages(ctx context.Context, grace time.Duration, stages []stage) error {
	type handle struct {
		stop context.CancelFunc
		done chan struct{}
	}
	var (
		handles = make([]handle, len(stages))
		failed  = make(chan struct{})
		once    sync.Once
		mu      sync.Mutex
		errs    []error
	)
	for i, s := range stages {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		done := make(chan struct{})
		handles[i] = handle{stop, done}
		go func() {
			defer close(done)
			err := s.run(own)
			if err == nil && own.Err() == nil {
				return // a stage that has done its work, such as a story told to its end
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
				mu.Unlock()
				once.Do(func() { close(failed) })
			}
		}()
	}
	select {
	case <-ctx.Done():
	case <-failed:
	}
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	for i, h := range handles {
		h.stop()
		select {
		case <-h.done:
		case <-deadline.C:
			for _, later := range handles[i:] {
				later.stop()
			}
			mu.Lock()
			defer mu.Unlock()
			return errors.Join(append(errs, fmt.Errorf("stopping %s took longer than shutdown_timeout, %s; what was not finished is done at the next start", stages[i].name, grace))...)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	return errors.Join(errs...)
}
