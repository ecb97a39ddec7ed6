package file_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/file"
	"github.com/outcry/outcry/ingest/post"
)

// lines makes one post a second, n of them, from 1999 on: synctest's clock stands
// at the beginning of 2000.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		at := time.Date(1999, 12, 24, 20, 0, i, 0, time.UTC).Format(time.RFC3339)
		fmt.Fprintf(&b, `{"id":"%d","source":"x","created_at":"%s","text":"t","reply_to":"r"}`+"\n", i, at)
	}
	return b.String()
}

func TestReplayAtFullSpeed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "posts")
	text := lines(1234) + "broken\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var posts, rejects int
	var last file.Progress
	o := file.Options{Path: path, Progress: func(p file.Progress) { last = p }}
	stats, err := file.Replay(t.Context(), o, func(_ context.Context, b post.Batch) error {
		posts += len(b.Posts)
		rejects += len(b.Rejects)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := file.Stats{
		Records: 1235, Posts: 1234, Rejects: 1, Reasons: map[post.Reason]int{post.BadJSON: 1},
		First: time.Date(1999, 12, 24, 20, 0, 0, 0, time.UTC), Last: time.Date(1999, 12, 24, 20, 20, 33, 0, time.UTC),
	}
	if d := cmp.Diff(want, stats); d != "" {
		t.Errorf("stats (-want +got):\n%s", d)
	}
	size := int64(len(text))
	if d := cmp.Diff(file.Progress{Bytes: size, Total: size, Posts: 1234, Rejects: 1}, last); d != "" || posts != 1234 || rejects != 1 {
		t.Errorf("emitted %d posts, %d rejects; last progress (-want +got):\n%s", posts, rejects, d)
	}
}

// TestSpeed holds that posts come as they were made, only faster.
func TestSpeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var late time.Duration
		n := 0
		o := file.Options{Path: file.Stdin, Input: strings.NewReader(lines(601)), Speed: 60}
		_, err := file.Replay(t.Context(), o, func(_ context.Context, b post.Batch) error {
			for range b.Posts {
				due := start.Add(time.Duration(n) * time.Second / 60)
				n++
				if time.Now().Before(due) {
					t.Errorf("post %d came %s too early", n, time.Until(due))
				}
				late = max(late, time.Since(due))
			}
			return nil
		})
		if err != nil || n != 601 {
			t.Fatalf("%d posts, error %v", n, err)
		}
		if took := time.Since(start); took < 10*time.Second || late > 200*time.Millisecond {
			t.Errorf("ten minutes took %s, want 10 s; a post was %s late", took, late)
		}
	})
}

func TestCancelDuringPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		n := 0
		in := lines(1) + `{"id":"late","source":"x","created_at":"1999-12-31T20:00:00Z","text":"a week later"}`
		_, err := file.Replay(ctx, file.Options{Path: file.Stdin, Input: strings.NewReader(in), Speed: 1}, func(_ context.Context, b post.Batch) error {
			n += len(b.Posts)
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute+time.Second || n != 1 {
			t.Errorf("after %s: %v, %d posts; want the first one and an end after a minute", time.Since(start), err, n)
		}
	})
}

