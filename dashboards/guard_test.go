package dashboards_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards"
)

// away is a database that cannot be reached.
type away struct{}

func (away) Query(context.Context, string, ...any) (driver.Rows, error) {
	return nil, errors.New("dial tcp 127.0.0.1:9000: connection refused")
}

// lonely is a server without a database.
func lonely(t *testing.T, change ...func(*dashboards.Options)) http.Handler {
	t.Helper()
	o := dashboards.Options{Reader: away{}, Version: "v1"}
	for _, f := range change {
		f(&o)
	}
	s, err := dashboards.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	h := lonely(t)
	for _, path := range []string{"/", "/api/v1/now", "/livez", "/readyz", "/metrics", "/nothing", "/events?at=2020-01-01", "/?outage=fire", "/static/none.js"} {
		w := ask(t, h, http.MethodGet, "http://localhost"+path)
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy has holes: %s", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if w := ask(t, h, method, "http://localhost/"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s was answered with %d", method, w.Code)
		}
	}
}

func TestPagesRunNoScriptOfOthers(t *testing.T) {
	t.Parallel()
	_, html := get(t, open(t, evening, nil).url)
	for name, pattern := range map[string]string{
		"an inline script": `<script(?:>|[^>]*[^=>]>[^<])`, "an inline style": `<style|\sstyle="`, "an event attribute": `\son[a-z]+="`, "something from elsewhere": `(src|href)="(https?:)?//`,
	} {
		if found := regexp.MustCompile(pattern).FindString(html); found != "" {
			t.Errorf("the page has %s: %s", name, found)
		}
	}
}

func TestLoopbackAnswersToItsOwnNameOnly(t *testing.T) {
	t.Parallel()
	h := lonely(t)
	proxied := lonely(t, func(o *dashboards.Options) { o.BehindProxy = true })
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "127.9.9.9": 200, "[::1]:8080": 200, "outcry.localhost": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "127.0.0.1.nip.io": 421, "192.168.0.7": 421, "": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/livez", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q was answered with %d, want %d", host, w.Code, want)
		}
		w = httptest.NewRecorder()
		proxied.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("Host %q behind a proxy was answered with %d", host, w.Code)
		}
	}
}

func TestStaticFilesAreKeptForGood(t *testing.T) {
	t.Parallel()
	h := lonely(t)
	_, html, _ := strings.Cut(ask(t, h, http.MethodGet, "http://localhost/").Body.String(), "<head>")
	paths := regexp.MustCompile(`/static/[^"]+`).FindAllString(html, -1)
	if len(paths) != 6 {
		t.Fatalf("the page names %d files: %v", len(paths), paths)
	}
	for _, path := range paths {
		w := ask(t, h, http.MethodGet, "http://localhost"+path)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Body.Len() == 0 {
			t.Errorf("%s: %d, %s, %d bytes", path, w.Code, w.Header().Get("Cache-Control"), w.Body.Len())
		}
		if !regexp.MustCompile(`^(text/(css|javascript)|image/svg\+xml)`).MatchString(w.Header().Get("Content-Type")) {
			t.Errorf("%s has type %q", path, w.Header().Get("Content-Type"))
		}
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
		r.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
		packed := httptest.NewRecorder()
		h.ServeHTTP(packed, r)
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		b, err := io.ReadAll(z)
		if err != nil || string(b) != w.Body.String() {
			t.Errorf("%s is another file when packed: %v", path, err)
		}
	}
	for _, path := range []string{"/static/outcry.js", "/static/vendor/uplot/VERSION.md", "/static/../dashboards.go", "/static/"} {
		if w := ask(t, h, http.MethodGet, "http://localhost"+path); w.Code == http.StatusOK {
			t.Errorf("%s was answered", path)
		}
	}
}

func TestUnknownAddressesSayWhatToDo(t *testing.T) {
	t.Parallel()
	h := lonely(t)
	w := ask(t, h, http.MethodGet, "http://localhost/nothing")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "There is no page at this address.") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	w = ask(t, h, http.MethodGet, "http://localhost/?outage=%3Cb%3Efire")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "it can be report, reaction, news, none") || strings.Contains(w.Body.String(), "<b>fire") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
