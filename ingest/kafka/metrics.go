package kafka

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what this package counts. One set serves every Client of a process.
type Metrics struct {
	written   *prometheus.CounterVec
	writeTime *prometheus.HistogramVec
	tooLarge  *prometheus.CounterVec
	read      *prometheus.CounterVec
	handling  *prometheus.HistogramVec
	commits   *prometheus.CounterVec
	errors    *prometheus.CounterVec
	skipped   *prometheus.CounterVec
	resets    *prometheus.CounterVec
	stalls    *prometheus.CounterVec
	joins     *prometheus.CounterVec
	assigned  *prometheus.GaugeVec
	lag       *prometheus.GaugeVec
}

// NewMetrics registers the metrics with reg; nil keeps them unregistered.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "outcry", Subsystem: "kafka", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "outcry", Subsystem: "kafka", Name: name, Help: help}, labels)
	}
	seconds := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "outcry", Subsystem: "kafka", Name: name, Help: help,
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, labels)
	}
	return &Metrics{
		written: counter("records_written_total",
			"Records that Kafka has acknowledged. Zero while sources are read means that nothing arrives or nothing is accepted.", "topic"),
		writeTime: seconds("write_seconds",
			"Time from handing records over until all are acknowledged, retries included. Rising means a slow or failing broker.", "topic"),
		tooLarge: counter("too_large_records_total",
			"Records refused for their size. A non-zero rate means that a source sends larger posts than Kafka takes; they go to the dead letters.", "topic"),
		read: counter("records_read_total",
			"Records handled and committed. Zero while the lag grows means a stuck consumer.", "group", "topic"),
		handling: seconds("handler_seconds",
			"Time a handler took for one batch, failures included. Rising means a slow next hop.", "group"),
		commits: counter("commits_total",
			"Offset commits that Kafka has accepted. Zero while records are read means that work is redone after every restart.", "group"),
		errors: counter("errors_total",
			"Failures by what was tried and why; all are retried. A lasting rate means that the broker, the network or the next hop needs a look.", "op", "kind"),
		skipped: counter("skipped_records_total",
			"Records that retention deleted before the group read them. Any non-zero rate is lost data: raise kafka.retention or speed the consumer up.", "group", "topic"),
		resets: counter("offset_resets_total",
			"Times a committed offset was not in the log. before_start: see skipped records; beyond_end: the topic was made anew or lost its end, and is read from its start.", "group", "topic", "reason"),
		stalls: counter("stalls_total",
			"Times a consumer with records before it made no progress and was rebuilt. A non-zero rate means a connection that hangs.", "group"),
		joins: counter("joins_total",
			"Times a consumer joined its group. A lasting rate means rebalances: members that come and go, or handlers that fail.", "group"),
		assigned: gauge("assigned_partitions",
			"Partitions that this process reads now. Zero means that it has not joined, or that other members have them all.", "group"),
		lag: gauge("lag_records",
			"Records between the last one handled and the end of the partition, for partitions this process reads. Growing means a consumer that is too slow.", "group", "topic", "partition"),
	}
}
