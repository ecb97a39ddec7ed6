package ingest

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what the runner counts.
type Metrics struct {
	received  *prometheus.CounterVec
	sent      *prometheus.CounterVec
	errors    *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	restarts  *prometheus.CounterVec
	gaps      *prometheus.CounterVec
	gapTime   *prometheus.CounterVec
	writeTime *prometheus.HistogramVec
	cursorAge *prometheus.GaugeVec
	up        *prometheus.GaugeVec
}

// NewMetrics registers the metrics with reg; nil keeps them unregistered.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "outcry", Subsystem: "ingest", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "outcry", Subsystem: "ingest", Name: name, Help: help}, []string{"source"})
	}
	return &Metrics{
		received: counter("received_total",
			"Records that a source brought: posts, deletions, rejects and what was left out. Zero means that the source is silent or cut off.", "source"),
		sent: counter("sent_total",
			"Posts and deletions that Kafka has acknowledged. Zero while records are received means that all are left out, or that Kafka does not answer.", "source"),
		errors: counter("errors_total",
			"Times a source stopped or a write failed, by kind; the source is started again. A lasting rate means that the source or Kafka needs a look.", "source", "kind"),
		dropped: counter("dropped_total",
			"Records left out, by reason: what cannot be used is in the dead letters, the rest was left out on purpose. A rise of bad_… reasons means that a source has changed its form.", "source", "reason"),
		restarts: counter("restarts_total",
			"Times a source was started again. A lasting rate means a bad connection or a source that refuses us.", "source"),
		gaps: counter("gaps_total",
			"Times a source skipped a stretch of time, mostly because we were away longer than it keeps posts. Any non-zero rate is lost posts.", "source"),
		gapTime: counter("gap_seconds_total",
			"Length of what was skipped. Numbers of those minutes are too low.", "source"),
		writeTime: f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "outcry", Subsystem: "ingest", Name: "batch_seconds",
			Help:    "Time from a batch's arrival until posts, dead letters and cursor are acknowledged. Rising means a slow or failing broker.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"source"}),
		cursorAge: gauge("cursor_age_seconds",
			"How old the posts at the cursor are, or, where the source cannot tell, how long ago the cursor moved. Growing means that the source is silent, cut off or too fast for us."),
		up: gauge("source_up",
			"1 while the source runs or has come to its end, 0 while it waits to be started again. A lasting 0 means that its minutes are missing."),
	}
}

// source makes all series of a source, so that none appears only with its first event.
func (m *Metrics) source(name string) {
	m.received.WithLabelValues(name)
	m.sent.WithLabelValues(name)
	m.restarts.WithLabelValues(name)
	m.gaps.WithLabelValues(name)
	m.gapTime.WithLabelValues(name)
	m.up.WithLabelValues(name).Set(0)
}

// observe brings the gauges of a source up to date.
func (m *Metrics) observe(h Health, now time.Time) {
	up := 0.0
	if h.Healthy() {
		up = 1
	}
	m.up.WithLabelValues(h.Source).Set(up)
	at := h.CursorTime
	if at.IsZero() {
		at = h.LastBatch
	}
	if !at.IsZero() && h.State != Done {
		m.cursorAge.WithLabelValues(h.Source).Set(max(0, now.Sub(at).Seconds()))
	}
}
