package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Embedded is a broker inside this process, for one machine and for tests. It
// listens on loopback only and keeps its data in a folder.
type Embedded struct {
	cluster *kfake.Cluster
	addr    string
	close   func() error
}

// StartEmbedded starts a broker on 127.0.0.1 with its data in dir. Port 0 takes a
// free one.
func StartEmbedded(dir string, port int, log *slog.Logger) (*Embedded, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("starting the embedded kafka: making its data folder: %w", err)
	}
	cluster, err := kfake.NewCluster(kfake.DataDir(dir), kfake.Ports(port))
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("starting the embedded kafka: port %d on 127.0.0.1 is taken: stop what uses it, or set kafka.embedded_port to another port (0 picks a free one)", port)
		}
		return nil, fmt.Errorf("starting the embedded kafka in %s: %w", filepath.Clean(dir), err)
	}
	e := &Embedded{cluster: cluster, addr: cluster.ListenAddrs()[0]}
	e.close = sync.OnceValue(func() error {
		cluster.Close()
		return nil
	})
	log.Info("embedded kafka started", "addr", e.addr, "dir", dir)
	return e, nil
}

// Addr gives host:port for kafka.brokers.
func (e *Embedded) Addr() string { return e.addr }

// Close writes out what is open and stops the broker. It may be called twice.
func (e *Embedded) Close() error { return e.close() }
