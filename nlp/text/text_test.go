package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func norms(d *Doc) []string {
	var out []string
	for _, t := range d.Tokens {
		out = append(out, t.Norm)
	}
	return out
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"Is Netflix DOWN?", "is netflix down ?"},
		{"can’t log in — “error 503”", `can't log in — " error 503 "`},
		{"AT&amp;T is down&#33;", "at & t is down !"},
		{"ＮＥＴＦＬＩＸ 𝗱𝗼𝘄𝗻 Pokémon", "netflix down pokemon"},
		{"net\u200bflix i\u00ads down\u202e", "netflix is down"},
		{"dowwwwn stilllll sooo nooooo Googleee", "down still so no google"},
		{"#NetflixDown #aws_outage #IsFBDown #1 #lol", "netflix down aws outage is fb down # 1 lol"},
		{"@NetflixHelps @user@mastodon.social. @netflix.bsky.social!", "netflixhelps user@mastodon.social . netflix.bsky.social !"},
		{"see https://status.x.com/a?b=1). ok", "see https://status.x.com/a?b=1 ) . ok"},
		{"bit.ly/abc netflix.com down.anyone else", "bit.ly/abc netflix.com down . anyone else"},
		{"T-Mobile's network", "t - mobile's network"},
		{"ugh :( 😡👍🏽 </3", "ugh :( 😡 👍 </3"},
		{"at 10:30 it's 3.5 or 1,000 U.S. rules", "at 10 : 30 it's 3.5 or 1,000 u.s . rules"},
		{"Disney+ WiFi™ down", "disney + wifi down"},
		{"wait... what?!?! ok", "wait ... what ?!?! ok"},
		{"障害 サービス", "障 害 サービス"},
		{"a\xffb c\xc3", "a b c"},
		{"", ""},
	} {
		if diff := cmp.Diff(strings.Fields(c.want), norms(Parse(c.in)), cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%q (-want +got)\n%s", c.in, diff)
		}
	}
}

func TestSpansPointAtTheOriginal(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"Is “Netflix” DOWN?", "𝗡𝗲𝘁𝗳𝗹𝗶𝘅 d\u200bown & AT&amp;T", "ﬁne ½ İstanbul", "👩‍👩‍👧‍👦 ok"} {
		d := Parse(in)
		last := int32(0)
		for i, tok := range d.Tokens {
			if tok.Start < last || tok.End <= tok.Start || int(tok.End) > len(in) {
				t.Fatalf("%q: token %d %+v lies wrong", in, i, tok)
			}
			if !utf8.ValidString(d.Source(i)) {
				t.Errorf("%q: token %d cuts a rune: %q", in, i, d.Source(i))
			}
			last = tok.End
		}
	}
	d := Parse("𝗡𝗲𝘁𝗳𝗹𝗶𝘅 is d\u200bown")
	if got := d.Source(2); got != "d\u200bown" {
		t.Errorf("source of down is %q", got)
	}
}
