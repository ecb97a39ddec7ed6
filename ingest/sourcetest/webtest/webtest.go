// Package webtest is a place on the web for tests: a server on loopback that
// misbehaves in the ways that real ones do, under any handler. Simulators of places
// that speak HTTP are built on it. It is imported by tests only.
package webtest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/sourcetest"
)

// Request is one that came.
type Request struct {
	At     time.Time
	Method string
	Path   string
	Query  url.Values
	Header http.Header
}

// Server is a place on the web.
type Server struct {
	http    *httptest.Server
	streams func(*http.Request) bool
	stopped chan struct{}

	mu       sync.Mutex
	faults   []sourcetest.Fault
	fired    map[sourcetest.Fault]int
	requests []Request
	more     chan struct{} // closed when something has changed
}

// Start starts a server that ends with the test. streams says which requests get
// answers that go on: their handler takes faults by itself, with Take. It may be nil.
func Start(t testing.TB, h http.Handler, streams func(*http.Request) bool) *Server {
	t.Helper()
	if streams == nil {
		streams = func(*http.Request) bool { return false }
	}
	s := &Server{streams: streams, fired: map[sourcetest.Fault]int{}, more: make(chan struct{}), stopped: make(chan struct{})}
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h) }))
	t.Cleanup(func() {
		close(s.stopped)
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

// URL is where the place is.
func (s *Server) URL() string { return s.http.URL }

// Break lets a fault happen once, at the next occasion. A storm happens to the next
// sourcetest.StormLength requests.
func (s *Server) Break(f sourcetest.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 1
	if f == sourcetest.Storm {
		n = sourcetest.StormLength
	}
	s.faults = append(s.faults, slices.Repeat([]sourcetest.Fault{f}, n)...)
	s.wake()
}

// Fired says how often a fault has happened.
func (s *Server) Fired(f sourcetest.Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f == sourcetest.Storm {
		return s.fired[f] / sourcetest.StormLength
	}
	return s.fired[f]
}

// Attempts lists when requests came.
func (s *Server) Attempts() []time.Time {
	var at []time.Time
	for _, r := range s.Requests() {
		at = append(at, r.At)
	}
	return at
}

// Requests lists all requests that came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Changed is closed when Wake is called or a fault is waiting.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more
}

// Wake lets streams look again for what is new.
func (s *Server) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake()
}

func (s *Server) wake() {
	close(s.more)
	s.more = make(chan struct{})
}

// door are the faults that happen before a stream begins.
var door = []sourcetest.Fault{sourcetest.Busy, sourcetest.Storm}

// Take gives a stream the fault that is to happen to it, and counts it. Faults that
// happen before a stream begins are left.
func (s *Server) Take() (sourcetest.Fault, bool) {
	return s.take(func(f sourcetest.Fault) bool { return !slices.Contains(door, f) })
}

func (s *Server) take(fits func(sourcetest.Fault) bool) (sourcetest.Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, fits)
	if i < 0 {
		return "", false
	}
	f := s.faults[i]
	s.faults = slices.Delete(s.faults, i, i+1)
	s.fired[f]++
	return f, true
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, h http.Handler) {
	s.mu.Lock()
	s.requests = append(s.requests, Request{time.Now(), r.Method, r.URL.Path, r.URL.Query(), r.Header.Clone()})
	s.mu.Unlock()
	stream := s.streams(r)
	f, broken := s.take(func(f sourcetest.Fault) bool { return !stream || slices.Contains(door, f) })
	if !broken {
		h.ServeHTTP(w, r)
		return
	}
	switch f {
	case sourcetest.Busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
	case sourcetest.Storm:
		http.Error(w, "<html>upstream is ill</html>", http.StatusServiceUnavailable)
	case sourcetest.Garbage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>We'll be right back \xff\xfe{\"id\":"))
	case sourcetest.Stall:
		s.Stall(r.Context())
	case sourcetest.Reset, sourcetest.Drop:
		Cut(w, r, h, f == sourcetest.Reset)
	}
}

// Stall waits until the other side or the test has had enough.
func (s *Server) Stall(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.stopped:
	}
}

// Cut sends the first half of an answer and ends the connection, with a TCP reset
// or without.
func Cut(w http.ResponseWriter, r *http.Request, h http.Handler, reset bool) {
	whole := httptest.NewRecorder()
	h.ServeHTTP(whole, r)
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // a test server of HTTP/1 can be hijacked
	}
	defer func() { _ = conn.Close() }()
	body := whole.Body.Bytes()
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)+1) + "\r\n\r\n")
	_, _ = buf.Write(append(head.Bytes(), body[:len(body)/2]...))
	_ = buf.Flush()
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
}
