package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// draft is a text being made, with what its fillers name.
type draft struct {
	s       *Scenario
	r       *rand.Rand
	m       moment
	vendors []Vendor
	fails   []string
	works   []string
	taken   map[string]string
}

// reference is a slot in a text: {name}, {name#2} for a second value, {name:fails},
// {name:works} for what the text says of the device, {name:blamed/negative} for the
// role of the vendor.
type reference struct {
	name, key string
	device    string
	role      Vendor
}

func parseReference(s string) (reference, error) {
	parts := strings.Split(s, ":")
	ref := reference{key: parts[0], role: Vendor{Role: "mentioned", Sentiment: "neutral"}}
	ref.name, _, _ = strings.Cut(parts[0], "#")
	for _, p := range parts[1:] {
		if p == "fails" || p == "works" {
			ref.device = p
			continue
		}
		var err error
		if ref.role, err = parseRole(ref.name, p); err != nil {
			return ref, err
		}
	}
	return ref, nil
}

// references lists the slots of a text.
func references(text string) ([]reference, error) {
	var refs []reference
	for {
		_, rest, ok := strings.Cut(text, "{")
		if !ok {
			return refs, nil
		}
		inside, after, ok := strings.Cut(rest, "}")
		if !ok {
			return nil, fmt.Errorf("slot in %q does not end", text)
		}
		ref, err := parseReference(inside)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
		text = after
	}
}

func (s *Scenario) checkSlots(text string) error {
	if err := checkChoices(text); err != nil {
		return err
	}
	refs, err := references(text)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if len(s.slots[ref.name]) == 0 && !slices.Contains(computed, ref.name) {
			return fmt.Errorf("slot {%s} is unknown", ref.name)
		}
	}
	return nil
}

// choose settles every [one|other] in text, the innermost first.
func choose(r *rand.Rand, text string) string {
	for {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return text
		}
		start := strings.LastIndexByte(text[:end], '[')
		if start < 0 {
			return text
		}
		text = text[:start] + pick(r, strings.Split(text[start+1:end], "|")...) + text[end+1:]
	}
}

// checkChoices finds a bracket without its partner.
func checkChoices(text string) error {
	depth := 0
	for _, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return fmt.Errorf("brackets of %q do not match", text)
	}
	return nil
}

// fill replaces every slot. Fillers may hold slots themselves.
func (d *draft) fill(text string) string {
	var b strings.Builder
	text = choose(d.r, text)
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		inside, after, _ := strings.Cut(rest, "}")
		ref, _ := parseReference(inside) // checked when read
		value := d.value(ref)
		if strings.HasSuffix(b.String(), " a ") && startsWithVowel(value) {
			value = "\b" + value
		}
		b.WriteString(value)
		text = after
	}
}

func (d *draft) value(ref reference) string {
	if v, ok := d.taken[ref.key]; ok {
		return v
	}
	if slices.Contains(computed, ref.name) {
		return d.compute(ref.name)
	}
	fillers := d.s.slots[ref.name]
	f := fillers[d.r.IntN(len(fillers))]
	for tries := 0; tries < 8 && d.isTaken(f.text); tries++ {
		f = fillers[d.r.IntN(len(fillers))]
	}
	if f.vendor != "" {
		v := ref.role
		v.ID = f.vendor
		d.add(v)
	}
	if f.device != "" && ref.device == "fails" {
		d.fails = append(d.fails, f.device)
	}
	if f.device != "" && ref.device == "works" {
		d.works = append(d.works, f.device)
	}
	text := d.fill(f.text)
	d.taken[ref.key] = text
	return text
}

func (d *draft) isTaken(text string) bool {
	for _, v := range d.taken {
		if v == text {
			return true
		}
	}
	return false
}

// add notes a vendor, unless the template has said its word on it.
func (d *draft) add(v Vendor) {
	if !slices.ContainsFunc(d.vendors, func(x Vendor) bool { return x.ID == v.ID }) {
		d.vendors = append(d.vendors, v)
	}
}

func startsWithVowel(s string) bool {
	return s != "" && strings.ContainsRune("aeiouAEIOU", rune(s[0]))
}

// mend turns "a apple" into "an apple" where fill has marked it, and leaves single
// blanks where an empty choice left two.
func mend(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, " a \b", " an ")), " ")
}
