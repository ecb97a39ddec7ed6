package status

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Page is a status page.
type Page struct {
	// Vendor is the catalogue id of the vendor whose page it is.
	Vendor string `yaml:"vendor"`
	// Kind is statuspage, google or feed.
	Kind string `yaml:"kind"`
	// URL is the page; for google and feed, the document itself.
	URL string `yaml:"url"`
}

// Pages reads a list of pages, in the form of config/status-pages.yaml. The error
// names the entry that is wrong.
func Pages(b []byte) ([]Page, error) {
	var file struct {
		Pages []Page `yaml:"pages"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(file.Pages) == 0 {
		return nil, errors.New("it lists no pages")
	}
	seen := map[string]bool{}
	for i, p := range file.Pages {
		if _, err := p.check(); err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
		if seen[p.Vendor] {
			return nil, fmt.Errorf("page %d: vendor %s has a page already; a vendor has one", i+1, p.Vendor)
		}
		seen[p.Vendor] = true
	}
	return file.Pages, nil
}

// check says whether the page can be read, and how.
func (p Page) check() (parser, error) {
	if p.Vendor == "" || strings.Trim(p.Vendor, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, fmt.Errorf("vendor is %q; it must be an id of the vendor catalogue, like github", p.Vendor)
	}
	if u, err := url.Parse(p.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("url of %s is %q; it must be like https://status.example.com", p.Vendor, p.URL)
	}
	switch p.Kind {
	case "statuspage":
		return statuspage, nil
	case "google":
		return google, nil
	case "feed":
		return feed, nil
	}
	return nil, fmt.Errorf("kind of %s is %q; it must be statuspage, google or feed", p.Vendor, p.Kind)
}

// document is what is asked for.
func (p Page) document() string {
	if p.Kind == "statuspage" {
		return p.base() + "/api/v2/incidents.json"
	}
	return p.URL
}

func (p Page) base() string { return strings.TrimRight(p.URL, "/") }
