package watch

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count what a watcher does.
type Metrics struct {
	received, errors prometheus.Counter
	sent             *prometheus.CounterVec
	duration         prometheus.Histogram
}

// NewMetrics registers the counters; a nil registry keeps them to themselves.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	named := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "outcry", Subsystem: "watch", Name: name, Help: help}
	}
	return &Metrics{
		received: f.NewCounter(named("received_total", "Tagged posts that the spike detector has counted.")),
		errors:   f.NewCounter(named("errors_total", "Steps that failed and are tried again. A rising number means that ClickHouse is away and alerts are late.")),
		sent:     f.NewCounterVec(named("sent_total", "Changes of state of incidents that were stored, by the new state."), []string{"state"}),
		duration: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "outcry", Subsystem: "watch", Name: "duration_seconds", Help: "Time of a step, from its first question to what came of it being stored.",
			Buckets: prometheus.ExponentialBuckets(0.01, 3, 9),
		}),
	}
}
