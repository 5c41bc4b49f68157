package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// tagHeader tells the JWT service who asks. It is the Wasm filter's, so that the service needs no other.
const tagHeader = "x-wasm-vm"

// logLevel is one of Envoy's.
type logLevel int

const (
	levelInfo     logLevel = 2
	levelWarn     logLevel = 3
	levelCritical logLevel = 5
)

// newTag makes up a name for this instance: six hex digits.
func newTag() string {
	random := make([]byte, 3)
	if _, err := rand.Read(random); err != nil {
		panic("no random numbers: " + err.Error())
	}
	return hex.EncodeToString(random)
}

// line writes a line in logfmt, as the Wasm filter does: `event=tick module=3f2a91 n=7`. Only the name of the
// instance is another one, for there is no VM here.
func line(event, tag string, fields ...string) string {
	return strings.Join(append([]string{field("event", event), field("module", tag)}, fields...), " ")
}

// field writes one pair. A value that would not end where its word ends is quoted as Go quotes it: a
// line end in it stays in this line.
func field(name, value string) string {
	if value == "" || strings.ContainsAny(value, " =\"\\") || strings.IndexFunc(value, unprintable) >= 0 {
		value = strconv.Quote(value)
	}
	return name + "=" + value
}

func number(name string, value uint64) string {
	return name + "=" + strconv.FormatUint(value, 10)
}

func unprintable(char rune) bool {
	return char < ' ' || char > '~'
}

// fingerprint stands for a token in the log, where a whole one has no place.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:4])
}
