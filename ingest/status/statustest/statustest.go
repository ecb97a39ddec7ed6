// Package statustest is a status page for tests: the API of Statuspage on loopback,
// or any document, with the faults of package webtest. It is imported by tests only.
package statustest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/sourcetest/webtest"
)

// Update is one of an incident.
type Update struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"created_at"`
	DisplayAt time.Time `json:"display_at"`
}

// Incident is one on the page.
type Incident struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Status    string    `json:"status"`
	Impact    string    `json:"impact"`
	Shortlink string    `json:"shortlink"`
	CreatedAt time.Time `json:"created_at"`
	Updates   []Update  `json:"incident_updates"` // the newest first
}

// Server is a status page.
type Server struct {
	*webtest.Server

	mu        sync.Mutex
	incidents []Incident // the newest first
	made      int
	first     time.Time
	version   int
	raw       []byte
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{first: time.Now().Add(-6 * time.Hour).UTC().Truncate(time.Millisecond)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/incidents.json", s.serve)
	mux.HandleFunc("GET /document", s.serve)
	s.Server = webtest.Start(t, mux, nil)
	return s
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tag := fmt.Sprintf(`W/"%d"`, s.version)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if s.raw != nil {
		_, _ = w.Write(s.raw)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"page": map[string]string{"id": "x", "name": "Example"}, "incidents": s.incidents})
}

func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	f()
}

// Say makes the server answer with any document.
func (s *Server) Say(raw []byte) { s.change(func() { s.raw = raw }) }

// Open opens an incident with one update and gives its id.
func (s *Server) Open(impact, body string) string {
	var id string
	s.change(func() { id = s.open(impact, body) })
	return id
}

func (s *Server) open(impact, body string) string {
	s.made++
	id, at := fmt.Sprintf("incident%d", s.made), s.first.Add(time.Duration(s.made)*time.Second)
	s.incidents = slices.Insert(s.incidents, 0, Incident{
		ID: id, Name: "Elevated errors", Status: "investigating", Impact: impact, CreatedAt: at, Shortlink: "https://stspg.example/" + id,
		Updates: []Update{{ID: id + "u1", Status: "investigating", Body: body, CreatedAt: at, DisplayAt: at}},
	})
	return id
}

// Update adds an update to an incident.
func (s *Server) Update(id, status, body string) {
	s.change(func() {
		for i := range s.incidents {
			if in := &s.incidents[i]; in.ID == id {
				n := len(in.Updates) + 1
				at := in.CreatedAt.Add(time.Duration(n) * time.Minute)
				in.Status = status
				in.Updates = slices.Insert(in.Updates, 0, Update{ID: fmt.Sprintf("%su%d", id, n), Status: status, Body: body, CreatedAt: at, DisplayAt: at})
			}
		}
	})
}

// Post opens n incidents.
func (s *Server) Post(n int) []string {
	ids := make([]string, n)
	s.change(func() {
		for i := range ids {
			ids[i] = s.open("minor", "We are looking into it.")
		}
	})
	return ids
}

// Delete does nothing: status pages have no deletions.
func (s *Server) Delete(string) {}
