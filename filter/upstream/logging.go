package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// vmTagHeader tells the JWT service who asks: two plugins of one VM are two callers.
const vmTagHeader = "x-wasm-vm"

// newTag makes up a name for a VM: six hex digits, so that 65 VMs hardly ever share one. Envoy gives
// VMs no name.
func newTag() string {
	random := make([]byte, 3)
	if _, err := rand.Read(random); err != nil {
		panic("no random numbers: " + err.Error())
	}
	return hex.EncodeToString(random)
}

// Log lines are logfmt: `event=tick vm=3f2a91 n=7`. A program can read them without guessing, and so
// can a person. lab_helpers/board/parsing.py reads them.

// line is one event of a VM, with its fields.
func line(event, vmTag string, fields ...string) string {
	start := []string{field("event", event), field("vm", vmTag)}
	return strings.Join(append(start, fields...), " ")
}

// field writes one pair. A value that would not end where its word ends is quoted as Go quotes it: a
// line end in it stays in this line.
func field(name, value string) string {
	if value == "" || strings.ContainsAny(value, " =\"\\") || strings.IndexFunc(value, unprintable) >= 0 {
		value = strconv.Quote(value)
	}
	return name + "=" + value
}

// number writes one pair whose value is a number.
func number(name string, value uint64) string {
	return name + "=" + strconv.FormatUint(value, 10)
}

// reason is why Envoy refused a call, in its own words: the SDK puts some more before them.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), "error status returned by host: ")
}

// fingerprint names a token in the log, which must never hold one whole: the first 8 hex digits of
// the SHA-256 of the header's value.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:4])
}

func unprintable(char rune) bool {
	return char < ' ' || char > '~'
}
