// Package dashboards is the web server: pages, the JSON behind them, live updates
// and the addresses that monitors ask. Each page is one file here and one template;
// its questions are in package query.
//
// It reads only and tags nothing. Text of posts is data on every page: escaped, and
// under a policy that runs no script but our own.
package dashboards

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
	"github.com/outcry/outcry/nlp/tag"
)

// Options say what the server shows. Only Reader is needed.
type Options struct {
	// Reader is a connection of the read-only user, with outcry's database as default.
	Reader query.Reader
	Log    *slog.Logger
	// Registry takes the server's own metrics, and /metrics shows all it has.
	Registry *prometheus.Registry
	// Health says how the pipeline is. It is asked at most once a second.
	Health func() Health
	Now    func() time.Time
	// Explain says why a text gets its tags. Without it no page offers to.
	Explain func(text string) (tag.Explanation, error)
	// Vendors names the vendors of the catalogue by their ids.
	Vendors map[string]string
	// Catalogue is what the pages of vendors show of it.
	Catalogue []Entry
	// Alerts are the rules and channels, where this process knows them.
	Alerts *AlertSetup
	// Edges are who owns, runs on and competes with whom.
	Edges   []reaction.Edge
	Version string
	// Writer takes what readers enter; without it pages only show.
	Writer Writer
	// Token, where set, must come with every request to the API.
	Token string
	// BehindProxy says that an authenticating proxy stands in front: then requests
	// that come over loopback may name any host.
	BehindProxy bool
	// Observe, if any, is told how long each question to ClickHouse took.
	Observe func(question string, took time.Duration)
	// Every is how often the pages of connected readers are renewed; 0 means 2 s.
	Every time.Duration
}

// Server answers requests. Make it with New.
type Server struct {
	o       Options
	db      *query.DB
	graph   *reaction.Graph
	metrics *metrics
	pages   pages
	assets  *assets
	hub     *hub
	health  healthMemo
	memos   memos
	handler http.Handler
	// formToken is what forms carry, see form.
	formToken string
	// sendTimeout is sendTimeout, but in tests.
	sendTimeout time.Duration

	// warm says that Run keeps the page Now at hand.
	warm atomic.Bool
	mu   sync.Mutex
	last *board // the newest board without an error, for when the database is away
}

// New makes a server; it starts nothing.
func New(o Options) (*Server, error) {
	if o.Reader == nil {
		return nil, errors.New("making the page server: there is no connection to ClickHouse")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = 2 * time.Second
	}
	m, err := newMetrics(o.Registry)
	if err != nil {
		return nil, err
	}
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	p, err := loadPages(a)
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, db: query.New(o.Reader, func(name string, took time.Duration, err error) {
			m.question(name, took, err)
			if o.Observe != nil {
				o.Observe(name, took)
			}
		}), graph: reaction.NewGraph(o.Edges), metrics: m, pages: p, assets: a, hub: newHub(m), memos: newMemos(), formToken: newFormToken(),
		sendTimeout: sendTimeout,
	}
	s.handler = s.routes()
	return s, nil
}

// Handler answers all addresses. Pages are renewed live only while Run runs.
func (s *Server) Handler() http.Handler { return s.handler }

// Run renews the pages of connected readers until ctx ends, then lets the readers go.
func (s *Server) Run(ctx context.Context) error {
	defer s.hub.close()
	return s.poll(ctx)
}

// Limits on how long a reader may take.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second // live updates set their own, for each message
	idleTimeout   = 2 * time.Minute
	closeTimeout  = 5 * time.Second
)

// Serve answers on l until ctx ends, and closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	ctx, cancel := context.WithCancel(ctx)
	polled := make(chan error, 1)
	go func() { polled <- s.Run(ctx) }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()

	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("serving pages on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	cancel()
	err = errors.Join(err, <-polled)
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer done()
	if e := server.Shutdown(closing); e != nil {
		_ = server.Close()
		err = errors.Join(err, fmt.Errorf("closing %s: %w", l.Addr(), e))
	}
	return err
}

// name is what the catalogue calls the vendor.
func (s *Server) name(vendor string) string {
	if n := s.o.Vendors[vendor]; n != "" {
		return n
	}
	return vendor
}
