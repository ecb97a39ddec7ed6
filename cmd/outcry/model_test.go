package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/nlp/tag"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	var x tag.Explanation
	const text = "ugh, netflix won't load again"
	if err := json.Unmarshal([]byte(must(t, "", "explain", "--json", text)), &x); err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, d := range x.Decisions {
		asked[d.Vendor+d.What] = d.Label
		if d.Probability < d.RunnerUpProbability || d.Label == d.RunnerUp || len(d.Reasons) == 0 {
			t.Errorf("decision %+v is no decision", d)
		}
		for _, r := range d.Reasons {
			if r.Start < 0 || r.End > len(text) || r.Start > r.End {
				t.Errorf("reason %+v lies outside the text", r)
			}
		}
	}
	if asked["outage"] != "report" || asked["sentiment"] != "negative" || asked["netflixrole"] != "affected" || asked["netflixtoward"] == "" {
		t.Errorf("decided %v", asked)
	}
	out := must(t, text+"\n", "explain")
	if !strings.HasPrefix(out, "outage: report (") || !strings.Contains(out, `"again"`) {
		t.Errorf("standard input is explained as %s", out)
	}
	if r := outcry(t, " \n", "explain"); r.code != exitUsage || !strings.Contains(r.stderr, "no text") {
		t.Errorf("no text: exit code %d, %s", r.code, r.stderr)
	}
}

const labelled = `{"id":"1","source":"x","text":"netflix is down","outage":"report","sentiment":"neutral","vendors":[{"id":"netflix","role":"affected","sentiment":"neutral"}]}
{"id":"2","source":"x","text":"what a lovely morning in the park","outage":"none","sentiment":"positive","vendors":[]}
`

func TestEval(t *testing.T) {
	t.Parallel()
	var got struct {
		Set    string
		Scores map[string]struct{ Value, Low, High float64 }
	}
	out := must(t, "", "eval", "--json", written(t, "two.jsonl", labelled))
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Set != "two" || got.Scores["outage_f1"].Value != 1 || got.Scores["vendor_f1"].Value != 1 {
		t.Errorf("the scores are %s", out)
	}
	r := outcry(t, "", "eval", written(t, "bad.jsonl", "{\"text\":\"a\",\"outage\":\"outtage\"}\n"))
	if r.code != exitFailed || !strings.Contains(r.stderr, `bad.jsonl:1: outage "outtage" is none of`) {
		t.Errorf("exit code %d, %s", r.code, r.stderr)
	}
}

// TestTrain trains small networks of a few posts, twice.
func TestTrain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "posts"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "posts", "a.jsonl"), []byte(strings.Repeat(labelled, 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	weights := func(out string) []byte {
		must(t, "", "train", "--corpus", dir, "--epochs", "1", "--out", out)
		var all []byte
		for _, name := range []string{"post.bin", "mention.bin"} {
			b, err := os.ReadFile(filepath.Join(out, name))
			if err != nil || len(b) < 100 {
				t.Fatalf("%s has %d bytes: %v", name, len(b), err)
			}
			all = append(all, b...)
		}
		return all
	}
	if a, b := weights(filepath.Join(dir, "a")), weights(filepath.Join(dir, "b")); !bytes.Equal(a, b) {
		t.Error("the same lessons and seed gave other weights")
	}
	for want, args := range map[string][]string{
		"no .jsonl file": {"train", "--corpus", t.TempDir()},
		"--epochs 0":     {"train", "--corpus", dir, "--epochs", "0"},
	} {
		if r := outcry(t, "", args...); r.code == exitOK || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: exit code %d, %s", args, r.code, r.stderr)
		}
	}
}
