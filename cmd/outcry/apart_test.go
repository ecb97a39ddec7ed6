package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka/kafkatest"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// TestPipelineApart runs each role as a process of its own against a broker and a
// database that are configured, as on several machines.
func TestPipelineApart(t *testing.T) {
	o := clickhousetest.Options(filepath.Join(t.TempDir(), "clickhouse"))
	o.Config.Database = "outcry"
	engine, err := clickhouse.StartEngine(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	server := clickhousetest.Config(engine)
	_, flags := home(t)
	flags = append(flags,
		"--kafka.brokers", kafkatest.Broker(t), "--kafka.topic_prefix", strings.ToLower(t.Name())+".",
		"--clickhouse.addr", server.Addr[0], "--privacy.key", "the same secret for all roles",
		"--clickhouse.username", server.Username, "--clickhouse.password", server.Password.Reveal(),
		"--clickhouse.reader_username", server.ReaderUsername, "--clickhouse.reader_password", server.ReaderPassword.Reveal())
	must(t, "", append([]string{"migrate"}, flags...)...)
	var roles []*process
	for _, role := range [][]string{{"nlp"}, {"nlp"}, {"sink"}, {"serve"}} {
		roles = append(roles, start(t, append(append(role, flags...), "--log-level", "info")...))
	}
	for _, p := range roles {
		p.says("msg=ready")
	}
	text, want := posts(2000)
	var got account
	out := must(t, text, append([]string{"replay", "--wait", "--json", "-"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("account (-want +got):\n%s", d)
	}
	page := after(roles[3].output(), "page=")
	eventually(t, 10*time.Second, func() bool { return outcry(t, "", "status", "--url", "http://"+page).code == exitOK },
		func() string { return "the page server at " + page + " is not ready:\n" + roles[3].output() })
}

// after gives the word behind a mark in a text.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	word, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(word)
}
