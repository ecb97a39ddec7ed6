package dashboards_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

// event is one message of the stream; comments have only a comment.
type event struct {
	id, comment string
	update      struct {
		Regions map[string]string `json:"regions"`
		Lists   map[string]struct {
			Order []string          `json:"order"`
			Items map[string]string `json:"items"`
		} `json:"lists"`
	}
}

// listen connects to the stream and gives its messages until the test ends.
func listen(t *testing.T, url string, header ...string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the stream answers %d, %v", resp.StatusCode, resp.Header)
	}
	events := make(chan event, 100)
	go func() {
		defer close(events)
		defer func() { _ = resp.Body.Close() }()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 16<<20)
		var e event
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "":
				if value != "" {
					e.comment = value
				} else if e.id != "" || e.comment != "" {
					events <- e
					e = event{}
				}
			case "data":
				if err := json.Unmarshal([]byte(value), &e.update); err != nil {
					t.Errorf("the stream sent %q: %v", value, err)
				}
			}
		}
	}()
	return events
}

// next waits for the next message that is wanted.
func next(t *testing.T, events <-chan event, want func(event) bool) event {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatal("the stream ended")
			}
			if want(e) {
				return e
			}
		case <-deadline:
			t.Fatal("nothing came within 20 s")
		}
	}
}

func isUpdate(e event) bool { return e.id != "" }

func TestUpdatesArrive(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	all := listen(t, s.url+"/events?chart=netflix", "Last-Event-ID", "99999999999999999999; DROP TABLE")
	hulu := listen(t, s.url+"/events?vendor=hulu")
	first := next(t, all, isUpdate)
	if len(first.update.Lists["posts"].Items) != 50 || len(first.update.Lists["points"].Items) != 180 || len(first.update.Lists["vendors"].Items) < 3 ||
		!strings.Contains(first.update.Regions["headline"], "Netflix") || first.update.Regions["ribbon"] == "" {
		t.Errorf("the first event is not the whole page: %d posts, %d points", len(first.update.Lists["posts"].Items), len(first.update.Lists["points"].Items))
	}
	next(t, hulu, isUpdate)

	fresh := tag.Tag{
		ID: "fresh", Source: "x", Author: "p_fresh", CreatedAt: evening.Add(-500 * time.Millisecond), Text: "brand new: netflix is down", Outage: tag.Report,
		Sentiment: tag.Negative, Vendors: []tag.Mention{{Vendor: "netflix", Role: tag.Affected, Sentiment: tag.Negative, Score: 1}},
	}
	querytest.Insert(t, s.writer, fresh)
	second := next(t, all, func(e event) bool { return len(e.update.Lists["posts"].Items) > 0 })
	posts := second.update.Lists["posts"]
	if len(posts.Items) != 1 || len(posts.Order) != 50 || !strings.Contains(posts.Items[posts.Order[0]], "brand new") {
		t.Errorf("the update has %d posts in it, first %q; want the new one alone, first", len(posts.Items), cut(posts.Items[posts.Order[0]]))
	}
	if n := len(second.update.Lists["points"].Items); n > 1 {
		t.Errorf("the update sends %d points of the chart again", n)
	}
	fresh.ID, fresh.Text, fresh.Vendors[0].Vendor = "hulu", "hulu too?", "hulu"
	querytest.Insert(t, s.writer, fresh)
	e := next(t, hulu, func(e event) bool { return len(e.update.Lists["posts"].Items) > 0 })
	for _, html := range e.update.Lists["posts"].Items {
		if !strings.Contains(html, "hulu too?") {
			t.Errorf("a reader of hulu gets %s", cut(html))
		}
	}
}

func TestQuietStreamBeats(t *testing.T) {
	t.Parallel()
	s := open(t, evening, nil)
	events := listen(t, s.url+"/events")
	next(t, events, func(e event) bool { return e.comment == "still here" })
}

func TestStreamOfAChosenTimeIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, evening, nil)
	for _, q := range []string{"?at=2026-03-02T15:00Z", "?outage=fire"} {
		if resp, _ := get(t, s.url+"/events"+q); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", q, resp.StatusCode)
		}
	}
}

// TestServerLeavesNothingBehind is not parallel: it counts goroutines.
func TestServerLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s, err := dashboards.New(dashboards.Options{Reader: away{}, Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	l := listener(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	var streams []<-chan event
	for range 20 {
		streams = append(streams, listen(t, "http://"+l.Addr().String()+"/events"))
	}
	for _, events := range streams {
		next(t, events, isUpdate)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	for _, events := range streams {
		for range events { //nolint:revive // until it is closed
		}
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func cut(s string) string { return s[:min(len(s), 200)] }
