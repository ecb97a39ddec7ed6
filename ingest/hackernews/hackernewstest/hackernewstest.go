// Package hackernewstest is a Hacker News for tests: its API on loopback, with the
// faults of package webtest. It is imported by tests only.
package hackernewstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/sourcetest/webtest"
)

// First is the number before the first item that is made.
const First = 42_000_000

// changesKept is how many changed items the list of changes holds.
const changesKept = 100

// Server is a Hacker News.
type Server struct {
	*webtest.Server

	mu      sync.Mutex
	items   map[int64]map[string]any
	raw     map[int64]string
	top     int64
	changed []int64
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{items: map[int64]map[string]any{}, raw: map[int64]string{}, top: First}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v0/maxitem.json", func(w http.ResponseWriter, _ *http.Request) { s.answer(w, func() any { return s.top }) })
	mux.HandleFunc("GET /v0/updates.json", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, func() any { return map[string]any{"items": s.changed, "profiles": []string{"somebody"}} })
	})
	mux.HandleFunc("GET /v0/item/{file}", s.item)
	s.Server = webtest.Start(t, mux, nil)
	return s
}

// URL is the base of the API.
func (s *Server) URL() string { return s.Server.URL() + "/v0" }

func (s *Server) answer(w http.ResponseWriter, what func() any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(what())
}

func (s *Server) item(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(strings.TrimSuffix(r.PathValue("file"), ".json"), 10, 64)
	if err != nil {
		http.Error(w, `{"error":"404"}`, http.StatusNotFound)
		return
	}
	s.mu.Lock()
	raw, ok := s.raw[id]
	s.mu.Unlock()
	if ok {
		_, _ = w.Write([]byte(raw))
		return
	}
	s.answer(w, func() any { return s.items[id] }) // null where there is none
}

// Add gives the next number to an item and returns it. A nil item has a number only.
func (s *Server) Add(fields map[string]any) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.top++
	if fields != nil {
		s.items[s.top] = fill(s.top, fields)
	}
	return s.top
}

func fill(id int64, fields map[string]any) map[string]any {
	all := map[string]any{"id": id, "type": "comment", "by": fmt.Sprint("user", id%7), "time": time.Now().Unix()}
	for k, v := range fields {
		all[k] = v
	}
	return all
}

// Set changes an item, or gives it to a number that had none, and lists it among
// the changes.
func (s *Server) Set(id int64, fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[id] = fill(id, fields)
	s.change(id)
}

// Say makes the server answer with anything at all for an item.
func (s *Server) Say(id int64, raw string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw[id] = raw
}

func (s *Server) change(id int64) {
	s.changed = append(s.changed, id)
	if len(s.changed) > changesKept {
		s.changed = s.changed[1:]
	}
}

// Post makes n comments.
func (s *Server) Post(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.FormatInt(s.Add(map[string]any{"text": fmt.Sprintf("<p>comment %d", i), "parent": First}), 10)
	}
	return ids
}

// Delete deletes an item as the place does: what is left names no author.
func (s *Server) Delete(id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		panic(err) // ids come from Post
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[n] = map[string]any{"id": n, "type": "comment", "time": time.Now().Unix(), "deleted": true}
	s.change(n)
}
