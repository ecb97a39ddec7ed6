package clickhouse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
)

var (
	// ErrUnreachable says that no server answers at the address.
	ErrUnreachable = errors.New("clickhouse cannot be reached")
	// ErrAuth says that the server refuses user or password.
	ErrAuth = errors.New("clickhouse refuses the user")
	// ErrNoSchema says that the database or some of its tables are not there yet.
	// Such an error is also an ErrUnreachable: there is nothing to work with.
	ErrNoSchema = errors.New("the clickhouse schema is not there")
)

// noSchema is an ErrNoSchema in words.
type noSchema string

func (e noSchema) Error() string { return string(e) }

func (e noSchema) Is(target error) bool { return target == ErrNoSchema || target == ErrUnreachable }

// Role is the user a connection is made as.
type Role int

const (
	// Writer is the application: it may do all in its database.
	Writer Role = iota
	// Reader may read outcry's tables, under limits.
	Reader
)

// ClickHouse's numbers for a wrong password and for names it does not know.
const (
	codeAuth            = 516
	codeUnknownUser     = 192
	codeUnknownDatabase = 81
	codeUnknownTable    = 60
)

// Open connects as the role's user over the native protocol and asks for a sign of
// life. Every call on the connection wants a context with a deadline; the driver
// makes a time limit of it that the server heeds. A Reader's deadline is at most
// 25 seconds away: the server refuses to give it more than 30.
func Open(ctx context.Context, cfg config.ClickHouse, role Role) (driver.Conn, error) {
	o, err := options(cfg, role)
	if err != nil {
		return nil, err
	}
	conn, err := ch.Open(o)
	if err != nil {
		return nil, fmt.Errorf("connecting to ClickHouse: %w", err)
	}
	if err := conn.Ping(ctx); err != nil {
		_ = conn.Close()
		return nil, explain(err, cfg, o.Auth.Username)
	}
	return conn, nil
}

func options(cfg config.ClickHouse, role Role) (*ch.Options, error) {
	user, password := cfg.Username, cfg.Password
	if role == Reader {
		user, password = cfg.ReaderUsername, cfg.ReaderPassword
	}
	t, err := tlsConfig(cfg.TLS)
	if err != nil {
		return nil, err
	}
	o := &ch.Options{
		Addr:            cfg.Addr,
		Auth:            ch.Auth{Database: cfg.Database, Username: user, Password: password.Reveal()},
		TLS:             t,
		DialTimeout:     cfg.DialTimeout, // also how long a call waits for a free connection
		ReadTimeout:     time.Minute,
		MaxOpenConns:    8,
		MaxIdleConns:    4,
		ConnMaxLifetime: time.Hour,
		Compression:     &ch.Compression{Method: ch.CompressionLZ4},
		ClientInfo:      ch.ClientInfo{Products: []struct{ Name, Version string }{{Name: "outcry"}}},
	}
	if role == Writer {
		// We form batches ourselves; the server's own batching would answer before
		// rows are checked against the deduplication window.
		o.Settings = ch.Settings{"async_insert": 0}
	}
	return o, nil
}

func explain(err error, cfg config.ClickHouse, user string) error {
	addr := strings.Join(cfg.Addr, ", ")
	var server *ch.Exception
	if !errors.As(err, &server) {
		return fmt.Errorf("%w at %s: %w", ErrUnreachable, addr, err)
	}
	switch server.Code {
	case codeAuth, codeUnknownUser:
		settings := "clickhouse.username and clickhouse.password"
		if user == cfg.ReaderUsername && user != cfg.Username {
			settings = "clickhouse.reader_username and clickhouse.reader_password"
		}
		return fmt.Errorf("%w %s at %s: wrong name or password; set %s", ErrAuth, user, addr, settings)
	case codeUnknownDatabase:
		return noSchema(fmt.Sprintf("connecting to ClickHouse at %s: database %s is not there; run outcry migrate", addr, cfg.Database))
	}
	return fmt.Errorf("%w at %s: %w", ErrUnreachable, addr, err)
}

func tlsConfig(c config.TLS) (*tls.Config, error) {
	if !c.Enabled {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName, InsecureSkipVerify: c.InsecureSkipVerify}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading clickhouse.tls.ca_file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading clickhouse.tls.ca_file %s: there is no certificate in it", c.CAFile)
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading clickhouse.tls.cert_file and key_file: %w", err)
		}
		t.Certificates = []tls.Certificate{cert}
	}
	return t, nil
}
