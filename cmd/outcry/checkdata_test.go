//go:build checkdata

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// realPosts is the file of real posts, 9,631 of them, from the outage of 2021-10-04.
func realPosts(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("OUTCRY_DATA_CHECKS")
	if dir == "" {
		t.Fatal("OUTCRY_DATA_CHECKS is not set; use make check-data")
	}
	return filepath.Join(dir, "outage_facebook_2021", "posts.ndjson")
}

const realCount = 9631

func replayReal(t *testing.T, flags []string, file string) account {
	t.Helper()
	var got account
	began := time.Now()
	out := must(t, "", append([]string{"replay", "--wait", "--json", file}, flags...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	t.Logf("%+v, %.0f posts a second with start and stop of the engines", got, realCount/time.Since(began).Seconds())
	if got.Read != realCount || got.missing() != 0 || sum(got.DeadLettered) != 0 || got.Stored < realCount*97/100 {
		t.Errorf("the replay counts %+v, want all %d accounted for and nearly all stored", got, realCount)
	}
	return got
}

// TestCheckDataReplay brings the real posts through the pipeline twice.
func TestCheckDataReplay(t *testing.T) {
	_, flags := home(t)
	file := realPosts(t)
	first := replayReal(t, flags, file)
	numbers := realNumbers(t, flags)
	if want := fmt.Sprint(first.Stored); numbers["rows"] != want || numbers["rollup, stored"] != want {
		t.Errorf("%d are stored, rows and rollups say %v", first.Stored, numbers)
	}
	if numbers["mentions of facebook"] != numbers["rollup of facebook"] {
		t.Errorf("rows and rollup differ: %v", numbers)
	}
	if d := cmp.Diff(first, replayReal(t, flags, file)); d != "" {
		t.Errorf("the second replay counts otherwise (-first +second):\n%s", d)
	}
	if d := cmp.Diff(numbers, realNumbers(t, flags)); d != "" {
		t.Errorf("the second replay changes numbers (-first +second):\n%s", d)
	}
}

// TestCheckDataKilled kills outcry in the middle of the replay and starts it again.
func TestCheckDataKilled(t *testing.T) {
	_, calm := home(t)
	file := realPosts(t)
	replayReal(t, calm, file)
	dir, flags := home(t)
	up := start(t, append([]string{"up"}, flags...)...)
	up.says("outcry is up")
	replay := start(t, append([]string{"replay", "--wait", file}, flags...)...)
	eventually(t, time.Minute, func() bool {
		r := outcry(t, "", append([]string{"sql", "--format", "csv", "SELECT count() > 500 FROM arrivals"}, flags...)...)
		return r.code == 0 && r.stdout != "greater(count(), 500)\nfalse\n" && r.stdout != "greater(count(), 500)\n0\n"
	}, func() string { return "nothing is stored:\n" + up.output() })
	_ = up.cmd.Process.Signal(syscall.SIGKILL)
	_ = up.cmd.Wait()
	_ = replay.cmd.Process.Kill()
	_ = replay.cmd.Wait()
	noEngine(t, dir, 0)
	replayReal(t, flags, file)
	if d := cmp.Diff(realNumbers(t, calm), realNumbers(t, flags)); d != "" {
		t.Errorf("numbers after the kill (-calm +killed):\n%s", d)
	}
}

func realNumbers(t *testing.T, flags []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, sql := range map[string]string{
		"rows":                 "SELECT count() FROM v_posts",
		"rollup, stored":       "SELECT sum(stored) FROM v_source_minutes",
		"rollup, seen":         "SELECT sum(seen) FROM v_source_minutes",
		"mentions of facebook": "SELECT count() FROM v_mentions WHERE vendor = 'facebook' AND spam < 0.5",
		"rollup of facebook":   "SELECT sum(all_posts) FROM v_vendor_minutes WHERE vendor = 'facebook'",
		"mentions":             "SELECT count() FROM v_mentions WHERE spam < 0.5",
		"rollup of all":        "SELECT sum(all_posts) FROM v_vendor_minutes",
	} {
		all[name] = lastLine(must(t, "", append([]string{"sql", "--format", "csv", sql}, flags...)...))
	}
	return all
}
