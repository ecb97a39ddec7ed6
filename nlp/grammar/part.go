package grammar

import (
	"slices"
	"strings"
)

// standIns take the places of vendors in a clause, so that prose takes each for a
// proper noun, whatever it is called and however it is written.
var standIns = [...]string{"Aldra", "Belton", "Corvix", "Dorna"}

// MostVendors is how many vendors of a clause are told apart.
const MostVendors = len(standIns)

// StandIn is the word to put in the place of vendor i of a clause.
func StandIn(i int) string { return standIns[i] }

// Part is what the words of a clause make of a vendor in it. An empty string says
// that there is no such word.
type Part struct {
	// Vendor is the number of its stand-in.
	Vendor int
	// Before and After are the parts of speech next to it.
	Before, After string
	// Preposition is the word that puts it behind something: because of, on, to.
	Preposition string
	// Does is the verb it is the subject of, Denied whether a negation stands with it,
	// Object the vendor that the verb is done to, or -1.
	Does   string
	Denied bool
	Object int
	// Suffers is the verb it is the object of.
	Suffers string
}

// Parts reads a clause in which vendors have been replaced by their stand-ins. One
// without any has no parts and costs nothing.
func (m *Model) Parts(clause string) ([]Part, error) {
	if !slices.ContainsFunc(strings.Fields(clause), func(w string) bool { return slices.Contains(standIns[:], w) }) {
		return nil, nil
	}
	ws, err := m.Words(clause)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for i, w := range ws {
		if v := vendorOf(w); v >= 0 {
			parts = append(parts, partOf(ws, i, v))
		}
	}
	return parts, nil
}

func vendorOf(w Word) int { return slices.Index(standIns[:], w.Text) }

func partOf(ws []Word, at, vendor int) Part {
	p := Part{Vendor: vendor, Object: -1, Before: tag(ws, at-1), After: tag(ws, at+1)}
	for i := at - 1; i >= 0 && i >= at-2; i-- { // because of the Aldra thing
		if t := ws[i].Tag; t == "IN" || t == "TO" {
			p.Preposition = strings.ToLower(ws[i].Text)
			break
		} else if t != "DT" && t != "JJ" && t != "PRP$" {
			break
		}
	}
	if p.Preposition == "" {
		p.Suffers = verbBefore(ws, at)
	}
	verbBehind(ws, at, &p)
	return p
}

func tag(ws []Word, i int) string {
	if i < 0 || i >= len(ws) {
		return ""
	}
	return ws[i].Tag
}

// verbBefore is the verb that has the vendor at as its object.
func verbBefore(ws []Word, at int) string {
	for i := at - 1; i >= 0 && i >= at-4; i-- {
		switch t := ws[i].Tag; {
		case strings.HasPrefix(t, "VB"):
			return strings.ToLower(ws[i].Text)
		case t != "DT" && t != "JJ" && t != "PRP$" && t != "RB" && t != "RP":
			return ""
		}
	}
	return ""
}

// verbBehind finds the verb that has the vendor at as its subject, and its object.
func verbBehind(ws []Word, at int, p *Part) {
	i := at + 1
	for ; i < len(ws) && i <= at+6; i++ {
		lower := strings.ToLower(ws[i].Text)
		switch t := ws[i].Tag; {
		case lower == "n't" || lower == "not" || lower == "never":
			p.Denied = true
		case strings.HasPrefix(t, "VB"):
			if p.Does = lower; !auxiliary[lower] {
				i++
				findObject(ws, i, p)
				return
			}
		case p.Does != "" && failing[lower]:
			p.Does += " " + lower
			return
		case t == "MD" || t == "RB" || t == "POS" || p.Does == "" && (strings.HasPrefix(t, "NN") && vendorOf(ws[i]) < 0):
		case p.Does != "" && (t == "JJ" || t == "RP" || t == "IN"): // is down, is still off
			p.Does += " " + lower
			return
		default:
			return
		}
	}
}

var auxiliary = words("is are was were be been has have had does do did 's 're")

func findObject(ws []Word, i int, p *Part) {
	for last := i + 4; i < len(ws) && i <= last; i++ {
		if v := vendorOf(ws[i]); v >= 0 {
			p.Object = v
			return
		}
		if t := ws[i].Tag; t == "." || t == "," || strings.HasPrefix(t, "VB") {
			return
		}
	}
}
