package dashboards_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// evening is when the story of most tests has come to its height.
var evening = time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)

// stand is a server over a database of its own.
type stand struct {
	url    string
	writer driver.Conn
}

// open serves pages over tags at the time now, with live updates, until the test ends.
func open(t *testing.T, now time.Time, tags []tag.Tag, change ...func(*dashboards.Options)) stand {
	t.Helper()
	cfg := clickhousetest.Start(t)
	w := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if len(tags) > 0 {
		querytest.Insert(t, w, tags...)
	}
	o := dashboards.Options{
		Reader: clickhousetest.Open(t, cfg, clickhouse.Reader), Writer: w, Now: func() time.Time { return now },
		Vendors: querytest.Names, Version: "test", Every: 100 * time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	return stand{"http://" + serve(t, o), w}
}

// serve runs a server on a free port and gives its address.
func serve(t *testing.T, o dashboards.Options) string {
	t.Helper()
	s, err := dashboards.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l := listener(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return l.Addr().String()
}

// listener is on a free port of this machine.
func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// get asks for a path and gives status and body.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// ask asks a handler without a network.
func ask(t *testing.T, h http.Handler, method, url string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, url, nil))
	return w
}
