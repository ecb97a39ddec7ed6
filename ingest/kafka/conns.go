package kafka

import (
	"context"
	"net"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// conns keeps the connections that one consumer opens. kafka-go's ConsumerGroup
// takes no context and its Close waits for whatever request is under way, a join
// of up to half a minute or a dead network; closing the connections ends that.
type conns struct {
	dialer *kafkago.Dialer

	mu   sync.Mutex
	open map[*trackedConn]struct{}
	shut bool
}

func newConns(d *kafkago.Dialer) *conns {
	c := &conns{open: map[*trackedConn]struct{}{}}
	own := *d
	dial := d.DialFunc
	own.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return c.track(conn)
	}
	c.dialer = &own
	return c
}

type trackedConn struct {
	net.Conn
	of *conns
}

// Close closes the connection and forgets it.
func (t *trackedConn) Close() error {
	t.of.mu.Lock()
	delete(t.of.open, t)
	t.of.mu.Unlock()
	return t.Conn.Close()
}

func (c *conns) track(conn net.Conn) (net.Conn, error) {
	t := &trackedConn{Conn: conn, of: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	c.open[t] = struct{}{}
	return t, nil
}

// close ends every connection; new ones are refused.
func (c *conns) close() {
	c.mu.Lock()
	c.shut = true
	open := make([]*trackedConn, 0, len(c.open))
	for t := range c.open {
		open = append(open, t)
	}
	c.mu.Unlock()
	for _, t := range open {
		_ = t.Close()
	}
}

// closeAfter waits for done, closing the connections when that takes longer than
// d, so that it comes to an end in any case.
func (c *conns) closeAfter(done <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
	c.close()
	<-done
}
