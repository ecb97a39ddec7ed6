package kafka_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/outcry/outcry/config"
)

// Three brokers whose leaders and coordinators move about while records are
// written and read, as they do when a real cluster is rolled.
func TestLeadersAndCoordinatorsMove(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cfg := settings(t, "")
	cfg.Brokers = append([]string{"127.0.0.1:1"}, cluster.ListenAddrs()...) // one that is not there, too
	cfg.Replication = 3
	n := dial(t, cfg)
	if err := n.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	c := consume(t, n, quick(group, topic), nil)
	w := n.Writer(topic)
	for round := range 4 {
		if err := w.Write(t.Context(), numbered(100*round, 100, 100)); err != nil {
			t.Fatal(err)
		}
		cluster.ShufflePartitionLeaders()
		cluster.RehashCoordinators()
		until(t, "the records of the round", func() bool { return len(c.values()) == 100*(round+1) })
	}
	caughtUp(t, n, group, topic)
}

func TestReplicatedTopicsAskForTwoInSync(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	f := func(replication int, retention time.Duration, posts, cursors string) {
		t.Helper()
		cfg := config.Kafka{
			Brokers: cluster.ListenAddrs(), TopicPrefix: fmt.Sprintf("r%d.", replication),
			Partitions: 2, Replication: replication, Retention: retention,
		}
		n := dial(t, cfg)
		if err := n.EnsureTopics(t.Context()); err != nil {
			t.Fatal(err)
		}
		for topic, want := range map[string]string{n.Topics().Posts: posts, n.Topics().Tags: posts, n.Topics().DeadLetters: posts, n.Topics().Cursors: cursors} {
			got := ""
			configs := cluster.TopicInfo(topic).Configs
			for _, name := range []string{"cleanup.policy", "retention.ms", "min.insync.replicas", "message.timestamp.type"} {
				if v := configs[name]; v != nil {
					got += name + "=" + *v + " "
				}
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", topic, got, want)
			}
		}
	}
	f(1, time.Hour, "cleanup.policy=delete retention.ms=3600000 message.timestamp.type=LogAppendTime ", "cleanup.policy=compact retention.ms=-1 ")
	f(3, 168*time.Hour, "cleanup.policy=delete retention.ms=604800000 min.insync.replicas=2 message.timestamp.type=LogAppendTime ", "cleanup.policy=compact retention.ms=-1 min.insync.replicas=2 ")
}
