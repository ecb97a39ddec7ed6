package web

import "strings"

// UserAgent says who we are and whom to write to. An empty version is that of a
// program built by hand.
func UserAgent(version, contact string) string {
	if version == "" {
		version = "dev"
	}
	ua := "outcry/" + version
	if contact != "" {
		ua += " (+" + contact + ")"
	}
	return strings.Map(func(r rune) rune { // a header takes no line breaks
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, ua)
}
