package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// timeout bounds one message.
	timeout = 10 * time.Second
	// answerBytes is how much of an answer is read.
	answerBytes = 64 << 10
)

// errPrivate says that a public receiver has a private address.
var errPrivate = errors.New("the address belongs to a private network; set allow_private: true on the channel if that is meant")

// newClient makes a client that follows no redirects, for a signed message is for one
// receiver, and that reaches private addresses only where it may: whoever can write an
// address into a file should not thereby reach what only this machine can.
func newClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("reading the address %s: %w", address, err)
		}
		ip := at.Addr().Unmap()
		if !private && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()) {
			return errPrivate
		}
		return nil
	}}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConns: 4, IdleConnTimeout: time.Minute,
		},
	}
}

func checkURL(raw string) error {
	if raw == "" {
		return nil // said elsewhere
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("needs a url like https://host/path") // the URL itself may be the secret
	}
	return nil
}

// sendJSON posts v and gives the answer.
func sendJSON(ctx context.Context, client *http.Client, to string, header map[string]string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, &Error{Permanent: true, Err: fmt.Errorf("writing the message: %w", err)}
	}
	return send(ctx, client, to, header, body)
}

// send posts a body of JSON. An address may hold a secret, so errors name its host only.
func send(ctx context.Context, client *http.Client, to string, header map[string]string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, &Error{Permanent: true, Err: errors.New("the url of the channel cannot be used")}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "outcry")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := client.Do(r)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, &Error{Err: fmt.Errorf("reaching %s: %w", r.URL.Host, err)}
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("reading the answer of %s: %w", r.URL.Host, err)}
	}
	if answer.StatusCode/100 == 2 {
		return said, nil
	}
	return nil, refusal(r.URL.Host, answer, said)
}

// refusal says what an answer other than success means.
func refusal(host string, answer *http.Response, said []byte) *Error {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(said[:min(len(said), 200)]), "")), " ")
	e := &Error{Err: fmt.Errorf("%s answered %s: %s", host, answer.Status, text)}
	switch code := answer.StatusCode; {
	case code == http.StatusGone:
		e.Permanent, e.Gone = true, true
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		e.After = retryAfter(answer.Header.Get("Retry-After"))
	default:
		e.Permanent = true
	}
	return e
}

// retryAfter reads seconds or a date.
func retryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return min(time.Duration(n)*time.Second, time.Hour)
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(0, time.Until(at)), time.Hour)
	}
	return 0
}
