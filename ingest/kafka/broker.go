package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Embedded is a broker inside this process, for one machine and for tests. It
// listens on loopback only, without a password, and keeps its data in a folder.
// What it acknowledges is on disk.
type Embedded struct {
	cluster *kfake.Cluster
	addr    string
	dir     string
	log     *slog.Logger
	close   func() error
}

// StartEmbedded starts a broker on 127.0.0.1 with its data in dir. Port 0 takes a
// free one; any other port stays the same over restarts, which is what clients
// that outlive the broker need. Damage to the data is an error, not a repair: only
// a last write that was cut short is taken off.
func StartEmbedded(dir string, port int, log *slog.Logger) (*Embedded, error) {
	e, err := startEmbedded(dir, port, log)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded kafka: %w", err)
	}
	return e, nil
}

func startEmbedded(dir string, port int, log *slog.Logger) (*Embedded, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the data folder %s: %w", dir, err)
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	if err := checkSpace(dir, minFree); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := prepare(dir, log); err != nil {
		return nil, errors.Join(err, unlock())
	}
	heard := &brokerLog{log: log}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.ListenFn(listen),
		kfake.ClusterID("outcry-embedded"),
		kfake.DataDir(dir),
		kfake.SyncWrites(), // there is no replica to lean on
		kfake.GroupMinSessionTimeout(500*time.Millisecond),
		kfake.BrokerConfigs(brokerSettings),
		kfake.WithLogger(heard),
	)
	if err != nil {
		return nil, errors.Join(startError(err, dir, port), unlock())
	}
	e := &Embedded{cluster: cluster, addr: cluster.ListenAddrs()[0], dir: dir, log: log}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		e.upkeepLoop(stop)
	}()
	e.close = sync.OnceValue(func() error {
		close(stop)
		<-stopped
		cluster.Close()
		return errors.Join(heard.closing(), unlock())
	})
	log.Info("embedded kafka started", "addr", e.addr, "dir", dir)
	return e, nil
}

// brokerSettings differ from the broker's own: it would delete what is older than
// a week even from a compacted topic, and compacts in a way that a crash at the
// wrong moment turns into loss, so both are done by upkeep.
var brokerSettings = map[string]string{
	"log.cleaner.backoff.ms":    strconv.FormatInt((1000 * 24 * time.Hour).Milliseconds(), 10),
	"log.retention.ms":          "-1",
	"log.retention.bytes":       strconv.Itoa(2 << 30), // of one partition; a full disk helps nobody
	"log.segment.bytes":         strconv.Itoa(32 << 20),
	"offsets.retention.minutes": strconv.Itoa(365 * 24 * 60), // a machine may be off for a while
}

func startError(err error, dir string, port int) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d on 127.0.0.1 is taken: stop what uses it, or set kafka.embedded_port to another port (0 picks a free one)", port)
	case errors.Is(err, syscall.EACCES) && port > 0 && port < 1024:
		return fmt.Errorf("port %d is not allowed for this user: set kafka.embedded_port to 1024 or more (0 picks a free one)", port)
	}
	return fmt.Errorf("reading its data in %s: %w", dir, err)
}

// Addr gives host:port for kafka.brokers.
func (e *Embedded) Addr() string { return e.addr }

// Close writes out what is open and stops the broker. It may be called twice.
func (e *Embedded) Close() error { return e.close() }

// brokerLog passes on what the broker complains of.
type brokerLog struct {
	log *slog.Logger
	mu  sync.Mutex
	err error
}

// Logf is called by the broker.
func (l *brokerLog) Logf(level kfake.LogLevel, msg string, args ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	text := fmt.Sprintf(msg, args...)
	if strings.Contains(text, syscall.ENOSPC.Error()) {
		l.log.Error("the disk of the embedded kafka is full: make room, writers wait until then", "text", text)
	} else {
		l.log.Warn("embedded kafka reports", "text", text)
	}
	if level == kfake.LogLevelError {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.err = errors.New(text)
	}
}

// closing gives the error that the broker could only log.
func (l *brokerLog) closing() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return fmt.Errorf("closing the embedded kafka: %w", l.err)
	}
	return nil
}

// listen is net.Listen with a guard before the broker, which trusts what it reads.
func listen(network, addr string) (net.Listener, error) {
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, err
	}
	return guardedListener{l}, nil
}
