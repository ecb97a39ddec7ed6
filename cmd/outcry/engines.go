package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/sink/clickhouse"
)

// engines are a broker and a database to work with: configured servers, those of
// a running outcry, or embedded ones that were started for this command.
type engines struct {
	cfg    config.Config // with addresses and passwords filled in
	inst   instance
	owner  bool               // the lock of the data folder is ours, and so are the engines
	joined bool               // the engines are those of another process
	engine *clickhouse.Engine // nil where the server is not ours
	undo   []func()
}

// close gives everything back, the last first.
func (e *engines) close() {
	for i := len(e.undo) - 1; i >= 0; i-- {
		e.undo[i]()
	}
	e.undo = nil
}

func (e *engines) onClose(f func()) { e.undo = append(e.undo, f) }

// need says which engines a command wants.
type need int

const (
	needKafka need = 1 << iota
	needClickHouse
)

// engines finds what the command needs, or starts it. name is the command, for
// others that find the data folder in use.
func (a *app) engines(ctx context.Context, want need, name string) (_ *engines, err error) {
	e := &engines{cfg: *a.cfg, inst: instance{PID: os.Getpid(), Command: name, StartedAt: time.Now().UTC()}}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	embedKafka := want&needKafka != 0 && len(e.cfg.Kafka.Brokers) == 0
	embedClickHouse := want&needClickHouse != 0 && len(e.cfg.ClickHouse.Addr) == 0
	if !embedKafka && !embedClickHouse {
		return e, nil
	}
	lock, err := lockData(e.cfg.DataDir)
	if errors.Is(err, errDataInUse) {
		return e, e.join(embedKafka, embedClickHouse)
	}
	if err != nil {
		return nil, err
	}
	e.owner = true
	e.onClose(lock.release)
	e.onClose(func() { _ = os.Remove(instanceFile(e.cfg.DataDir)) })
	if embedKafka {
		if err := e.startKafka(a); err != nil {
			return nil, err
		}
	}
	if embedClickHouse {
		if err := a.installEngine(ctx, false); err != nil {
			return nil, err
		}
		if err := e.startClickHouse(ctx, a); err != nil {
			return nil, err
		}
	}
	return e, e.inst.write(e.cfg.DataDir)
}

// database finds ClickHouse, or starts one of our own and brings its schema up to date,
// for as long as work lasts.
func (a *app) database(ctx context.Context, name string, work func(*engines) error) error {
	e, err := a.engines(ctx, needClickHouse, name)
	if err != nil {
		return err
	}
	defer e.close()
	if e.owner {
		if _, err := clickhouse.Migrate(ctx, e.cfg.ClickHouse); err != nil {
			return err
		}
	}
	return work(e)
}

// runs says whether somebody else runs the pipeline: on configured servers that is
// taken for granted, on embedded engines it is who holds the data folder.
func (a *app) runs() (bool, error) {
	if len(a.cfg.Kafka.Brokers) > 0 && len(a.cfg.ClickHouse.Addr) > 0 {
		return true, nil
	}
	lock, err := lockData(a.cfg.DataDir)
	if errors.Is(err, errDataInUse) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	lock.release()
	return false, nil
}

// join takes the addresses of the outcry that holds the data folder.
func (e *engines) join(embedKafka, embedClickHouse bool) error {
	in, err := readInstance(e.cfg.DataDir)
	if err != nil {
		return err
	}
	if embedKafka && in.Kafka == "" || embedClickHouse && in.ClickHouse == "" {
		return unreachableError{fmt.Errorf("the data folder %s is in use by %s, which does not run the engines that are needed; wait for it to end, or choose another folder with --data-dir", e.cfg.DataDir, in)}
	}
	if embedKafka {
		e.cfg.Kafka.Brokers = []string{in.Kafka}
	}
	if embedClickHouse {
		creds, err := clickhouse.ReadCredentials(filepath.Join(e.cfg.DataDir, "clickhouse"))
		if err != nil {
			return err
		}
		e.useClickHouse(in.ClickHouse, creds)
	}
	e.inst, e.joined = in, true
	return nil
}

func (e *engines) startKafka(a *app) error {
	broker, err := kafka.StartEmbedded(filepath.Join(e.cfg.DataDir, "kafka"), e.cfg.Kafka.EmbeddedPort, a.log)
	if err != nil {
		return unreachableError{err}
	}
	e.onClose(func() { _ = broker.Close() })
	e.cfg.Kafka.Brokers = []string{broker.Addr()}
	e.inst.Kafka = broker.Addr()
	return nil
}

// useClickHouse fills in where the embedded server is and who may use it.
func (e *engines) useClickHouse(addr string, c clickhouse.Credentials) {
	e.cfg.ClickHouse.Addr = []string{addr}
	e.cfg.ClickHouse.Username, e.cfg.ClickHouse.Password = c.Writer, c.WriterPassword
	e.cfg.ClickHouse.ReaderUsername, e.cfg.ClickHouse.ReaderPassword = c.Reader, c.ReaderPassword
}

// String says who the instance is, for messages.
func (in instance) String() string {
	if in.PID == 0 {
		return "another outcry"
	}
	return fmt.Sprintf("outcry %s (process %d, since %s)", in.Command, in.PID, in.StartedAt.Local().Format(time.DateTime))
}

// kafka connects to the broker and makes sure that the topics are there.
func (e *engines) kafka(ctx context.Context, a *app) (*kafka.Client, error) {
	c, err := kafka.Dial(e.cfg.Kafka, a.log, kafka.NewMetrics(a.reg))
	if err != nil {
		return nil, err
	}
	e.onClose(func() { _ = c.Close() })
	if err := c.Ping(ctx); err != nil {
		return nil, unreachableError{err}
	}
	return c, c.EnsureTopics(ctx)
}

// writer connects to ClickHouse as the application, on the schema of this binary.
func (e *engines) writer(ctx context.Context) (driver.Conn, error) {
	conn, err := clickhouse.Open(ctx, e.cfg.ClickHouse, clickhouse.Writer)
	if err != nil {
		return nil, err
	}
	e.onClose(func() { _ = conn.Close() })
	return conn, nil
}

// reader connects to ClickHouse as the user who may only read.
func (e *engines) reader(ctx context.Context) (driver.Conn, error) {
	conn, err := clickhouse.Open(ctx, e.cfg.ClickHouse, clickhouse.Reader)
	if err != nil {
		return nil, err
	}
	e.onClose(func() { _ = conn.Close() })
	return conn, nil
}

func (e *engines) startClickHouse(ctx context.Context, a *app) error {
	engine, err := clickhouse.StartEngine(ctx, clickhouse.EngineOptions{
		LibraryDir: e.cfg.ClickHouse.EngineDir, DataDir: filepath.Join(e.cfg.DataDir, "clickhouse"),
		Command: engineCommand, Config: e.cfg.ClickHouse, Log: a.log,
	})
	if err != nil {
		return unreachableError{err}
	}
	e.onClose(func() { _ = engine.Close() })
	e.engine = engine
	e.useClickHouse(engine.TCPAddr, engine.Credentials)
	e.inst.ClickHouse, e.inst.ClickHouseHTTP = engine.TCPAddr, engine.HTTPAddr
	return nil
}
