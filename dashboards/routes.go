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
	for _, r := range append(s.apiRoutes(), []route{
		{"/{$}", "now", s.handleNow},
		{"/incidents", "incidents", s.handleIncidents},
		{"/statements", "statements", s.handleStatements},
		{"POST /statements", "add_statement", s.handleAddStatement},
		{"/vendors", "vendors", s.handleVendors},
		{"/vendors/{id}", "vendor", s.handleVendor},
		{"/alerts", "alerts", s.handleAlerts},
		{"POST /alerts", "act", s.handleAct},
		{"/pipeline", "pipeline", s.handlePipeline},
		{"/explore", "explore", s.handleExplore},
		{"/explore/schema", "schema", s.handleSchema},
		{"/explore/{kind}", "download", s.handleDownload},
		{"POST /explore/questions", "save", s.handleSave},
		{"/incidents/{id}/report", "report", s.handleReport},
		{"/incidents/{id}/report.md", "report", s.handleReportMarkdown},
		{"/incidents/{id}", "incident", s.handleIncident},
		{"/posts/{key}/why", "why", s.handleWhy},
		{"/events", "events", s.handleEvents},
		{"/static/", "static", s.handleStatic},
		{"/healthz", "health", s.handleLive},
		{"/livez", "health", s.handleLive},
		{"/readyz", "health", s.handleReady},
		{"/metrics", "metrics", promhttp.HandlerFor(s.o.Registry, promhttp.HandlerOpts{}).ServeHTTP},
		{"/", "other", s.handleMissing},
	}...) {
		pattern := r.pattern
		if !strings.Contains(pattern, " ") && pattern != "/" && pattern != "/api/" {
			pattern = "GET " + pattern // and HEAD
		}
		mux.Handle(pattern, s.counted(r.name, r.handler))
	}
	return s.guard(mux)
}

// route is an address, its name in metrics and what answers it. Without a method it is GET
// and HEAD.
type route struct {
	pattern, name string
	handler       http.HandlerFunc
}

// navigation are the pages in the order of the header. Key is pressed after g.
var navigation = []struct{ Path, Title, Key string }{
	{"/", "Now", "n"},
	{"/incidents", "Incidents", "i"},
	{"/statements", "Statements", "s"},
	{"/explore", "Explore", "e"},
	{"/vendors", "Vendors", "v"},
	{"/alerts", "Alerts", "a"},
	{"/pipeline", "Pipeline", "p"},
}

func (s *Server) handleMissing(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this address only shows: use GET", http.StatusMethodNotAllowed)
		return
	}
	s.showError(w, http.StatusNotFound, "There is no page at this address.")
}
