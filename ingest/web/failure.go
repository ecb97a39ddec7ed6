package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// StatusError is a refusal: an answer that is neither 2xx nor 304. It stands inside
// a *post.Failure.
type StatusError struct {
	Status int
	Header http.Header
	// Asked is the address without its query, Said the beginning of the body.
	Asked, Said string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("asking for %s: it answered %d %s", e.Asked, e.Status, http.StatusText(e.Status))
	if e.Said != "" {
		text += fmt.Sprintf(": %q", e.Said)
	}
	return text
}

// Refused gives the status of a refusal, or 0 for any other error.
func Refused(err error) int {
	var e *StatusError
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// refusal is the error of an answer that is none, or nil.
func (c *Client) refusal(u *url.URL, resp *http.Response) error {
	if resp.StatusCode >= 200 && resp.StatusCode < 300 || resp.StatusCode == http.StatusNotModified {
		return nil
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // only to be shown
	return &post.Failure{
		Kind: StatusKind(resp.StatusCode), Wait: RetryAfter(resp.Header.Get("Retry-After"), c.o.Now()),
		Err: &StatusError{resp.StatusCode, resp.Header, shown(u), strings.TrimSpace(strings.ToValidUTF8(string(said), "?"))},
	}
}

// StatusKind names a refusal for the metric; the set is small and closed.
func StatusKind(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "http_429"
	case status >= 500:
		return "http_5xx"
	case status >= 400:
		return "http_4xx"
	}
	return "protocol"
}

// failure says why there is no answer. asked ends where the caller gave up, own
// also when it took too long.
func (c *Client) failure(asked, own context.Context, u *url.URL, err error) error {
	if asked.Err() != nil {
		return asked.Err()
	}
	if own.Err() != nil {
		return &post.Failure{Kind: "timeout", Err: fmt.Errorf("asking for %s: no answer within %s", shown(u), c.o.Timeout)}
	}
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err // it carries the whole address, with keys that stand in it
	}
	return &post.Failure{Kind: "connection", Err: fmt.Errorf("asking for %s: %w", shown(u), err)}
}

// RetryAfter reads the header in both its forms, seconds and a date.
func RetryAfter(h string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(h, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
