package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

// on gives the flags of a broker: the embedded one that comes with the data folder,
// or the Apache Kafka of the tests, with topics of the test's own.
func on(t *testing.T) []string {
	t.Helper()
	if !kafkatest.Apache() {
		return nil
	}
	return []string{"--kafka.brokers", kafkatest.Broker(t), "--kafka.topic_prefix", strings.ToLower(t.Name()) + "."}
}

// posts makes n lines of posts; every tenth names nothing of interest, and every
// 50th line is broken.
func posts(n int) (text string, want account) {
	var b strings.Builder
	want = account{Filtered: map[string]int{}, DeadLettered: map[string]int{}}
	at := time.Date(2026, 5, 6, 7, 0, 0, 0, time.UTC)
	for i := range n {
		want.Read++
		switch {
		case i%50 == 49:
			want.DeadLettered["bad_json"]++
			fmt.Fprintf(&b, "{\"id\": \"%d\", \"text\": \n", i)
			continue
		case i%10 == 0:
			want.Filtered["no_match"]++
			fmt.Fprintf(&b, `{"id":"%d","source":"x","author":"a%d","created_at":%q,"text":"lovely weather in the park today %d"}`+"\n", i, i%97, at.Format(time.RFC3339), i)
		default:
			want.Stored++
			fmt.Fprintf(&b, `{"id":"%d","source":"x","author":"a%d","created_at":%q,"text":"netflix is down again, post %d"}`+"\n", i, i%97, at.Format(time.RFC3339), i)
		}
		want.Accepted++
		at = at.Add(time.Second)
	}
	return b.String(), want
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// counts are the numbers in rows and in rollups.
func counts(t *testing.T, flags []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, sql := range map[string]string{
		"rows":             "SELECT count() FROM v_posts",
		"mentions":         "SELECT count() FROM v_mentions WHERE vendor = 'netflix'",
		"rollup, netflix":  "SELECT sum(all_posts) FROM v_vendor_minutes WHERE vendor = 'netflix'",
		"rollup, stored":   "SELECT sum(stored) FROM v_source_minutes",
		"rollup, filtered": "SELECT sum(seen) - sum(stored) FROM v_source_minutes",
	} {
		all[name] = lastLine(must(t, "", append([]string{"sql", "--format", "csv", sql}, flags...)...))
	}
	return all
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// TestPipelineEndToEnd is the whole way: file, Kafka, tagger, Kafka, ClickHouse, SQL,
// twice with the same posts. It runs on the embedded broker and on Apache Kafka.
func TestPipelineEndToEnd(t *testing.T) {
	_, flags := home(t)
	flags = append(flags, on(t)...)
	text, want := posts(2000)
	file := write(t, "posts.ndjson", text)
	var first map[string]string
	for range 2 {
		var got account
		out := must(t, "", append([]string{"replay", "--wait", "--json", file}, flags...)...)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("account (-want +got):\n%s", d)
		}
		now := counts(t, flags)
		if first == nil {
			first = now
		}
		if d := cmp.Diff(first, now); d != "" {
			t.Errorf("a second replay changes numbers (-first +second):\n%s", d)
		}
	}
	stored, filtered := fmt.Sprint(want.Stored), fmt.Sprint(want.Filtered["no_match"])
	if d := cmp.Diff(map[string]string{
		"rows": stored, "mentions": stored, "rollup, netflix": stored, "rollup, stored": stored, "rollup, filtered": filtered,
	}, first); d != "" {
		t.Errorf("numbers in ClickHouse (-want +got):\n%s", d)
	}
	if out := must(t, "", append([]string{"sql", "--format", "csv", "SELECT countIf(NOT match(author, '^p_[0-9a-f]{24}$')) FROM v_posts"}, flags...)...); !strings.HasSuffix(out, "\n0\n") {
		t.Errorf("raw authors are stored: %s", out)
	}
}

// TestPipelineKilled kills outcry in the middle of its work, again and again, and
// finds the same numbers in the end, with nothing to mend by hand.
func TestPipelineKilled(t *testing.T) {
	dir, flags := home(t)
	flags = append(flags, on(t)...)
	text, want := posts(4000)
	file := write(t, "posts.ndjson", text)
	for round := range 3 {
		up := start(t, append([]string{"up"}, flags...)...)
		up.says("outcry is up")
		replay := start(t, append([]string{"replay", "--speed", "4000", file}, flags...)...)
		var before string
		// A broker that is not ours waits for the members that were killed until their
		// session ends, which is 30 s, before it gives their partitions to others.
		eventually(t, 2*time.Minute, func() bool {
			r := outcry(t, "", append([]string{"sql", "--format", "csv", "SELECT count() FROM arrivals"}, flags...)...)
			if r.code != 0 {
				return false
			}
			if before == "" {
				before = r.stdout
			}
			return r.stdout != before // something of this round is stored: now
		}, func() string { return "nothing is stored:\n" + up.output() + replay.output() })
		_ = up.cmd.Process.Signal(syscall.SIGKILL)
		_ = up.cmd.Wait()
		_ = replay.cmd.Process.Kill()
		_ = replay.cmd.Wait()
		noEngine(t, dir, round)
	}
	var got account
	out := must(t, "", append([]string{"replay", "--wait", "--json", file}, flags...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("account (-want +got):\n%s", d)
	}
	stored, filtered := fmt.Sprint(want.Stored), fmt.Sprint(want.Filtered["no_match"])
	if d := cmp.Diff(map[string]string{
		"rows": stored, "mentions": stored, "rollup, netflix": stored, "rollup, stored": stored, "rollup, filtered": filtered,
	}, counts(t, flags)); d != "" {
		t.Errorf("numbers after three kills (-want +got):\n%s", d)
	}
}

// noEngine waits until no embedded server works on the data folder any more.
func noEngine(t *testing.T, dir string, round int) {
	t.Helper()
	eventually(t, 5*time.Second, func() bool { return len(enginesOf(dir)) == 0 },
		func() string {
			return fmt.Sprintf("round %d: the server outlives its parent: %v", round, enginesOf(dir))
		})
}

// enginesOf lists the processes that are embedded servers on a data folder.
func enginesOf(dir string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(b), engineCommand) && strings.Contains(string(b), dir) {
			found = append(found, f)
		}
	}
	return found
}
