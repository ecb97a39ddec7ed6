package dashboards

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/nlp/tag"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	span := func(start, end int, title string, vendor bool) titled {
		return titled{tag.Span{Start: start, End: end}, title, vendor}
	}
	for name, c := range map[string]struct {
		text  string
		spans []titled
		want  []segment
	}{
		"none":  {"netflix is down", nil, []segment{{Text: "netflix is down"}}},
		"empty": {"", []titled{span(0, 3, "x", false)}, nil},
		"two": {"netflix is down", []titled{span(8, 15, "report", false), span(0, 7, "Netflix", true)},
			[]segment{{"netflix", true, "Netflix"}, {Text: " "}, {"is down", false, "report"}}},
		"overlap": {"abcdef", []titled{span(0, 4, "one", false), span(2, 6, "two", true)},
			[]segment{{"ab", false, "one"}, {"cd", true, "one; two"}, {"ef", true, "two"}}},
		"within": {"abcdef", []titled{span(0, 6, "all", false), span(2, 3, "c", false)},
			[]segment{{"ab", false, "all"}, {"c", false, "all; c"}, {"def", false, "all"}}},
		"turned round, outside, empty": {"abc", []titled{span(2, 1, "x", false), span(9, 12, "y", false), span(1, 1, "z", false), span(-5, -1, "w", false)},
			[]segment{{Text: "abc"}}},
		"too long":           {"abc", []titled{span(-7, 900, "x", false)}, []segment{{"abc", false, "x"}}},
		"within a character": {"aé😀b", []titled{span(2, 5, "x", false)}, []segment{{Text: "a"}, {"é😀", false, "x"}, {Text: "b"}}},
	} {
		got := segments(c.text, c.spans)
		if c.text == "" {
			got = nil
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func FuzzSegments(f *testing.F) {
	f.Add("netflix is down", 0, 7, 5, 90)
	f.Add("é\u202e😀\xff", 1, 2, -1, 3)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		all := segments(text, []titled{{tag.Span{Start: a, End: b}, "one", true}, {tag.Span{Start: c, End: d}, "two", false}})
		var joined strings.Builder
		for _, s := range all {
			joined.WriteString(s.Text)
			if utf8.ValidString(text) && !utf8.ValidString(s.Text) {
				t.Errorf("segment %q is cut within a character", s.Text)
			}
		}
		if joined.String() != text {
			t.Errorf("segments say %q, the post says %q", joined.String(), text)
		}
	})
}

func TestPostViewKeepsHostilePartsOut(t *testing.T) {
	t.Parallel()
	s := &Server{o: Options{Vendors: map[string]string{"netflix": "Netflix"}}}
	p := query.Post{Tag: tag.Tag{Text: strings.Repeat("é", 40_000), URL: "javascript:alert(1)", Author: "p_0123456789"}}
	for range 5000 {
		p.Marks = append(p.Marks, tag.Mark{Span: tag.Span{Start: len(p.Marks) * 3, End: len(p.Marks)*3 + 2}, Label: "report"})
	}
	v := s.postView(p)
	if v.URL != "" || v.Author != "p_012345" {
		t.Errorf("address %q, author %q", v.URL, v.Author)
	}
	shown := 0
	for _, seg := range v.Segments {
		shown += len(seg.Text)
	}
	if shown != maxText || v.Cut != 80_000-maxText {
		t.Errorf("%d bytes are shown and %d are cut, want %d and %d", shown, v.Cut, maxText, 80_000-maxText)
	}
	if len(v.Segments) > 2*maxMarks+1 || len(v.Why) != 1 || len(v.Why[0].Words) > 8 {
		t.Errorf("%d segments, %d reasons: a flood of marks gets through", len(v.Segments), len(v.Why))
	}
}

func TestWebAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://bsky.app/profile/x/post/1": "https://bsky.app/profile/x/post/1", "http://example.org": "http://example.org",
		"JAVASCRIPT:alert(1)": "", "data:text/html,x": "", "//example.org": "", "https://": "", "": "", "at://did:plc:1": "", " https://x": "", "%zz": "",
	} {
		if got := webAddress(in); got != want {
			t.Errorf("webAddress(%q) is %q, want %q", in, got, want)
		}
	}
}
