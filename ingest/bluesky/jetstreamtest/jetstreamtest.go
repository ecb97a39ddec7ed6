// Package jetstreamtest is a Jetstream for tests: a server on loopback that speaks
// version 1 of the protocol and misbehaves in the ways that real ones do. It is
// imported by tests only.
//
// It keeps events in memory, replays them from a cursor, inclusively and clamped
// to what it still has, and counts every fault that has fired.
package jetstreamtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"
)

// Server is a Jetstream.
type Server struct {
	http *httptest.Server
	ctx  context.Context
	stop context.CancelFunc
	busy sync.WaitGroup

	mu     sync.Mutex
	log    []Event
	more   chan struct{} // closed when the log grows
	last   int64
	faults []Fault
	fired  map[Kind]int
	dials  []Dial
	sent   int
	packer *zstd.Encoder
}

// Dial is one attempt to connect.
type Dial struct {
	At        time.Time
	UserAgent string
	Query     map[string][]string
	Status    int // 101 where it became a connection
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{more: make(chan struct{}), fired: map[Kind]int{}, last: time.Now().Add(-10 * time.Minute).UnixMicro()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /subscribe", s.subscribe)
	s.http = httptest.NewUnstartedServer(mux)
	s.http.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.http.Start()
	t.Cleanup(func() {
		s.stop()
		s.http.Close()
		s.busy.Wait()
	})
	return s
}

type connKey struct{}

// URL is where a client subscribes.
func (s *Server) URL() string { return "ws" + s.http.URL[len("http"):] + "/subscribe" }

// UseDict makes the server compress for clients that ask for it.
func (s *Server) UseDict(t testing.TB, dict []byte) {
	t.Helper()
	e, err := zstd.NewWriter(nil, zstd.WithEncoderDict(dict), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<10))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packer = e
}

// step is how far events without a time of their own are apart: 50 a second, as at
// a quiet hour of the real one.
const step = 20 * time.Millisecond

// Add appends events and gives each a time, if it has none: a step after
// the one before.
func (s *Server) Add(events ...Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		if e.TimeUS == 0 {
			e.TimeUS = s.last + step.Microseconds()
		}
		s.last = max(s.last, e.TimeUS)
		s.log = append(s.log, e)
	}
	close(s.more)
	s.more = make(chan struct{})
}

// Now is the time of the newest event.
func (s *Server) Now() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Forget drops the n oldest events, as a host does with what is older than its window.
func (s *Server) Forget(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = slices.Clone(s.log[n:])
}

// Sent is the number of frames that were written to connections.
func (s *Server) Sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// Dials lists all attempts to connect.
func (s *Server) Dials() []Dial {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.dials)
}

func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) {
	s.busy.Add(1)
	defer s.busy.Done()
	refusal, refused := s.arrive(r)
	if refused {
		if refusal.RetryAfter != "" {
			w.Header().Set("Retry-After", refusal.RetryAfter)
		}
		http.Error(w, http.StatusText(refusal.Status), refusal.Status)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // the client went away
	}
	defer func() { _ = conn.CloseNow() }()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	closed := conn.CloseRead(ctx) // answers pings
	tcp, _ := r.Context().Value(connKey{}).(*net.TCPConn)
	s.stream(closed, &stream{conn: conn, tcp: tcp, query: r.URL.Query(), packed: wantsPacked(r)})
}

func wantsPacked(r *http.Request) bool {
	return r.URL.Query().Get("compress") == "true" || r.Header.Get("Socket-Encoding") == "zstd"
}

// arrive notes an attempt to connect and says whether it is refused.
func (s *Server) arrive(r *http.Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := Dial{At: time.Now(), UserAgent: r.UserAgent(), Query: r.URL.Query(), Status: http.StatusSwitchingProtocols}
	f, refused := s.fire(Refuse)
	if refused {
		d.Status = f.Status
	}
	s.dials = append(s.dials, d)
	return f, refused
}

// stream is one connection.
type stream struct {
	conn   *websocket.Conn
	tcp    *net.TCPConn
	query  map[string][]string
	packed bool
	sent   int
}

// begin finds the first event for a cursor: inclusive, clamped to the oldest event,
// and what is new for none or one in the future.
func (s *Server) begin(cursor string) int {
	us, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return len(s.log)
	}
	i := slices.IndexFunc(s.log, func(e Event) bool { return e.TimeUS >= us })
	if i < 0 {
		return len(s.log)
	}
	return i
}

// stream sends events until the connection ends, by whichever side.
func (s *Server) stream(ctx context.Context, c *stream) {
	var cursor string
	if v := c.query["cursor"]; len(v) > 0 {
		cursor = v[0]
	}
	s.mu.Lock()
	position := s.begin(cursor)
	s.mu.Unlock()
	for ctx.Err() == nil {
		s.mu.Lock()
		more := s.more
		var e *Event
		if position < len(s.log) {
			e = &s.log[position]
			position++
		}
		s.mu.Unlock()
		if !s.misbehave(ctx, c, e != nil) {
			return
		}
		if e == nil {
			select {
			case <-more:
			case <-ctx.Done():
			}
			continue
		}
		if e.Collection != "" && !slices.Contains(c.query["wantedCollections"], e.Collection) && len(c.query["wantedCollections"]) > 0 {
			continue
		}
		if s.send(ctx, c, e.bytes()) != nil {
			return
		}
	}
}

// send writes one frame.
func (s *Server) send(ctx context.Context, c *stream, data []byte) error {
	kind := websocket.MessageText
	s.mu.Lock()
	if c.packed && s.packer != nil {
		kind, data = websocket.MessageBinary, s.packer.EncodeAll(data, nil)
	}
	s.mu.Unlock()
	if err := c.conn.Write(ctx, kind, data); err != nil {
		return err
	}
	c.sent++
	s.mu.Lock()
	s.sent++
	s.mu.Unlock()
	return nil
}
