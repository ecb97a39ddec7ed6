package file

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/outcry/outcry/ingest/post"
)

// parseJSON reads one line: our own wire form, or else any object whose keys can
// be guessed. The error, if any, is a *post.Error; ok says that the post holds
// what could be read.
func (r *Reader) parseJSON(line []byte) (p post.Post, ok bool, err error) {
	if len(r.o.Columns) == 0 && len(line) <= post.MaxRecord {
		p, err := post.Decode(line)
		if err == nil && p.ID != "" && p.Source != "" && !p.CreatedAt.IsZero() && (p.Text != "" || p.Kind != post.KindPost) {
			return p, true, nil
		}
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber() // ids are larger than a float holds
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return p, false, badJSON(err.Error())
	}
	if object == nil {
		return p, false, badJSON("record is not a JSON object")
	}
	if d.More() {
		return p, false, badJSON("more than one JSON value on the line")
	}
	lower := make(map[string]any, len(object))
	for k, v := range object {
		if l := strings.ToLower(k); lower[l] == nil || l == k {
			lower[l] = v
		}
	}
	p, err = assemble(func(field string) string {
		if key, ok := r.o.Columns[field]; ok {
			return scalar(follow(object, key))
		}
		for _, key := range guesses[field] {
			if s := scalar(lower[key]); s != "" {
				return s
			}
		}
		return ""
	})
	return p, true, err
}

func badJSON(detail string) error {
	return &post.Error{Reason: post.BadJSON, Detail: strings.TrimPrefix(detail, "json: ")}
}

// follow finds the value at key, which may lead into objects with dots.
func follow(object map[string]any, key string) any {
	if v, ok := object[key]; ok {
		return v
	}
	head, rest, ok := strings.Cut(key, ".")
	if inner, isObject := object[head].(map[string]any); ok && isObject {
		return follow(inner, rest)
	}
	return nil
}

// inside are the keys by which an object, such as a user or a place, is named.
var inside = []string{"id_str", "id", "did", "screen_name", "username", "acct", "handle", "login", "full_name", "name"}

// scalar gives a value as text: the first of a list, the name of an object.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		if len(v) > 0 {
			if _, nested := v[0].([]any); !nested {
				return scalar(v[0])
			}
		}
	case map[string]any:
		for _, key := range inside {
			switch inner := v[key].(type) {
			case string, json.Number:
				if s := scalar(inner); s != "" {
					return s
				}
			}
		}
	}
	return ""
}
