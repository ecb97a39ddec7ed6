package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var static embed.FS

// asset is one file that browsers may keep for good, because its address holds
// the hash of its bytes.
type asset struct {
	contentType  string
	body, packed []byte
}

// assets are the files under static, by address.
type assets struct {
	byPath map[string]asset
	urls   map[string]string // by name in static
}

func loadAssets() (*assets, error) {
	a := &assets{byPath: map[string]asset{}, urls: map[string]string{}}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		if err != nil || d.IsDir() || ext == ".md" || ext == "" {
			return err
		}
		b, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		short := strings.TrimPrefix(name, "static/")
		url := "/static/" + strings.TrimSuffix(short, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		packed, err := gzipped(b)
		if err != nil {
			return err
		}
		a.urls[short] = url
		a.byPath[url] = asset{mime.TypeByExtension(ext), b, packed}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the files of the pages: %w", err)
	}
	return a, nil
}

// url is the address of a file of static, for templates.
func (a *assets) url(name string) (string, error) {
	if u, ok := a.urls[name]; ok {
		return u, nil
	}
	return "", fmt.Errorf("there is no file static/%s", name)
}

func (s *Server) handleStatic(w http.ResponseWriter, r *http.Request) {
	f, ok := s.assets.byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	body := f.body
	if acceptsGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		body = f.packed
	}
	_, _ = w.Write(body)
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}

func gzipped(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// send answers with body, packed where the browser can unpack it.
func send(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Encoding")
	if len(body) > 1<<10 && acceptsGzip(r) {
		if packed, err := gzipped(body); err == nil {
			w.Header().Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
