package clickhouse_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// Each of these ended the whole server as the library comes (see quiet.go).

func answers(t *testing.T, conn driver.Conn) {
	t.Helper()
	if n := clickhousetest.Count(t, conn, "SELECT toUInt64(1)"); n != 1 {
		t.Errorf("the server answers %d, want 1", n)
	}
}

func TestWrongGreetings(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	good := clickhousetest.Open(t, cfg, clickhouse.Writer)
	for _, c := range []struct {
		change func(*config.ClickHouse)
		is     error
		says   string
	}{
		{func(c *config.ClickHouse) { c.Password = "guess" }, clickhouse.ErrAuth, "wrong name or password; set clickhouse.username and clickhouse.password"},
		{func(c *config.ClickHouse) { c.Username = "nobody" }, clickhouse.ErrAuth, "refuses the user nobody"},
		{func(c *config.ClickHouse) { c.Database = "nowhere" }, clickhouse.ErrNoSchema, "database nowhere is not there; run outcry migrate"},
	} {
		wrong := cfg
		c.change(&wrong)
		_, err := clickhouse.Open(t.Context(), wrong, clickhouse.Writer)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error is %v, want %v that says %q", err, c.is, c.says)
		}
	}
	answers(t, good)
}

func TestNoise(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	good := clickhousetest.Open(t, cfg, clickhouse.Writer)
	noises := []string{
		"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%zz?%% HTTP/1.1\r\n\r\n", "GET /nowhere HTTP/1.1\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", // https
		"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x00\x05hello", strings.Repeat("\x01", 1<<16), strings.Repeat("x", 1<<20),
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nSELECT",
	}
	for _, addr := range []string{cfg.Addr[0], clickhousetest.HTTPAddr(t)} {
		for i, noise := range noises {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatalf("before noise %d: %v", i, err)
			}
			_, _ = conn.Write([]byte(noise))
			if i%2 == 0 {
				_ = conn.(*net.TCPConn).SetLinger(0) // a reset instead of an end
			} else {
				_ = conn.(*net.TCPConn).CloseWrite()
				_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
				_, _ = io.Copy(io.Discard, conn)
			}
			_ = conn.Close()
		}
	}
	answers(t, good)
}

// cutter passes connections on, and cuts each after some bytes in one direction.
type cutter struct {
	net.Listener
	to       string
	up, down int64
	reset    bool
}

func (c *cutter) run() {
	for {
		client, err := c.Accept()
		if err != nil {
			return
		}
		go c.pass(client)
	}
}

func (c *cutter) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer func() {
		if c.reset {
			_ = server.(*net.TCPConn).SetLinger(0)
		}
		_ = server.Close()
	}()
	done := make(chan struct{}, 2)
	for _, way := range []struct {
		to, from net.Conn
		n        int64
	}{{server, client, c.up}, {client, server, c.down}} {
		go func() {
			_, _ = io.CopyN(way.to, way.from, way.n)
			done <- struct{}{}
		}()
	}
	<-done
}

// A client may vanish at any moment: in the middle of a result, of an insert, of
// its greeting.
func TestClientsThatVanish(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	good := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if err := good.Exec(t.Context(), "CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	const far = 1 << 40
	for i := range 60 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := &cutter{Listener: l, to: cfg.Addr[0], up: far, down: far, reset: i%2 == 0}
		at := int64(20 + 37*i*i)
		if i%4 < 2 {
			c.up = at
		} else {
			c.down = at
		}
		go c.run()
		conn, err := ch.Open(&ch.Options{Addr: []string{l.Addr().String()}, Auth: ch.Auth{
			Database: cfg.Database, Username: cfg.Username, Password: cfg.Password.Reveal(),
		}, ReadTimeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if c.up < far {
			_ = vanishingInsert(t, conn)
		} else {
			_ = vanishingSelect(t, conn)
		}
		_ = conn.Close()
		_ = l.Close()
	}
	answers(t, good)
}

func vanishingInsert(t *testing.T, conn driver.Conn) error {
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO t")
	if err != nil {
		return err
	}
	defer func() { _ = batch.Close() }()
	for n := range 2000 {
		if err := batch.Append(uint64(n), fmt.Sprintf("%x", n*n*n)); err != nil {
			return err
		}
	}
	return batch.Send()
}

func vanishingSelect(t *testing.T, conn driver.Conn) error {
	rows, err := conn.Query(t.Context(), "SELECT number, toString(number) FROM numbers(100000)")
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}
