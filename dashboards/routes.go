package dashboards

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// routes says which address is answered by what. A new page is a line here and in
// navigation.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range []struct {
		pattern, name string
		handler       http.HandlerFunc
	}{
		{"/{$}", "now", s.handleNow},
		{"/api/v1/now", "api_now", s.handleNowJSON},
		{"/incidents", "incidents", s.handleIncidents},
		{"/statements", "statements", s.handleStatements},
		{"POST /statements", "add_statement", s.handleAddStatement},
		{"/incidents/{id}", "incident", s.handleIncident},
		{"/posts/{key}/why", "why", s.handleWhy},
		{"/api/v1/posts/{key}/why", "api_why", s.handleWhyJSON},
		{"/events", "events", s.handleEvents},
		{"/static/", "static", s.handleStatic},
		{"/healthz", "health", s.handleLive},
		{"/livez", "health", s.handleLive},
		{"/readyz", "health", s.handleReady},
		{"/metrics", "metrics", promhttp.HandlerFor(s.o.Registry, promhttp.HandlerOpts{}).ServeHTTP},
		{"/", "other", s.handleMissing},
	} {
		pattern := r.pattern
		if !strings.Contains(pattern, " ") {
			pattern = "GET " + pattern // and HEAD
		}
		mux.Handle(pattern, s.counted(r.name, r.handler))
	}
	return s.guard(mux)
}

// navigation are the pages in the order of the header. Key is pressed after g.
var navigation = []struct{ Path, Title, Key string }{
	{"/", "Now", "n"},
	{"/incidents", "Incidents", "i"},
	{"/statements", "Statements", "s"},
}

func (s *Server) handleMissing(w http.ResponseWriter, _ *http.Request) {
	s.showError(w, http.StatusNotFound, "There is no page at this address.")
}
