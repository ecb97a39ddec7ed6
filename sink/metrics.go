package sink

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what the sink does.
type Metrics struct {
	received prometheus.Counter
	sent     prometheus.Counter
	errors   *prometheus.CounterVec
	dropped  *prometheus.CounterVec
	scrubbed prometheus.Counter
	duration prometheus.Histogram
}

// NewMetrics registers the counters; a nil registry keeps them to themselves.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outcry_sink_received_total", Help: "Records read from the topics tags and dead-letters, repetitions included."}),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outcry_sink_sent_total", Help: "Records that are durable in ClickHouse. It lags behind received while inserts fail."}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcry_sink_errors_total", Help: "Failed inserts by kind. Each is tried again; a steady rate means that ClickHouse refuses or is away."}, []string{"kind"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcry_sink_dropped_total", Help: "Records that are no tags, now dead letters. Any rate means that somebody writes wrong records into the topic tags."}, []string{"reason"}),
		scrubbed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outcry_sink_scrubbed_posts_total", Help: "Posts whose words were removed because they were deleted at their source."}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "outcry_sink_batch_duration_seconds", Help: "Time from a batch of records to its rows being durable.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 9)}),
	}
	if reg != nil {
		reg.MustRegister(m.received, m.sent, m.errors, m.dropped, m.scrubbed, m.duration)
	}
	return m
}
