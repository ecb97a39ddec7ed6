package text

// doubles are words in which a letter rightly stands twice. A stretched word
// that shortens to one of them keeps the pair; any other keeps one letter.
var doubles = set(
	"all", "always", "annoyed", "annoying", "app", "apps", "arrgh", "awesome", "back", "ball", "beef", "been", "bell", "better",
	"book", "boo", "boom", "bull", "bullshit", "call", "calling", "calls", "cell", "cool", "deep", "dropped", "feel", "feels", "fell",
	"finally", "fool", "free", "full", "fuss", "google", "good", "happen", "happened", "happening", "happy", "hell", "hello", "hobby",
	"hurry", "keep", "keeps", "kill", "killed", "killing", "killer", "loss", "look", "looks", "mess", "messed", "messenger", "miss",
	"missed", "missing", "mood", "need", "needs", "off", "odd", "pass", "piss", "pissed", "please", "pool", "poor", "pull", "really",
	"room", "school", "seriously", "see", "seen", "sell", "shit", "skill", "sleep", "slow", "small", "soon", "sorry", "speed", "spell",
	"still", "stuff", "stopped", "sucks", "suddenly", "sweet", "swear", "tall", "tell", "three", "too", "took", "twitter", "ugh",
	"unreal", "usually", "weed", "week", "weeks", "well", "will", "yahoo", "yall", "yell", "zoom", "apple", "steam", "zelle",
	"spotify", "nooo", "goodness", "dammit", "goddammit", "effing", "funny", "hilarious", "loading", "less", "unless", "useless",
	"pathetic", "stress", "success", "access", "address", "business", "process", "progress", "express", "discuss", "woohoo", "yikes",
)

// shorten takes the stretch out of a word: "stilllll" is "still", "downnn" is
// "down". Every run of three or more becomes two where that makes a known word,
// otherwise one.
func shorten(word string) string {
	two, one := make([]byte, 0, len(word)), make([]byte, 0, len(word))
	for i := 0; i < len(word); {
		j := i
		for j < len(word) && word[j] == word[i] {
			j++
		}
		n := j - i
		two = append(two, word[i:i+min(n, 2)]...)
		if n >= 3 && word[i] > '9' {
			n = 1
		}
		one = append(one, word[i:i+n]...)
		i = j
	}
	if doubles[string(two)] {
		return string(two)
	}
	return string(one)
}
