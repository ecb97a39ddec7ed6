package htmltext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/outcry/outcry/ingest/htmltext"
)

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                     "",
		" plain words ":                        "plain words",
		"1 < 2 and 3 > 2":                      "1 < 2 and 3 > 2",
		"AT&amp;T is down &#x2F; dead&hellip;": "AT&T is down / dead…",
		"<p>one</p><p>two</p>":                 "one\n\ntwo",
		"first<p>second":                       "first\n\nsecond",
		"a<br>b<br/>c":                         "a\nb\nc",
		"a<br><br><br><br>b":                   "a\n\nb",
		"many   spaces\n\tand breaks":          "many   spaces\n\tand breaks",
		"<i>many</i>   spaces\n\tand breaks":   "many spaces and breaks",
		"it is <b>so</b> down, <i>really</i>!": "it is so down, really!",
		"net<b>flix</b>":                       "netflix",
		"<script>alert(1)</script>x<style>p{}</style>": "x",
		"<ul><li>one<li>two</ul>after":                 "- one\n- two\n\nafter",
		"<pre><code>a\n  b</code></pre>":               "a\n  b",
		`<img src="x" alt="a screen of errors"> see`:   "a screen of errors see",
		`<a href="https://example.org/a/long/path" rel="nofollow">https://example.org/a/lo...</a> down`:                                                         "https://example.org/a/long/path down",
		`see <a href="https://www.example.org/a/b">example.org/a…</a>`:                                                                                          "see https://www.example.org/a/b",
		`<a href="https://example.org">our page</a>`:                                                                                                            "our page",
		`<a href="https://evil.example">wait...</a>`:                                                                                                            "wait...",
		`<p><span class="h-card"><a href="https://m.example/@netflix">@<span>netflix</span></a></span> still down</p>`:                                          "@netflix still down",
		`<a href="https://x.example/abc"><span class="invisible">https://</span><span class="ellipsis">x.example/a</span><span class="invisible">bc</span></a>`: "https://x.example/abc",
		"<p>unfinished <a href='": "unfinished",
		"&nbsp;x&nbsp;y":          "x y",
	} {
		if got := htmltext.Text(in); got != want {
			t.Errorf("Text(%q) is %q, want %q", in, got, want)
		}
	}
}

// FuzzText holds for any bytes: no panic, and valid text stays valid.
func FuzzText(f *testing.F) {
	f.Add(`<p>a<a href="https://x/y">https://x...</a><pre> <li>&amp;`)
	f.Add("</a>…<a>...</a>")
	f.Fuzz(func(t *testing.T, in string) {
		got := htmltext.Text(in)
		if utf8.ValidString(in) && !utf8.ValidString(got) {
			t.Errorf("Text(%q) is %q", in, got)
		}
		if strings.TrimSpace(got) != got {
			t.Errorf("Text(%q) is %q, with spaces around", in, got)
		}
	})
}
