package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Remote are labels for a text that stands in a public data set: the text itself is
// not ours to keep, its key is.
type Remote struct {
	Key string `json:"key"` // 16 hexadecimal digits of Key
	Set string `json:"set"`
	// Check keeps the post out of training: its data set may be measured with only.
	Check bool `json:"check,omitempty"`
	Labels
}

// ReadRemote reads labels, one JSON object a line, by key.
func ReadRemote(name string) (map[uint64]Remote, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading labels: %w", err)
	}
	defer func() { _ = f.Close() }()
	all := map[uint64]Remote{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var r Remote
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		key, err := strconv.ParseUint(r.Key, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: key %q is no 16 hexadecimal digits", name, n, r.Key)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		all[key] = r
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return all, nil
}

// Join gives labels their texts, in the order of texts, as far as they are among
// them. Labels that may be checked with only stay out.
func Join(labels map[uint64]Remote, texts []Text) []Post {
	var all []Post
	seen := map[uint64]bool{}
	for _, t := range texts {
		key := Key(t.Text)
		r, ok := labels[key]
		if !ok || r.Check || seen[key] {
			continue
		}
		seen[key] = true
		all = append(all, Post{ID: r.Key, Source: "x", Text: t.Text, Labels: r.Labels})
	}
	return all
}
