package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// problem is one fault and the key it stands at.
type problem struct{ key, text string }

// check says what is wrong with the values, each with its key.
func (c *Config) check() []problem {
	var ps []problem
	bad := func(key, format string, args ...any) {
		ps = append(ps, problem{key, fmt.Sprintf(format, args...)})
	}
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			bad(key, "is %q; it must be one of %s", value, strings.Join(allowed, ", "))
		}
	}
	within := func(key string, value, low, high int) {
		if value < low || value > high {
			bad(key, "is %d; it must be from %d to %d", value, low, high)
		}
	}
	atLeast := func(key string, value, low time.Duration) {
		if value < low {
			bad(key, "is %s; it must be at least %s", value, low)
		}
	}
	hostPort := func(key, value string) {
		if _, port, err := net.SplitHostPort(value); err != nil {
			bad(key, "is %q; it must be host:port", value)
		} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			bad(key, "is %q; the port must be a number from 0 to 65535", value)
		}
	}

	web := func(key, value string) {
		if u, err := url.Parse(value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			bad(key, "is %q; it must be like https://example.org/path", value)
		}
	}

	atLeast("shutdown_timeout", c.ShutdownTimeout, time.Second)
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "auto", "text", "json")

	for _, b := range c.Kafka.Brokers {
		hostPort("kafka.brokers", b)
	}
	within("kafka.partitions", c.Kafka.Partitions, 1, 1000)
	within("kafka.replication", c.Kafka.Replication, 1, 9)
	atLeast("kafka.retention", c.Kafka.Retention, time.Hour)
	within("kafka.embedded_port", c.Kafka.EmbeddedPort, 0, 65535)
	oneOf("kafka.sasl.mechanism", c.Kafka.SASL.Mechanism, "", "plain", "scram-sha-256", "scram-sha-512")
	if c.Kafka.SASL.Mechanism != "" && c.Kafka.SASL.Username == "" {
		bad("kafka.sasl.username", "is empty, but kafka.sasl.mechanism is %s", c.Kafka.SASL.Mechanism)
	}

	for _, a := range c.ClickHouse.Addr {
		hostPort("clickhouse.addr", a)
	}
	if !identifier(c.ClickHouse.Database) {
		bad("clickhouse.database", "is %q; it must be letters, digits and _", c.ClickHouse.Database)
	}
	if c.ClickHouse.Cluster != "" && !identifier(c.ClickHouse.Cluster) {
		bad("clickhouse.cluster", "is %q; it must be letters, digits and _", c.ClickHouse.Cluster)
	}
	atLeast("clickhouse.dial_timeout", c.ClickHouse.DialTimeout, 100*time.Millisecond)
	within("clickhouse.embedded_tcp_port", c.ClickHouse.EmbeddedTCPPort, 0, 65535)
	within("clickhouse.embedded_http_port", c.ClickHouse.EmbeddedHTTPPort, 0, 65535)
	within("clickhouse.text_ttl_days", c.ClickHouse.TextTTLDays, 0, 36500)

	if u, err := url.Parse(c.Ingest.Bluesky.URL); err != nil || (u.Scheme != "ws" && u.Scheme != "wss") || u.Host == "" {
		bad("ingest.bluesky.url", "is %q; it must be ws://host/path or wss://host/path", c.Ingest.Bluesky.URL)
	}
	if c.Ingest.Bluesky.Compress && c.Ingest.Bluesky.DictFile == "" {
		bad("ingest.bluesky.dictionary_file", "is empty, but ingest.bluesky.compress needs it")
	}
	atLeast("ingest.bluesky.idle_timeout", c.Ingest.Bluesky.IdleTimeout, time.Second)

	web("ingest.hackernews.url", c.Ingest.HackerNews.URL)
	atLeast("ingest.hackernews.every", c.Ingest.HackerNews.Every, time.Second)
	for _, u := range c.Ingest.Feeds.URLs {
		web("ingest.feeds.urls", u)
	}
	atLeast("ingest.feeds.every", c.Ingest.Feeds.Every, time.Minute)
	atLeast("ingest.status.every", c.Ingest.Status.Every, 10*time.Second)

	within("nlp.workers", c.NLP.Workers, 0, 1024)
	within("sink.batch_rows", c.Sink.BatchRows, 1, 1_000_000)
	atLeast("sink.batch_wait", c.Sink.BatchWait, time.Millisecond)
	atLeast("alerts.every", c.Alerts.Every, 100*time.Millisecond)
	if l := c.Alerts.Link; l != "" {
		if u, err := url.Parse(l); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			bad("alerts.link", "is %q; it must be like https://outcry.example.com", l)
		}
	}
	hostPort("http.addr", c.HTTP.Addr)
	if host, _, err := net.SplitHostPort(c.HTTP.Addr); err == nil && !loopback(host) && !c.HTTP.BehindProxy {
		bad("http.addr", "is %q; pages have no login, so they are served on this machine only: use 127.0.0.1:PORT, or set http.behind_proxy where only an authenticating proxy can reach it", c.HTTP.Addr)
	}
	if k := c.Privacy.Key; k != "" && len(k) < 16 {
		bad("privacy.key", "has %d characters; it must have at least 16", len(k))
	}
	return ps
}

func identifier(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
