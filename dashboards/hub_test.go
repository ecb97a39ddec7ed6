package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

type noDatabase struct{}

func (noDatabase) Query(context.Context, string, ...any) (driver.Rows, error) {
	return nil, errors.New("no database")
}

func newServer(t *testing.T) *Server {
	t.Helper()
	s, err := New(Options{Reader: noDatabase{}, Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFrameSendsWhatDiffers(t *testing.T) {
	t.Parallel()
	list := func(pairs ...string) items {
		i := items{html: map[string]string{}}
		for k := 0; k < len(pairs); k += 2 {
			i.order, i.html[pairs[k]] = append(i.order, pairs[k]), pairs[k+1]
		}
		return i
	}
	old := &frame{regions: map[string]string{"title": "t", "clock": "12:00", "notes": "n"}, lists: map[string]items{"posts": list("b", "B", "a", "A"), "rows": list("x", "X")}}
	newer := &frame{regions: map[string]string{"title": "t", "clock": "12:01", "notes": "n"}, lists: map[string]items{"posts": list("c", "C", "b", "B2"), "rows": list("x", "X")}}
	want := &update{Regions: map[string]string{"clock": "12:01"}, Lists: map[string]listUpdate{
		"posts": {Order: []string{"c", "b"}, Items: map[string]string{"c": "C", "b": "B2"}}}}
	if d := cmp.Diff(want, newer.since(old)); d != "" {
		t.Errorf("update (-want +got):\n%s", d)
	}
	if u := newer.since(newer); u != nil {
		t.Errorf("nothing differs, but %+v is sent", u)
	}
	all := newer.since(nil)
	if len(all.Regions) != 2 || len(all.Lists) != 2 || all.Title != "t" || len(all.Lists["posts"].Items) != 2 {
		t.Errorf("a newcomer is sent %+v, want all", all)
	}
	gone := &frame{regions: newer.regions, lists: map[string]items{"posts": {}, "rows": list("x", "X")}}
	b, err := gone.since(newer).message(7)
	if err != nil || string(b) != "id: 7\ndata: {\"lists\":{\"posts\":{\"order\":[]}}}\n\n" {
		t.Errorf("message is %q, %v", b, err)
	}
}

func TestSlowReaderSkipsFrames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r, ok := s.hub.join(filter{})
	if !ok {
		t.Fatal("no room")
	}
	for i := range 1000 {
		s.hub.publish(r.view, &frame{regions: map[string]string{"clock": fmt.Sprint(i)}})
	}
	<-r.ready
	if f, id := s.hub.newest(r); f.regions["clock"] != "999" || id != 1000 {
		t.Errorf("a slow reader gets frame %d, %v, want the newest", id, f.regions)
	}
	if got := testutil.ToFloat64(s.metrics.skipped); got != 999 {
		t.Errorf("%g frames were counted as skipped, want 999", got)
	}
	select {
	case <-r.ready:
		t.Error("there is more than one frame for a slow reader")
	default:
	}
}

// TestDeafReaderIsLetGo has a reader that takes nothing: it must not hold its place.
func TestDeafReaderIsLetGo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.sendTimeout = 100 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	view := func() *liveView {
		s.hub.mu.Lock()
		defer s.hub.mu.Unlock()
		return s.hub.views[""]
	}
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := 0; testutil.ToFloat64(s.metrics.dropped.WithLabelValues("slow")) == 0; n++ {
		if v := view(); v != nil {
			s.hub.publish(v, &frame{regions: map[string]string{"clock": fmt.Sprint(n) + strings.Repeat("x", 1<<20)}})
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("a reader that takes nothing keeps its place")
		}
	}
	for view() != nil || testutil.ToFloat64(s.metrics.readers) != 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("a reader that was let go still has a view")
		}
	}
}

func TestRoomForReadersIsLimited(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var last *reader
	for i := range maxViews {
		r, ok := s.hub.join(filter{Vendor: fmt.Sprint(i)})
		if !ok {
			t.Fatalf("there is no room for view %d", i)
		}
		last = r
	}
	if _, ok := s.hub.join(filter{Vendor: "one more"}); ok {
		t.Error("there is room for one view too many")
	}
	for i := maxViews; i < maxReaders; i++ {
		if _, ok := s.hub.join(filter{Vendor: "0"}); !ok {
			t.Fatalf("there is no room for reader %d", i)
		}
	}
	if _, ok := s.hub.join(filter{Vendor: "0"}); ok {
		t.Error("there is room for one reader too many")
	}
	s.hub.leave(last)
	if _, ok := s.hub.join(filter{Vendor: "one more"}); !ok {
		t.Error("there is no room after a reader has left")
	}
	s.hub.close()
	s.hub.close()
	if _, ok := s.hub.join(filter{Vendor: "0"}); ok {
		t.Error("a reader joined after the end")
	}
}

func TestMemoAsksOnceAndForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemos()
		asked := 0
		ask := func() (int, error) { asked++; return asked, nil }
		get := func(key string) int { v, _ := memo(m, key, time.Second, ask); return v }
		if a, b := get("k"), get("k"); a != 1 || b != 1 {
			t.Errorf("answers are %d and %d, want the first twice", a, b)
		}
		time.Sleep(time.Second)
		if a := get("k"); a != 2 {
			t.Errorf("after its time the answer is %d, want a new one", a)
		}
		failing := func() (int, error) { asked++; return 0, errors.New("no") }
		for range 10 {
			if _, err := memo(m, "bad", time.Hour, failing); err == nil {
				t.Error("an error was lost")
			}
		}
		if asked != 3 {
			t.Errorf("what failed was asked %d times within a moment, want once", asked-2)
		}
		time.Sleep(failAge)
		if _, err := memo(m, "bad", time.Hour, ask); err != nil {
			t.Errorf("what failed is never asked again: %v", err)
		}
		for i := range 3 * maxKept {
			get(fmt.Sprint(i))
		}
		if len(m.kept) > maxKept {
			t.Errorf("%d answers are kept, at most %d should be", len(m.kept), maxKept)
		}
	})
}
