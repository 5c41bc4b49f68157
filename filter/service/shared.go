package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// mostTries is how often the service tries to be the one that writes: others of the same key write
// from their own threads.
const mostTries = 3

// shared is what lies in the shared data: a token, who put it there, and when.
type shared struct {
	by    string // as `writer` returns it
	atMs  int64  // milliseconds since the epoch
	token string
}

// text is the value as it is kept: `3f2a91.service 1764260000000 Bearer …`.
func (s shared) text() string {
	return s.by + " " + strconv.FormatInt(s.atMs, 10) + " " + s.token
}

// parseShared reads a value. Whoever has the vm_id may write to the key: what is no token of ours is
// none, and is handed to nobody.
func parseShared(value string) (shared, bool) {
	parts := strings.SplitN(value, " ", 3)
	if len(parts) != 3 || !wellFormed(parts[2]) {
		return shared{}, false
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	return shared{by: parts[0], atMs: at, token: parts[2]}, err == nil
}

// share puts a token into the shared data. It writes only over what it has read (compare and swap), so
// that it notices when another has written meanwhile; and it says so, for that one shares the key.
//
// lesson: share
func (plugin *pluginContext) share(tick uint64, token string) {
	fresh := shared{by: plugin.writer(), atMs: time.Now().UnixMilli(), token: token}
	for range mostTries {
		before, version, err := proxywasm.GetSharedData(plugin.settings.key)
		if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
			plugin.logWarn("share_refused", number("n", tick), field("error", reason(err)))
			return
		}
		plugin.noteOthers(tick, string(before))
		err = proxywasm.SetSharedData(plugin.settings.key, []byte(fresh.text()), version)
		if err == nil {
			plugin.service.shared = true
			plugin.tellQueue(tick, token)
			return
		}
		if !errors.Is(err, types.ErrorStatusCasMismatch) {
			plugin.logWarn("share_refused", number("n", tick), field("error", reason(err)))
			return
		}
	}
	plugin.logWarn("share_refused", number("n", tick), field("error", "others wrote each time"))
}

// lesson: end

// noteOthers says that the key holds what another plugin put there after this one's own.
func (plugin *pluginContext) noteOthers(tick uint64, value string) {
	if value == "" {
		return
	}
	theirs, ok := parseShared(value)
	switch {
	case !ok:
		plugin.logWarn("share_conflict", number("n", tick), field("place", plugin.place()),
			field("by", "somebody whose value is no token"))
	case theirs.by == plugin.writer():
	case plugin.service.shared:
		plugin.logWarn("share_conflict", number("n", tick), field("place", plugin.place()), field("by", theirs.by))
	default:
		plugin.logInfo("share_taken_over", number("n", tick), field("place", plugin.place()), field("by", theirs.by))
	}
}

// tellQueue puts the token's fingerprint into the shared queue, where one is set. Nothing tells of a
// write to the shared data; a queue does, but it wakes only one of those who registered it, the last.
func (plugin *pluginContext) tellQueue(tick uint64, token string) {
	if plugin.settings.queue == "" {
		return
	}
	queue, err := proxywasm.ResolveSharedQueue(plugin.vmID(), plugin.settings.queue)
	if err == nil {
		err = proxywasm.EnqueueSharedQueue(queue, []byte(fingerprint(token)))
	}
	if err != nil {
		plugin.logWarn("queue_refused", number("n", tick), field("queue", plugin.settings.queue),
			field("error", reason(err)))
	}
}
