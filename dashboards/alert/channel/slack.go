package channel

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// slackEscape makes text that Slack shows as it is: no link, no mention.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackText is the message in Slack's markup. What people wrote is escaped; links are ours.
func slackText(m *Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*\n%s", slackEscape.Replace(m.Title), slackEscape.Replace(m.Text))
	return b.String()
}

// slackHook is an incoming webhook. It cannot change messages, so each is a new one.
type slackHook struct {
	url    string
	client *http.Client
}

func (s slackHook) Send(ctx context.Context, m Message) (string, error) {
	_, err := sendJSON(ctx, s.client, s.url, nil, map[string]any{"text": slackText(&m), "unfurl_links": false, "unfurl_media": false})
	return "", err
}

// slackApp writes one message a thread and keeps it up to date; the end is said once
// more below it.
type slackApp struct {
	base, token, channel string
	client               *http.Client
}

func newSlackApp(c Config, client *http.Client) slackApp {
	return slackApp{strings.TrimSuffix(cmp.Or(c.URL, "https://slack.com/api"), "/"), c.Token, c.Channel, client}
}

func (s slackApp) Send(ctx context.Context, m Message) (string, error) {
	at, channel, known := strings.Cut(m.Reference, " ")
	if !known {
		got, err := s.call(ctx, "chat.postMessage", map[string]any{"channel": s.channel, "text": slackText(&m), "unfurl_links": false, "unfurl_media": false, "client_msg_id": uuidOf(m.ID)})
		return got.TS + " " + got.Channel, err
	}
	if _, err := s.call(ctx, "chat.update", map[string]any{"channel": channel, "ts": at, "text": slackText(&m)}); err != nil {
		return m.Reference, err
	}
	if m.Ends() {
		_, err := s.call(ctx, "chat.postMessage", map[string]any{"channel": channel, "thread_ts": at, "text": slackEscape.Replace(m.Title), "client_msg_id": uuidOf(m.ID)})
		return m.Reference, err
	}
	return m.Reference, nil
}

type slackAnswer struct {
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	TS      string `json:"ts"`
	Channel string `json:"channel"`
}

// slackPasses are the errors of Slack that another try may mend.
var slackPasses = map[string]bool{"ratelimited": true, "internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true}

func (s slackApp) call(ctx context.Context, method string, v map[string]any) (slackAnswer, error) {
	var a slackAnswer
	said, err := sendJSON(ctx, s.client, s.base+"/"+method, map[string]string{"Authorization": "Bearer " + s.token}, v)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(said, &a); err != nil {
		return a, &Error{Err: fmt.Errorf("reading Slack's answer to %s: %w", method, err)}
	}
	if !a.OK {
		return a, &Error{Permanent: !slackPasses[a.Error], After: 30 * time.Second, Err: fmt.Errorf("slack refused %s: %s", method, a.Error)}
	}
	return a, nil
}