// TestRebase holds that a re-enactment happens now and consists of other posts.
func TestRebase(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	in := `{"id":"d","source":"x","kind":"delete"}` + "\n" + lines(3) + `{"id":"far","source":"x","created_at":"2020-01-01T00:00:00Z","text":"decades later"}`
	var got []string
	o := file.Options{Path: file.Stdin, Input: strings.NewReader(in), Rebase: true, Now: func() time.Time { return at }}
	stats, err := file.Replay(t.Context(), o, func(_ context.Context, b post.Batch) error {
		for _, p := range b.Posts {
			got = append(got, p.ID+" "+p.ReplyTo+" "+p.CreatedAt.Format("15:04:05.999"))
		}
		for _, r := range b.Rejects {
			got = append(got, r.Position+" "+string(r.Reason))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"d  00:00:00", "0@1767323045 r@1767323045 03:04:05.678", "1@1767323045 r@1767323045 03:04:06.678",
		"2@1767323045 r@1767323045 03:04:07.678", "stdin:5 bad_time",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("posts (-want +got):\n%s", d)
	}
	if stats.Posts != 4 || stats.Rejects != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestSlowInput holds that what has come through a pipe is emitted though the pipe
// stays open, and that the end of the context ends the replay.
func TestSlowInput(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		var emitted atomic.Int32
		done := make(chan error, 1)
		go func() {
			_, err := file.Replay(ctx, file.Options{Path: file.Stdin, Input: r}, func(_ context.Context, b post.Batch) error {
				emitted.Add(int32(len(b.Posts)))
				return nil
			})
			done <- err
		}()
		if _, err := io.WriteString(w, lines(2)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if emitted.Load() != 2 {
			t.Errorf("%d posts emitted while the pipe is open, want 2", emitted.Load())
		}
		start := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || time.Since(start) > time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		_ = w.Close()
	})
}

func TestEmitFails(t *testing.T) {
	t.Parallel()
	no := errors.New("kafka is away")
	_, err := file.Replay(t.Context(), file.Options{Path: file.Stdin, Input: strings.NewReader(lines(3000))}, func(context.Context, post.Batch) error { return no })
	if !errors.Is(err, no) {
		t.Errorf("Replay gave %v", err)
	}
}

// TestSourceResumes stops a source at every batch in turn and holds that it goes
// on without a gap and without repeating what was taken.
func TestSourceResumes(t *testing.T) {
	t.Parallel()
	csv := "id,date,text\n"
	for i := range 2600 {
		csv += fmt.Sprintf("%d,1999-12-24,\"a\nb \"\"%d\"\"\"\r\n", i, i)
	}
	for name, text := range map[string]string{"ndjson": lines(2600), "csv": csv} {
		for _, rebase := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s rebase=%t", name, rebase), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "posts")
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				var ticks atomic.Int64 // a clock that is another one at each look
				src := file.NewSource("f", file.Options{Path: path, Rebase: rebase, Now: func() time.Time { return now.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }})
				stop := errors.New("crash")
				cursor, runs, accepted := "", 0, 0
				var ids []string
				for {
					runs++
					accepted = 0
					err := src.Run(t.Context(), cursor, func(_ context.Context, b post.Batch) error {
						if accepted == 1 {
							return stop
						}
						accepted++
						for _, p := range b.Posts {
							ids = append(ids, p.ID)
						}
						for _, r := range b.Rejects {
							t.Errorf("reject at %s: %s %s", r.Position, r.Reason, r.Detail)
						}
						cursor = b.Cursor
						return nil
					})
					if err == nil {
						break
					}
					if !errors.Is(err, stop) {
						t.Fatal(err)
					}
				}
				suffix := ""
				if rebase {
					_, suffix, _ = strings.Cut(ids[0], "@")
					suffix = "@" + suffix
				}
				for i, id := range ids {
					if want := fmt.Sprint(i, suffix); id != want {
						t.Fatalf("post %d is %s, want %s", i, id, want)
					}
				}
				if len(ids) != 2600 || runs < 5 {
					t.Errorf("%d posts in %d runs, want 2600 in at least 5", len(ids), runs)
				}
			})
		}
	}
}

func TestBadCursor(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "posts")
	if err := os.WriteFile(path, []byte(lines(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	src := file.NewSource("f", file.Options{Path: path})
	for cursor, want := range map[string]string{
		"rubbish": `cursor "rubbish"`, "-1:1": "cursor", "5:1@x": "cursor", "99999:3": "going to byte 99999",
	} {
		err := src.Run(t.Context(), cursor, func(context.Context, post.Batch) error { return nil })
		var why *post.Failure
		if !errors.As(err, &why) || why.Kind != "cursor" || !strings.Contains(err.Error(), want) {
			t.Errorf("cursor %q gave %v, want %q", cursor, err, want)
		}
	}
}

// FuzzReader holds for any bytes: no panic, an end, positions that only grow, and
// that each post read is valid and can be encoded.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		lines(2), "id,date,text\n1,2012-12-24,\"a\nb\"\n", "id\ttext\n1\t\"a\n", "\xff\xfe{\x00}\x00", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd\x00",
		`{"id":1e400,"text":["a",["b"]],"created_at":1e300}`, "a;b\n\"\r\n\"\r", `{"created_at":"Mon Dec 24 20:24:00 GMT+99 2012","text":"x"}`, "text\n\"",
	} {
		f.Add([]byte(s), "", "")
	}
	f.Add([]byte("1,2,3\n"), "text", "2")
	f.Fuzz(func(t *testing.T, in []byte, field, column string) {
		o := file.Options{Path: file.Stdin, Input: strings.NewReader(string(in)), Now: clock}
		if field != "" {
			o.Columns = map[string]string{field: column}
		}
		r, err := file.Open(o)
		if err != nil {
			return
		}
		defer func() { _ = r.Close() }()
		var end int64
		line := 0
		for range len(in)*64 + 64 { // a packed file has more lines than bytes
			rec, err := r.Next()
			if err != nil {
				return
			}
			if rec.End <= end || rec.Line < line {
				t.Fatalf("record at line %d ends at %d; the one before was at line %d and ended at %d", rec.Line, rec.End, line, end)
			}
			end, line = rec.End, rec.Line
			if rec.Reject != nil {
				continue
			}
			if err := rec.Post.Validate(now); err != nil {
				t.Fatalf("line %d is accepted and not valid: %v", rec.Line, err)
			}
			b, err := rec.Post.Encode()
			if err != nil || !json.Valid(b) {
				t.Fatalf("line %d is accepted and cannot be encoded: %v", rec.Line, err)
			}
		}
		t.Fatal("the reader does not come to an end")
	})
}
