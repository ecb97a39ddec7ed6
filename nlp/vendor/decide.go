package vendor

import (
	"math"

	"github.com/outcry/outcry/nlp/text"
)

// threshold is the evidence that an ambiguous name needs.
const threshold = 1.0

// likely is what speaks for a name that is seldom an ordinary word. It outweighs one
// word that speaks against, not two.
const likely = 2.2

// clue is a context word or a contrary phrase in the text.
type clue struct {
	e           entry
	first, last int
}

// decide takes those ambiguous names for which enough speaks.
func (s *finder) decide() {
	if len(s.weak) == 0 {
		return
	}
	s.look()
	sure := len(s.hits)
	shouts := s.d.Shouts() || s.d.IsHeadline()
	for i := 0; i < len(s.weak); {
		best, bestSum := -1, 0.0
		j := i
		for ; j < len(s.weak) && s.weak[j].at == s.weak[i].at; j++ { // one word, several vendors
			if sum := s.evidence(s.weak[j], s.hits[s.base:sure], shouts); sum >= threshold && sum > bestSum {
				best, bestSum = j, sum
			}
		}
		if best >= 0 {
			c := s.weak[best]
			s.add(int(c.e.vendor), c.at, c.last, min(0.94, 1-0.45*math.Exp(threshold-bestSum)))
		}
		i = j
	}
}

// look finds the clues of the text.
func (s *finder) look() {
	m := &s.c.m
	for i := range s.d.Tokens {
		node := uint32(0)
		for j := i; j < len(s.d.Tokens) && j < i+6; j++ {
			if s.d.Tokens[j].Norm == "-" && j > i {
				continue
			}
			if node = m.step(node, s.d.Tokens[j].Norm); node == 0 {
				break
			}
			for _, e := range m.ends[node] {
				if e.kind != isName {
					s.clues = append(s.clues, clue{e, i, j})
				}
			}
		}
	}
}

// evidence sums up what speaks for an ambiguous name, and against it.
func (s *finder) evidence(c candidate, sure []Hit, shouts bool) float64 {
	sum := s.fromClues(c) + s.fromOthers(c, sure) + s.fromWriting(c, shouts)
	if c.e.likely {
		sum += likely
	}
	return sum + s.fromNeighbours(c)
}

func (s *finder) fromClues(c candidate) float64 {
	sentence := s.d.Tokens[c.at].Sentence
	near, far := 0.0, 0.0
	for _, k := range s.clues {
		if k.e.vendor != c.e.vendor || k.last >= c.at && k.first <= c.last && k.e.kind == isContext {
			continue
		}
		same := s.d.Tokens[k.first].Sentence == sentence
		switch {
		case k.e.kind == isNot && same:
			return -5
		case k.e.kind == isNot:
			far -= 1
		case same:
			near = min(near+1.3, 2.2)
		default:
			far += 0.8
		}
	}
	return near + max(-1, min(far, 1.2))
}

func (s *finder) fromOthers(c candidate, sure []Hit) float64 {
	sum := 0.0
	me := &s.c.Vendors[c.e.vendor]
	for _, h := range sure {
		other := &s.c.Vendors[h.Vendor]
		switch {
		case h.Vendor == int(c.e.vendor):
			return 3
		case other.Category == me.Category || other.ID == me.Owner || other.Owner == me.ID || other.Owner != "" && other.Owner == me.Owner:
			sum = max(sum, 0.9)
		default:
			sum = max(sum, 0.4)
		}
	}
	return sum
}

func (s *finder) fromWriting(c candidate, shouts bool) float64 {
	t := &s.d.Tokens[c.at]
	begins := c.at == 0 || s.d.Tokens[c.at-1].Sentence != t.Sentence
	switch {
	case t.Kind == text.Hashtag:
		return 0.7
	case c.e.exact != "" && !shouts:
		return 0.5
	case shouts:
		return 0
	case begins && s.d.IsTitle(c.at):
		return 0.1
	case s.d.IsTitle(c.at) || s.d.IsUpper(c.at):
		return 0.9
	}
	return -0.3
}

