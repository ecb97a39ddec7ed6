// Package feedtest is a feed for tests: RSS with conditional GET on loopback, with
// the faults of package webtest. It is imported by tests only.
package feedtest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/sourcetest/webtest"
)

// Entry is one of the feed.
type Entry struct {
	XMLName xml.Name `xml:"item"`
	GUID    string   `xml:"guid,omitempty"`
	Title   string   `xml:"title,omitempty"`
	Link    string   `xml:"link,omitempty"`
	Text    string   `xml:"description,omitempty"`
	Author  string   `xml:"author,omitempty"`
	Date    string   `xml:"pubDate,omitempty"`
}

// Server is a feed.
type Server struct {
	*webtest.Server

	mu      sync.Mutex
	entries []Entry // the oldest first
	first   time.Time
	made    int
	version int
	raw     []byte
	gone    bool
	header  http.Header
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{first: time.Now().Add(-6 * time.Hour), header: http.Header{}}
	s.Server = webtest.Start(t, http.HandlerFunc(s.serve), nil)
	return s
}

// URL is where the feed is.
func (s *Server) URL() string { return s.Server.URL() + "/feed.xml" }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		http.Error(w, "gone", http.StatusGone)
		return
	}
	for k, v := range s.header {
		w.Header()[k] = v
	}
	tag := fmt.Sprintf(`"%d"`, s.version)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if s.raw != nil {
		_, _ = w.Write(s.raw)
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = w.Write(s.document())
}

func (s *Server) document() []byte {
	newest := slices.Clone(s.entries)
	slices.Reverse(newest)
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Outages</title><language>en-us</language>`)
	if err := xml.NewEncoder(&b).Encode(newest); err != nil {
		panic(err) // entries are text
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

// change changes the feed.
func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	f()
}

// Add adds entries, each a second after the one before where it has no time.
func (s *Server) Add(entries ...Entry) {
	s.change(func() {
		for _, e := range entries {
			s.made++
			if e.Date == "" {
				e.Date = s.first.Add(time.Duration(s.made) * time.Second).Format(time.RFC1123Z)
			}
			s.entries = append(s.entries, e)
		}
	})
}

// Keep leaves only the n newest entries, as feeds do.
func (s *Server) Keep(n int) {
	s.change(func() { s.entries = slices.Clone(s.entries[max(0, len(s.entries)-n):]) })
}

// Edit changes the words of an entry.
func (s *Server) Edit(guid, text string) {
	s.change(func() {
		for i := range s.entries {
			if s.entries[i].GUID == guid {
				s.entries[i].Text = text
			}
		}
	})
}

// Remove takes an entry out of the feed.
func (s *Server) Remove(guid string) {
	s.change(func() {
		s.entries = slices.DeleteFunc(s.entries, func(e Entry) bool { return e.GUID == guid })
	})
}

// Say makes the server answer with anything at all; nil ends that.
func (s *Server) Say(raw []byte) { s.change(func() { s.raw = raw }) }

// Header sets a header of all answers.
func (s *Server) Header(key, value string) { s.change(func() { s.header.Set(key, value) }) }

// Gone ends the feed for good.
func (s *Server) Gone() { s.change(func() { s.gone = true }) }

// GUIDs makes n entries and gives what they call themselves.
func (s *Server) GUIDs(n int) []string {
	ids := make([]string, n)
	entries := make([]Entry, n)
	s.mu.Lock()
	made := s.made
	s.mu.Unlock()
	for i := range ids {
		ids[i] = fmt.Sprintf("https://news.example/%d", made+i)
		entries[i] = Entry{GUID: ids[i], Title: fmt.Sprint("Outage ", i), Text: "<p>It is <b>down</b>.</p>", Link: strings.Replace(ids[i], "news", "www", 1)}
	}
	s.Add(entries...)
	return ids
}
