package vendor

import (
	"strings"

	"github.com/outcry/outcry/nlp/text"
)

// supportWords are what companies put around their name in a handle.
var supportWords = []string{
	"official", "support", "helps", "help", "cares", "care", "status", "service", "customerservice", "assist",
	"team", "news", "app", "game", "games", "online", "usa", "us", "uk", "ca", "in", "hq", "inc", "tv", "ask", "ops", "eng",
}

// troubleWords are what people put around a name in a hashtag to say that it fails.
var troubleWords = []string{
	"isdown", "isdownagain", "downagain", "serversdown", "serverdown", "down", "outages", "outage", "issues", "issue",
	"problems", "problem", "fails", "fail", "failed", "crash", "crashed", "crashes", "crashing", "offline", "broken", "broke", "isbroken",
	"notworking", "isnotworking", "error", "errors", "blackout", "shutdown", "meltdown", "servers", "server", "sucks", "hacked", "apocalypse", "bug", "bugs", "lag",
	"glitch", "downtime", "dead", "isdead", "died", "gate",
}

// opinionWords stand around a name in a hashtag without saying that it fails.
var opinionWords = []string{
	"fix", "rip", "boycott", "delete", "deletethe", "cancel", "bye", "goodbye", "thanks", "dear", "where", "fuck", "hate", "love", "is",
	"back", "isback", "users", "memes", "gang",
}

// handle looks at the mention at token i.
func (s *finder) handle(i int) {
	name := s.d.Tokens[i].Norm
	if v, ok := s.c.m.handles[name]; ok {
		s.add(int(v), i, i, scoreAccount).Handle = true
		return
	}
	if dot := strings.IndexAny(name, ".@"); dot > 0 { // @netflix.bsky.social, @netflix@mastodon.social
		name = name[:dot]
		if v, ok := s.c.m.handles[name]; ok {
			s.add(int(v), i, i, scoreAccount).Handle = true
			return
		}
	}
	if e, ok := s.c.m.sure(strings.ReplaceAll(name, "_", "")); ok {
		s.add(int(e.vendor), i, i, scoreDerived).Handle = true
		return
	}
	if len(name) < 5 {
		return
	}
	for _, w := range supportWords {
		for _, rest := range [2]string{strings.TrimSuffix(name, w), strings.TrimPrefix(name, w)} {
			rest = strings.Trim(rest, "_")
			if len(rest) == len(name) || len(rest) < 2 {
				continue
			}
			if e, ok := s.c.m.sure(rest); ok {
				s.add(int(e.vendor), i, i, scoreDerived).Handle = true
				return
			}
		}
	}
}

// hashtag looks at a whole hashtag, unless a name was found among its parts.
func (s *finder) hashtag(tag text.Tag) {
	first, last := int(tag.First), int(tag.Last)
	for _, h := range s.hits[s.base:] {
		if h.First <= last && h.Last >= first {
			return
		}
	}
	name := strings.ReplaceAll(tag.Norm, "_", "")
	if v, ok := s.c.m.hashtags[name]; ok {
		s.add(int(v), first, last, scoreAccount).Trouble = says(name)
		s.forget(first, last)
		return
	}
	if e, ok := s.c.m.sure(name); ok {
		s.add(int(e.vendor), first, last, scoreName)
		s.forget(first, last)
		return
	}
	// What says trouble proves an ambiguous name, too: #targetdown.
	if v, ok := s.c.m.around(name, troubleWords, true); ok {
		s.add(v, first, last, scoreName).Trouble = true
		s.forget(first, last)
		return
	}
	if v, ok := s.c.m.around(name, opinionWords, false); ok {
		s.add(v, first, last, scoreDerived)
		s.forget(first, last)
	}
}

// says reports whether the hashtag ends in a word of trouble.
func says(name string) bool {
	for _, w := range troubleWords {
		if len(name) > len(w) && strings.HasSuffix(name, w) {
			return true
		}
	}
	return false
}

// around finds the name that is left of a hashtag without one of the words.
func (m *matcher) around(tag string, words []string, weak bool) (int, bool) {
	for _, w := range words {
		for _, rest := range [2]string{strings.TrimSuffix(tag, w), strings.TrimPrefix(tag, w)} {
			if len(rest) == len(tag) || len(rest) < 2 {
				continue
			}
			if e, ok := m.sure(strings.TrimPrefix(rest, "is")); ok {
				return int(e.vendor), true
			}
			if e, ok := m.sure(rest); ok {
				return int(e.vendor), true
			}
			if all := m.joined[rest]; weak && len(all) > 0 && len(rest) >= 3 {
				return int(all[0].vendor), true
			}
		}
	}
	return 0, false
}

// forget drops ambiguous names within tokens that are decided.
func (s *finder) forget(first, last int) {
	kept := s.weak[:0]
	for _, c := range s.weak {
		if c.last < first || c.at > last {
			kept = append(kept, c)
		}
	}
	s.weak = kept
}
