package text

import "strings"

// urlLen is the length of the URL with a scheme, or with www, at the start of s.
func urlLen(s string) int {
	switch {
	case s[0] == 'h' && (strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")):
	case s[0] == 'w' && strings.HasPrefix(s, "www.") && len(s) > 4 && isWordByte(s[4]):
	default:
		return 0
	}
	return urlTail(s)
}

// urlTail is how much of s belongs to a URL that has begun: up to a space or
// bracket, without the punctuation of the sentence around it.
func urlTail(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == '"' || r == '—' || r == 0x7f })
	if n < 0 {
		n = len(s)
	}
	return max(1, len(strings.TrimRight(s[:n], ".,!?:;')]}*")))
}

// topDomains end names that people write without a scheme. Short words that also
// begin sentences ("is", "so", "me") are left out on purpose.
var topDomains = []string{".com", ".net", ".org", ".io", ".tv", ".gg", ".ly", ".gov", ".edu", ".co.uk", ".gl", ".app", ".dev"}

// domainLen is the length of the domain name that word is, or 0.
func domainLen(word string) int {
	for _, top := range topDomains {
		if len(word) > len(top)+1 && strings.HasSuffix(word, top) {
			return len(word)
		}
	}
	return 0
}

// CutDomain takes the ending of a domain name off: "netflix.com" is "netflix".
func CutDomain(word string) (string, bool) {
	for _, top := range topDomains {
		if name, ok := strings.CutSuffix(word, top); ok && name != "" {
			return strings.TrimPrefix(name, "www."), true
		}
	}
	return word, false
}
