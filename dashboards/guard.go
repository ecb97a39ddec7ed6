package dashboards

import (
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// policy runs and loads nothing but what this server gives.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what every answer carries, and refuses what no honest browser asks.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !s.o.BehindProxy && overLoopback(r) && !loopbackName(r.Host) {
			http.Error(w, "this server answers to localhost only; a page elsewhere may have sent your browser here under the name "+
				strconv.QuoteToASCII(r.Host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// overLoopback says whether the request came to a loopback address of ours. There
// any web page may send a browser, under a name of its own that points here.
func overLoopback(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return true
	}
	ip := net.ParseIP(host)
	return ip == nil || ip.IsLoopback()
}

func loopbackName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// counted counts the requests of a route, and turns a panic into an error page.
func (s *Server) counted(route string, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.o.Now()
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // a panic's value, by its documentation compared like this
					panic(p)
				}
				s.o.Log.Error("answering a request failed", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				if sw.code == 0 {
					s.showError(sw, http.StatusInternalServerError, "Something went wrong here. The log of the server says what.")
				}
			}
			s.metrics.requests.WithLabelValues(route, strconv.Itoa(max(sw.code, http.StatusOK))).Inc()
			if route != "events" {
				s.metrics.duration.WithLabelValues(route).Observe(s.o.Now().Sub(started).Seconds())
			}
		}()
		h(sw, r)
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// utc prints a time for people who look at the page without its script.
func utc(t time.Time, layout string) string { return t.UTC().Format(layout) + " UTC" }
