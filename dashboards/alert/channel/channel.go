// Package channel brings messages to where people read them: one file a kind of
// receiver. It owns each receiver's wire format and what its answers mean, and nothing
// about when something is sent or to whom.
package channel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Channel is one receiver.
type Channel interface {
	// Send returns nil only when the receiver has taken the message. It may be called
	// again with the same message after an error, or after a crash: the message's ID is
	// then the same. reference is what the receiver calls the thread; the next message of
	// the thread brings it back. The error is an *Error where the receiver has answered.
	Send(ctx context.Context, m Message) (reference string, err error)
}

// Events of a thread.
const (
	Opened   = "opened"
	Updated  = "updated"
	Resolved = "resolved"
	// Joined ends a thread that is told on in another one.
	Joined = "joined"
	// Test is a message that somebody asked for to see whether it arrives.
	Test = "test"
)

// Message is what a channel sends.
type Message struct {
	// ID is the same for each try.
	ID string
	// Thread names what belongs together; Number is the place in it, from 1.
	Thread string
	Number int
	// Reference is what the receiver has called the thread; empty for the first message.
	Reference string
	Title     string
	Text      string
	Alert     *Alert
}

// Ends reports whether the message is the last one of its thread.
func (m *Message) Ends() bool { return Ends(m.Alert.Event) }

// Ends reports whether an event is the last one of a thread.
func Ends(event string) bool { return event == Resolved || event == Joined }

