package text

import (
	"unicode"
	"unicode/utf8"
)

// hashtagLen is the length of the hashtag whose name begins s; a name of digits
// only is a number, not a tag.
func hashtagLen(s string) int {
	letter := false
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf && isWordByte(byte(r)):
			letter = letter || r >= 'a'
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			letter = true
		default:
			if !letter {
				return 0
			}
			return i
		}
	}
	if !letter {
		return 0
	}
	return len(s)
}

// hashtag reads the hashtag at i. A #CamelCase tag becomes one token for each part.
func (d *Doc) hashtag(i int) int {
	s := d.Norm
	end := i + 1 + hashtagLen(s[i+1:])
	first := len(d.Tokens)
	part := i + 1
	for j := i + 2; j < end; j++ {
		if d.seam(j, i+1, end) {
			d.part(i, part, j)
			part = j
			if s[j] == '_' {
				part = j + 1
			}
		}
	}
	d.part(i, part, end)
	d.Tags = append(d.Tags, Tag{
		Norm: s[i+1 : end], Start: d.start(i), End: d.end(end),
		First: int32(first), Last: int32(len(d.Tokens) - 1),
	})
	return end
}

// part adds Norm[from:to] of the hashtag that begins at i; the first part takes
// the # with it.
func (d *Doc) part(i, from, to int) {
	if from >= to {
		return
	}
	start := from
	if from == i+1 {
		start = i
	}
	d.add(Hashtag, start, to)
	d.Tokens[len(d.Tokens)-1].Norm = d.Norm[from:to]
}

// seam reports whether a new part begins at byte j of Norm, judged by the case
// of the original: fooBar, FOOBar, foo_bar.
func (d *Doc) seam(j, from, end int) bool {
	if d.Norm[j] == '_' {
		return true
	}
	prev, cur := d.rawByte(j-1), d.rawByte(j)
	if !asciiUpper(cur) {
		return false
	}
	if asciiLower(prev) || prev >= '0' && prev <= '9' {
		return true
	}
	return asciiUpper(prev) && j+1 < end && asciiLower(d.rawByte(j+1)) && j-1 > from-1
}

func (d *Doc) rawByte(j int) byte { return d.Raw[d.start(j)] }

func asciiUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func asciiLower(c byte) bool { return c >= 'a' && c <= 'z' }
