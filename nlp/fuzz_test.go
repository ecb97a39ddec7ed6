package nlp

import (
	"slices"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

var fuzzTagger = sync.OnceValue(func() *Tagger {
	return builtin(new(testing.B), true)
})

// FuzzTag tags any bytes and finds the tag valid: labels of the sets, scores in
// their ranges, spans within the text and on the edges of characters.
func FuzzTag(f *testing.F) {
	for _, s := range []string{
		"netflix is down again 😡 #netflixdown", "ȺȺȺȺ'll is down", "a\xff\xfe'll netflix", "NETFLIX\u202e\u200b isn't workinggggg",
		"Why does Netflix use Amazon's servers?", "@netflixhelps", "", "é́́́́́ slack ﬀ aws",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := fuzzTagger().Try(&post.Post{ID: "1", Source: "x", Text: s})
		if err != nil {
			t.Fatal(err)
		}
		if out.Filtered != "" {
			return
		}
		if !slices.Contains([]tag.Outage{tag.Report, tag.Reaction, tag.News, tag.None}, out.Outage) ||
			!slices.Contains([]tag.Sentiment{tag.Negative, tag.Neutral, tag.Positive}, out.Sentiment) {
			t.Errorf("labels are %q and %q", out.Outage, out.Sentiment)
		}
		if out.OutageScore < 0 || out.OutageScore > 1 || out.SentimentScore < -1 || out.SentimentScore > 1 || out.Spam < 0 || out.Spam > 1 {
			t.Errorf("scores are %v, %v, %v", out.OutageScore, out.SentimentScore, out.Spam)
		}
		check := func(p tag.Span) {
			if p.Start < 0 || p.Start >= p.End || p.End > len(out.Text) || !utf8.ValidString(out.Text[p.Start:p.End]) {
				t.Errorf("span %v is not in %q", p, out.Text)
			}
		}
		for _, m := range out.Marks {
			check(m.Span)
		}
		for _, v := range out.Vendors {
			for _, p := range v.Spans {
				check(p)
			}
			if v.Score < 0 || v.Score > 1 || !slices.Contains([]tag.Role{tag.Blamed, tag.Affected, tag.Alternative, tag.Mentioned}, v.Role) {
				t.Errorf("mention is %+v", v)
			}
		}
		if _, err := out.Encode(); err != nil {
			t.Error(err)
		}
	})
}
