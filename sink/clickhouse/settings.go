package clickhouse

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"runtime"
	"text/template"

	"github.com/outcry/outcry/config"
)

//go:embed server.xml.tmpl
var serverXML string

//go:embed users.xml.tmpl
var usersXML string

var userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// checkNames refuses user names that the settings files cannot carry.
func checkNames(cfg config.ClickHouse) error {
	for setting, name := range map[string]string{"clickhouse.username": cfg.Username, "clickhouse.reader_username": cfg.ReaderUsername} {
		if !userName.MatchString(name) || name == "default" {
			return fmt.Errorf("%s is %q; for the embedded server it must be letters, digits and _, and not default", setting, name)
		}
	}
	if cfg.Username == cfg.ReaderUsername {
		return fmt.Errorf("clickhouse.username and clickhouse.reader_username are both %q; they must differ", cfg.Username)
	}
	return nil
}

// writeSettings writes the server's own two files, anew at every start.
func (e *Engine) writeSettings(o EngineOptions) error {
	hash := func(s config.Secret) string {
		sum := sha256.Sum256([]byte(s.Reveal()))
		return hex.EncodeToString(sum[:])
	}
	_, tcpPort, _ := net.SplitHostPort(e.TCPAddr)
	_, httpPort, _ := net.SplitHostPort(e.HTTPAddr)
	values := map[string]any{
		"TCPPort": tcpPort, "HTTPPort": httpPort,
		"Memory": min(4<<30, max(1<<30, machineMemory()/4)), "Threads": max(2, runtime.NumCPU()),
		"Log":   filepath.Join(logFolder(o.DataDir), "server.log"),
		"Users": filepath.Join(o.DataDir, "users.xml"), "Database": o.Config.Database,
		"Writer": e.Credentials.Writer, "WriterHash": hash(e.Credentials.WriterPassword),
		"Reader": e.Credentials.Reader, "ReaderHash": hash(e.Credentials.ReaderPassword),
	}
	for name, text := range map[string]string{"server.xml": serverXML, "users.xml": usersXML} {
		t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"xml": escapeXML}).Parse(text)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, values); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := writeWhole(filepath.Join(o.DataDir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// escapeXML writes a path, which may hold any character, as XML text.
func escapeXML(s string) (string, error) {
	var b bytes.Buffer
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}
