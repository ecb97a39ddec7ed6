package kafka_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

// A consumer killed in the middle of a batch: its work is done again by the next
// one, from the last commit on.
func TestKilledConsumerLosesNothing(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic := n.Topics().DeadLetters
	write(t, n, topic, numbered(0, 100, 1))
	p := spawn(t, "consumer", "OUTCRY_TEST_BROKER="+n.cfg.Brokers[0], "OUTCRY_TEST_TOPIC="+topic)
	if p.line != "handling 30" {
		t.Fatalf("the consumer says %q", p.line)
	}
	p.kill()
	c := consume(t, n, quick(topic+".group", topic), nil)
	caughtUp(t, n, topic+".group", topic)
	got := c.records()
	if len(got) != 70 || got[0].Offset != 30 {
		t.Errorf("%d records came, the first at %d; want 70 from 30", len(got), got[0].Offset)
	}
}

// The embedded broker is killed again and again while it is written to. All that
// it has acknowledged is there, each record once, and so are the commits.
func TestKilledBrokerKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := map[string]int{}
	committed := map[int]int64{}
	prefix := kafkatest.Name(t)
	for round := range 4 {
		p := spawn(t, "broker", "OUTCRY_TEST_DIR="+dir)
		cfg := settings(t, p.line)
		cfg.TopicPrefix = prefix
		n := dial(t, cfg)
		if err := n.EnsureTopics(t.Context()); err != nil {
			t.Fatal(err)
		}
		topic, group := n.Topics().Posts, prefix+"g"

		if diff := cmp.Diff(want, counts(t, n, topic)); diff != "" {
			t.Fatalf("round %d: records (-acknowledged +there):\n%s", round, diff)
		}
		done, err := n.Committed(t.Context(), group, topic)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(committed, done); diff != "" {
			t.Fatalf("round %d: offsets (-acknowledged +there):\n%s", round, diff)
		}

		w := n.Writer(topic)
		for i := range 10 {
			recs := numbered(1000*round+20*i, 20, 13)
			if err := w.Write(t.Context(), recs); err != nil {
				t.Fatal(err)
			}
			for _, r := range recs {
				want[string(r.Value)]++
			}
		}
		c := consume(t, n, quick(group, topic), nil)
		caughtUp(t, n, group, topic)
		c.stop()
		if committed, err = n.Committed(t.Context(), group, topic); err != nil {
			t.Fatal(err)
		}
		p.kill()
		tear(t, dir, round)
	}
}

// tear leaves the folder as a write cut short does: part of a batch at the end of
// a segment, part of an entry at the end of the log of commits.
func tear(t *testing.T, dir string, round int) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dir, "partitions", "*", "*.dat"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	for i, path := range append(segments, filepath.Join(dir, "groups.log")) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		// The beginning of the file is the beginning of a batch or an entry.
		cut := min(len(raw)-1, []int{1, 7, 20, 70}[(round+i)%4])
		if _, err := f.Write(raw[:cut]); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Damage that is no torn last write is not mended: records would go missing
// without a word.
func TestDamageIsFatal(t *testing.T) {
	t.Parallel()
	f := func(name, pattern string, harm func(raw []byte) []byte, want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e, err := kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg := settings(t, e.Addr())
			cfg.TopicPrefix = "x."
			n := dial(t, cfg)
			if err := n.EnsureTopics(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range 5 {
				write(t, n, "x.dead-letters", numbered(10*i, 10, 10))
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(paths) != 1 {
				t.Fatalf("files %v, %v", paths, err)
			}
			raw, err := os.ReadFile(paths[0])
			if err != nil {
				t.Fatal(err)
			}
			if raw = harm(raw); raw == nil {
				err = os.Remove(paths[0])
			} else {
				err = os.WriteFile(paths[0], raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = kafka.StartEmbedded(dir, 0, kafkatest.Log(t))
			if err == nil {
				t.Fatal("the broker has started")
			}
			got := regexp.MustCompile(`byte \d+`).ReplaceAllString(err.Error(), "byte N")
			if want := "starting the embedded kafka: " + fmt.Sprintf(want, dir); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	const segment = "partitions/x.dead-letters-0/0.dat"
	const remedy = ": put the data folder back from a copy, or remove %[1]s/partitions/x.dead-letters-0 and lose what was not yet read of it"
	f("a bit of the first batch", segment, func(raw []byte) []byte { raw[70] ^= 1; return raw },
		"%[1]s/"+segment+" is damaged at byte N"+remedy)
	f("the length of the first batch", segment, func(raw []byte) []byte { raw[9] ^= 0x7f; return raw },
		"%[1]s/"+segment+" is damaged at byte N"+remedy)
	f("a batch that was there before", segment, func(raw []byte) []byte { return append(raw[:len(raw):len(raw)], raw...) },
		"%[1]s/"+segment+" is damaged at byte N"+remedy)
	f("topics.json cut", "topics.json", func(raw []byte) []byte { return raw[:20] },
		"%[1]s/topics.json is damaged: unexpected end of JSON input: put the data folder back from a copy, or remove the folder and begin anew")
	f("meta.json gone", "meta.json", func([]byte) []byte { return nil },
		"the data folder %[1]s has partitions but no meta.json: put it back from a copy, or remove the folder and begin anew")
}
