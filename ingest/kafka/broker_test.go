package kafka_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

func refused(t *testing.T, dir string, port int, want string) {
	t.Helper()
	e, err := kafka.StartEmbedded(dir, port, kafkatest.Log(t))
	if err == nil {
		_ = e.Close()
		t.Fatal("the broker has started")
	}
	if got := err.Error(); got != "starting the embedded kafka: "+want {
		t.Errorf("got  %s\nwant starting the embedded kafka: %s", got, want)
	}
}

func TestSecondBrokerOnAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	refused(t, dir, 0, fmt.Sprintf("another outcry (process %d) uses the data folder %s: stop it, or set data_dir to another folder", os.Getpid(), dir))
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if e, err = kafka.StartEmbedded(dir, 0, kafkatest.Log(t)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPortIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	dir := t.TempDir()
	refused(t, dir, port, fmt.Sprintf("port %d on 127.0.0.1 is taken: stop what uses it, or set kafka.embedded_port to another port (0 picks a free one)", port))
	// The folder is free again.
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "kafka")
	refused(t, dir, 0, fmt.Sprintf("the data folder %s cannot be written: mkdir %s: not a directory: make it writable, or set data_dir to another folder", dir, file))
}

func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := kafka.CheckSpace(dir, 1<<62)
	if err == nil || !strings.HasPrefix(err.Error(), "the disk of the data folder "+dir+" has ") ||
		!strings.HasSuffix(err.Error(), " MiB left, fewer than the 4398046511104 MiB to begin with: make room, or set data_dir to a folder on another disk") {
		t.Errorf("got %v", err)
	}
}

// What retention deletes goes from the disk, the last record too, and the offsets
// of an emptied partition are never used again: a batch of rows is known to the
// database by them.
func TestOffsetsAreNotUsedTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg := settings(t, e.Addr())
	cfg.Retention = time.Millisecond
	n := dial(t, cfg)
	if err := n.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	topic := n.Topics().DeadLetters
	write(t, n, topic, numbered(0, 100, 10))
	until(t, "retention", func() bool {
		if err := e.Upkeep(1 << 30); err != nil {
			t.Fatal(err)
		}
		return len(counts(t, n, topic)) == 0
	})
	if files, _ := filepath.Glob(filepath.Join(dir, "partitions", topic+"-0", "*.dat")); len(files) != 0 {
		t.Errorf("%v are still on the disk", files)
	}
	for round := range 3 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if e, err = kafka.StartEmbedded(dir, port(t, n), kafkatest.Log(t)); err != nil {
			t.Fatal(err)
		}
		end, err := n.EndOffsets(t.Context(), topic)
		if err != nil || end[0] != int64(100+round) {
			t.Errorf("round %d: the end is %v (%v)", round, end, err)
		}
		write(t, n, topic, numbered(0, 1, 1))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// cursorsOn fills the compacted topic so that there is something to compact.
func cursorsOn(t *testing.T, n *node) map[string]string {
	t.Helper()
	want := map[string]string{}
	w := n.Writer(n.Topics().Cursors)
	for i := range 50 {
		key, value := fmt.Sprint("source", i%3), fmt.Sprint(i)
		want[key] = value
		if err := w.Write(t.Context(), []kafka.Record{{Key: []byte(key), Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func TestCompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	n := on(t, e.Addr())
	want := cursorsOn(t, n)
	size := e.Cluster().PartitionInfo(n.Topics().Cursors, 0).NumBytes
	if err := e.Upkeep(size); err != nil { // not above: left alone
		t.Fatal(err)
	}
	if got := e.Cluster().PartitionInfo(n.Topics().Cursors, 0).NumBytes; got != size {
		t.Errorf("compacted from %d to %d bytes without need", size, got)
	}
	if err := e.Upkeep(size - 1); err != nil {
		t.Fatal(err)
	}
	if got := e.Cluster().PartitionInfo(n.Topics().Cursors, 0).NumBytes; got > size/5 {
		t.Errorf("%d of %d bytes are left", got, size)
	}
	if _, err := os.Stat(filepath.Join(dir, "compacting")); err == nil {
		t.Error("what was set aside is still there")
	}
	if diff := cmp.Diff(want, readAll(t, n, n.Topics().Cursors)); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
	for range 2 { // also when started on compacted files
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if e, err = kafka.StartEmbedded(dir, port(t, n), kafkatest.Log(t)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readAll(t, n, n.Topics().Cursors)); diff != "" {
			t.Errorf("cursors (-want +got):\n%s", diff)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// A process killed while the broker rewrites a partition leaves any part of the
// new files; the next start goes back to what was set aside.
func TestInterruptedCompaction(t *testing.T) {
	t.Parallel()
	f := func(name string, harm func(t *testing.T, segment string)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
			if err != nil {
				t.Fatal(err)
			}
			n := on(t, e.Addr())
			want := cursorsOn(t, n)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			part := filepath.Join(dir, "partitions", n.Topics().Cursors+"-0")
			if err := kafka.SetAside(dir, []string{part}); err != nil {
				t.Fatal(err)
			}
			// The broker removes the file before it writes a new one.
			segment := filepath.Join(part, "0.dat")
			raw, err := os.ReadFile(segment)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(segment); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(segment, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			harm(t, segment)
			if e, err = kafka.StartEmbedded(dir, port(t, n), kafkatest.Log(t)); err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if diff := cmp.Diff(want, readAll(t, n, n.Topics().Cursors)); diff != "" {
				t.Errorf("cursors (-want +got):\n%s", diff)
			}
			if _, err := os.Stat(filepath.Join(dir, "compacting")); err == nil {
				t.Error("what was set aside is still there")
			}
		})
	}
	truncate := func(keep func(size int64) int64) func(*testing.T, string) {
		return func(t *testing.T, segment string) {
			st, err := os.Stat(segment)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(segment, keep(st.Size())); err != nil {
				t.Fatal(err)
			}
		}
	}
	f("before the removal", func(*testing.T, string) {})
	f("after the removal", func(t *testing.T, segment string) {
		if err := os.Remove(segment); err != nil {
			t.Fatal(err)
		}
	})
	f("after the creation", truncate(func(int64) int64 { return 0 }))
	f("in the middle", truncate(func(size int64) int64 { return size / 2 }))
	f("just before the end", truncate(func(size int64) int64 { return size - 1 }))
	f("while it was put back", func(t *testing.T, segment string) {
		part := filepath.Dir(segment)
		if err := os.Rename(part, part+".tmp"); err != nil {
			t.Fatal(err)
		}
	})
}

// A browser, a port scan or a broken client must not end the process.
func TestStrangersAreTurnedAway(t *testing.T) {
	t.Parallel()
	e := kafkatest.Embedded(t)
	n := on(t, e.Addr())
	f := func(name string, say []byte) {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", e.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(say); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(deadline)); err != nil {
				t.Fatal(err)
			}
			if got, err := conn.Read(make([]byte, 1)); got != 0 || err == nil || os.IsTimeout(err) {
				t.Errorf("read %d bytes, %v; want the end", got, err)
			}
			if err := n.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	f("a browser", []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f("TLS", []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"))
	f("an unknown request", []byte("\x00\x00\x00\x0a\x7f\xff\x00\x00\x00\x00\x00\x01\xff\xff"))
	f("a version that is not there", []byte("\x00\x00\x00\x0a\x00\x00\x7f\xff\x00\x00\x00\x01\xff\xff"))
	f("zeros", make([]byte, 64))
	f("noise", bytes.Repeat([]byte{0xff}, 64))
}