// Alert is what a message says, for programs.
type Alert struct {
	Event string `json:"event"`
	// Thread is the same from opened to resolved.
	Thread string `json:"thread"`
	Rule   string `json:"rule"`
	// Vendor is at the root: the supplier where one is behind the incidents.
	Vendor string `json:"vendor"`
	Name   string `json:"name"`
	// Probability is that of the supplier being the cause; 0 where there is none.
	Probability float64 `json:"cause_probability,omitempty"`
	// Level is minor, major or critical.
	Level     string     `json:"level"`
	OpenedAt  time.Time  `json:"opened_at"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	At        time.Time  `json:"at"`
	Authors   int        `json:"authors"`
	Incidents []Incident `json:"incidents"`
	Blamed    []Share    `json:"blamed,omitempty"`
	// Misattributed is a vendor that the crowd blames wrongly.
	Misattributed string  `json:"misattributed,omitempty"`
	Quotes        []Quote `json:"quotes,omitempty"`
	// Ends says what would end it.
	Ends string `json:"ends,omitempty"`
	// Note is why it ended in another way than by calm.
	Note      string `json:"note,omitempty"`
	Link      string `json:"link,omitempty"`
	Simulated bool   `json:"simulated,omitempty"`
}

// Incident is one of those that the alert is about.
type Incident struct {
	ID       string     `json:"id"`
	Vendor   string     `json:"vendor"`
	Name     string     `json:"name"`
	State    string     `json:"state"`
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt *time.Time `json:"closed_at,omitempty"`
	Authors  int        `json:"authors"`
	Peak     float64    `json:"peak_per_minute"`
	Expected float64    `json:"expected_per_minute"`
	Severity float64    `json:"severity"`
	Symptoms []string   `json:"symptoms,omitempty"`
	Devices  []string   `json:"devices,omitempty"`
	Places   []string   `json:"places,omitempty"`
	Reason   string     `json:"reason"`
	Lead     *float64   `json:"lead_minutes,omitempty"`
}

// Share is a vendor's part of the people who blame one.
type Share struct {
	Vendor string  `json:"vendor"`
	Name   string  `json:"name"`
	People int     `json:"people"`
	Share  float64 `json:"share"`
}

// Quote is a post that stands for many.
type Quote struct {
	Text   string    `json:"text"`
	URL    string    `json:"url,omitempty"`
	Source string    `json:"source"`
	At     time.Time `json:"at"`
}

// Error is an answer of the receiver, or that there was none.
type Error struct {
	// Permanent: the same message will not be taken another time.
	Permanent bool
	// Gone: no message will be.
	Gone bool
	// After is how long the receiver asks to be left alone; 0 where it does not say.
	After time.Duration
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Kinds of channels.
var Kinds = []string{"log", "slack", "webhook", "email", "pagerduty", "alertmanager", "shoutrrr"}

// Config is a channel as alert files have it.
type Config struct {
	Name string `yaml:"name"`
	Kind string `yaml:"type"`
	// URL is where to: of slack an incoming webhook, of alertmanager its address, of
	// shoutrrr a service URL.
	URL string `yaml:"url"`
	// Secret signs webhooks: whsec_ and base64, more than one while keys change.
	Secret string `yaml:"secret"`
	// Token and Channel are those of a Slack app that may write and change messages.
	Token   string `yaml:"token"`
	Channel string `yaml:"channel"`
	// Key is the integration key of PagerDuty.
	Key string `yaml:"key"`
	// SMTP is host:port; TLS is starttls, tls or none.
	SMTP     string   `yaml:"smtp"`
	TLS      string   `yaml:"tls"`
	Username string   `yaml:"username"`
	Password string   `yaml:"password"`
	From     string   `yaml:"from"`
	To       []string `yaml:"to"`
	// AllowPrivate lets webhooks go to addresses of private networks.
	AllowPrivate bool `yaml:"allow_private"`
	// UpdateEvery is the least time between two updates of a thread; 0 is the kind's own.
	UpdateEvery time.Duration `yaml:"update_every"`
	// Title and Text are templates in place of the built-in ones.
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

// updateEvery is how often a kind takes updates: those that change a message in place
// often, those that ring seldom.
var updateEvery = map[string]time.Duration{
	"log": time.Minute, "slack": 10 * time.Minute, "webhook": time.Minute, "email": 30 * time.Minute,
	"pagerduty": 5 * time.Minute, "alertmanager": time.Minute, "shoutrrr": 15 * time.Minute,
}

// Every is the least time between two updates of a thread.
func (c *Config) Every() time.Duration {
	switch {
	case c.UpdateEvery > 0:
		return c.UpdateEvery
	case c.Kind == "slack" && c.Token != "":
		return time.Minute
	}
	return updateEvery[c.Kind]
}

// Resend is how often the last message of an open thread is sent again, without being
// news: an Alertmanager forgets what it does not hear of. 0 means never.
func (c *Config) Resend() time.Duration {
	if c.Kind == "alertmanager" {
		return time.Minute
	}
	return 0
}

// New makes the channel.
func New(c Config, log *slog.Logger) (Channel, error) {
	need := func(fields map[string]string) error {
		var missing []string
		for name, value := range fields {
			if value == "" {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			slices.Sort(missing)
			return fmt.Errorf("needs %s", strings.Join(missing, " and "))
		}
		return nil
	}
	client := newClient(c.AllowPrivate || c.Kind == "alertmanager")
	switch c.Kind {
	case "log":
		return logChannel{log}, nil
	case "slack":
		if c.Token != "" {
			return newSlackApp(c, client), need(map[string]string{"channel": c.Channel})
		}
		return slackHook{c.URL, client}, errors.Join(need(map[string]string{"url, or token and channel": c.URL}), checkURL(c.URL))
	case "webhook":
		h, err := newWebhook(c, client)
		return h, errors.Join(need(map[string]string{"url": c.URL}), checkURL(c.URL), err)
	case "email":
		return newEmail(c), errors.Join(need(map[string]string{"smtp": c.SMTP, "from": c.From, "to": strings.Join(c.To, ",")}), checkEmail(c))
	case "pagerduty":
		return pagerDuty{c.Key, cmp.Or(c.URL, "https://events.pagerduty.com/v2/enqueue"), client}, need(map[string]string{"key": c.Key})
	case "alertmanager":
		return alertmanager{strings.TrimSuffix(c.URL, "/"), client}, errors.Join(need(map[string]string{"url": c.URL}), checkURL(c.URL))
	case "shoutrrr":
		s, err := newShoutrrr(c.URL)
		return s, errors.Join(need(map[string]string{"url": c.URL}), err)
	}
	return nil, fmt.Errorf("has the type %q; it must be one of %s", c.Kind, strings.Join(Kinds, ", "))
}

// logChannel writes messages to the log.
type logChannel struct{ log *slog.Logger }

func (l logChannel) Send(_ context.Context, m Message) (string, error) {
	l.log.Warn("alert", "event", m.Alert.Event, "title", m.Title, "thread", m.Thread, "level", m.Alert.Level, "link", m.Alert.Link)
	return "", nil
}
