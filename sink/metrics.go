package sink

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count what the sink does.
type Metrics struct {
	received *prometheus.CounterVec
	sent     *prometheus.CounterVec
	errors   *prometheus.CounterVec
	dropped  *prometheus.CounterVec
	scrubbed prometheus.Counter
	duration prometheus.Histogram
	delay    prometheus.Histogram
}

// NewMetrics registers the counters; a nil registry keeps them to themselves.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "outcry", Subsystem: "sink", Name: name, Help: help}, labels)
	}
	seconds := func(name, help string, buckets []float64) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{Namespace: "outcry", Subsystem: "sink", Name: name, Help: help, Buckets: buckets})
	}
	return &Metrics{
		received: counter("received_total", "Records read, repetitions included.", "topic"),
		sent:     counter("sent_total", "Records that are durable in ClickHouse. It lags behind received while inserts fail.", "topic"),
		errors: counter("errors_total",
			"Failures by kind. Each is tried again, but for data: such a row becomes a dead letter. A steady rate means that ClickHouse refuses or is away.", "kind"),
		dropped: counter("dropped_total",
			"Records that could not be stored, now dead letters. Any rate means that somebody writes wrong records into the topic tags.", "reason"),
		scrubbed: f.NewCounter(prometheus.CounterOpts{Namespace: "outcry", Subsystem: "sink", Name: "scrubbed_posts_total",
			Help: "Posts whose words were removed because they were deleted at their source."}),
		duration: seconds("batch_duration_seconds", "Time from a batch of records to its rows being durable.", prometheus.ExponentialBuckets(0.005, 2.5, 9)),
		delay: seconds("delay_seconds", "Time from the collection of a post to its row being durable, newest post of each batch. Rising means that a worker before or this one cannot keep up.",
			[]float64{.25, .5, 1, 2, 5, 10, 30, 60, 300, 1800}),
	}
}
