// Package channeltest has receivers of messages for tests: a web server, a mail server
// and a real Alertmanager.
package channeltest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Web is a server that keeps what is posted to it.
type Web struct {
	*httptest.Server
	mu  sync.Mutex
	got []Request
	// answer, if any, is given in place of success.
	answer func(w http.ResponseWriter, r Request) bool
}

// Request is what was posted.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// NewWeb starts a server. answer, if any, writes an answer of its own and says whether
// the request was taken.
func NewWeb(t testing.TB, answer func(w http.ResponseWriter, r Request) bool) *Web {
	t.Helper()
	w := &Web{answer: answer}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		r := Request{in.URL.Path, in.Header, body}
		if w.answer != nil && !w.answer(out, r) {
			return
		}
		w.mu.Lock()
		w.got = append(w.got, r)
		w.mu.Unlock()
	}))
	t.Cleanup(w.Close)
	return w
}

// Got is what was taken so far.
func (w *Web) Got() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.got...)
}

// Mail is a mail server that keeps what is sent to it.
type Mail struct {
	Addr string
	mu   sync.Mutex
	got  []string
	// Refuse, if set, is the answer to RCPT in place of 250.
	refuse string
}

// NewMail starts a mail server without encryption. refuse, if any, is its answer to
// every recipient.
func NewMail(t testing.TB, refuse string) *Mail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mail{Addr: l.Addr().String(), refuse: refuse}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go m.talk(c)
		}
	}()
	return m
}

// talk speaks as much of RFC 5321 as a sender needs.
func (m *Mail) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 sink ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO":
			say("250-sink")
			say("250 8BITMIME")
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if strings.TrimRight(line, "\r\n") == "." {
					break
				}
				b.WriteString(line)
			}
			m.mu.Lock()
			m.got = append(m.got, b.String())
			m.mu.Unlock()
			say("250 taken")
		case verb == "RCPT" && m.refuse != "":
			say(m.refuse)
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// Got are the messages taken so far.
func (m *Mail) Got() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.got...)
}

// Alertmanager starts a real one and gives its address. A machine without one fails the
// test.
func Alertmanager(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		if path, err = exec.LookPath("alertmanager"); err != nil {
			t.Fatal("the Debian package prometheus-alertmanager is needed; make test installs it")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+addr, "--cluster.listen-address=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get("http://" + addr + "/-/ready")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return "http://" + addr
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the Alertmanager does not get ready: %v", err)
		}
	}
}

// Alert is one that an Alertmanager has.
type Alert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
}

// Alerts asks an Alertmanager for what it has. Those that have ended it shows no more.
func Alerts(t testing.TB, url string) []Alert {
	t.Helper()
	answer, err := http.Get(url + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var all []Alert
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}
