package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/outcry/outcry/config"
)

const (
	dialTimeout    = 5 * time.Second
	requestTimeout = 10 * time.Second
	// metadataTTL is how old the client's view of topics and leaders may be. It
	// is also the time limit that kafka-go sets to one look at the cluster.
	metadataTTL = 5 * time.Second
)

// Client is a process's connection to one cluster. It is safe for concurrent use;
// make one and share it, for each keeps connections and goroutines of its own.
type Client struct {
	cfg     config.Kafka
	topics  Topics
	log     *slog.Logger
	metrics *Metrics

	dialer    *kafkago.Dialer
	transport *kafkago.Transport
	admin     *kafkago.Client

	mu      sync.Mutex
	writers []*Writer
	looked  time.Time // when the cluster's layout was last asked for out of turn
}

// Dial checks the settings and reads the files they name. It does not wait for
// the cluster: Ping does. A nil m counts nothing that anyone sees.
func Dial(cfg config.Kafka, log *slog.Logger, m *Metrics) (*Client, error) {
	if len(cfg.Brokers) == 0 {
		return nil, errors.New("kafka.brokers is empty: name a broker, or start the embedded one and give its address")
	}
	t, err := tlsConfig(cfg.TLS)
	if err != nil {
		return nil, err
	}
	mech, err := mechanism(cfg.SASL)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = NewMetrics(nil)
	}
	if mech != nil && t == nil && cfg.SASL.Mechanism == "plain" {
		log.Warn("the kafka password travels in the clear: set kafka.tls.enabled")
	}
	d := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	c := &Client{
		cfg: cfg, topics: TopicsOf(cfg), log: log, metrics: m,
		dialer: &kafkago.Dialer{
			ClientID: cfg.ClientID, Timeout: dialTimeout, DialFunc: d.DialContext,
			TLS: t, SASLMechanism: mech,
		},
		transport: &kafkago.Transport{
			ClientID: cfg.ClientID, Dial: d.DialContext, DialTimeout: dialTimeout,
			MetadataTTL: metadataTTL, IdleTimeout: time.Minute, TLS: t, SASL: mech,
		},
	}
	c.admin = &kafkago.Client{Addr: kafkago.TCP(cfg.Brokers...), Transport: c.transport, Timeout: requestTimeout}
	return c, nil
}

// Topics gives the names that the client was configured with.
func (c *Client) Topics() Topics { return c.topics }

// Ping asks the brokers in turn until one answers a request, over a connection of
// its own: an answer means that address, TLS and SASL are right now.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := c.anyBroker(ctx, func(addr string) error {
		conn, err := c.dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		_, err = conn.ApiVersions()
		return err
	})
	if err != nil {
		return fmt.Errorf("reaching kafka at %s: %w", strings.Join(c.cfg.Brokers, ", "), err)
	}
	return nil
}

// lookAgain makes the next request ask who leads which partition; by itself
// kafka-go does so only every metadataTTL. It acts once a second at most, since
// new connections come with it.
func (c *Client) lookAgain() {
	c.mu.Lock()
	due := time.Since(c.looked) > time.Second
	if due {
		c.looked = time.Now()
	}
	c.mu.Unlock()
	if due {
		c.transport.CloseIdleConnections()
	}
}

// anyBroker tries f on each configured broker until it succeeds on one.
func (c *Client) anyBroker(ctx context.Context, f func(addr string) error) error {
	var err error
	for _, addr := range c.cfg.Brokers {
		if err = f(addr); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// partitions lists a topic's partitions as a broker sees them now; the shared
// transport's view may be seconds old.
func (c *Client) partitions(ctx context.Context, topic string) ([]kafkago.Partition, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var parts []kafkago.Partition
	err := c.anyBroker(ctx, func(addr string) (err error) {
		parts, err = c.dialer.LookupPartitions(ctx, "tcp", addr, topic)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking up the partitions of %s: %w", topic, err)
	}
	return parts, nil
}

// Close closes the writers made by this client and its idle connections. Stop
// what writes and consumes before. It may be called twice.
func (c *Client) Close() error {
	c.mu.Lock()
	writers := c.writers
	c.writers = nil
	c.mu.Unlock()
	var errs []error
	for _, w := range writers {
		errs = append(errs, w.Close())
	}
	c.transport.CloseIdleConnections()
	return errors.Join(errs...)
}
