// Package htmltext makes plain text of the HTML in which many places give posts.
//
// Words, line breaks and paragraphs stay; tags, scripts and styles go; entities are
// undone; a link that is shown shortened becomes whole again. It takes any bytes:
// HTML without a beginning or an end, and text that is none.
package htmltext

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text gives the words of a piece of HTML.
func Text(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.TrimSpace(s)
	}
	w := writer{}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken: // the end; a reader of memory has no other error
			return strings.TrimSpace(w.out.String())
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			w.tag(z.Token(), kind)
		}
	}
}

// writer is the text so far.
type writer struct {
	out    strings.Builder
	hidden int  // depth of elements whose words are not for reading
	pre    int  // depth of elements whose spaces count
	space  bool // a space is due before the next word
	lines  int  // line breaks due before the next word

	href string // of the link that is open
	link int    // where its words begin in out
}

func (w *writer) tag(t html.Token, kind html.TokenType) {
	end := kind == html.EndTagToken
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Title:
		w.hidden = depth(w.hidden, kind)
	case atom.Pre:
		w.pre = depth(w.pre, kind)
		w.lines = max(w.lines, 2)
	case atom.Br:
		w.lines++
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr:
		w.lines = max(w.lines, 2)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Dt, atom.Dd, atom.Figure:
		w.lines = max(w.lines, 1)
	case atom.Li:
		w.lines = max(w.lines, 1)
		if !end {
			w.text("- ")
		}
	case atom.Td, atom.Th:
		w.space = true
	case atom.Img:
		w.text(attribute(t, "alt"))
	case atom.A:
		if end {
			w.closeLink()
			return
		}
		w.flush()
		w.href, w.link = attribute(t, "href"), w.out.Len()
	}
}

func depth(n int, kind html.TokenType) int {
	switch kind {
	case html.StartTagToken:
		return n + 1
	case html.EndTagToken:
		return max(0, n-1)
	}
	return n
}

// closeLink puts the whole address in the place of a shortened one. The words of
// other links stay alone: addresses are not what people say.
func (w *writer) closeLink() {
	all := w.out.String()
	shown, href := all[min(w.link, len(all)):], w.href
	w.href = ""
	begin, short := strings.CutSuffix(strings.TrimSuffix(shown, "…"), "...")
	if !short && !strings.HasSuffix(shown, "…") || strings.TrimSpace(begin) == "" {
		return
	}
	for _, p := range []string{"", "https://", "http://", "https://www.", "http://www."} {
		if strings.HasPrefix(href, p+strings.TrimSpace(begin)) {
			w.out.Reset()
			w.out.WriteString(all[:w.link] + shown[:len(shown)-len(strings.TrimLeft(shown, " \n"))] + href)
			return
		}
	}
}

// text adds words. Spaces are one space, except where they count.
func (w *writer) text(s string) {
	if w.hidden > 0 || s == "" {
		return
	}
	if w.pre > 0 {
		w.flush()
		w.out.WriteString(s)
		return
	}
	for i, word := range strings.Fields(s) {
		if i > 0 || startsWithSpace(s) {
			w.space = true
		}
		w.flush()
		w.out.WriteString(word)
	}
	if endsWithSpace(s) {
		w.space = true
	}
}

// flush writes the line breaks and the space that are due.
func (w *writer) flush() {
	if w.out.Len() > 0 {
		switch {
		case w.lines > 0:
			w.out.WriteString(strings.Repeat("\n", min(w.lines, 2)))
		case w.space:
			w.out.WriteByte(' ')
		}
	}
	w.lines, w.space = 0, false
}

func startsWithSpace(s string) bool { return strings.TrimLeft(s, " \t\r\n\f\u00a0") != s }
func endsWithSpace(s string) bool   { return strings.TrimRight(s, " \t\r\n\f\u00a0") != s }

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
