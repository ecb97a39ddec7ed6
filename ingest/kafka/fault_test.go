package kafka_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

// Faults that only the embedded broker can be made to show.

func TestCommitIsRefused(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 50, 1))
	fault := e.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.NotCoordinator, Count: 2})
	c := consume(t, n, quick(group, topic), nil)
	caughtUp(t, n, group, topic)
	if fault.Hits() != 2 {
		t.Fatalf("the fault hit %d times, want 2", fault.Hits())
	}
	c.stop()
	for v, k := range c.values() {
		if k != 3 {
			t.Errorf("%s was handled %d times, want 3", v, k)
		}
	}
}

func TestFetchErrorsArePassing(t *testing.T) {
	t.Parallel()
	f := func(cause *kerr.Error, count int) {
		t.Run(cause.Message, func(t *testing.T) {
			t.Parallel()
			e := kafkatest.Embedded(t)
			n := on(t, e.Addr())
			topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
			write(t, n, topic, numbered(0, 50, 50))
			fault := e.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{1}, Err: cause, Count: count})
			c := consume(t, n, quick(group, topic), nil)
			caughtUp(t, n, group, topic)
			if fault.Hits() != count {
				t.Fatalf("the fault hit %d times, want %d", fault.Hits(), count)
			}
			if got := len(c.values()); got != 50 {
				t.Errorf("%d records came, want 50", got)
			}
		})
	}
	f(kerr.UnknownServerError, 3)
	f(kerr.KafkaStorageError, 3)
	f(kerr.UnknownTopicOrPartition, 3)
	f(kerr.NotLeaderForPartition, 10) // more than a fetcher bears: the generation is made anew
}

func TestJoiningIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, key := range []kmsg.Key{kmsg.JoinGroup, kmsg.SyncGroup, kmsg.FindCoordinator, kmsg.OffsetFetch} {
		t.Run(key.Name(), func(t *testing.T) {
			t.Parallel()
			e := kafkatest.Embedded(t)
			n := on(t, e.Addr())
			topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
			write(t, n, topic, numbered(0, 10, 10))
			selector := kfake.Fault{Group: group}
			if key == kmsg.OffsetFetch { // the version that is spoken has errors of partitions only
				selector = kfake.Fault{Topic: topic}
			}
			selector.Keys, selector.Err, selector.Count = []kmsg.Key{key}, kerr.CoordinatorLoadInProgress, 3
			fault := e.Cluster().Fault(selector)
			c := consume(t, n, quick(group, topic), nil)
			until(t, "all records", func() bool { return len(c.values()) == 10 })
			if fault.Hits() != 3 {
				t.Fatalf("the fault hit %d times, want 3", fault.Hits())
			}
		})
	}
}

func TestHeartbeatsFail(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	c := consume(t, n, quick(group, topic), nil)
	fault := e.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: group, Err: kerr.UnknownMemberID, Count: 2})
	if err := fault.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	write(t, n, topic, numbered(0, 10, 10))
	until(t, "all records", func() bool { return len(c.values()) == 10 })
}

// A broker that answers every fetch with nothing although there are records: the
// watchdog notices and makes the connections anew.
func TestStallIsNoticed(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 10, 1))
	deaf := make(chan struct{})
	e.Cluster().ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		select {
		case <-deaf:
			e.Cluster().DropControl()
			return nil, nil, false
		default:
		}
		e.Cluster().KeepControl()
		return emptyFetch(req.(*kmsg.FetchRequest)), nil, true
	})
	opt := quick(group, topic)
	opt.StallTimeout = 200 * time.Millisecond
	c := consume(t, n, opt, nil)
	until(t, "the watchdog", func() bool { return n.metric(t, "outcry_kafka_stalls_total") >= 2 })
	close(deaf)
	until(t, "all records", func() bool { return len(c.values()) == 10 })
}

// emptyFetch is an answer without records that names an end far ahead.
func emptyFetch(req *kmsg.FetchRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.FetchResponse)
	for _, rt := range req.Topics {
		st := kmsg.NewFetchResponseTopic()
		st.Topic, st.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			sp := kmsg.NewFetchResponseTopicPartition()
			sp.Partition, sp.HighWatermark, sp.LastStableOffset = rp.Partition, 10, 10
			st.Partitions = append(st.Partitions, sp)
		}
		resp.Topics = append(resp.Topics, st)
	}
	return resp
}

// A handler that takes its time is no stall.
func TestASlowHandlerIsNoStall(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 10, 1))
	opt := quick(group, topic)
	opt.StallTimeout = 500 * time.Millisecond
	release := make(chan struct{})
	consume(t, n, opt, func(context.Context, []kafka.Record) error {
		<-release
		return nil
	})
	heartbeats := e.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: group, Observe: true, Count: -1})
	if err := heartbeats.Wait(t.Context(), 20); err != nil { // at 50 ms each
		t.Fatal(err)
	}
	close(release)
	caughtUp(t, n, group, topic)
	if got := n.metric(t, "outcry_kafka_stalls_total"); got != 0 {
		t.Errorf("stalls_total is %v, want 0", got)
	}
}

// A coordinator that never answers must not hold up the end: kafka-go's own Close
// would wait for the answer.
func TestConsumeEndsAlthoughTheCoordinatorHangs(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	asked, release := make(chan struct{}, 1), make(chan struct{})
	e.Cluster().ControlKey(int16(kmsg.JoinGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		e.Cluster().SleepControl(func() {
			asked <- struct{}{}
			<-release
		})
		return nil, nil, false
	})
	c := consume(t, n, quick(n.cfg.TopicPrefix+"g", n.Topics().Posts), nil)
	<-asked
	ended := make(chan struct{})
	go func() {
		c.stop()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(deadline / 2):
		t.Error("Consume waits for the coordinator")
	}
	close(release)
	<-ended
}

// The consumer outlives a broker that goes and comes back at the same address.
func TestConsumeOutlivesABrokerRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	n := on(t, e.Addr())
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	c := consume(t, n, quick(group, topic), nil)
	write(t, n, topic, numbered(0, 10, 10))
	until(t, "the first records", func() bool { return len(c.values()) == 10 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if e, err = kafka.StartEmbedded(dir, port(t, n), kafkatest.Log(t)); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	write(t, n, topic, numbered(10, 10, 10))
	until(t, "the records after the restart", func() bool { return len(c.values()) == 20 })
	c.stop()
}

// A handler that fails for long does not keep Consume from ending.
func TestConsumeEndsDuringBackOff(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 1, 1))
	opt := quick(group, topic)
	opt.BackoffMin, opt.BackoffMax = time.Hour, time.Hour
	failed := make(chan struct{}, 1)
	c := consume(t, n, opt, func(context.Context, []kafka.Record) error {
		failed <- struct{}{}
		return errors.New("no")
	})
	<-failed
	c.stop()
}
