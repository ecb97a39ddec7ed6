package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"go.yaml.in/yaml/v3"
)

// source is a configuration file with the line of every key, for messages.
type source struct {
	path  string
	bytes []byte
	lines map[string]int
}

// readSource reads the file and refuses keys that do not exist.
func readSource(path string) (*source, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{[]string{fmt.Sprintf("reading %s: %v", path, err)}}
	}
	s := &source{path: path, bytes: b, lines: map[string]int{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, &Error{[]string{fmt.Sprintf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))}}
	}
	if len(doc.Content) == 0 {
		return s, nil
	}
	if root := doc.Content[0]; root.Kind != yaml.MappingNode {
		return nil, &Error{[]string{fmt.Sprintf("%s line %d: the file must be a list of key: value", path, root.Line)}}
	}
	if problems := s.walk(doc.Content[0], ""); len(problems) > 0 {
		return nil, &Error{problems}
	}
	return s, nil
}

// walk notes the lines of all keys under node and returns the unknown ones.
func (s *source) walk(node *yaml.Node, prefix string) []string {
	var problems []string
	all := keys()
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := prefix + name.Value
		s.lines[key] = name.Line
		section := slices.ContainsFunc(all, func(k string) bool { return strings.HasPrefix(k, key+".") })
		switch {
		case section && value.Kind == yaml.MappingNode:
			problems = append(problems, s.walk(value, key+".")...)
		case section && value.Tag != "!!null":
			problems = append(problems, fmt.Sprintf("%s line %d: %s is a section; its settings stand indented under it", s.path, name.Line, key))
		case !section && !slices.Contains(all, key):
			problems = append(problems, fmt.Sprintf("%s line %d: unknown key %s%s", s.path, name.Line, key, suggest(key, all)))
		}
	}
	return problems
}

// explain turns the decoder's error into messages with file and line.
func (s *source) explain(err error) []string {
	var all []string
	var visit func(error)
	visit = func(err error) {
		if de := (*mapstructure.DecodeError)(nil); errors.As(err, &de) && !joined(err) {
			text := strings.TrimPrefix(de.Unwrap().Error(), "'"+de.Name()+"' ")
			all = append(all, s.at(problem{de.Name(), text}))
			return
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				visit(e)
			}
			return
		}
		if inner := errors.Unwrap(err); inner != nil {
			visit(inner)
			return
		}
		all = append(all, err.Error())
	}
	visit(err)
	return all
}

func joined(err error) bool {
	_, ok := err.(interface{ Unwrap() []error })
	return ok
}

func (s *source) locate(ps []problem) []string {
	all := make([]string, len(ps))
	for i, p := range ps {
		all[i] = s.at(p)
	}
	return all
}

// at writes a problem with its place: the line of the file, or the variable.
func (s *source) at(p problem) string {
	env := EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(p.key, ".", "_"))
	switch {
	case os.Getenv(env) != "":
		return fmt.Sprintf("%s (variable %s) %s", p.key, env, p.text)
	case s != nil && s.lines[p.key] > 0:
		return fmt.Sprintf("%s line %d: %s %s", s.path, s.lines[p.key], p.key, p.text)
	}
	return p.key + " " + p.text
}

// Setting is one thing that can be set.
type Setting struct {
	// Key is section.name.
	Key string
	// Type is the Go type of the value.
	Type string
}

// Settings lists everything that can be set, in the order of the structs.
func Settings() []Setting {
	var all []Setting
	var visit func(reflect.Type, string)
	visit = func(t reflect.Type, prefix string) {
		for f := range t.Fields() {
			name := prefix + f.Tag.Get("mapstructure")
			if f.Type.Kind() == reflect.Struct {
				visit(f.Type, name+".")
				continue
			}
			all = append(all, Setting{name, f.Type.String()})
		}
	}
	visit(reflect.TypeFor[Config](), "")
	return all
}

// keys are the names of all settings.
func keys() []string {
	var all []string
	for _, s := range Settings() {
		all = append(all, s.Key)
	}
	return all
}

// suggest names the known key that differs least, if one is near.
func suggest(key string, known []string) string {
	best, least := "", len(key)/3+1
	for _, k := range known {
		if d := distance(key, k); d <= least {
			best, least = k, d-1
		}
	}
	if best == "" {
		return "; `outcry config print` lists all keys"
	}
	return "; did you mean " + best + "?"
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
