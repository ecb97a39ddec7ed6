package dashboards

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

//go:embed templates/*.html
var templates embed.FS

// pages are the parsed templates by name: one set a page, each with the shared layout.
type pages map[string]*template.Template

// functions are what templates may call.
func functions(a *assets) template.FuncMap {
	return template.FuncMap{
		"asset": a.url, "rate": rate, "count": count, "factor": factor, "percent": percent, "signed": signed,
		"ago": ago, "list": list, "word": word, "stateTitle": stateTitle, "deref": func(x *float64) float64 { return *x },
		"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":     func(t time.Time) string { return utc(t, "15:04") },
		"date":      func(t time.Time) string { return utc(t, "Mon 2 Jan 2006, 15:04") },
		"pairs":     func(v ...any) []any { return v },
		"minus":     func(x float64) float64 { return -x },
		"len64":     func(rows []vendorRow) uint64 { return uint64(len(rows)) },
		"minutes":   func(x float64) string { return ago(time.Duration(x * float64(time.Minute))) },
		"day":       func(t time.Time) string { return utc(t, "2 Jan 2006") },
		"number":    func(x float32) string { return fmt.Sprintf("%.1f", x) },
		"add":       func(a, b int) int { return a + b },
		"hue":       hue,
		"hundredth": func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) },
		"lead":      leadWords, "plural": plural, "webAddress": webAddress,
		"hundred":     func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
		"hundredSpan": func(low, high float64) string { return fmt.Sprintf("%.1f", 100*(high-low)) },
		"int64u32":    func(n uint32) uint64 { return uint64(n) },
		"factorOf":    func(growth float64) string { return factor(math.Exp(growth)) },
		"int64":       func(n int64) uint64 { return uint64(max(0, n)) },
		"int64u":      func(n int) uint64 { return uint64(max(0, n)) },
	}
}

func loadPages(a *assets) (pages, error) {
	layout, err := template.New("layout").Funcs(functions(a)).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	p := pages{}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "parts" {
			continue
		}
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(templates, file)
		}
		if err != nil {
			return nil, fmt.Errorf("reading templates: %w", err)
		}
		p[name] = t
	}
	return p, nil
}

// page is what the layout shows around the page's own view.
type page struct {
	Title   string
	Path    string
	Version string
	View    any
}

// Navigation lists the pages.
func (page) Navigation() any { return navigation }

func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	t := s.pages[name]
	p.Version = s.o.Version
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", p); err != nil {
		s.o.Log.Error("making a page failed", "page", p.Path, "error", err)
		http.Error(w, "The page could not be made. The log of the server says why.", http.StatusInternalServerError)
		return
	}
	send(w, r, status, "text/html; charset=utf-8", b.Bytes())
}

// sendJSON answers with v as JSON.
func (s *Server) sendJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.o.Log.Error("writing JSON failed", "error", err)
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	send(w, r, status, "application/json", append(body, '\n'))
}

// showError answers with a page that says what was wrong and what to do.
func (s *Server) showError(w http.ResponseWriter, status int, message string) {
	r := &http.Request{Header: http.Header{}} // errors are short: nothing to pack
	s.show(w, r, status, "error", page{Title: http.StatusText(status), View: struct {
		Status  int
		Message string
	}{status, message}})
}

// fragment makes one piece of a page as a string, for live updates.
func fragment(t *template.Template, name string, view any) (string, error) {
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, view); err != nil {
		return "", fmt.Errorf("making the piece %s of a page: %w", name, err)
	}
	return b.String(), nil
}

// word says a label or state in plain words.
func word(label string) string {
	if w := words[label]; w != "" {
		return w
	}
	return label
}

var words = map[string]string{
	"report": "reports trouble", "reaction": "reacts", "news": "passes on news", "none": "no outage",
	stateNew: "too early",
}

// stateTitle explains a state in the words of state.go.
func stateTitle(state string) string {
	switch state {
	case stateConfirmed:
		return "The detector has an incident, and a second kind of evidence agrees"
	case stateRecovering:
		return "Reports of the incident have fallen below a third of their peak"
	case stateSignal:
		return fmt.Sprintf("At least %d times the hour before or %d times the day’s median hour, and more than chance makes of small numbers", signalFactor, signalUsual)
	case stateWatch:
		return fmt.Sprintf("At least %d times the hour before or %d times the day’s median hour, and more than chance makes of small numbers", watchFactor, watchUsual)
	case stateNew:
		return fmt.Sprintf("Posts have been coming in for less than %d minutes: there is nothing to compare with", minCovered)
	}
	return "Not above the hour before"
}

// leadWords says by how much the crowd was before the status page.
func leadWords(i query.Incident) string {
	lead, ok := i.Lead()
	switch {
	case !ok:
		return "–"
	case lead < 0:
		return minus + ago(time.Duration(-lead*float64(time.Minute)))
	}
	return ago(time.Duration(lead * float64(time.Minute)))
}
