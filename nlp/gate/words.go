package gate

import "strings"

// part is the part that a word can play in a complaint. Where first of one word
// and second of the next have a bit in common, the two are one.
type part struct {
	first, second uint16
	alone, skip   bool
}

// alone are words that need no other.
const alone = `outage outages downdetector downtime unreachable serverdown isdown borked buffering
	caido caida caiu panne storung störung 障害 сбой`

// skipped may stand between the two words of a pair.
const skipped = `still completely totally fully again just currently all literally fucking even really actually now so also being
	been officially apparently both basically constantly always suddenly`

// pairs: any word before the bar with any word behind it.
var pairs = []string{
	`is are was were went goes going servers server site website app internet wifi everything network system systems its it service
		services be seems theyre back apps platform login page online broadband | down offline`,
	`not isnt wont doesnt cant stopped never arent aint cannot couldnt keeps keep unable refuses |
		working loading load connect connecting respond responding loggin login log sign refresh stream streaming sync crashing freezing
		disconnecting open opening send`,
	`anyone anybody everyone someone | else elses having`,
	`server connection network internal login http gateway service error code 500 502 503 504 | error errors timeout timeouts unavailable 500 502 503 504 failed`,
	`no lost without | internet wifi signal service connection reception`,
	`just only | me`,
	`app site website server servers game | crashed crashing crashes lagging`,
	`timed logged kicked locked signed | out`,
	`having technical connectivity connection server network login | issues problems trouble difficulties`,
	`no não nao ne pas nicht niet non | funciona funcionan marche fonctionne funktioniert werkt funziona anda`,
	`fora | do`,
	`障 | 害`,
	`落 | ち`,
	`не | работает работают`,
}

var parts = makeParts()

func makeParts() map[string]part {
	m := map[string]part{}
	for _, w := range strings.Fields(alone) {
		m[w] = part{alone: true}
	}
	for _, w := range strings.Fields(skipped) {
		m[w] = part{skip: true}
	}
	for i, p := range pairs {
		first, second, _ := strings.Cut(p, "|")
		for _, w := range strings.Fields(first) {
			e := m[w]
			e.first |= 1 << i
			m[w] = e
		}
		for _, w := range strings.Fields(second) {
			e := m[w]
			e.second |= 1 << i
			m[w] = e
		}
	}
	return m
}
