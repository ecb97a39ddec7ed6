package alert

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count messages.
type Metrics struct {
	sent, errors, dropped *prometheus.CounterVec
	duration              *prometheus.HistogramVec
}

// NewMetrics registers the counters; a nil registry keeps them to themselves.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "outcry", Subsystem: "alert", Name: name, Help: help}, labels)
	}
	return &Metrics{
		sent:    counter("sent_total", "Messages that their receivers have taken.", "channel", "event"),
		errors:  counter("errors_total", "Messages that could not be sent and are tried again, by channel. A rising number means that nobody is told there.", "kind"),
		dropped: counter("dropped_total", "Messages that a receiver has refused for good. Any means that a channel is set up wrongly.", "channel"),
		duration: f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "outcry", Subsystem: "alert", Name: "duration_seconds", Help: "Time that a receiver took for a message.", Buckets: prometheus.ExponentialBuckets(0.01, 3, 8),
		}, []string{"kind"}),
	}
}
