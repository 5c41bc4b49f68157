package main

import (
	"crypto/subtle"
	"strconv"
)

// keyOf reads the one key of a request. Of two, another reader might take the other one.
func keyOf(headers [][2]string, name string) (key, why string) {
	found := 0
	for _, header := range headers {
		if header[0] == name {
			key = header[1]
			found++
		}
	}
	switch {
	case found == 0 || key == "":
		return "", "no_key"
	case found > 1:
		return key, "several_keys"
	}
	return key, ""
}

// nameOf is whose key it is; "" where it is nobody's. Each key is looked at, and each in the time that its
// length takes: how long an answer needs tells nothing of how near a guess came.
func (s *settings) nameOf(key string) string {
	name := ""
	for known, owner := range s.keys {
		if subtle.ConstantTimeCompare([]byte(known), []byte(key)) == 1 {
			name = owner
		}
	}
	return name
}

// statusIn reads the status of a reply; 0 where there is none.
func statusIn(headers [][2]string) uint64 {
	for _, header := range headers {
		if header[0] != ":status" {
			continue
		}
		status, err := strconv.ParseUint(header[1], 10, 16)
		if err != nil {
			return 0
		}
		return status
	}
	return 0
}
