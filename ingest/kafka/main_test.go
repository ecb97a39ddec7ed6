package kafka_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("OUTCRY_TEST_CHILD"); role != "" {
		os.Exit(child(role))
	}
	// These tests wait more than they compute.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	code := m.Run()
	kafkatest.Stop()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// deadline bounds every wait of these tests; none of them waits for a time to pass.
const deadline = 30 * time.Second

// until waits for a condition, looking often.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// settings of a client whose topics no other test touches.
func settings(t testing.TB, addr string) config.Kafka {
	return config.Kafka{
		Brokers: []string{addr}, TopicPrefix: kafkatest.Name(t), ClientID: "outcry-test",
		Partitions: 4, Replication: 1, Retention: 7 * 24 * time.Hour,
	}
}

// node is a client with its topics made and its metrics at hand.
type node struct {
	*kafka.Client
	cfg config.Kafka
	reg *prometheus.Registry
}

func dial(t testing.TB, cfg config.Kafka) *node {
	t.Helper()
	reg := prometheus.NewRegistry()
	c, err := kafka.Dial(cfg, kafkatest.Log(t), kafka.NewMetrics(reg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &node{Client: c, cfg: cfg, reg: reg}
}

// on dials a broker and makes the topics.
func on(t testing.TB, addr string) *node {
	t.Helper()
	n := dial(t, settings(t, addr))
	if err := n.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// metric sums a metric over the label values that are given as name=value pairs.
func (n *node) metric(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	families, err := n.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	series:
		for _, m := range f.GetMetric() {
			for _, want := range labels {
				found := false
				for _, l := range m.GetLabel() {
					found = found || l.GetName()+"="+l.GetValue() == want
				}
				if !found {
					continue series
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

var _ = testutil.ToFloat64

// numbered makes n records; record i has key i%keys.
func numbered(from, n, keys int) []kafka.Record {
	recs := make([]kafka.Record, n)
	for i := range recs {
		recs[i] = kafka.Record{Key: fmt.Appendf(nil, "key-%d", (from+i)%keys), Value: fmt.Appendf(nil, "value-%d", from+i)}
	}
	return recs
}

func write(t testing.TB, n *node, topic string, recs []kafka.Record) {
	t.Helper()
	w := n.Writer(topic)
	defer w.Close()
	if err := w.Write(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
}

// quick are options that find changes of a group within a moment.
func quick(group string, topics ...string) kafka.GroupOptions {
	return kafka.GroupOptions{
		Group: group, Topics: topics, MaxWait: 5 * time.Millisecond,
		BackoffMin: 20 * time.Millisecond, BackoffMax: 100 * time.Millisecond,
		Session: 2 * time.Second, Heartbeat: 50 * time.Millisecond, Rebalance: 5 * time.Second, Watch: 200 * time.Millisecond,
		BeyondWait: 50 * time.Millisecond,
	}
}

// consumer is a Consume call under way.
type consumer struct {
	stop func() // ends it and waits
	done chan struct{}

	mu   sync.Mutex
	recs []kafka.Record
}

// consume runs Consume and keeps what it is handed; h may be nil.
func consume(t testing.TB, n *node, opt kafka.GroupOptions, h kafka.Handler) *consumer {
	ctx, cancel := context.WithCancel(t.Context())
	c := &consumer{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		err := n.Consume(ctx, opt, func(ctx context.Context, recs []kafka.Record) error {
			if h != nil {
				if err := h(ctx, recs); err != nil {
					return err
				}
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.recs = append(c.recs, recs...)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	c.stop = func() {
		cancel()
		<-c.done
	}
	t.Cleanup(c.stop)
	return c
}

// values counts how often each value has been handled.
func (c *consumer) values() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for _, r := range c.recs {
		out[string(r.Value)]++
	}
	return out
}

func (c *consumer) records() []kafka.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]kafka.Record(nil), c.recs...)
}

// caughtUp waits until the group has committed all there is.
func caughtUp(t testing.TB, n *node, group, topic string) {
	t.Helper()
	until(t, "the lag to end", func() bool {
		lag, err := n.Lag(t.Context(), group, topic)
		return err == nil && lag == 0
	})
}
