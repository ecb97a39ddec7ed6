package kafka_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

func readAll(t *testing.T, n *node, topic string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := n.ReadAll(t.Context(), topic, func(r kafka.Record) error {
		got[string(r.Key)] = string(r.Value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic := n.Topics().Cursors
	if got := readAll(t, n, topic); len(got) != 0 {
		t.Errorf("an empty topic gives %v", got)
	}
	want := map[string]string{}
	w := n.Writer(topic)
	for i := range 30 {
		key, value := fmt.Sprintf("source-%d", i%3), fmt.Sprint(i)
		want[key] = value
		if err := w.Write(t.Context(), []kafka.Record{{Key: []byte(key), Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, readAll(t, n, topic)); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
	stop := errors.New("stop")
	if err := n.ReadAll(t.Context(), topic, func(kafka.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of the function is not returned: %v", err)
	}
	if err := n.ReadAll(t.Context(), "no-such-topic", nil); err == nil {
		t.Error("reading a topic that is not there is no error")
	}
}

// A topic whose records have mostly been compacted away has gaps in its offsets,
// also at the end of a batch.
func TestReadAllAfterCompaction(t *testing.T) {
	t.Parallel()
	var e *kafka.Embedded
	var addr string
	if kafkatest.Apache() {
		addr = kafkatest.Broker(t)
	} else {
		e = kafkatest.Embedded(t)
		addr = e.Addr()
	}
	n := on(t, addr)
	topic := n.Topics().Cursors
	if e == nil {
		topic = n.cfg.TopicPrefix + "small"
		makeTopic(t, n, topic, 1, map[string]string{"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"})
	}
	want := map[string]string{}
	w := n.Writer(topic)
	for i := range 40 {
		var recs []kafka.Record
		for j := range 10 {
			key, value := fmt.Sprintf("source-%d", j%5), fmt.Sprint(i, j)
			want[key] = value
			recs = append(recs, kafka.Record{Key: []byte(key), Value: []byte(value)})
		}
		if err := w.Write(t.Context(), recs); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			continue
		}
		// Of each producer with an id, Apache Kafka keeps the last batch, be it empty.
		// kafka-go's Conn ends the process when it meets three of them in a row.
		if err := other(t, n).ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte("other"), Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	want["other"] = "x"
	count := func() (c int) {
		if err := n.ReadAll(t.Context(), topic, func(kafka.Record) error { c++; return nil }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if e != nil {
		if err := e.Upkeep(0); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "compaction", func() bool {
		if e == nil { // a write rolls the segment, so that the one before can be cleaned
			if err := w.Write(t.Context(), []kafka.Record{{Key: []byte("roll"), Value: []byte("x")}}); err != nil {
				t.Fatal(err)
			}
		}
		return count() < 100
	})
	got := readAll(t, n, topic)
	delete(got, "roll")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
}

// makeTopic makes a topic with settings of its own.
func makeTopic(t *testing.T, n *node, topic string, partitions int, configs map[string]string) {
	t.Helper()
	tc := kafkago.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	for k, v := range configs {
		tc.ConfigEntries = append(tc.ConfigEntries, kafkago.ConfigEntry{ConfigName: k, ConfigValue: v})
	}
	resp, err := n.Admin().CreateTopics(t.Context(), &kafkago.CreateTopicsRequest{Topics: []kafkago.TopicConfig{tc}})
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Errors[topic]; err != nil {
		t.Fatal(err)
	}
}

// Somebody else may write in transactions. Their markers take offsets but are no
// records. (What was aborted is read like the rest: kafka-go cannot tell.)
func TestTransactionMarkersAreNoRecords(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	c := other(t, n, kgo.TransactionalID(n.cfg.TopicPrefix+"tx"), kgo.DefaultProduceTopic(topic))
	for i := range 3 {
		if err := c.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := c.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint(2*i)), kgo.StringRecord(fmt.Sprint(2*i+1))).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := c.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]int{"0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
	if diff := cmp.Diff(want, counts(t, n, topic)); diff != "" {
		t.Errorf("read at once (-want +got):\n%s", diff)
	}
	m := consume(t, n, quick(group, topic), nil)
	until(t, "all records", func() bool { return len(m.values()) == 6 })
	if diff := cmp.Diff(want, m.values()); diff != "" {
		t.Errorf("read as a group (-want +got):\n%s", diff)
	}
}
