package bluesky_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/bluesky"
	"github.com/outcry/outcry/ingest/bluesky/jetstreamtest"
	"github.com/outcry/outcry/ingest/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newSource reads s.
func newSource(t testing.TB, s *jetstreamtest.Server, change func(*bluesky.Options)) *bluesky.Source {
	t.Helper()
	o := bluesky.Options{
		Bluesky: config.Bluesky{URL: s.URL(), IdleTimeout: time.Second},
		Contact: "ops@example.org", Version: "1.2.3",
	}
	if change != nil {
		change(&o)
	}
	src, err := bluesky.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// simulator makes a Jetstream a sourcetest.Simulator.
type simulator struct {
	*jetstreamtest.Server
	made int
}

func (s *simulator) Post(n int) []string {
	ids := make([]string, n)
	events := make([]jetstreamtest.Event, n)
	for i := range n {
		did, rkey := jetstreamtest.DID(s.made), jetstreamtest.RKey(s.made)
		s.made++
		ids[i] = "at://" + did + "/" + jetstreamtest.PostCollection + "/" + rkey
		events[i] = jetstreamtest.Create(did, rkey, jetstreamtest.Text(fmt.Sprint("post ", i)))
	}
	s.Add(events...)
	return ids
}

func (s *simulator) Delete(id string) {
	parts := strings.Split(strings.TrimPrefix(id, "at://"), "/")
	s.Add(jetstreamtest.Delete(parts[0], parts[2]))
}

func (s *simulator) Break(f sourcetest.Fault) {
	switch f {
	case sourcetest.Reset:
		s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Reset})
	case sourcetest.Drop:
		s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Drop})
	case sourcetest.Stall:
		s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Stall})
	case sourcetest.Garbage:
		s.Fault(
			jetstreamtest.Fault{Kind: jetstreamtest.Garbage, Data: []byte("{\"did\":\"did:plc:x\",\"time_")},
			jetstreamtest.Fault{Kind: jetstreamtest.Garbage, Data: []byte("<html>")},
		)
	case sourcetest.Busy:
		s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 429, RetryAfter: "1"})
	case sourcetest.Storm:
		for range sourcetest.StormLength {
			s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 503})
		}
	}
}

func (s *simulator) Fired(f sourcetest.Fault) int {
	switch f {
	case sourcetest.Busy:
		return s.Server.Fired(jetstreamtest.Refuse)
	case sourcetest.Storm:
		return s.Server.Fired(jetstreamtest.Refuse) / sourcetest.StormLength
	}
	return s.Server.Fired(jetstreamtest.Kind(f))
}

func (s *simulator) Attempts() []time.Time {
	var at []time.Time
	for _, d := range s.Dials() {
		at = append(at, d.At)
	}
	return at
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Harness{
		New: func(t *testing.T, now func() time.Time) (sourcetest.Simulator, func() ingest.Source) {
			s := jetstreamtest.Start(t)
			return &simulator{Server: s}, func() ingest.Source {
				return newSource(t, s, func(o *bluesky.Options) { o.Now = now })
			}
		},
		Faults: []sourcetest.Fault{
			sourcetest.Reset, sourcetest.Drop, sourcetest.Stall, sourcetest.Garbage, sourcetest.Busy, sourcetest.Storm,
		},
	})
}
