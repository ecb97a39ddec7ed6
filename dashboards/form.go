package dashboards

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
)

// maxForm is the most that a form may send.
const maxForm = 64 << 10

// newFormToken makes the word that forms of this server's pages carry. A page elsewhere
// cannot read it, so it cannot send a form here in a reader's name.
func newFormToken() string { return rand.Text() }

// form reads a form that a page of ours has sent; nil where it was refused and answered.
func (s *Server) form(w http.ResponseWriter, r *http.Request) url.Values {
	if s.o.Writer == nil {
		s.showError(w, http.StatusForbidden, "This server only shows: it has no connection that may write. The command line can: outcry statements add, outcry alerts.")
		return nil
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		s.showError(w, http.StatusForbidden, "A page elsewhere has sent this form. Nothing was changed.")
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.showError(w, http.StatusBadRequest, "The form cannot be read, or is longer than 64 KiB. Nothing was changed.")
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(s.formToken)) != 1 {
		s.showError(w, http.StatusForbidden, "This form is of an earlier run of the server. Go back, load the page anew, and send it again: nothing was changed.")
		return nil
	}
	return r.PostForm
}
