package kafka_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/ingest/kafka"
)

// Names and labels are an interface: dashboards and alerts are built on them.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	reg := &collecting{}
	kafka.NewMetrics(reg)
	want := []string{
		"outcry_kafka_assigned_partitions{group}",
		"outcry_kafka_commits_total{group}",
		"outcry_kafka_errors_total{op,kind}",
		"outcry_kafka_handler_seconds{group}",
		"outcry_kafka_joins_total{group}",
		"outcry_kafka_lag_records{group,topic,partition}",
		"outcry_kafka_offset_resets_total{group,topic,reason}",
		"outcry_kafka_records_read_total{group,topic}",
		"outcry_kafka_records_written_total{topic}",
		"outcry_kafka_skipped_records_total{group,topic}",
		"outcry_kafka_stalls_total{group}",
		"outcry_kafka_too_large_records_total{topic}",
		"outcry_kafka_write_seconds{topic}",
	}
	slices.Sort(reg.names)
	if diff := cmp.Diff(want, reg.names); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	kafka.NewMetrics(nil) // counts for nobody
}

// collecting is a registerer that keeps the descriptions.
type collecting struct{ names []string }

func (c *collecting) Register(col prometheus.Collector) error {
	ch := make(chan *prometheus.Desc, 1)
	col.Describe(ch)
	text := (<-ch).String()
	between := func(from, to string) string {
		_, rest, _ := strings.Cut(text, from)
		out, _, _ := strings.Cut(rest, to)
		return out
	}
	c.names = append(c.names, between(`fqName: "`, `"`)+"{"+between("variableLabels: {", "}")+"}")
	return nil
}

func (c *collecting) MustRegister(cs ...prometheus.Collector) {
	for _, col := range cs {
		_ = c.Register(col)
	}
}

func (c *collecting) Unregister(prometheus.Collector) bool { return false }
