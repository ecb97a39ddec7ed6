package post

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	pseudonymPrefix = "p_"
	pseudonymDigits = 24
)

// Pseudonymizer turns handles into pseudonyms with one secret key. The same
// handle in the same source gives the same pseudonym as long as the key stays.
type Pseudonymizer struct{ key []byte }

// NewPseudonymizer uses key for every pseudonym it makes.
func NewPseudonymizer(key []byte) Pseudonymizer {
	return Pseudonymizer{key: append([]byte(nil), key...)}
}

// Pseudonym returns the pseudonym of author in source: HMAC-SHA-256, cut to 96 bits.
// What already is a pseudonym, and an empty author, stays as it is.
func (z Pseudonymizer) Pseudonym(source, author string) string {
	if author == "" || IsPseudonym(author) {
		return author
	}
	mac := hmac.New(sha256.New, z.key)
	mac.Write([]byte(source))
	mac.Write([]byte{0})
	mac.Write([]byte(author))
	return pseudonymPrefix + hex.EncodeToString(mac.Sum(nil))[:pseudonymDigits]
}

// IsPseudonym reports whether s has the form that Pseudonym makes.
func IsPseudonym(s string) bool {
	digits, ok := strings.CutPrefix(s, pseudonymPrefix)
	if !ok || len(digits) != pseudonymDigits {
		return false
	}
	return strings.Trim(digits, "0123456789abcdef") == ""
}
