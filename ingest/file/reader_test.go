package file_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"github.com/outcry/outcry/ingest/file"
	"github.com/outcry/outcry/ingest/post"
)

// now is the clock of these tests.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func clock() time.Time { return now }

// read reads a whole text and gives each record as a short line.
func read(t *testing.T, o file.Options, text string) []string {
	t.Helper()
	o.Path, o.Input, o.Now = file.Stdin, strings.NewReader(text), clock
	all, err := readAll(o)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readAll(o file.Options) ([]string, error) {
	r, err := file.Open(o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var all []string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, show(rec))
	}
}

func show(rec file.Record) string {
	if j := rec.Reject; j != nil {
		return fmt.Sprintf("%s %s", j.Position, j.Reason)
	}
	p := rec.Post
	return strings.TrimRight(fmt.Sprintf("%d: %s/%s %s %s %q %s", rec.Line, p.Source, p.ID, p.Author, p.CreatedAt.Format("2006-01-02T15:04:05.999"), p.Text, p.ReplyTo), " ")
}

func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    file.Options
		in   string
		want []string
	}{
		{"wire form", file.Options{}, `{"id":"1","source":"x","author":"al","created_at":"2012-12-24T20:24:00Z","text":"down?","reply_to":"0"}` + "\n" +
			`{"id":"1","source":"x","kind":"delete","created_at":"2012-12-24T20:25:00Z"}` + "\n",
			[]string{`1: x/1 al 2012-12-24T20:24:00 "down?" 0`, `2: x/1  2012-12-24T20:25:00 ""`}},
		{"names of others", file.Options{Source: "x"},
			`{"id_str":"12345678901234567890","id":12345678901234567891,"user":{"screen_name":"al","id_str":"77"},"created_at":"Mon Dec 24 20:24:00 +0000 2012","full_text":"down?","source":"<a href=\"x\">app</a>"}` + "\n" +
				`{"Tweet_ID":7,"Body":"b","created_utc":1356380640,"account":{"acct":"al"},"in_reply_to_id":6.0,"extra":{"deep":[1,2]}}` + "\n",
			[]string{`1: x/12345678901234567890 77 2012-12-24T20:24:00 "down?"`, `2: x/7 al 2012-12-24T20:24:00 "b" 6`}},
		{"columns of objects", file.Options{Columns: map[string]string{"text": "record.text", "id": "rkey"}},
			`{"rkey":"k1","record":{"text":"deep"},"text":"wrong","time":"2012-12-24T20:24:00+01:00"}`,
			[]string{`1: file/k1  2012-12-24T19:24:00 "deep"`}},
		{"blank lines, CRLF, no end of line, BOM", file.Options{}, "\xef\xbb\xbf\r\n  \n" + `{"id":"1","created_at":"2012-12-24","text":"a"}` + "\r\n\r\n\n" + `   {"id":"2","created_at":"2012-12-24","text":"b"}`,
			[]string{`3: file/1  2012-12-24T00:00:00 "a"`, `6: file/2  2012-12-24T00:00:00 "b"`}},
		{"broken lines go on", file.Options{}, "{\"id\":\n[1]\nnull\n7\n{\"id\":\"1\"} {\"id\":\"2\"}\n" + `{"id":"3","created_at":"2012-12-24","text":"c"}` + "\n{\"id\":\"4\"",
			[]string{"stdin:1 bad_json", "stdin:2 bad_json", "stdin:3 bad_json", "stdin:4 bad_json", "stdin:5 bad_json", `6: file/3  2012-12-24T00:00:00 "c"`, "stdin:7 bad_json"}},
		{"invalid posts", file.Options{}, strings.Join([]string{
			`{"id":"1","text":"no time"}`,
			`{"id":"2","text":"x","created_at":"yesterday"}`,
			`{"id":"3","text":"x","created_at":"0001-01-01T00:00:00Z"}`,
			`{"id":"4","text":"x","created_at":"9999-01-01T00:00:00Z"}`,
			`{"id":"5","text":"x","created_at":"2012-12-24","kind":"gossip"}`,
			`{"kind":"delete"}`,
			`{"id":"7","text":"x","created_at":"2012-12-24","source":"two words"}`,
			`{"id":"8","text":"x","created_at":"03/04/2012"}`,
		}, "\n"), []string{"stdin:1 missing_field", "stdin:2 bad_time", "stdin:3 bad_time", "stdin:4 bad_time", "stdin:5 bad_kind", "stdin:6 missing_field", "stdin:7 bad_source", "stdin:8 bad_time"}},
		{"csv", file.Options{}, "tweet_id,author,created_at,text,extra\n1,al,2012-12-24 20:24:00,\"a, \"\"b\"\"\nc\",z\n2,bo,24/12/2012 20:25,plain,\n",
			[]string{"2: file/1 al 2012-12-24T20:24:00 \"a, \\\"b\\\"\\nc\"", `4: file/2 bo 2012-12-24T20:25:00 "plain"`}},
		{"csv of support requests", file.Options{Source: "x"}, ",index,tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n0,541,849,11,True,Tue Oct 31 23:36:20 +0000 2017,@Care doesn’t work,851,848.0\n",
			[]string{`2: x/849 11 2017-10-31T23:36:20 "@Care doesn’t work" 848`}},
		{"semicolons and CRLF", file.Options{}, "id;date;text\r\n1;2012-12-24;a, b\r\n2;2012-12-24;\"c;d\"\r\n",
			[]string{`2: file/1  2012-12-24T00:00:00 "a, b"`, `3: file/2  2012-12-24T00:00:00 "c;d"`}},
		{"tabs", file.Options{}, "id\tdate\ttext\n1\t2012-12-24\t\"Quoted\" words, and more\n2\t2012-12-24\tb\n",
			[]string{`2: file/1  2012-12-24T00:00:00 "\"Quoted\" words, and more"`, `3: file/2  2012-12-24T00:00:00 "b"`}},
		{"columns by name", file.Options{Columns: map[string]string{"id": "Number", "text": "What", "created_at": "When"}}, "Number,When,What,text\n1,2012-12-24,a,b\n",
			[]string{`2: file/1  2012-12-24T00:00:00 "a"`}},
		{"columns by number, no header", file.Options{Columns: map[string]string{"id": "2", "text": "6", "created_at": "3", "author": "5"}},
			`"0","1467810369","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","al","a, b"` + "\n", []string{`1: file/1467810369 al 2009-04-07T05:19:45 "a, b"`}},
		{"rows of wrong length", file.Options{}, "id,date,text\n1,2012-12-24,a,b\n2,2012-12-24\n3,2012-12-24,c\n",
			[]string{"stdin:2 bad_row", "stdin:3 bad_row", `4: file/3  2012-12-24T00:00:00 "c"`}},
		{"an open quote costs one row", file.Options{}, "id,date,text\n1,2012-12-24,\"never closed\n2,2012-12-24,b\n3,2012-12-24,c\n",
			[]string{"stdin:2 bad_row", `3: file/2  2012-12-24T00:00:00 "b"`, `4: file/3  2012-12-24T00:00:00 "c"`}},
		{"a stray quote costs nothing but itself", file.Options{}, "id,date,text\n\"1,2012-12-24,a\n2,2012-12-24,\"b\"\n3,2012-12-24,c\n",
			[]string{`2: file/"1  2012-12-24T00:00:00 "a"`, `3: file/2  2012-12-24T00:00:00 "b"`, `4: file/3  2012-12-24T00:00:00 "c"`}},
		{"derived ids", file.Options{}, "date,text,user\n2012-12-24,a,al\n2012-12-24,a,bo\n2012-12-24,a,al\n",
			[]string{`2: file/h6 al 2012-12-24T00:00:00 "a"`, `3: file/h5 bo 2012-12-24T00:00:00 "a"`, `4: file/h6 al 2012-12-24T00:00:00 "a"`}},
		{"bad UTF-8", file.Options{}, "{\"id\":\"1\",\"created_at\":\"2012-12-24\",\"text\":\"caf\xe9\"}", []string{`1: file/1  2012-12-24T00:00:00 "caf�"`}},
		{"nothing", file.Options{}, "", nil},
		{"blank", file.Options{}, " \n\r\n\t", nil},
		{"header only", file.Options{}, "id,date,text\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, c.o, c.in)
			if c.name == "derived ids" {
				for i, s := range got {
					head, rest, _ := strings.Cut(s, "/")
					id, rest, _ := strings.Cut(rest, " ")
					if len(id) != 25 {
						t.Errorf("derived id %s has %d characters, want 25", id, len(id))
					}
					got[i] = head + "/" + id[:2] + " " + rest
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    file.Options
		in   string
		want string
	}{
		{"array", file.Options{}, ` [{"id":"1"}]`, "jq -c '.[]'"},
		{"no header", file.Options{}, "1,2,3\n4,5,6\n", "text=NUMBER where the file has no header"},
		{"no such column", file.Options{Columns: map[string]string{"text": "body"}}, "id,date,words\n", `no column "body" for text`},
		{"number too large", file.Options{Columns: map[string]string{"text": "4"}}, "id,date,words\n", `no column "4"`},
		{"unknown field", file.Options{Columns: map[string]string{"txt": "body"}}, "", `column "txt"`},
		{"format", file.Options{Format: "xml"}, "", `format "xml"`},
		{"speed", file.Options{Speed: -1}, "", "speed -1"},
		{"source", file.Options{Source: "two words"}, "", `source is "two words"`},
		{"open first row", file.Options{Format: file.CSV}, `id,"text`, "first row cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.o.Path, c.o.Input = file.Stdin, strings.NewReader(c.in)
			_, err := file.Open(c.o)
			if err == nil || !errors.Is(err, file.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open gave %v, want a usage error with %q", err, c.want)
			}
		})
	}
}

// TestHugeLines holds that a line that is too long, or a post that is, costs
// itself only, and that memory stays bounded.
func TestHugeLines(t *testing.T) {
	t.Parallel()
	line := func(id, text string) string {
		b, err := json.Marshal(map[string]string{"id": id, "created_at": "2012-12-24", "text": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	}
	in := line("1", "a") + line("2", strings.Repeat("x", 3<<20)) + line("3", "c") + line("4", strings.Repeat("y", 70<<10)) +
		line("5", strings.Repeat("<\x01", 10<<10)) + `{"id":"6","created_at":"2012-12-24","text":"small","raw":"` + strings.Repeat("z", 500<<10) + `"}` + "\n" + strings.Repeat("w", 2<<20)
	got := read(t, file.Options{}, in)
	want := []string{
		`1: file/1  2012-12-24T00:00:00 "a"`, "stdin:2 too_large", `3: file/3  2012-12-24T00:00:00 "c"`, "stdin:4 too_large", "stdin:5 too_large",
		`6: file/6  2012-12-24T00:00:00 "small"`, "stdin:7 too_large",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ndjson (-want +got):\n%s", d)
	}
	csv := "id,date,text\n1,2012-12-24,\"" + strings.Repeat(strings.Repeat("x", 1023)+"\n", 2<<10) + "\"\n"
	rows := read(t, file.Options{}, csv+strings.Repeat("v", 2<<20)+"\n2,2012-12-24,b\n")
	if n := len(rows); rows[0] != "stdin:2 bad_row" || rows[n-1] != `2052: file/2  2012-12-24T00:00:00 "b"` || rows[n-2] != "stdin:2051 too_large" {
		t.Errorf("csv: first %q, last %q", rows[0], rows[len(rows)-3:])
	}
}

func TestPacked(t *testing.T) {
	t.Parallel()
	plain := `{"id":"1","created_at":"2012-12-24","text":"ä"}` + "\n" + `{"id":"2","created_at":"2012-12-24","text":"b"}` + "\n"
	want := []string{`1: file/1  2012-12-24T00:00:00 "ä"`, `2: file/2  2012-12-24T00:00:00 "b"`}
	var gz, zs bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := io.WriteString(w, plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"gzip": gz.String(), "zstd": zs.String(), "utf-16": utf16, "two gzip members": gz.String() + gz.String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := want
			if strings.HasPrefix(name, "two") {
				want = append(want, `3: file/1  2012-12-24T00:00:00 "ä"`, `4: file/2  2012-12-24T00:00:00 "b"`)
			}
			path := filepath.Join(t.TempDir(), "posts.txt") // the name says nothing
			if err := os.WriteFile(path, []byte(in), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readAll(file.Options{Path: path, Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
		})
	}
	for name, in := range map[string]string{"gzip": gz.String(), "zstd": zs.String()} {
		t.Run("truncated "+name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(file.Options{Path: file.Stdin, Input: strings.NewReader(in[:len(in)-9]), Now: clock})
			if err == nil || !strings.Contains(err.Error(), "reading stdin behind line") {
				t.Errorf("got %q and error %v, want an error that says where", got, err)
			}
		})
	}
}

func TestNoFile(t *testing.T) {
	t.Parallel()
	if _, err := file.Open(file.Options{Path: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open gave %v", err)
	}
	if _, err := file.Open(file.Options{Path: t.TempDir()}); !errors.Is(err, file.ErrUsage) {
		t.Errorf("Open of a folder gave %v", err)
	}
	if _, err := file.Open(file.Options{Path: file.Stdin}); !errors.Is(err, file.ErrUsage) {
		t.Errorf("Open of no input gave %v", err)
	}
}

// TestPseudonyms holds that with pseudonyms no raw author is left, not even inside
// an id made from it.
func TestPseudonyms(t *testing.T) {
	t.Parallel()
	z := post.NewPseudonymizer([]byte("key"))
	in := `{"created_at":"2012-12-24","text":"x","user":"al"}` + "\n" + `{"id":"1","text":"x","user":"al"}`
	open := func(z *post.Pseudonymizer) (post.Post, *post.Reject) {
		r, err := file.Open(file.Options{Path: file.Stdin, Input: strings.NewReader(in), Pseudonyms: z, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		first, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		second, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		return first.Post, second.Reject
	}
	with, reject := open(&z)
	without, _ := open(nil)
	if want := z.Pseudonym("file", "al"); with.Author != want || reject.Post.Author != want {
		t.Errorf("authors are %s and %s, want %s", with.Author, reject.Post.Author, want)
	}
	if with.ID == without.ID {
		t.Error("the id is made from the raw author: it can be turned back by trying all handles")
	}
}
