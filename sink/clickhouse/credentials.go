package clickhouse

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outcry/outcry/config"
)

// Credentials are the users of the embedded server.
type Credentials struct {
	Writer, Reader                 string
	WriterPassword, ReaderPassword config.Secret
}

// kept is Credentials as the data folder has them.
type kept struct {
	Writer         string `json:"writer"`
	WriterPassword string `json:"writer_password"`
	Reader         string `json:"reader"`
	ReaderPassword string `json:"reader_password"`
}

func credentialsFile(dir string) string { return filepath.Join(dir, "credentials.json") }

// ReadCredentials gives the users of the server whose data are in dir.
func ReadCredentials(dir string) (Credentials, error) {
	var k kept
	b, err := os.ReadFile(credentialsFile(dir))
	if err != nil {
		return Credentials{}, fmt.Errorf("reading the passwords of the embedded ClickHouse: %w", err)
	}
	if err := json.Unmarshal(b, &k); err != nil || k.WriterPassword == "" || k.ReaderPassword == "" {
		return Credentials{}, fmt.Errorf("reading %s: it is damaged; remove it and start outcry again, which makes new passwords", credentialsFile(dir))
	}
	return Credentials{k.Writer, k.Reader, config.Secret(k.WriterPassword), config.Secret(k.ReaderPassword)}, nil
}

// ensureCredentials makes users and passwords for dir, once.
func ensureCredentials(dir, writer, reader string) (Credentials, error) {
	c, err := ReadCredentials(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		c.Writer, c.Reader = writer, reader // names may change, passwords stay
		return c, err
	}
	k := kept{Writer: writer, WriterPassword: rand.Text(), Reader: reader, ReaderPassword: rand.Text()}
	b, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return Credentials{}, fmt.Errorf("writing %s: %w", credentialsFile(dir), err)
	}
	if err := writeWhole(credentialsFile(dir), b); err != nil {
		return Credentials{}, err
	}
	return Credentials{writer, reader, config.Secret(k.WriterPassword), config.Secret(k.ReaderPassword)}, nil
}

// writeWhole writes a file for our eyes only, so that a crash leaves the old or the new one.
func writeWhole(path string, b []byte) error {
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
