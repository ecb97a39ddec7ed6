package kafka_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// port gives the port of the node's only broker.
func port(t *testing.T, n *node) int {
	t.Helper()
	_, p, err := net.SplitHostPort(n.cfg.Brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// other is a client that is not kafka-go, for what that cannot do and as somebody
// else's producer.
func other(t *testing.T, n *node, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(n.cfg.Brokers...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// deleteRecords deletes what is before an offset in partition 0.
func deleteRecords(t *testing.T, n *node, topic string, before int64) {
	t.Helper()
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.TimeoutMillis = 5000
	rt := kmsg.NewDeleteRecordsRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewDeleteRecordsRequestTopicPartition()
	rp.Offset = before
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(t.Context(), other(t, n)); err != nil {
		t.Fatal(err)
	}
}
