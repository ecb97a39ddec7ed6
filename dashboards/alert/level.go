package alert

import "fmt"

// Level is how bad an incident is, by its severity: people in orders of magnitude above
// a usual hour, times the part of them who report rather than react.
type Level int

// Levels.
const (
	Minor    Level = iota // below one order of magnitude
	Major                 // from one
	Critical              // from two
)

func (l Level) String() string { return [...]string{"minor", "major", "critical"}[l] }

func parseLevel(s string) (Level, error) {
	for _, l := range []Level{Minor, Major, Critical} {
		if s == l.String() {
			return l, nil
		}
	}
	if s == "" {
		return Minor, nil
	}
	return Minor, fmt.Errorf("%q is no level; there are minor, major and critical", s)
}

// levelOf is the level of a severity.
func levelOf(severity float32) Level {
	switch {
	case severity >= 2:
		return Critical
	case severity >= 1:
		return Major
	}
	return Minor
}
