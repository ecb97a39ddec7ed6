package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// Handler gets records of one partition in offset order, one call at a time for
// each partition and for several partitions at once. Returning nil says that the
// work is durable: then, and only then, the offset behind the last record is
// committed. An error ends this process's share in the group for the moment:
// nothing is committed and the records come again after a back-off, here or at
// another member. The slice is the handler's to keep.
//
// When partitions are called back or Consume is to end, ctx lives on for
// GroupOptions.Drain, so that work begun can be finished and committed.
type Handler func(ctx context.Context, recs []Record) error

// GroupOptions say how a group reads. Group and Topics are needed; a zero value
// elsewhere means the default.
type GroupOptions struct {
	Group  string
	Topics []string

	MaxBatch int           // records of one Handler call, at most; 1000
	MaxWait  time.Duration // how long a record waits for others; 100ms

	Drain        time.Duration // what a handler gets to finish its batch at the end; 10s
	BackoffMin   time.Duration // first pause after a failure, doubling; 1s
	BackoffMax   time.Duration // 30s
	StallTimeout time.Duration // records before us and no progress for so long: connect anew; 60s
	// BeyondWait is how long a committed offset must lie behind the end of its
	// partition before that is believed and the partition read from its start:
	// after a change of leaders the end can seem to go back for a moment; 5s.
	BeyondWait time.Duration

	Session   time.Duration // without a heartbeat for so long a member is out; 30s
	Heartbeat time.Duration // 3s
	Rebalance time.Duration // what members get to join again; 30s
	Watch     time.Duration // how often new partitions are looked for; 30s
}

func (o GroupOptions) withDefaults() (GroupOptions, error) {
	if o.Group == "" {
		return o, errors.New("consuming: no group is named")
	}
	if len(o.Topics) == 0 {
		return o, fmt.Errorf("consuming as %s: no topic is named", o.Group)
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 1000
	}
	for _, d := range []struct {
		at *time.Duration
		is time.Duration
	}{
		{&o.MaxWait, 100 * time.Millisecond},
		{&o.Drain, 10 * time.Second},
		{&o.BackoffMin, time.Second},
		{&o.BackoffMax, 30 * time.Second},
		{&o.StallTimeout, time.Minute},
		{&o.BeyondWait, 5 * time.Second},
		{&o.Session, 30 * time.Second},
		{&o.Heartbeat, 3 * time.Second},
		{&o.Rebalance, 30 * time.Second},
		{&o.Watch, 30 * time.Second},
	} {
		if *d.at <= 0 {
			*d.at = d.is
		}
	}
	return o, nil
}

const (
	// leaveWait bounds the leaving of a group once handlers have drained.
	leaveWait = 3 * time.Second
	// joinBackoff bounds the pause after a failure to join: a coordinator that is not
	// there yet is no reason to wait as long as a handler that fails.
	joinBackoff = 2 * time.Second
	// coordinatorTimeout bounds heartbeats and commits.
	coordinatorTimeout = 5 * time.Second
)

// group is one Consume call.
type group struct {
	client *Client
	opt    GroupOptions
	handle Handler
	log    *slog.Logger
}

// Consume reads the topics as a member of a group until ctx ends, and then leaves
// the group and returns nil. Failures are logged, counted and retried; the only
// errors it returns are about its options.
func (c *Client) Consume(ctx context.Context, opt GroupOptions, h Handler) error {
	opt, err := opt.withDefaults()
	if err != nil {
		return err
	}
	g := &group{client: c, opt: opt, handle: h, log: c.log.With("group", opt.Group)}
	for failures := 0; ctx.Err() == nil; {
		progress, err := g.member(ctx)
		if ctx.Err() != nil {
			break
		}
		if progress {
			failures = 0
		}
		failures++
		g.log.Warn("consumer starts anew", "err", err)
		sleep(ctx, backoff(failures, opt.BackoffMin, opt.BackoffMax))
	}
	return nil
}

// member joins the group and works through its generations. It returns when ctx
// ends or when the connections have to be made anew, and says whether anything
// was committed on the way.
func (g *group) member(ctx context.Context) (progress bool, err error) {
	known := g.countPartitions(ctx) // before joining: what comes later shows as a change
	conns := newConns(g.client.dialer)
	cg, err := kafkago.NewConsumerGroup(kafkago.ConsumerGroupConfig{
		ID:                g.opt.Group,
		Brokers:           g.client.cfg.Brokers,
		Dialer:            conns.dialer,
		Topics:            g.opt.Topics,
		HeartbeatInterval: g.opt.Heartbeat,
		SessionTimeout:    g.opt.Session,
		RebalanceTimeout:  g.opt.Rebalance,
		JoinGroupBackoff:  min(g.opt.BackoffMin, joinBackoff),
		Timeout:           coordinatorTimeout,
		StartOffset:       kafkago.FirstOffset,
		ErrorLogger: kafkago.LoggerFunc(func(msg string, args ...any) {
			g.log.Debug("kafka-go reports", "text", fmt.Sprintf(msg, args...))
		}),
	})
	if err != nil {
		return false, fmt.Errorf("consuming as %s: %w", g.opt.Group, err)
	}
	left := make(chan struct{})
	leave := func() {
		_ = cg.Close() // ends the generation, waits for its functions, leaves the group
		close(left)
	}
	// Leaving begins as ctx ends, while handlers still drain.
	stop := context.AfterFunc(ctx, leave)
	defer func() {
		if stop() {
			go leave()
		}
		conns.closeAfter(left, leaveWait)
	}()

	for failures, joins := 0, 0; ; {
		gen, err := cg.Next(ctx)
		if ctx.Err() != nil {
			return progress, nil
		}
		if err != nil {
			joins++
			g.joinFailed(ctx, err, joins)
			continue
		}
		joins = 0
		g.client.metrics.joins.WithLabelValues(g.opt.Group).Inc()
		committed, err := g.generation(ctx, gen, known)
		progress = progress || committed
		var changed *partitionsChanged
		switch {
		case errors.As(err, &changed):
			g.log.Info("topics have other partitions now, joining again", "partitions", changed.now)
			known = changed.now
			continue
		case errors.Is(err, errStalled):
			g.client.transport.CloseIdleConnections() // new requests get new connections
			return progress, err
		case err == nil || ctx.Err() != nil:
			failures = 0
			continue
		case committed:
			failures = 0
		}
		failures++
		wait := backoff(failures, g.opt.BackoffMin, g.opt.BackoffMax)
		g.log.Error("consuming failed, trying again", "err", err, "wait", wait)
		sleep(ctx, wait)
	}
}

// joinFailed notes why there is no generation and waits, in addition to the
// joinBackoff that kafka-go waits by itself. A coordinator that is not there yet and
// a rebalance that is under way are everyday.
func (g *group) joinFailed(ctx context.Context, err error, times int) {
	k := kind(err)
	g.client.metrics.errors.WithLabelValues("join", k).Inc()
	level := slog.LevelWarn
	if k == "leader" || k == "fenced" {
		level = slog.LevelInfo
	}
	g.log.Log(ctx, level, "joining the group failed, trying again", "err", err)
	if times > 1 {
		sleep(ctx, backoff(times-1, min(g.opt.BackoffMin, joinBackoff), min(g.opt.BackoffMax, 5*time.Second)))
	}
}
