package kafka_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

// failing makes a broker answer produce requests with an error.
func failing(e *kafka.Embedded, topic string, partitions []int32, err *kerr.Error, count int) *kfake.FaultHandle {
	return e.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: partitions, Err: err, Count: count})
}

// counts gives how often each value stands in a topic.
func counts(t *testing.T, n *node, topic string) map[string]int {
	t.Helper()
	got := map[string]int{}
	err := n.ReadAll(t.Context(), topic, func(r kafka.Record) error { got[string(r.Value)]++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func once(recs []kafka.Record) map[string]int {
	want := map[string]int{}
	for _, r := range recs {
		want[string(r.Value)]++
	}
	return want
}

func TestWriteReturnsOnlyOnceAllIsAcknowledged(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic := n.Topics().Posts
	fault := failing(e, topic, nil, kerr.NotEnoughReplicas, -1)
	done := make(chan error, 1)
	recs := numbered(0, 100, 100)
	go func() { done <- n.Writer(topic).Write(t.Context(), recs) }()
	if err := fault.Wait(t.Context(), 8); err != nil { // every partition refused at least twice
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Fatalf("Write returned %v while the broker refused", err)
	default:
	}
	fault.Remove()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once(recs), counts(t, n, topic)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if n.metric(t, "outcry_kafka_errors_total", "op=write", "kind=replicas") == 0 {
		t.Error("the refusals are not counted")
	}
}

func TestWriteRetriesOnlyWhatFailed(t *testing.T) {
	t.Parallel()
	for _, cause := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.UnknownServerError, kerr.KafkaStorageError} {
		t.Run(cause.Message, func(t *testing.T) {
			t.Parallel()
			e := kafkatest.Embedded(t)
			n := on(t, e.Addr())
			topic := n.Topics().Posts
			fault := failing(e, topic, []int32{1}, cause, 2)
			recs := numbered(0, 100, 100)
			if err := n.Writer(topic).Write(t.Context(), recs); err != nil {
				t.Fatal(err)
			}
			if fault.Hits() != 2 {
				t.Fatalf("the fault hit %d times, want 2", fault.Hits())
			}
			// A second copy of a record of another partition would show here.
			if diff := cmp.Diff(once(recs), counts(t, n, topic)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteSaysHowManyAreMissing(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic := n.Topics().Posts
	fault := failing(e, topic, []int32{0, 1, 2}, kerr.NotEnoughReplicas, -1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = fault.Wait(ctx, 6)
		cancel()
	}()
	recs := numbered(0, 100, 100)
	err := n.Writer(topic).Write(ctx, recs)
	var missing *kafka.UnacknowledgedError
	if !errors.As(err, &missing) || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	fault.Remove()
	arrived := len(counts(t, n, topic))
	if missing.Total != 100 || missing.Missing+arrived != 100 || missing.Missing == 0 || arrived == 0 {
		t.Errorf("%d of %d are named missing, %d have arrived", missing.Missing, missing.Total, arrived)
	}
	want := fmt.Sprintf("writing to %s: %d of 100 records not acknowledged: context canceled", topic, missing.Missing)
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s …", err, want)
	}
}

func TestWriteGivesUpWhereRetriesAreVain(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	topic := n.Topics().Posts
	failing(e, topic, nil, kerr.TopicAuthorizationFailed, -1)
	err := n.Writer(topic).Write(t.Context(), numbered(0, 10, 10))
	var missing *kafka.UnacknowledgedError
	if !errors.As(err, &missing) || missing.Missing != 10 {
		t.Fatalf("got %v", err)
	}
	if n.metric(t, "outcry_kafka_errors_total", "op=write", "kind=refused") != 1 {
		t.Error("the refusal is not counted, or was retried")
	}
}

// A broker that is rolled closes connections in the middle; kafka-go's own writer
// takes the resulting io.EOF for final.
func TestWriteOutlivesABrokerRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	n := on(t, e.Addr())
	topic := n.Topics().Posts
	w := n.Writer(topic)
	if err := w.Write(t.Context(), numbered(0, 10, 10)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Write(t.Context(), numbered(10, 10, 10)) }()
	until(t, "a failed attempt", func() bool { return n.metric(t, "outcry_kafka_errors_total", "op=write") > 0 })
	e, err = kafka.StartEmbedded(dir, port(t, n), kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := counts(t, n, topic); len(got) != 20 {
		t.Errorf("%d records are there, want 20", len(got))
	}
}

func TestRecordsTooLargeAreNamed(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	f := func(name, topic string, large int) {
		t.Run(name, func(t *testing.T) {
			recs := numbered(0, 20, 20)
			recs[3].Value = bytes.Repeat([]byte("x"), large)
			recs[11].Value = noise(large)
			err := n.Writer(topic).Write(t.Context(), recs)
			var tooLarge *kafka.TooLargeError
			if !errors.As(err, &tooLarge) {
				t.Fatalf("got %v", err)
			}
			want := []int{3, 11}
			if name == "for the topic" {
				want = []int{11} // what is only x shrinks to nothing on the way
			}
			if diff := cmp.Diff(want, tooLarge.Indexes); diff != "" {
				t.Errorf("indexes (-want +got):\n%s", diff)
			}
			if got := len(counts(t, n, topic)); got != 20-len(want) {
				t.Errorf("%d records have arrived, want %d", got, 20-len(want))
			}
		})
	}
	f("for any topic", n.Topics().Posts, kafka.MaxRecord+1)
	small := n.cfg.TopicPrefix + "small"
	makeTopic(t, n, small, 1, map[string]string{"max.message.bytes": "10000"})
	f("for the topic", small, 50_000)
	if got := n.metric(t, "outcry_kafka_too_large_records_total"); got != 3 {
		t.Errorf("too_large_records_total is %v, want 3", got)
	}
	err := &kafka.TooLargeError{Topic: "posts", Indexes: []int{1, 2}}
	if got, want := err.Error(), "writing to posts: 2 records are larger than Kafka takes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The largest record that passes the size check is taken by a broker at its defaults.
func TestLargestRecordIsTaken(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	if err := n.Writer(n.Topics().Posts).Write(t.Context(), []kafka.Record{{Value: noise(kafka.MaxRecord)}}); err != nil {
		t.Fatal(err)
	}
}

// noise is what compression cannot shrink.
func noise(n int) []byte {
	out := make([]byte, n)
	x := uint64(1)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x)
	}
	return out
}

func TestWriterAfterClose(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	w := n.Writer(n.Topics().Posts)
	if err := w.Write(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(t.Context(), numbered(0, 1, 1)); err == nil {
		t.Error("a closed writer has written")
	}
}

func TestCloseEndsAWriteThatRetries(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	fault := failing(e, n.Topics().Posts, nil, kerr.NotEnoughReplicas, -1)
	w := n.Writer(n.Topics().Posts)
	done := make(chan error, 1)
	go func() { done <- w.Write(t.Context(), numbered(0, 1, 1)) }()
	if err := fault.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if err == nil {
			t.Error("nothing was acknowledged, yet Write says so")
		}
	case <-time.After(deadline):
		t.Fatal("Write goes on after Close")
	}
}
