package scenario

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// moment is what a text may depend on besides its template.
type moment struct {
	at      time.Time
	trouble time.Time
	zone    int // hours from UTC
}

// computed are the slots whose value follows from the moment.
var computed = []string{"since", "clock", "tonight", "eve", "link", "few"}

func (d *draft) compute(name string) string {
	local := d.m.at.Add(time.Duration(d.m.zone) * time.Hour)
	switch name {
	case "since":
		return since(d.r, d.m.at.Sub(d.m.trouble))
	case "clock":
		return localClock(d.r, local)
	case "tonight":
		return partOfDay(d.r, local.Hour())
	case "eve":
		if local.Day() == d.m.trouble.Day() || local.Hour() < 3 {
			return "christmas eve"
		}
		return pick(d.r, "christmas", "christmas day", "christmas morning")
	case "link":
		return link(d.r)
	default: // few
		return strconv.Itoa(2 + d.r.IntN(5))
	}
}

// since says in words how long something has lasted for someone who may have
// noticed it late.
func since(r *rand.Rand, d time.Duration) string {
	d = time.Duration(float64(d) * (0.45 + float64(0.55*r.Float64())))
	minutes := int(d.Minutes())
	switch hours := (minutes + 20) / 60; {
	case minutes < 8:
		return pick(r, "5 min", "five minutes", "a few minutes")
	case minutes < 50:
		return strconv.Itoa(minutes/5*5) + pick(r, " min", " minutes", " mins")
	case hours <= 1:
		return pick(r, "an hour", "over an hour", "1 hr", "like an hour", "an hour")
	case hours > 9:
		return pick(r, "half a day", strconv.Itoa(hours)+" hours", "all night")
	default:
		return strconv.Itoa(hours) + pick(r, " hours", " hrs", " hours")
	}
}

func localClock(r *rand.Rand, t time.Time) string {
	t = t.Truncate(5 * time.Minute)
	return t.Format(pick(r, "3:04", "3:04pm", "3pm", "3:04 PM"))
}

func partOfDay(r *rand.Rand, hour int) string {
	switch {
	case hour < 4 || hour >= 17:
		return "tonight"
	case hour < 11:
		return "this morning"
	case hour < 13:
		return "today"
	default:
		return pick(r, "today", "this afternoon", "today")
	}
}

// link makes a short link that leads nowhere: .example is nobody's domain.
func link(r *rand.Rand) string {
	const letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	b := []byte("http://t.example/......")
	for i := len(b) - 6; i < len(b); i++ {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }
