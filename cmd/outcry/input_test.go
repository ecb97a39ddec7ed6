package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWrongInput brings one of each kind of wrong input through the whole pipeline
// and finds each where docs/input.md says.
func TestWrongInput(t *testing.T) {
	_, flags := home(t)
	line := func(id, created, text string) string {
		b, err := json.Marshal(map[string]any{"id": id, "source": "x", "author": "a" + id, "created_at": created, "text": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const day = "2026-05-06T07:00:00Z"
	lines := []string{
		line("good", day, "netflix is down"),
		`{"id": "broken", "text": "netflix is`,
		line("huge", day, "netflix is down "+strings.Repeat("x", 1<<20)),
		strings.Replace(line("utf8", day, "netflix is down XX"), "XX", "\xff\xfe", 1),
		line("year1", "0001-01-01T00:00:00Z", "netflix is down"),
		line("year9999", "9999-12-31T23:59:59Z", "netflix is down"),
		line("empty", day, ""),
		strings.Replace(line("unknown", day, "netflix is down"), "{", `{"mood": {"deep": [1, 2]}, `, 1),
		line("twice", day, "netflix is down, first"),
		line("twice", day, "netflix is down, second"),
		`{"id": "nosource"`, // and no end
		`[1, 2, 3]`,
		``, // a blank line is nothing
		strings.Replace(line("kind", day, "netflix is down"), "{", `{"kind": "poem", `, 1),
	}
	var got account
	out := must(t, strings.Join(lines, "\n")+"\n", append([]string{"replay", "--wait", "--json", "-"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	want := account{
		Read: 13, Accepted: 6, Stored: 4, Repeated: 1, Filtered: map[string]int{"empty_text": 1},
		DeadLettered: map[string]int{"bad_json": 3, "too_large": 1, "bad_time": 2, "bad_kind": 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("account (-want +got):\n%s", d)
	}
	query := func(sql string) string {
		return must(t, "", append([]string{"sql", "--format", "csv", sql}, flags...)...)
	}
	if got, want := query("SELECT id, text FROM v_posts ORDER BY id"),
		"id,text\ngood,netflix is down\ntwice,\"netflix is down, second\"\nunknown,netflix is down\nutf8,netflix is down \uFFFD\uFFFD\n"; got != want {
		t.Errorf("posts (-want +got):\n%s", cmp.Diff(want, got))
	}
	if got, want := query("SELECT reason, position FROM dead_letters FINAL ORDER BY reason, position"),
		"reason,position\nbad_json,stdin:11\nbad_json,stdin:12\nbad_json,stdin:2\nbad_kind,stdin:14\nbad_time,stdin:5\nbad_time,stdin:6\ntoo_large,stdin:3\n"; got != want {
		t.Errorf("dead letters (-want +got):\n%s", cmp.Diff(want, got))
	}
	if got := query("SELECT sum(reports) FROM v_vendor_minutes WHERE vendor = 'netflix'"); !strings.HasSuffix(got, "\n4\n") {
		t.Errorf("a post that came twice does not count once: %s", got)
	}
}
