package web_test

import (
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/sourcetest"
	"github.com/outcry/outcry/ingest/sourcetest/webtest"
	"github.com/outcry/outcry/ingest/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T, o web.Options) *web.Client {
	t.Helper()
	c := web.New(o)
	t.Cleanup(c.Close)
	return c
}

func failure(t *testing.T, err error) *post.Failure {
	t.Helper()
	var f *post.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %v, want a *post.Failure", err)
	}
	return f
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte("hello"))
	}), nil)
	c := client(t, web.Options{UserAgent: web.UserAgent("1.2.3", "ops@example.org\r\nX-Bad: 1")})
	a, err := c.Get(t.Context(), s.URL(), nil)
	if err != nil || string(a.Body) != "hello" {
		t.Fatalf("got %+v, %v", a, err)
	}
	if a, err = c.Get(t.Context(), s.URL(), web.ValidatorsOf(a.Header).Header()); err != nil || a.Status != http.StatusNotModified {
		t.Errorf("the second time: %+v, %v", a, err)
	}
	if ua := s.Requests()[0].Header.Get("User-Agent"); ua != "outcry/1.2.3 (+ops@example.org??X-Bad: 1)" {
		t.Errorf("User-Agent is %q", ua)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[sourcetest.Fault]string{
		sourcetest.Busy: "http_429", sourcetest.Storm: "http_5xx", sourcetest.Stall: "timeout",
		sourcetest.Reset: "connection", sourcetest.Drop: "connection",
	} {
		s := webtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }), nil)
		s.Break(fault)
		c := client(t, web.Options{Timeout: 300 * time.Millisecond})
		_, err := c.Get(t.Context(), s.URL()+"/path?key=hush", nil)
		f := failure(t, err)
		if f.Kind != want {
			t.Errorf("%s: the kind is %s, want %s", fault, f.Kind, want)
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error shows the query: %v", fault, err)
		}
		if fault == sourcetest.Busy && (f.Wait != time.Second || web.Refused(err) != 429) {
			t.Errorf("it asked to wait %s with status %d", f.Wait, web.Refused(err))
		}
	}
}

// TestBomb asks for a small answer that unpacks to a large one.
func TestBomb(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(make([]byte, 5<<20))
		_ = z.Close()
	}), nil)
	_, err := client(t, web.Options{MaxBody: 1 << 20}).Get(t.Context(), s.URL(), nil)
	if f := failure(t, err); f.Kind != "too_large" {
		t.Errorf("the kind is %s: %v", f.Kind, err)
	}
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	s := webtest.Start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
	}), nil)
	c := client(t, web.Options{AtOnce: 2})
	done := make(chan error, 10)
	for range cap(done) {
		go func() {
			_, err := c.Get(context.Background(), s.URL(), nil)
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d requests at once, want 2 at most", most.Load())
	}
}

func TestInterval(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	const pause = 50 * time.Millisecond
	c := client(t, web.Options{Interval: pause})
	began := time.Now()
	for range 3 {
		if _, err := c.Get(t.Context(), s.URL(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 2*pause {
		t.Errorf("three requests took %s, less than two pauses of %s", took, pause)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := web.RetryAfter(in, now); got != want {
			t.Errorf("RetryAfter(%q) is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]time.Duration{"": 0, "no-cache": 0, "public, Max-Age=60": time.Minute, "max-age=x": 0} {
		if got := web.FreshFor(http.Header{"Cache-Control": {in}}); got != want {
			t.Errorf("FreshFor(%q) is %s, want %s", in, got, want)
		}
	}
}
