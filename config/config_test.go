package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/outcry/outcry/config"
)

// write puts a configuration file into a folder of the test.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "outcry.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, "")
	if c.Kafka.Partitions != 4 || c.ShutdownTimeout != 25*time.Second || c.HTTP.Addr != "127.0.0.1:8080" || !c.NLP.NER {
		t.Errorf("defaults are not those of default.yaml: %+v", c)
	}
	if c.DataDir == "" || c.ClickHouse.EngineDir == "" {
		t.Errorf("folders are not filled in: data_dir %q, engine_dir %q", c.DataDir, c.ClickHouse.EngineDir)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, "kafka:\n  partitions: 5\n  client_id: file\nlog:\n  level: warn\nclickhouse:\n  password_file: ''\n")
	t.Setenv("OUTCRY_KAFKA_CLIENT_ID", "env")
	t.Setenv("OUTCRY_LOG_LEVEL", "error")
	t.Setenv("OUTCRY_KAFKA_BROKERS", "a:1,b:2")
	t.Setenv("OUTCRY_CLICKHOUSE_PASSWORD", "only in the environment")
	t.Setenv("OUTCRY_INGEST_BLUESKY_IDLE_TIMEOUT", "45s")
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags)
	if err := flags.Parse([]string{"--log.level=debug", "--http.addr=127.0.0.1:9"}); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, flags)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Kafka.Partitions, c.Kafka.ClientID, c.Log.Level, c.Kafka.Brokers, c.ClickHouse.Password.Reveal(), c.Ingest.Bluesky.IdleTimeout, c.HTTP.Addr}
	want := []any{5, "env", "debug", []string{"a:1", "b:2"}, "only in the environment", 45 * time.Second, "127.0.0.1:9"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flag over variable over file over default (-want +got):\n%s", d)
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"unknown key": {"kafka:\n  partitions: 3\n  partitoins: 3\n",
			"line 3: unknown key kafka.partitoins; did you mean kafka.partitions?"},
		"unknown section":   {"kafak:\n  brokers: []\n", "line 1: unknown key kafak; `outcry config print` lists all keys"},
		"section as value":  {"log: debug\n", "line 1: log is a section; its settings stand indented under it"},
		"not a mapping":     {"- a\n- b\n", "line 1: the file must be a list of key: value"},
		"broken YAML":       {"log:\n  level: [\n", "did not find expected node content"},
		"number for time":   {"\nshutdown_timeout: 10\n", "line 2: shutdown_timeout 10: a duration needs its unit, such as 500ms, 30s or 12h"},
		"word for number":   {"kafka:\n  partitions: many\n", "line 2: kafka.partitions cannot parse value as 'int'"},
		"out of range":      {"kafka:\n  partitions: 0\n", "line 2: kafka.partitions is 0; it must be from 1 to 1000"},
		"wrong choice":      {"log:\n  level: loud\n", `line 2: log.level is "loud"; it must be one of debug, info, warn, error`},
		"wrong address":     {"kafka:\n  brokers: [here]\n", `line 2: kafka.brokers is "here"; it must be host:port`},
		"open to the world": {"http:\n  addr: 0.0.0.0:8080\n", `line 2: http.addr is "0.0.0.0:8080"; pages have no login, so they are served on this machine only: use 127.0.0.1:PORT`},
		"secret twice":      {"clickhouse:\n  password: a\n  password_file: /b\n", "line 2: clickhouse.password is set twice: directly and by clickhouse.password_file"},
		"secret file gone":  {"privacy:\n  key_file: /nowhere/key\n", "line 2: privacy.key_file cannot be read: open /nowhere/key: no such file or directory"},
		"short key":         {"privacy:\n  key: short\n", "line 2: privacy.key has 5 characters; it must have at least 16"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, c.file)
			_, err := config.Load(path, nil)
			var ce *config.Error
			if !errors.As(err, &ce) {
				t.Fatalf("error is %v, want a *config.Error", err)
			}
			if got := err.Error(); !strings.Contains(got, c.want) || !strings.Contains(got, "outcry.yaml") {
				t.Errorf("error is\n  %s\nwant in it\n  %s", got, c.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(write(t, "kafka:\n  partitions: 0\nlog:\n  level: loud\n"), nil)
	var ce *config.Error
	if !errors.As(err, &ce) || len(ce.Problems) != 2 {
		t.Fatalf("error is %v, want two problems", err)
	}
}

func TestWrongVariableIsNamed(t *testing.T) {
	t.Setenv("OUTCRY_KAFKA_PARTITIONS", "0")
	_, err := config.Load("", nil)
	want := "configuration: kafka.partitions (variable OUTCRY_KAFKA_PARTITIONS) is 0; it must be from 1 to 1000"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hush-hush-hush-hush"
	c := load(t, "clickhouse:\n  password: "+secret+"\nkafka:\n  sasl:\n    password: "+secret+"\nprivacy:\n  key: "+secret+"\n")
	var out bytes.Buffer
	if err := c.WriteYAML(&out); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%v %+v %#v", c, c, c)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	if strings.Contains(out.String(), secret) {
		t.Errorf("a secret is shown:\n%s", out.String())
	}
	if n := strings.Count(out.String(), "***"); n < 12 {
		t.Errorf("secrets that are set show as *** %d times, want 3 in each of 4 forms", n)
	}
}

func TestPrintIsALoadableFile(t *testing.T) {
	t.Parallel()
	c := load(t, "kafka:\n  brokers: [a:1, b:2]\n  retention: 90m\nhttp:\n  addr: 127.0.0.1:1\n")
	var out bytes.Buffer
	if err := c.WriteYAML(&out); err != nil {
		t.Fatal(err)
	}
	again, err := config.Load(write(t, out.String()), nil)
	if err != nil {
		t.Fatalf("what config print wrote is refused: %v\n%s", err, out.String())
	}
	if d := cmp.Diff(c, again); d != "" {
		t.Errorf("print and load differ (-want +got):\n%s", d)
	}
	if !strings.Contains(out.String(), "# host:port of each broker") {
		t.Error("comments are lost")
	}
}

func TestEverySettingCanBeSetByVariable(t *testing.T) {
	set := map[string]string{
		"bool": "true", "int": "7", "string": "value", "time.Duration": "7s", "[]string": "a:1,b:2", "config.Secret": "seventeen letters",
	}
	special := map[string]string{
		"LOG_LEVEL": "debug", "LOG_FORMAT": "json", "KAFKA_SASL_MECHANISM": "plain", "HTTP_ADDR": "127.0.0.1:7",
		"INGEST_BLUESKY_URL": "ws://host/x", "INGEST_HACKERNEWS_URL": "https://host/x",
		"INGEST_FEEDS_URLS": "https://host/a,https://host/b", "INGEST_FEEDS_EVERY": "7m", "INGEST_STATUS_EVERY": "17s", "KAFKA_RETENTION": "7h", "ALERTS_LINK": "https://outcry.example.com",
	}
	want := map[string]string{}
	for _, s := range config.Settings() {
		name := strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
		value, ok := special[name]
		if !ok {
			value = set[s.Type]
		}
		if strings.HasSuffix(s.Key, "password_file") || s.Key == "privacy.key_file" || s.Key == "http.token_file" {
			continue
		}
		if value == "" {
			t.Fatalf("no value for %s of type %s", s.Key, s.Type)
		}
		t.Setenv("OUTCRY_"+name, value)
		want[s.Key] = value
	}
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(out.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		var at any = tree
		for p := range strings.SplitSeq(key, ".") {
			at = at.(map[string]any)[p]
		}
		got := strings.Trim(strings.ReplaceAll(fmt.Sprint(at), " ", ","), "[]")
		if got != strings.ReplaceAll(value, " ", ",") && got != "***" {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
}
