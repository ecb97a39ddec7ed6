package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tagged runs outcry tag and returns the exit code and both outputs.
func tagged(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"tag"}, args...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func TestTagKeepsOrderAndNumber(t *testing.T) {
	t.Parallel()
	var in strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&in, `{"id":"%d","source":"x","text":"is netflix down %d"}`+"\n", i, i)
	}
	file := filepath.Join(t.TempDir(), "posts.ndjson")
	if err := os.WriteFile(file, []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {file}, {"-"}} {
		code, out, errs := tagged(t, in.String(), args...)
		if code != exitOK || errs != "" {
			t.Fatalf("exit code %d, %s", code, errs)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != 3000 {
			t.Fatalf("%d lines, want 3000", len(lines))
		}
		for i, l := range lines {
			var got struct{ ID, Outage string }
			if err := json.Unmarshal([]byte(l), &got); err != nil || got.ID != fmt.Sprint(i) || got.Outage != "report" {
				t.Fatalf("line %d is %s: %v", i, l, err)
			}
		}
	}
}

func TestTagReportsBrokenLines(t *testing.T) {
	t.Parallel()
	code, out, errs := tagged(t, "{\"id\":\"1\",\"text\":\"hulu down\"}\nnonsense\n\n{\"id\":\"2\",\"text\":\"good morning\"}\n"+strings.Repeat("x", 70_000)+"\n", "--gate")
	if code != exitFailed || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"filtered":"no_match"`) {
		t.Errorf("exit code %d, %s", code, out)
	}
	lines := strings.Split(errs, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "stdin:2: bad_json") || !strings.HasPrefix(lines[1], "stdin:5: too_large") {
		t.Errorf("standard error is %q", errs)
	}
}

func TestTagText(t *testing.T) {
	t.Parallel()
	code, out, errs := tagged(t, "is netflix down\nhello\n", "--text", "--matched")
	if code != exitOK || strings.Count(out, "\n") != 1 || !strings.Contains(out, `"netflix"`) || errs != "" {
		t.Errorf("exit code %d, %s, %s", code, out, errs)
	}
}

func TestTagMissingFile(t *testing.T) {
	t.Parallel()
	if code, _, errs := tagged(t, "", "no-such-file"); code != exitFailed || !strings.Contains(errs, "no-such-file") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
