package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// splitter finds word boundaries by the rules of Unicode (UAX 29).
type splitter struct{ it *words.Iterator[string] }

// next is the length of the first segment of s.
func (p *splitter) next(s string) int {
	if p.it == nil {
		p.it = words.FromString("")
	}
	p.it.SetText(s)
	p.it.Next()
	return max(p.it.End(), 1)
}

// tokenize fills Tokens and Tags from Norm.
func (d *Doc) tokenize() {
	s := d.Norm
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c <= ' ' || c == 0x7f:
			i++
		case c == '@' && i+1 < len(s) && isWordByte(s[i+1]) && (i == 0 || !isWordByte(s[i-1])):
			i = d.mention(i)
		case c == '#' && i+1 < len(s) && hashtagLen(s[i+1:]) > 0:
			i = d.hashtag(i)
		case isWordByte(c):
			i = d.word(i)
		case c < utf8.RuneSelf:
			i = d.mark(i)
		default:
			i = d.other(i)
		}
	}
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

func (d *Doc) add(kind Kind, i, j int) {
	d.Tokens = append(d.Tokens, Token{Norm: d.Norm[i:j], Start: d.start(i), End: d.end(j), Kind: kind})
}

// word reads a word or number that begins with an ASCII letter or digit at i.
func (d *Doc) word(i int) int {
	s := d.Norm
	if n := urlLen(s[i:]); n > 0 {
		d.add(URL, i, i+n)
		return i + n
	}
	j, digits, stretched := i, 0, false
	for j < len(s) && isWordByte(s[j]) {
		if s[j] <= '9' {
			digits++
		} else if j >= i+2 && s[j] == s[j-1] && s[j] == s[j-2] {
			stretched = true
		}
		j++
	}
	if j < len(s) && (s[j] == '\'' || s[j] == '.' || s[j] == ',' || s[j] >= utf8.RuneSelf) {
		end := i + d.splitIt.next(s[i:])
		if end > j {
			if n := domainLen(s[i:end]); n > 0 {
				return d.domain(i, i+n)
			}
			j, digits = joined(s, i, j, end), 0
			if s[i] <= '9' && strings.Trim(s[i:j], "0123456789.,") == "" {
				digits = j - i
			}
		}
	}
	kind := Word
	if digits == j-i {
		kind = Number
	}
	d.add(kind, i, j)
	if stretched {
		t := &d.Tokens[len(d.Tokens)-1]
		t.Norm, t.Stretched = shorten(t.Norm), true
	}
	return j
}

// joined says how far the word at i reaches, given that its ASCII run ends at j
// and Unicode's rules carry it on to end. They join "down.anyone", which people
// mean as two sentences, and "netflix.com", which is one name.
func joined(s string, i, j, end int) int {
	if s[j] != '.' || s[j-1] <= '9' {
		if dot := strings.IndexByte(s[j:end], '.'); dot > 0 && s[j] == '\'' {
			return j + dot
		}
		return end
	}
	if j-i == 1 { // U.S.A
		return end
	}
	return j
}

// domain adds a bare domain name; with a path behind it, it is a URL.
func (d *Doc) domain(i, j int) int {
	s := d.Norm
	if j < len(s) && s[j] == '/' {
		j += urlTail(s[j:])
		d.add(URL, i, j)
		return j
	}
	d.add(Word, i, j)
	return j
}

// mention reads @handle, @handle.some.host and @user@host at i.
func (d *Doc) mention(i int) int {
	s := d.Norm
	j := i + 1
	for j < len(s) && (isWordByte(s[j]) || (s[j] == '.' || s[j] == '-' || s[j] == '@') && j+1 < len(s) && isWordByte(s[j+1])) {
		j++
	}
	d.add(Mention, i, j)
	d.Tokens[len(d.Tokens)-1].Norm = s[i+1 : j]
	return j
}

// other reads what begins with a rune beyond ASCII at i.
func (d *Doc) other(i int) int {
	s := d.Norm
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case r == '\u0085' || unicode.IsSpace(r):
		return i + size
	case IsPictograph(r):
		j := i + max(d.splitIt.next(s[i:]), size)
		d.add(Emoji, i, j)
		return j
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		j := i + max(d.splitIt.next(s[i:]), size)
		d.add(Word, i, j)
		return j
	}
	d.add(Punct, i, i+size)
	return i + size
}

// mark reads ASCII punctuation at i: an emoticon, or a run of the same mark.
// Full stops, question marks and exclamation marks run together.
func (d *Doc) mark(i int) int {
	s := d.Norm
	if n := emoticonLen(s, i); n > 0 {
		d.add(Emoji, i, i+n)
		return i + n
	}
	j := i + 1
	if isTerminal(s[i]) {
		for j < len(s) && isTerminal(s[j]) {
			j++
		}
	} else {
		for j < len(s) && s[j] == s[i] {
			j++
		}
	}
	d.add(Punct, i, j)
	return j
}

func isTerminal(c byte) bool { return c == '.' || c == '!' || c == '?' }
