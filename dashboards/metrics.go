package dashboards

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what the page server does.
type metrics struct {
	requests  *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	questions *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	readers   prometheus.Gauge
	frames    prometheus.Counter
	skipped   prometheus.Counter
	dropped   *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcry_dashboards_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "outcry_dashboards_request_seconds", Help: "Time to answer a request; live updates are not in it.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 12)}, []string{"route"}),
		questions: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "outcry_dashboards_question_seconds", Help: "Time that ClickHouse takes for a question of the pages.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 13)}, []string{"question"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcry_dashboards_question_errors_total", Help: "Questions that ClickHouse did not answer; pages then show older numbers and say so."}, []string{"question"}),
		readers: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "outcry_dashboards_readers", Help: "Readers connected to live updates."}),
		frames: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outcry_dashboards_updates_sent_total", Help: "Live updates sent."}),
		skipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outcry_dashboards_updates_skipped_total", Help: "Live updates that a slow reader did not get by themselves: the next one holds them."}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcry_dashboards_readers_dropped_total", Help: "Readers let go, by reason: slow ones connect again by themselves."}, []string{"reason"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.questions, m.failures, m.readers, m.frames, m.skipped, m.dropped} {
		var twice prometheus.AlreadyRegisteredError
		if err := r.Register(c); errors.As(err, &twice) {
			return nil, fmt.Errorf("making the page server: its metrics are registered already; one server needs one registry: %w", err)
		} else if err != nil {
			return nil, fmt.Errorf("registering metrics of the page server: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) question(name string, took time.Duration, err error) {
	m.questions.WithLabelValues(name).Observe(took.Seconds())
	if err != nil {
		m.failures.WithLabelValues(name).Inc()
	}
}
