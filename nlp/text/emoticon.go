package text

// emoticons by length, longest first. They are looked for where punctuation begins.
var emoticons = [...]map[string]bool{
	4: set(":'-(", ":'-)", ">:-(", ">:-)"),
	3: set(":-)", ":-(", ":-/", ":-|", ":-d", ":-p", ":-o", ";-)", ":'(", ":')", ">:(", ">:)", "-_-", "</3", "^_^", ":))", ":((", "=_=", ">_<", "._."),
	2: set(":)", ":(", ":/", ":|", ":d", ":p", ":o", ":3", ":*", ":s", ":\\", ";)", ";p", ";_", "=)", "=(", "=/", "=d", "=p", "<3", "):", "(:"),
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// emoticonLen is the length of the emoticon at s[i]. One that ends in a letter
// or digit, or that is glued between words, is none: "10:30", "and/or:d".
func emoticonLen(s string, i int) int {
	switch s[i] {
	case ':', ';', '=', '<', '>', '-', '^', '.', ')', '(':
	default:
		return 0
	}
	for n := len(emoticons) - 1; n >= 2; n-- {
		if i+n > len(s) || !emoticons[n][s[i:i+n]] {
			continue
		}
		last := s[i+n-1]
		if isWordByte(last) && (i+n < len(s) && isWordByte(s[i+n]) || i > 0 && isWordByte(s[i-1])) {
			continue
		}
		if (s[i] == ')' || s[i] == '(') && (i+n < len(s) && s[i+n] > ' ' || i > 0 && s[i-1] > ' ') {
			continue
		}
		return n
	}
	return 0
}
