package kafka_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	if err := n.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	topic := n.Topics().Posts
	sent := numbered(0, 1000, 17)
	sent[3].Headers = []kafka.Header{{Key: "a", Value: "1"}, {Key: "b", Value: ""}}
	sent[4].Value = []byte{}
	write(t, n, topic, sent)

	c := consume(t, n, quick(n.cfg.TopicPrefix+"g", topic), nil)
	caughtUp(t, n, n.cfg.TopicPrefix+"g", topic)
	c.stop()

	// Records of a key come in the order in which they were written, from one partition.
	byKey := func(recs []kafka.Record) map[string][]string {
		out := map[string][]string{}
		for _, r := range recs {
			out[string(r.Key)] = append(out[string(r.Key)], fmt.Sprintf("%s %v", r.Value, r.Headers))
		}
		return out
	}
	got := c.records()
	if diff := cmp.Diff(byKey(sent), byKey(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	home := map[string]int{}
	for _, r := range got {
		if p, seen := home[string(r.Key)]; seen && p != r.Partition {
			t.Fatalf("key %s is in partitions %d and %d", r.Key, p, r.Partition)
		}
		home[string(r.Key)] = r.Partition
		if r.Topic != topic || r.Time.IsZero() {
			t.Fatalf("record without topic or time: %+v", r)
		}
	}

	end, err := n.EndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	done, err := n.Committed(t.Context(), n.cfg.TopicPrefix+"g", topic)
	if err != nil {
		t.Fatal(err)
	}
	for p, e := range end {
		if e == 0 {
			delete(end, p) // nothing to commit
		}
	}
	if diff := cmp.Diff(end, done); diff != "" {
		t.Errorf("committed offsets (-end +committed):\n%s", diff)
	}
	if got := n.metric(t, "outcry_kafka_records_written_total"); got != 1000 {
		t.Errorf("records_written_total is %v, want 1000", got)
	}
	if got := n.metric(t, "outcry_kafka_records_read_total"); got != 1000 {
		t.Errorf("records_read_total is %v, want 1000", got)
	}
}

// The values are those of Kafka's Java client (Utils.murmur2, made positive,
// modulo partitions), so that records pushed by other tools share partitions.
func TestKeysGoWhereJavaPutsThem(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	want := map[string]int{}
	var recs []kafka.Record
	for key, murmur := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		want[key] = int(murmur&0x7fffffff) % 4
		recs = append(recs, kafka.Record{Key: []byte(key), Value: []byte("x")})
	}
	write(t, n, n.Topics().Tags, recs)
	got := map[string]int{}
	err := n.ReadAll(t.Context(), n.Topics().Tags, func(r kafka.Record) error {
		got[string(r.Key)] = r.Partition
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
}

func TestLagCountsWhatIsNotCommitted(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	f := func(want int64) {
		t.Helper()
		got, err := n.Lag(t.Context(), group, topic)
		if err != nil || got != want {
			t.Errorf("lag is %d (%v), want %d", got, err, want)
		}
	}
	f(0)
	write(t, n, topic, numbered(0, 50, 50))
	f(50)
	c := consume(t, n, quick(group, topic), nil)
	caughtUp(t, n, group, topic)
	c.stop()
	write(t, n, topic, numbered(50, 7, 50))
	f(7)
	if _, err := n.Lag(t.Context(), group, "no-such-topic"); err == nil {
		t.Error("the lag of a topic that is not there is no error")
	}
}

func TestEnsureTopicsTwice(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	if err := n.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]int{n.Topics().Posts: 4, n.Topics().Tags: 4, n.Topics().DeadLetters: 1, n.Topics().Cursors: 1} {
		end, err := n.EndOffsets(t.Context(), topic)
		if err != nil || len(end) != want {
			t.Errorf("%s has %d partitions (%v), want %d", topic, len(end), err, want)
		}
	}
}

func TestTooFewBrokersForTheReplication(t *testing.T) {
	t.Parallel()
	cfg := settings(t, kafkatest.Broker(t))
	cfg.Replication = 3
	err := dial(t, cfg).EnsureTopics(t.Context())
	if err == nil || !strings.Contains(err.Error(), "kafka.replication is 3, but there are fewer brokers") {
		t.Errorf("three replicas on one broker: %v", err)
	}
}

func TestPingSaysWhereItLooked(t *testing.T) {
	t.Parallel()
	cfg := settings(t, "127.0.0.1:1")
	err := dial(t, cfg).Ping(t.Context())
	const want = "reaching kafka at 127.0.0.1:1: failed to dial: failed to open connection to 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDialNeedsABroker(t *testing.T) {
	t.Parallel()
	cfg := settings(t, "")
	cfg.Brokers = nil
	_, err := kafka.Dial(cfg, kafkatest.Log(t), nil)
	const want = "kafka.brokers is empty: name a broker, or start the embedded one and give its address"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
