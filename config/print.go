package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// WriteYAML writes the settings in force as a file that Load takes, with the
// comments of default.yaml. Secrets are shown as ***.
func (c *Config) WriteYAML(w io.Writer) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(DefaultYAML, &doc); err != nil {
		return fmt.Errorf("reading built-in settings: %w", err)
	}
	if err := fill(doc.Content[0], c.values(), ""); err != nil {
		return err
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	_, err := buf.WriteTo(w)
	return err
}

// WriteJSON writes the settings in force as one JSON object, secrets as ***.
func (c *Config) WriteJSON(w io.Writer) error {
	root := map[string]any{}
	for key, value := range c.values() {
		at := root
		parts := strings.Split(key, ".")
		for _, p := range parts[:len(parts)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = value
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(root)
}

// fill replaces the values under node by those in force.
func fill(node *yaml.Node, values map[string]any, prefix string) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := prefix+node.Content[i].Value, node.Content[i+1]
		if value.Kind == yaml.MappingNode {
			if err := fill(value, values, key+"."); err != nil {
				return err
			}
			continue
		}
		var now yaml.Node
		if err := now.Encode(values[key]); err != nil {
			return fmt.Errorf("writing setting %s: %w", key, err)
		}
		now.Style = value.Style
		if now.Kind == yaml.SequenceNode {
			now.Style = yaml.FlowStyle
		}
		now.LineComment = value.LineComment
		*value = now
	}
	return nil
}

// values gives every setting by key, in the form it is written in a file.
func (c *Config) values() map[string]any {
	all := map[string]any{}
	var visit func(reflect.Value, string)
	visit = func(v reflect.Value, prefix string) {
		for f, value := range v.Fields() {
			name := prefix + f.Tag.Get("mapstructure")
			switch x := value.Interface().(type) {
			case time.Duration:
				all[name] = shortDuration(x)
			case Secret:
				all[name] = x.String()
			default:
				if value.Kind() == reflect.Struct {
					visit(value, name+".")
					continue
				}
				if value.Kind() == reflect.Slice && value.IsNil() {
					all[name] = []string{}
					continue
				}
				all[name] = x
			}
		}
	}
	visit(reflect.ValueOf(*c), "")
	return all
}

// shortDuration writes 168h0m0s as 168h.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
