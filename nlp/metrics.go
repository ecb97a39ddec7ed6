package nlp

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what a Worker counts.
type Metrics struct {
	received prometheus.Counter
	sent     prometheus.Counter
	filtered *prometheus.CounterVec
	dropped  *prometheus.CounterVec
	errors   *prometheus.CounterVec
	duration prometheus.Histogram
}

// NewMetrics registers the metrics with reg; nil keeps them unregistered.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "outcry", Subsystem: "nlp", Name: name, Help: help}
	}
	return &Metrics{
		received: f.NewCounter(counter("received_total",
			"Records read from topic posts. Zero while sources are read means a stuck consumer.")),
		sent: f.NewCounter(counter("sent_total",
			"Tags that Kafka has acknowledged, those of filtered posts too. Zero while records are received means that Kafka does not answer.")),
		filtered: f.NewCounterVec(counter("filtered_total",
			"Posts that the gate stopped, by reason; they are among the sent. Most of a firehose is no_match."), []string{"reason"}),
		dropped: f.NewCounterVec(counter("dropped_total",
			"Records that became dead letters, by reason. A rise means that a source has changed its form; tagger_failed is a fault of ours."), []string{"reason"}),
		errors: f.NewCounterVec(counter("errors_total",
			"Failures by kind. write is retried: a lasting rate means that Kafka needs a look. tagger is a fault in the tagger: please report it."), []string{"kind"}),
		duration: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "outcry", Subsystem: "nlp", Name: "batch_seconds",
			Help:    "Time from a batch's arrival until its tags are acknowledged. Rising means too few processors or a slow broker.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
	}
}
