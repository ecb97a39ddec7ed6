package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold makes Norm: lower case, compatible forms of letters in place of styled
// ones, no accents, straight quotes, entities resolved, what has no width left
// out. Bytes that are not UTF-8 become spaces.
func (d *Doc) fold() {
	if plain(d.Raw) {
		d.Norm, d.from, d.to = strings.ToLower(d.Raw), nil, nil
		return
	}
	f := folder{buf: d.buf[:0], from: d.from[:0], to: d.to[:0]}
	if f.from == nil { // nil means "the same place"
		f.from = make([]int32, 0, len(d.Raw)+16)
		f.to = make([]int32, 0, len(d.Raw)+16)
	}
	for i := 0; i < len(d.Raw); {
		i += f.step(d.Raw, i)
	}
	d.buf, d.from, d.to = f.buf, f.from, f.to
	d.Norm = string(f.buf)
}

// plain reports whether the text folds byte by byte.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == '&' {
			return false
		}
	}
	return true
}

type folder struct {
	buf      []byte
	from, to []int32
	last     rune // the last rune of the original that was kept
}

// put appends s as the folded form of raw[at:at+n].
func (f *folder) put(s string, at, n int) {
	f.buf = append(f.buf, s...)
	for range len(s) {
		f.from = append(f.from, int32(at))
		f.to = append(f.to, int32(at+n))
	}
}

func (f *folder) putRune(r rune, at, n int) {
	before := len(f.buf)
	f.buf = utf8.AppendRune(f.buf, r)
	for range len(f.buf) - before {
		f.from = append(f.from, int32(at))
		f.to = append(f.to, int32(at+n))
	}
}

// step folds what begins at raw[i] and says how many bytes that was.
func (f *folder) step(raw string, i int) int {
	c := raw[i]
	switch {
	case c == '&':
		if r, n := entity(raw[i:]); n > 0 {
			f.rune(r, i, n)
			return n
		}
	case c >= 'A' && c <= 'Z':
		f.last = rune(c)
		f.putRune(rune(c)+'a'-'A', i, 1)
		return 1
	}
	if c < utf8.RuneSelf {
		f.last = rune(c)
		f.putRune(rune(c), i, 1)
		return 1
	}
	r, n := utf8.DecodeRuneInString(raw[i:])
	if r == utf8.RuneError && n <= 1 {
		f.put(" ", i, 1)
		return 1
	}
	f.rune(r, i, n)
	return n
}

// rune folds one rune, which raw[at:at+n] stands for.
func (f *folder) rune(r rune, at, n int) {
	if s, ok := straight(r); ok {
		f.last = r
		f.put(s, at, n)
		return
	}
	switch {
	case r == zeroWidthJoiner:
		if IsPictograph(f.last) {
			f.putRune(r, at, n)
		}
		return
	case isInvisible(r):
		return
	case isAccent(r) && (unicode.Is(unicode.Latin, f.last) || isAccent(f.last)):
		return
	case isSkinTone(r) && IsPictograph(f.last):
		return
	}
	f.last = r
	if r < utf8.RuneSelf || IsPictograph(r) {
		f.putRune(unicode.ToLower(r), at, n)
		return
	}
	var enc [utf8.UTFMax]byte
	dec := norm.NFKD.Properties(enc[:utf8.EncodeRune(enc[:], r)]).Decomposition()
	if len(dec) == 0 || dec[0] >= utf8.RuneSelf {
		f.putRune(unicode.ToLower(r), at, n)
		return
	}
	for len(dec) > 0 {
		c, size := utf8.DecodeRune(dec)
		if !isAccent(c) {
			f.putRune(unicode.ToLower(c), at, n)
		}
		dec = dec[size:]
	}
}

const zeroWidthJoiner = '\u200d'

// straight gives the plain form of typographers' characters. Signs of
// registration become a space, or the word before would grow letters.
func straight(r rune) (string, bool) {
	switch r {
	case '‘', '’', '‚', '‛', 'ʼ', '´', '`', '′':
		return "'", true
	case '“', '”', '„', '‟', '«', '»', '″', '〝', '〞':
		return `"`, true
	case '‐', '‑':
		return "-", true
	case '–', '—', '―', '‒':
		return "—", true
	case '™', '®', '©', '\u00a0', '\u2028', '\u3000':
		return " ", true
	case '\u2029':
		return "\n", true
	case '…':
		return "...", true
	}
	return "", false
}

// isInvisible is true of what is written and not seen: zero widths, directions,
// variation selectors, soft hyphens, tags.
func isInvisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\ufeff', r == '\u180e':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	case r >= '\ufe00' && r <= '\ufe0f', r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

func isAccent(r rune) bool { return r >= '\u0300' && r <= '\u036f' }

func isSkinTone(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }

// IsPictograph is true of emoji and of the older symbols that people use as such.
func IsPictograph(r rune) bool {
	switch {
	case r < 0x203C:
		return false
	case r >= 0x1F000 && r <= 0x1FAFF:
		return true
	case r >= 0x2600 && r <= 0x27BF, r >= 0x2B00 && r <= 0x2BFF, r >= 0x2300 && r <= 0x23FF:
		return true
	case r == 0x203C, r == 0x2049, r == 0x3030, r == 0x303D:
		return true
	}
	return false
}

func isUpper(r rune) bool { return unicode.IsUpper(r) || unicode.IsTitle(r) }

func shouted(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if isUpper(r) {
			letters++
		}
	}
	return letters >= 2
}
