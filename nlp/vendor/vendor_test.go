package vendor

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/nlp/text"
)

func small(t testing.TB) *Catalogue {
	t.Helper()
	b, err := os.ReadFile("../testdata/vendors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func found(c *Catalogue, s string) string {
	var out []string
	for _, h := range c.Match(text.Parse(s), nil) {
		out = append(out, c.Vendors[h.Vendor].ID+"="+s[h.Start:h.End])
	}
	return strings.Join(out, " ")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	c := small(t)
	for _, x := range []struct{ in, want string }{
		// Names, possessives, hyphens, spelling.
		{"is Netflix down", "netflix=Netflix"},
		{"NETFLIX's servers and net flix", "netflix=NETFLIX's netflix=net flix"},
		{"amazons and netflixs", "amazon=amazons netflix=netflixs"},
		{"T-Mobile or tmobile or T Mobile", "t-mobile=T-Mobile t-mobile=tmobile t-mobile=T Mobile"},
		{"AT&amp;T and AT&T and att", "att=AT&amp;T att=AT&T att=att"},
		{"McDonald’s app, mcdonalds", "mcdonalds=McDonald’s mcdonalds=mcdonalds"},
		{"netflix.com won't load", "netflix=netflix.com"},
		{"𝐍𝐞𝐭𝐟𝐥𝐢𝐱 down", "netflix=𝐍𝐞𝐭𝐟𝐥𝐢𝐱"},
		// The most specific one.
		{"facebook messenger is out", "messenger=facebook messenger"},
		{"amazon prime video vs amazon", "prime-video=amazon prime video amazon=amazon"},
		{"Amazon's servers again", "aws=Amazon's servers"},
		{"us-east-1 is on fire", "aws=us-east-1"},
		{"disney+ and disney", "disney-plus=disney+ disney=disney"},
		{"disney princess", ""},
		// Handles and hashtags.
		{"@NetflixHelps hi", "netflix=@NetflixHelps"},
		{"@netflix.bsky.social @spotifysupport @hulu@masto.example", "netflix=@netflix.bsky.social spotify=@spotifysupport hulu=@hulu@masto.example"},
		{"@netflixandchill4u", ""},
		{"#NetflixDown", "netflix=#Netflix"},
		{"#netflixdown #FacebookOutage #targetdown", "netflix=#netflixdown facebook=#Facebook target=#targetdown"},
		{"#countdown #sundown #lockdown", ""},
		{"#ripfacebook #youtubedown #WhatsAppDown #TikTokIsDown", "facebook=#ripfacebook youtube=#youtubedown whatsapp=#WhatsApp tiktok=#TikTok"},
		{"https://www.netflix.com/x https://t.co/abc", ""},
		// Ordinary words.
		{"i'm going to chase my dog", ""},
		{"Is Chase down? app won't open", "chase=Chase"},
		{"chase app is down", "chase=chase"},
		{"apple pie with apples", ""},
		{"my iphone can't reach Apple", "apple=Apple"},
		{"the delta variant", ""},
		{"Delta flights grounded", "delta=Delta"},
		{"signal is bad here", ""},
		{"Signal is down, using Telegram", "signal=Signal telegram=Telegram"},
		{"zoom in on that", ""},
		{"is zoom down for anyone? my meeting won't start", "zoom=zoom"},
		{"target date moved", ""},
		{"Target registers are down", "target=Target"},
		{"cut me some slack", ""},
		{"slack is down", "slack=slack"},
		{"manchester united are down to ten men", ""},
		{"three of my friends", ""},
		{"the sky is falling down", ""},
		{"X is down, can't see tweets", "x=X"},
		{"x marks the spot", ""},
		{"wedding ring", ""},
		{"Ring cameras offline", "ring=Ring"},
		{"the teams played well", ""},
		{"teams isn't working, cant join my meeting", "teams=teams"},
	} {
		if got := found(c, x.in); got != x.want {
			t.Errorf("%q\n got %q\nwant %q", x.in, got, x.want)
		}
	}
}

func TestNamesAgreesWithMatch(t *testing.T) {
	t.Parallel()
	c := small(t)
	for _, s := range []string{"hello", "is netflix down", "#targetdown", "chase app", "apple pie", "@hulu", "my ring"} {
		d := text.Parse(s)
		if got, want := c.Names(d), len(c.Match(d, nil)) > 0; got != want {
			t.Errorf("Names(%q) is %t, Match says %t", s, got, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	const ok = "vendors:\n  - {id: a, name: A, aliases: [alpha]}\n"
	for _, x := range []struct{ builtin, user, want string }{
		{"vendors:\n  - id: a\n    name: A\n    alias: [x]\n", "", "line 4: field alias not found"},
		{"vendors:\n  - {id: a, name: A, aliases: [x]}\n  - {id: b, name: B, aliases: [X]}\n", "", "vendors a and b both have the name"},
		{"vendors:\n  - {id: a, name: A}\n  - {id: a, name: B}\n", "", "vendor a is there twice"},
		{"vendors:\n  - {name: A}\n", "", "has no id"},
		{"vendors:\n  - {id: A b, name: A}\n", "", `vendor id "A b"`},
		{ok + "edges:\n  - {from: a, relation: owns, to: zed}\n", "", `there is no vendor "zed"`},
		{ok + "  - {id: b, name: B}\nedges:\n  - {from: a, relation: eats, to: b}\n", "", "owns, runs_on or competes_with"},
		{ok + "  - {id: b, name: B}\nedges:\n  - {from: a, relation: owns, to: b, since: May}\n", "", "2010-11"},
		{ok, "vendors:\n  - {id: b}\n", "your vendor catalogue: vendor b has no name"},
		{ok, "vendors:\n  - {id: b, name: B, aliases: [alpha]}\n", "vendors a and b both have the name"},
		{"vendors:\n  - {id: a, name: A, handles: [x]}\n  - {id: b, name: B, handles: ['@X']}\n", "", `both have the handle`},
		{"vendors:\n  - {id: a, name: A, ambiguous: [x]}\n", "", `"x" is in ambiguous`},
		{"vendors:\n  - {id: a, name: A, aliases: ['-']}\n", "", "has no word"},
		{"vendors:\n  - {id: a, name: A, aliases: [x], likely: [x]}\n", "", `"x" is in likely, but not in ambiguous`},
		{ok + "---\nx: 1\n", "", "more than one document"},
	} {
		_, err := Load([]byte(x.builtin), []byte(x.user))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("catalogue %q and %q: error is %v, want %q in it", x.builtin, x.user, err, x.want)
		}
	}
}

func TestUserExtendsBuiltin(t *testing.T) {
	t.Parallel()
	c, err := Load(
		[]byte("vendors:\n  - {id: a, name: A, category: x, aliases: [alpha]}\n  - {id: b, name: B}\nedges:\n  - {from: a, relation: runs_on, to: b}\n"),
		[]byte("vendors:\n  - {id: a, name: Alpha, aliases: [alfa]}\n  - {id: c, name: C, aliases: [gamma]}\nedges:\n  - {from: a, relation: runs_on, to: b, since: \"2019\"}\n  - {from: c, relation: owns, to: a}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := found(c, "alpha alfa gamma"), "a=alpha a=alfa c=gamma"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	a, _ := c.ByID("a")
	if a.Name != "Alpha" || a.Category != "x" {
		t.Errorf("merged vendor is %+v", a)
	}
	want := []Edge{{From: "a", Relation: RunsOn, To: "b", Since: "2019"}, {From: "c", Relation: Owns, To: "a"}}
	if diff := cmp.Diff(want, c.Edges); diff != "" {
		t.Errorf("edges (-want +got)\n%s", diff)
	}
}

// TestLikely has a name that is seldom an ordinary word beside one that often is.
func TestLikely(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(`vendors:
  - {id: slack, name: Slack, aliases: [slack], ambiguous: [slack], likely: [slack], context: [channel], not: [slack off]}
  - {id: ring, name: Ring, aliases: [ring], ambiguous: [ring], context: [doorbell]}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"email never hurt me like slack did": "slack=slack",
		"we moved to slack last week":        "slack=slack",
		"a slack in the rope":                "",
		"do not slack off":                   "",
		"she gave me the ring yesterday":     "",
		"ring.com says no":                   "ring=ring.com",
	} {
		if got := found(c, in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestShippedCatalogueLoads(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../config/vendors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(b, nil); err != nil {
		t.Error(err)
	}
}
