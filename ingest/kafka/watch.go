package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// errStalled ends a generation whose partitions have records but hand out none.
var errStalled = errors.New("no progress although there are records")

// watchStalls looks for partitions that stand still with records before them, as
// happens when a connection hangs.
func (r *generation) watchStalls(ctx context.Context, parts []*partition) error {
	t := time.NewTicker(max(r.g.opt.StallTimeout/4, 10*time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		for _, p := range parts {
			lag, idle := p.standstill(ctx)
			if lag > 0 && idle > r.g.opt.StallTimeout {
				r.g.client.metrics.stalls.WithLabelValues(r.g.opt.Group).Inc()
				return fmt.Errorf("%s partition %d: %w: %d behind for %s", p.topic, p.id, errStalled, lag, idle.Round(time.Second))
			}
		}
	}
}

// standstill gives how far the partition is behind and for how long it has handed
// out nothing. It asks over a connection of its own, not over those that may hang.
func (p *partition) standstill(ctx context.Context) (lag int64, idle time.Duration) {
	if p.handling.Load() {
		return 0, 0
	}
	idle = time.Since(time.Unix(0, p.moved.Load()))
	if idle <= p.r.g.opt.StallTimeout {
		return 0, idle
	}
	first, last, err := p.r.g.client.freshBounds(ctx, p.topic, p.id)
	if err != nil {
		return 0, idle // the broker is away: the fetcher sees to that
	}
	return last - max(p.next.Load(), first), idle
}

// partitionsChanged ends a generation after topics have got other partitions.
type partitionsChanged struct{ now map[string]int }

func (e *partitionsChanged) Error() string { return fmt.Sprintf("partitions are now %v", e.now) }

// watchPartitions ends the generation when there are other partitions than were
// known before it began. kafka-go's own watch begins to look only after it has
// joined and misses what has changed until then.
func (g *group) watchPartitions(ctx context.Context, known map[string]int) error {
	t := time.NewTicker(g.opt.Watch)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		now := g.countPartitions(ctx)
		if ctx.Err() == nil && now != nil && !maps.Equal(now, known) {
			return &partitionsChanged{now}
		}
	}
}

// countPartitions counts each topic's partitions; nil when they cannot be had.
func (g *group) countPartitions(ctx context.Context) map[string]int {
	counts := map[string]int{}
	for _, topic := range g.opt.Topics {
		parts, err := g.client.partitions(ctx, topic)
		if err != nil && !errors.Is(err, kafkago.UnknownTopicOrPartition) {
			return nil
		}
		counts[topic] = len(parts)
	}
	return counts
}
