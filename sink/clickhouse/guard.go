package clickhouse

import (
	"bufio"
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// guard stands before the native port of the embedded server. The library ends
// its whole process when a native client greets it with a wrong password, an
// unknown database or something that is no greeting at all (seen with 26.7.2; a
// real server answers with an error, and so does the library over HTTP). So the
// guard reads the greeting, answers a wrong one itself as a server would, and
// passes only right ones on.
type guard struct {
	listener  net.Listener
	backend   string
	users     map[string]string // password by name
	databases func(ctx context.Context, name string) (bool, error)

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
	done   sync.WaitGroup
}

const (
	// helloTimeout is how long a client may take to greet.
	helloTimeout = 10 * time.Second
	// maxHello bounds each string of a greeting.
	maxHello = 4 << 10
)

// greeting is the first packet of a native client.
type greeting struct {
	database, user, password string
	raw                      []byte
}

var errNoGreeting = errors.New("this is the port of the native ClickHouse protocol; the HTTP protocol has another port")

// readGreeting reads a Hello packet and keeps its bytes.
func readGreeting(r io.Reader) (greeting, error) {
	var raw bytes.Buffer
	in := bufio.NewReaderSize(io.TeeReader(oneByte{r}, &raw), 16)
	number := func() (uint64, error) { return binary.ReadUvarint(in) }
	text := func() (string, error) {
		n, err := number()
		if err != nil || n > maxHello {
			return "", errors.Join(errNoGreeting, err)
		}
		b := make([]byte, n)
		_, err = io.ReadFull(in, b)
		return string(b), err
	}
	kind, err := number()
	if err != nil || kind != 0 {
		return greeting{}, errors.Join(errNoGreeting, err)
	}
	if _, err := text(); err != nil { // the client's name
		return greeting{}, err
	}
	for range 3 { // its version and the protocol's
		if _, err := number(); err != nil {
			return greeting{}, err
		}
	}
	var g greeting
	for _, s := range []*string{&g.database, &g.user, &g.password} {
		if *s, err = text(); err != nil {
			return greeting{}, err
		}
	}
	g.raw = raw.Bytes()
	return g, nil
}

// oneByte reads no further than it is asked to, so that what follows the greeting
// stays for the server.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

// refusal is the Exception packet of a server.
func refusal(code int32, name, message string) []byte {
	b := []byte{2}
	b = binary.LittleEndian.AppendUint32(b, uint32(code))
	for _, s := range []string{"DB::Exception", name + ": " + message, ""} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, 0) // no nested exception
}

// check gives the packet that refuses the greeting, or nil.
func (g *guard) check(ctx context.Context, hello greeting) []byte {
	password, known := g.users[hello.user]
	if right := subtle.ConstantTimeCompare([]byte(password), []byte(hello.password)) == 1; !known || !right {
		return refusal(codeAuth, "AUTHENTICATION_FAILED", hello.user+": Authentication failed: password is incorrect, or there is no user with such name.")
	}
	if slices.Contains([]string{"", "default", "system"}, hello.database) {
		return nil
	}
	there, err := g.databases(ctx, hello.database)
	switch {
	case err != nil:
		return refusal(210, "NETWORK_ERROR", err.Error())
	case !there:
		return refusal(codeUnknownDatabase, "UNKNOWN_DATABASE", "Database "+hello.database+" does not exist.")
	}
	return nil
}

// serve takes clients until the listener is closed.
func (g *guard) serve() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		if !g.track(conn) {
			return
		}
		g.done.Go(func() {
			defer g.drop(conn)
			_ = g.pass(conn)
		})
	}
}

// pass reads the greeting and connects client and server.
func (g *guard) pass(client net.Conn) error {
	_ = client.SetReadDeadline(time.Now().Add(helloTimeout))
	hello, err := readGreeting(client)
	if err != nil {
		if errors.Is(err, errNoGreeting) {
			_, _ = client.Write(refusal(101, "UNEXPECTED_PACKET_FROM_CLIENT", errNoGreeting.Error()))
		}
		return err
	}
	_ = client.SetReadDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(context.Background(), helloTimeout)
	defer cancel()
	if no := g.check(ctx, hello); no != nil {
		_, err := client.Write(no)
		return err
	}
	server, err := new(net.Dialer).DialContext(ctx, "tcp", g.backend)
	if err != nil {
		_, _ = client.Write(refusal(210, "NETWORK_ERROR", "the embedded server is not there"))
		return fmt.Errorf("passing a client on: %w", err)
	}
	defer func() { _ = server.Close() }()
	if _, err := server.Write(hello.raw); err != nil {
		return err
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	_, err = io.Copy(server, client)
	_ = server.Close()
	<-back
	return err
}

func (g *guard) track(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		_ = c.Close()
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

func (g *guard) drop(c net.Conn) {
	_ = c.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// close ends all connections.
func (g *guard) close() {
	_ = g.listener.Close()
	g.mu.Lock()
	g.closed = true
	for c := range g.conns {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.done.Wait()
}

// quote writes a string as a literal of ClickHouse's SQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
