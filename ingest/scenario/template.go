package scenario

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// template is one line of a template file with what the directives above it say.
type template struct {
	id      string // file:line
	text    string
	labels  labels
	lang    string
	source  string
	fails   []string
	works   []string
	plain   bool // no change of spelling, nothing added
	popular bool // passed on by others
	spam    bool
}

// filler is one of the texts that a slot takes, with the vendor and the kind of
// device that it names.
type filler struct {
	text   string
	vendor string
	device string
}

// readTemplates reads a template file. A line is a template, unless it is empty or
// starts with "%%" (a comment) or "%" (a directive). Directives hold until the
// next %theme; %labels may change within a theme.
//
//	%theme NAME
//	%labels OUTAGE SENTIMENT [VENDOR=ROLE/SENTIMENT …]
//	%lang es · %source reddit · %fails console · %works pc
//	%plain · %popular · %spam
//
// %labels takes back fails, works, plain, popular and spam; %theme takes back all.
func readTemplates(file string, r io.Reader) (map[string][]template, error) {
	found := map[string][]template{}
	var (
		theme string
		now   template
	)
	err := eachLine(r, func(n int, line string) error {
		word, rest, directive := cutDirective(line)
		if !directive {
			if theme == "" || now.labels.outage == "" {
				return fmt.Errorf("a template needs %%theme and %%labels above it")
			}
			t, err := now.with(line)
			if err != nil {
				return err
			}
			t.id = fmt.Sprintf("%s:%d", file, n)
			found[theme] = append(found[theme], t)
			return nil
		}
		if word == "theme" {
			theme, now = rest, template{lang: "en", source: "x"}
			return nil
		}
		return now.set(word, rest)
	})
	if err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	return found, nil
}

// with is the template of one line: "text", or "text | VENDOR[=ROLE/SENTIMENT] …"
// where that line names other vendors than the labels, and -VENDOR where it does
// not name one of theirs.
func (t template) with(line string) (template, error) {
	text, notes, _ := strings.Cut(line, " | ")
	t.text = strings.TrimSpace(text)
	t.labels.vendors = slices.Clone(t.labels.vendors)
	for _, note := range strings.Fields(notes) {
		id, role, ok := strings.Cut(strings.TrimPrefix(note, "-"), "=")
		t.labels.vendors = slices.DeleteFunc(t.labels.vendors, func(v Vendor) bool { return v.ID == id })
		if note[0] == '-' {
			continue
		}
		if !ok {
			role = "mentioned"
		}
		v, err := parseRole(id, role)
		if err != nil {
			return t, err
		}
		t.labels.vendors = append(t.labels.vendors, v)
	}
	return t, nil
}

func (t *template) set(word, rest string) (err error) {
	switch word {
	case "labels":
		t.fails, t.works, t.plain, t.popular, t.spam = nil, nil, false, false, false
		t.labels, err = parseLabels(rest)
	case "lang":
		t.lang = rest
	case "source":
		t.source = rest
	case "fails":
		t.fails = strings.Fields(rest)
	case "works":
		t.works = strings.Fields(rest)
	case "plain":
		t.plain = true
	case "popular":
		t.popular = true
	case "spam":
		t.spam = true
	default:
		err = fmt.Errorf("unknown directive %%%s", word)
	}
	return err
}

// readSlots reads the slot file: "%slot NAME", then one filler a line, with
// "| vendor:ID device:KIND" behind it where it names any.
func readSlots(file string, r io.Reader) (map[string][]filler, error) {
	slots := map[string][]filler{}
	slot := ""
	err := eachLine(r, func(_ int, line string) error {
		word, rest, directive := cutDirective(line)
		switch {
		case directive && word == "slot":
			if slot = rest; slots[slot] != nil {
				return fmt.Errorf("slot %s is there twice", slot)
			}
			return nil
		case directive:
			return fmt.Errorf("unknown directive %%%s", word)
		case slot == "":
			return fmt.Errorf("a filler needs %%slot above it")
		}
		f, err := parseFiller(line)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(f.text, "{") && slices.Contains(slots[slot], f) {
			return fmt.Errorf("filler %q of slot %s is there twice", f.text, slot)
		}
		slots[slot] = append(slots[slot], f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	return slots, nil
}

func parseFiller(line string) (filler, error) {
	text, notes, _ := strings.Cut(line, " | ")
	f := filler{text: strings.TrimSpace(text)}
	for _, note := range strings.Fields(notes) {
		key, value, _ := strings.Cut(note, ":")
		switch {
		case key == "vendor" && value != "":
			f.vendor = value
		case key == "device" && value != "":
			f.device = value
		default:
			return f, fmt.Errorf("note %q: want vendor:ID or device:KIND", note)
		}
	}
	return f, nil
}

func cutDirective(line string) (word, rest string, ok bool) {
	if !strings.HasPrefix(line, "%") {
		return "", "", false
	}
	word, rest, _ = strings.Cut(line[1:], " ")
	return word, strings.TrimSpace(rest), true
}

// eachLine calls f with each line that is neither empty nor a comment.
func eachLine(r io.Reader, f func(n int, line string) error) error {
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "%%") {
			continue
		}
		if err := f(n, line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return sc.Err()
}
