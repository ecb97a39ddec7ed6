package bluesky

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/web"
)

// dialTimeout bounds connecting and the handshake.
const dialTimeout = 15 * time.Second

// dial connects and subscribes, from behind the event of the time from on, or to
// what is new where it is 0.
func (s *Source) dial(ctx context.Context, from int64) (*websocket.Conn, error) {
	u := *s.url
	q := u.Query()
	q.Set("wantedCollections", collection)
	q.Set("maxMessageSizeBytes", strconv.Itoa(maxFrame))
	if from > 0 {
		q.Set("cursor", strconv.FormatInt(max(1, from-rewind.Microseconds()), 10))
	}
	if s.dict != nil {
		q.Set("compress", "true")
	}
	u.RawQuery = q.Encode()

	conn, resp, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{ //nolint:bodyclose // Dial closes what it read
		HTTPClient: &http.Client{Timeout: dialTimeout},
		HTTPHeader: http.Header{"User-Agent": {web.UserAgent(s.o.Version, s.o.Contact)}},
	})
	if err != nil {
		return nil, s.dialFailure(ctx, resp, err)
	}
	conn.SetReadLimit(maxMessage)
	return conn, nil
}

// dialFailure says why there is no connection, and how long to stay away.
func (s *Source) dialFailure(ctx context.Context, resp *http.Response, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if resp == nil {
		return &post.Failure{Kind: "dial", Err: fmt.Errorf("connecting to %s: %w", s.url.Host, err)}
	}
	f := &post.Failure{Kind: web.StatusKind(resp.StatusCode), Wait: web.RetryAfter(resp.Header.Get("Retry-After"), s.o.Now())}
	said := ""
	if resp.Body != nil {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // only to be shown
		said = strings.TrimSpace(strings.ToValidUTF8(string(b), "?"))
	}
	f.Err = fmt.Errorf("connecting to %s: it answered %s: %q", s.url.Host, resp.Status, said)
	return f
}
