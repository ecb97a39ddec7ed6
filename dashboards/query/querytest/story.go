package querytest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/outcry/outcry/nlp/tag"
)

// line is what somebody may say; «…» stand round a vendor, ‹…› round the words
// that decide the label.
type line struct {
	text      string
	outage    tag.Outage
	sentiment tag.Sentiment
	vendors   string // id=role, in the order of the text
	symptoms  string
}

var trouble = []line{
	{"«Netflix» ‹is down› again, right when the popcorn was ready", tag.Report, tag.Negative, "netflix=affected", "playback"},
	{"anyone else's «netflix» ‹stuck at 25%›? router says all is fine", tag.Report, tag.Negative, "netflix=affected", "playback"},
	{"‹Can't log in› to «Netflix» on the PS3, my kids are about to riot", tag.Report, tag.Negative, "netflix=affected", "login"},
	{"is «netflix» ‹down› or is it my wifi", tag.Report, tag.Neutral, "netflix=affected", ""},
	{"«Netflix» ‹won't load› on the Roku. Phone works, TV does not", tag.Report, tag.Negative, "netflix=affected", "playback"},
	{"«NETFLIX» WHY. Error after error after ‹error›", tag.Report, tag.Negative, "netflix=affected", "error"},
	{"so «Netflix» runs on «Amazon's cloud» and ‹it's their balancers that broke›. Wonderful", tag.Reaction, tag.Negative, "netflix=affected aws=blamed", ""},
	{"‹Thanks a lot› «AWS», you took «Netflix» down on the one night I babysit", tag.Reaction, tag.Negative, "aws=blamed netflix=affected", ""},
	{"why would «Netflix» ‹put everything› on the servers of its rival «Amazon»?? choose better", tag.Reaction, tag.Negative, "netflix=blamed aws=mentioned", ""},
	{"«aws» us-east ‹sneezes› and «netflix» catches pneumonia", tag.Reaction, tag.Negative, "aws=blamed netflix=affected", ""},
	{"no «netflix», so grandma is telling the one about the goat. ‹10/10›", tag.Reaction, tag.Positive, "netflix=affected", ""},
	{"«Netflix» is out, we are now a «Hulu» family", tag.Reaction, tag.Neutral, "netflix=affected hulu=alternative", ""},
	{"‹Outage›: «Netflix» confirms streaming problems on some devices, «Amazon» is investigating load balancers", tag.News, tag.Neutral, "netflix=affected aws=blamed", ""},
}

var chatter = []line{
	{"watching the snow and a bad film on «Netflix»", tag.None, tag.Positive, "netflix=mentioned", ""},
	{"the «Spotify» holiday list is better than last year's", tag.None, tag.Positive, "spotify=mentioned", ""},
	{"«Instagram» ‹not loading› pictures for me", tag.Report, tag.Negative, "instagram=affected", "slow"},
	{"«Slack» is so ‹slow› today, or is it Monday", tag.Report, tag.Negative, "slack=affected", "slow"},
	{"moved our queue to «AWS» last week, going fine", tag.None, tag.Positive, "aws=mentioned", ""},
	{"«Verizon»: ‹no signal› in half of Utrecht… wait, wrong network", tag.Report, tag.Neutral, "verizon=affected", "network"},
	{"new phone, new «Instagram», same me", tag.None, tag.Neutral, "instagram=mentioned", ""},
	{"anybody tried «Hulu» on the new box? looks good", tag.None, tag.Positive, "hulu=mentioned", ""},
	{"«PayPal» ‹took my money twice›, lovely", tag.Reaction, tag.Negative, "paypal=blamed", "payment"},
	{"«GitHub» actions ‹queued for 20 minutes›, who else?", tag.Report, tag.Negative, "github=affected", "slow"},
	{"«Steam» sale tonight. goodbye money", tag.None, tag.Neutral, "steam=mentioned", ""},
}

// Names are those of the vendors in the story.
var Names = map[string]string{
	"netflix": "Netflix", "aws": "AWS", "hulu": "Hulu", "spotify": "Spotify", "instagram": "Instagram",
	"slack": "Slack", "verizon": "Verizon", "paypal": "PayPal", "github": "GitHub", "steam": "Steam",
}

// Story tells of an evening on which a video service fails because its supplier
// does: hours of calm before now, then a steep rise that begins for before now. It
// is the same for the same arguments.
func Story(now time.Time, calm, since time.Duration, peak float64) []tag.Tag {
	r := rand.New(rand.NewPCG(1, 2012))
	var all []tag.Tag
	say := func(at time.Time, l line, author int) {
		t := l.tag()
		t.CreatedAt = at.Add(time.Duration(r.IntN(60_000)) * time.Millisecond)
		if !t.CreatedAt.Before(now) {
			t.CreatedAt = now.Add(-time.Second)
		}
		t.ID, t.Author = fmt.Sprintf("story-%d", len(all)), Pseudonym(author)
		t.Source = []string{"x", "x", "x", "reddit", "facebook"}[r.IntN(5)]
		t.URL = "https://example.org/" + t.ID
		all = append(all, t)
	}
	for at := now.Add(-calm - since).Truncate(time.Minute); at.Before(now); at = at.Add(time.Minute) {
		for range poisson(r, 3.5) {
			say(at, chatter[r.IntN(len(chatter))], 100_000+r.IntN(5000))
		}
		x := float64(at.Sub(now.Add(-since))) / float64(since)
		if x < 0 {
			continue
		}
		for range poisson(r, peak*math.Pow(x, 1.6)) {
			i := r.IntN(len(trouble))
			if x < 0.35 && trouble[i].outage != tag.Report {
				i = r.IntN(6)
			}
			say(at, trouble[i], r.IntN(20_000))
		}
	}
	return all
}

// tag gives the line with the spans that its signs stand for.
func (l line) tag() tag.Tag {
	t := tag.Tag{Outage: l.outage, OutageScore: 0.91, Sentiment: l.sentiment, Lang: "en", Simulated: true, Model: "story"}
	switch l.sentiment {
	case tag.Negative:
		t.SentimentScore = -0.6
	case tag.Positive:
		t.SentimentScore = 0.6
	}
	if l.symptoms != "" {
		t.Symptoms = strings.Fields(l.symptoms)
	}
	vendors := strings.Fields(l.vendors)
	var b strings.Builder
	start := 0
	for _, c := range l.text {
		switch c {
		case '«', '‹':
			start = b.Len()
		case '»':
			id, role, _ := strings.Cut(vendors[len(t.Vendors)], "=")
			t.Vendors = append(t.Vendors, tag.Mention{
				Vendor: id, Role: tag.Role(role), Sentiment: l.sentiment, Score: 1, Spans: []tag.Span{{Start: start, End: b.Len()}},
			})
		case '›':
			t.Marks = append(t.Marks, tag.Mark{Span: tag.Span{Start: start, End: b.Len()}, Label: string(l.outage)})
		default:
			b.WriteRune(c)
		}
	}
	t.Text = b.String()
	return t
}

// poisson draws how often something happens whose mean is given.
func poisson(r *rand.Rand, mean float64) int {
	limit, p, n := math.Exp(-mean), 1.0, 0
	for p > limit && n < 1000 {
		p *= r.Float64()
		n++
	}
	return n - 1
}
