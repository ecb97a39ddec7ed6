package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Validators are what a host calls the version of a document that we have.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"modified,omitempty"`
}

// ValidatorsOf reads them from an answer.
func ValidatorsOf(h http.Header) Validators {
	return Validators{h.Get("ETag"), h.Get("Last-Modified")}
}

// Header asks for the document only if it is another one.
func (v Validators) Header() http.Header {
	h := http.Header{}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
	return h
}

// FreshFor is how long the answer says that it holds, or 0.
func FreshFor(h http.Header) time.Duration {
	for _, part := range strings.Split(h.Get("Cache-Control"), ",") {
		value, ok := strings.CutPrefix(strings.TrimSpace(strings.ToLower(part)), "max-age=")
		if n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); ok && err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}
