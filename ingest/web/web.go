// Package web asks public places over HTTP as a guest should: it says who asks and
// whom to write to, leaves a host time between two requests, asks a few things at
// once at most, never reads more than was agreed, asks again only for what has
// changed, and passes on what a host asks for with Retry-After.
//
// It retries nothing: an error is a *post.Failure, and whoever runs the source
// decides when it is started again.
package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Options say how a client behaves. A zero value elsewhere than in UserAgent means
// the default.
type Options struct {
	// UserAgent says who asks; see UserAgent.
	UserAgent string
	// Interval is the least time between the beginnings of two requests to a host.
	Interval time.Duration
	// AtOnce is how many requests a host gets at once, at most; 4.
	AtOnce int
	// MaxBody is the largest answer that is read, after decompression; 8 MiB.
	MaxBody int64
	// Timeout bounds a request from the call to the last byte; 30s. Of a stream it
	// bounds only the time until the answer begins.
	Timeout time.Duration
	// Now is the clock, time.Now where it is nil. It reads dates in Retry-After.
	Now func() time.Time
}

// Client makes requests. It may be used from several goroutines.
type Client struct {
	o    Options
	http *http.Client

	mu    sync.Mutex
	hosts map[string]*host
}

// host is what a client knows of one.
type host struct {
	slots chan struct{}
	next  time.Time // when the next request may begin
}

// New makes a client. Close it to let go of connections.
func New(o Options) *Client {
	if o.AtOnce <= 0 {
		o.AtOnce = 4
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 8 << 20
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{o: o, hosts: map[string]*host{}, http: &http.Client{Transport: &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: min(o.Timeout, 15*time.Second)}).DialContext,
		// A host that is asked seldom should not have to keep a connection for us.
		IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: o.AtOnce, TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2: true,
	}}}
}

// Close closes connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Answer is what a host said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get asks for what is at an address. The answer's status is 200 to 299, or 304
// where the headers asked for changes only; all others are errors.
func (c *Client) Get(ctx context.Context, address string, header http.Header) (*Answer, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, &post.Failure{Kind: "address", Err: fmt.Errorf("asking for %q: %w", address, err)}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	return c.Do(ctx, req)
}

// Do makes a request and reads the answer.
func (c *Client) Do(ctx context.Context, req *http.Request) (*Answer, error) {
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	leave, err := c.enter(ctx, req.URL.Host)
	if err != nil {
		return nil, err
	}
	defer leave()
	late := time.AfterFunc(c.o.Timeout, cancel)
	defer late.Stop()
	resp, err := c.send(own, req)
	if err != nil {
		return nil, c.failure(ctx, own, req.URL, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := c.refusal(req.URL, resp); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.o.MaxBody+1))
	if err != nil {
		return nil, c.failure(ctx, own, req.URL, err)
	}
	if int64(len(body)) > c.o.MaxBody {
		return nil, &post.Failure{Kind: "too_large", Err: fmt.Errorf("reading %s: the answer is larger than %d bytes", shown(req.URL), c.o.MaxBody)}
	}
	return &Answer{resp.StatusCode, resp.Header, body}, nil
}

// Stream makes a request whose answer goes on. The caller closes the body.
func (c *Client) Stream(ctx context.Context, req *http.Request) (*http.Response, error) {
	own, cancel := context.WithCancel(ctx)
	leave, err := c.enter(ctx, req.URL.Host)
	if err != nil {
		cancel()
		return nil, err
	}
	defer leave() // a stream takes no slot while it lasts
	late := time.AfterFunc(c.o.Timeout, cancel)
	resp, err := c.send(own, req)
	inTime := late.Stop()
	if err == nil && !inTime {
		_ = resp.Body.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		defer cancel()
		return nil, c.failure(ctx, own, req.URL, err)
	}
	if err := c.refusal(req.URL, resp); err != nil {
		_ = resp.Body.Close()
		cancel()
		return nil, err
	}
	resp.Body = &streamBody{resp.Body, cancel}
	return resp, nil
}

// streamBody ends the request as it is closed.
type streamBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *streamBody) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}

func (c *Client) send(ctx context.Context, req *http.Request) (*http.Response, error) {
	req = req.WithContext(ctx)
	req.Header.Set("User-Agent", c.o.UserAgent)
	return c.http.Do(req)
}

// enter waits for a slot at the host and for its turn.
func (c *Client) enter(ctx context.Context, name string) (leave func(), err error) {
	c.mu.Lock()
	h := c.hosts[name]
	if h == nil {
		h = &host{slots: make(chan struct{}, c.o.AtOnce)}
		c.hosts[name] = h
	}
	c.mu.Unlock()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-h.slots }
	c.mu.Lock()
	// The pause is measured on the machine's monotonic clock: a jump of the other
	// one neither hurries nor stops us.
	now := time.Now()
	turn := h.next
	if turn.Before(now) {
		turn = now
	}
	h.next = turn.Add(c.o.Interval)
	c.mu.Unlock()
	if err := Sleep(ctx, turn.Sub(now)); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// Sleep waits for d or the end of ctx, and then says so.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// shown is an address for messages: without what may be a secret.
func shown(u *url.URL) string { return u.Host + u.EscapedPath() }
