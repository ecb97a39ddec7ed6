package dashboards_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/nlp/tag"
)

// hostile are posts that want to break out of their place on the page.
func hostile(now time.Time) []tag.Tag {
	texts := []string{
		`<script>document.title="pwned"</script><img src=x onerror="document.title='pwned'">`,
		`"><svg onload=alert(1)> ' onmouseover='alert(1) {{.}} ${x} </p></li></ol></main>`,
		"\u202eright to left\u202c and \u2066isolated\u2069 \u200f\u200eمرحبا netflix لا يعمل",
		strings.Repeat("nospaces", 6000),
		strings.Repeat("\u200b\u200c\u200d\u2060\ufeff", 300) + "netflix is down",
		strings.Repeat("😡🤬", 400),
		"z" + strings.Repeat("\u0300\u0301\u0302\u0303", 200) + " algo",
		strings.Repeat("\n", 500) + "far down",
		"\x00\x1b[31mcontrol\x07 \u0085",
		"javascript:alert(1) http://evil.example/?q=<b>",
	}
	var all []tag.Tag
	for i, text := range texts {
		all = append(all, tag.Tag{
			ID: fmt.Sprint(i), Source: `"><b>x</b>`, Author: "p_0", CreatedAt: now.Add(-time.Duration(i+1) * time.Second), Text: text,
			URL: "javascript:alert(document.domain)", Lang: `en" onload="x`, Place: "<i>here</i>",
			Outage: tag.Report, OutageScore: 1, Sentiment: tag.Negative, Symptoms: []string{"<u>login</u>"}, Model: "<model>",
			Vendors: []tag.Mention{{Vendor: `<vendor>'"`, Role: "blamed", Sentiment: tag.Negative, Score: 1, Spans: []tag.Span{{Start: 1, End: 1 << 30}, {Start: 5, End: 2}}}},
			Marks:   []tag.Mark{{Span: tag.Span{Start: 3, End: 4}, Label: `"><b>report`}, {Span: tag.Span{Start: 1 << 31, End: 7}, Label: "x"}},
		})
	}
	return all
}

func TestTextOfPostsIsData(t *testing.T) {
	t.Parallel()
	s := open(t, evening, hostile(evening))
	_, page := get(t, s.url)
	for _, bad := range []string{"<script>document", "<img", "<svg onload", "onload=\"x", "<b>x</b>", "<i>here", "<u>login", "<model>", "<vendor>", "<b>report", "javascript:alert(document", "</ol></main>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	if n := strings.Count(page, `<li class="post"`); n != 10 {
		t.Errorf("%d posts are shown, want 10", n)
	}
	if n := strings.Count(page, `class="words" dir="auto"`); n != 10 {
		t.Errorf("%d texts are kept apart from the page's direction, want 10", n)
	}
	if len(page) > 400<<10 {
		t.Errorf("the page has %d bytes: long posts are not cut", len(page))
	}
	if !strings.Contains(words(page), `<script>document.title="pwned"</script><img src=x onerror="document.title='pwned'">`) {
		t.Error("the post is not shown as written")
	}
}