// fromNeighbours looks at the words before and behind the name.
func (s *finder) fromNeighbours(c candidate) float64 {
	before, before2 := s.word(c.at-1, c.at), s.word(c.at-2, c.at)
	after, k := s.word(c.last+1, c.at), c.last+1
	sum, service := 0.0, false
	switch {
	case serviceNouns[after]:
		sum, service = 1.4, true
	case failing[after] && !downIdiom[s.word(k+1, c.at)]:
		sum, service = 1.2, true
	}
	asked := isBe[before]
	for k <= c.last+4 && (isBe[s.word(k, c.at)] || adverbs[s.word(k, c.at)]) {
		k++
	}
	if k > c.last+1 || asked {
		switch w := s.word(k, c.at); {
		case failing[w] && !downIdiom[s.word(k+1, c.at)], stuckNot[w] && works[s.word(k+1, c.at)]:
			sum, service = max(sum, 1.5), true
		}
	}
	if w := s.word(c.last+1, c.at); stuckNot[w] && works[s.word(c.last+2, c.at)] {
		sum, service = max(sum, 1.5), true
	}
	if (before == "of" || before == "to") && blaming[before2] || blaming[before] {
		sum += 1.0
	}
	if accessing[before] || (before == "to" || before == "into" || before == "on") && accessing[before2] || before == "at" && failing[before2] {
		sum += 1.0
	}
	switch {
	case service:
	case before == "a" || before == "an" || before == "every" || before == "this" || before == "his" || before == "her" || before == "no" || before == "each":
		sum -= 1.0
	case before == "the" || before == "my" || before == "your" || before == "our" || before == "their":
		sum -= 0.6
	case verbal[before] && !s.d.IsTitle(c.at):
		sum -= 0.9
	}
	return sum
}

// word is the token at i if it is in the sentence of token at, else "".
func (s *finder) word(i, at int) string {
	if i < 0 || i >= len(s.d.Tokens) || s.d.Tokens[i].Sentence != s.d.Tokens[at].Sentence {
		return ""
	}
	return text.Key(s.d.Tokens[i].Norm)
}

func words(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, w := range list {
		m[w] = true
	}
	return m
}

var (
	serviceNouns = words("app", "apps", "website", "site", "server", "servers", "outage", "outages", "network", "login", "account",
		"accounts", "customer", "customers", "users", "support", "status", "subscription", "streaming", "online", "service", "services", "api",
		"broadband", "wifi", "internet", "com", "ceo", "engineers", "system", "systems", "channel", "call", "calls", "notifications", "board", "boards")
	failing = words("down", "offline", "crashed", "crashing", "crashes", "broken", "outage", "outages", "glitching", "lagging", "buffering", "unavailable", "dead", "borked",
		"working", "loading", "failing", "failed", "fails", "dies", "died", "collapsed", "meltdown", "acting", "having", "broke", "died", "errors", "error", "issues", "problems", "slow", "out")
	downIdiom = words("to", "with", "for", "on", "into", "from", "below", "bad", "of", "under")
	isBe      = words("is", "are", "was", "were", "be", "been", "isnt", "arent", "has", "went", "goes", "going", "keeps", "s", "'s", "seems", "gone", "got", "does", "anyones", "everyones", "anyone's", "everyone's", "hows", "whys", "why's", "how's")
	adverbs   = words("still", "completely", "totally", "actually", "really", "currently", "again", "just", "also", "all", "fully", "now", "not", "literally", "fucking", "being", "so", "very", "even", "always", "constantly")
	stuckNot  = words("not", "wont", "doesnt", "isnt", "cant", "stopped", "aint", "never", "keeps")
	works     = words("working", "work", "loading", "load", "open", "opening", "connect", "connecting", "respond", "responding", "crashing", "buffering", "send", "sending", "play", "playing", "update", "let", "up")
	blaming   = words("because", "due", "thanks", "blame", "blames", "blaming", "blamed", "fault", "bc", "cause", "from", "by")
	accessing = words("using", "use", "access", "accessing", "log", "logging", "logged", "login", "sign", "signing", "open", "opening", "load", "reach", "cancel", "cancelling", "cancelled", "canceled", "blame", "blaming", "dear", "hey", "via", "switch", "switching", "switched", "fix", "yo", "is", "connect", "connecting")
	verbal    = words("to", "will", "can", "cant", "could", "would", "should", "i", "we", "they", "you", "gonna", "wanna", "lets", "dont", "didnt", "please", "ill", "i'll", "and", "just")
)
