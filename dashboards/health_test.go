package dashboards_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/dashboards"
)

func TestLiveNeedsNobody(t *testing.T) {
	t.Parallel()
	h := lonely(t, func(o *dashboards.Options) { o.Health = func() dashboards.Health { panic("health was asked") } })
	for _, path := range []string{"/livez", "/healthz"} {
		if w := ask(t, h, http.MethodGet, "http://localhost"+path); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
}

func TestReadyListsChecks(t *testing.T) {
	t.Parallel()
	health := func() dashboards.Health {
		return dashboards.Health{Checks: []dashboards.Check{
			{Name: "kafka", OK: true}, {Name: "sink", Detail: "no insert", Since: evening},
		}}
	}
	w := ask(t, lonely(t, func(o *dashboards.Options) { o.Health = health }), http.MethodGet, "http://localhost/readyz?verbose")
	want := `[-] pages failed: asking ClickHouse for ping: dial tcp 127.0.0.1:9000: connection refused
[+] kafka ok
[-] sink failed: no insert (since 2026-03-02T20:00:00Z)
not ready
`
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != want {
		t.Errorf("%d:\n%s\nwant 503:\n%s", w.Code, w.Body, want)
	}
	s := open(t, evening, nil)
	if resp, body := get(t, s.url+"/readyz"); resp.StatusCode != http.StatusOK || body != "ready\n" {
		t.Errorf("%d %q, want 200 ready", resp.StatusCode, body)
	}
	if resp, body := get(t, s.url+"/readyz?verbose"); resp.StatusCode != http.StatusOK || body != "[+] pages ok\nready\n" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
}

func TestSlowHealthHoldsUpNoPage(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	h := lonely(t, func(o *dashboards.Options) {
		o.Health = func() dashboards.Health { <-block; return dashboards.Health{} }
	})
	started := time.Now()
	if w := ask(t, h, http.MethodGet, "http://localhost/"); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("the page took %s", took)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	own := prometheus.NewCounter(prometheus.CounterOpts{Name: "outcry_of_somebody_else_total", Help: "x"})
	r.MustRegister(own)
	h := lonely(t, func(o *dashboards.Options) { o.Registry = r })
	ask(t, h, http.MethodGet, "http://localhost/")
	ask(t, h, http.MethodGet, "http://localhost/nothing")
	body := ask(t, h, http.MethodGet, "http://localhost/metrics").Body.String()
	for _, want := range []string{
		`outcry_dashboards_requests_total{code="200",route="now"} 1`, `outcry_dashboards_requests_total{code="404",route="other"} 1`,
		`outcry_dashboards_question_errors_total{question="newest"} 1`, "outcry_dashboards_readers 0", "outcry_of_somebody_else_total 0",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if _, err := dashboards.New(dashboards.Options{Reader: away{}, Registry: r}); err == nil {
		t.Error("two servers share a registry")
	}
	if _, err := dashboards.New(dashboards.Options{}); err == nil {
		t.Error("a server without a connection was made")
	}
}
