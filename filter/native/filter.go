package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// host is what the filter needs of Envoy. abi.go has the real one; the tests have one of their own.
type host interface {
	log(level logLevel, line string)
	// open makes ready what wake needs; close gives it back.
	open()
	// wake lets Envoy call onTick, on its main thread. It may be called on any thread.
	wake()
	close()
	// callOut sends a request on the main thread. Its answer comes to onReply, with the same number.
	callOut(rules settings, tag string) (uint64, calloutResult)
}

// request is one request and its response. Each worker has its own.
type request interface {
	requestHeader(name string) string
	setResponseHeader(name, value string) bool
	removeResponseHeader(name string)
}

// calloutResult says whether Envoy sends a callout.
type calloutResult int

const calloutSent calloutResult = 0

// String is why Envoy does not send it. The numbers are those of its ABI.
func (r calloutResult) String() string {
	switch r {
	case calloutSent:
		return "sent"
	case 1:
		return "missing required headers"
	case 2:
		return "cluster not found"
	case 3:
		return "cannot create request"
	}
	return "refused"
}

// filter is one configuration of the filter. There is one in the whole process for each place where the
// filter stands in Envoy's configuration, and all workers use that one.
type filter struct {
	host  host
	tag   string
	rules settings

	// The main thread writes the token, and all workers read it at the same time.
	token atomic.Pointer[string]

	// These are the main thread's alone.
	ticks     uint64
	asked     map[uint64]uint64 // which tick sent which callout
	tokenTick uint64            // the tick that asked for the token

	ending  sync.Mutex
	ended   bool
	endings chan struct{}
}

// newFilter reads the settings. It answers nil, and says why in Envoy's log, where they are wrong.
func newFilter(host host, configuration []byte) *filter {
	made := &filter{host: host, tag: newTag(), asked: map[uint64]uint64{}, endings: make(chan struct{})}
	rules, err := parseSettings(configuration)
	if err != nil {
		host.log(levelCritical, line("settings_refused", made.tag, field("error", err.Error())))
		return nil
	}
	made.rules = rules
	return made
}

// start begins to wait for the first period. There is one goroutine, not one for each worker.
func (f *filter) start() {
	f.host.open()
	f.host.log(levelInfo, line("start", f.tag, number("tick_ms", uint64(f.rules.tickMs)),
		field("cluster", f.rules.cluster), field("path", f.rules.path)))
	go f.wait()
}

// wait is the goroutine. It runs on a thread of Go's, where nothing of Envoy's may be touched but the
// scheduler.
func (f *filter) wait() {
	ticker := time.NewTicker(time.Duration(f.rules.tickMs) * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-f.endings:
			return
		case <-ticker.C:
			f.wakeUp()
		}
	}
}

// wakeUp holds the lock so that the scheduler is not given back in the same moment.
func (f *filter) wakeUp() {
	f.ending.Lock()
	defer f.ending.Unlock()
	if !f.ended {
		f.host.wake()
	}
}

// stop ends the goroutine: Envoy is about to end, or has another configuration now.
func (f *filter) stop() {
	f.ending.Lock()
	defer f.ending.Unlock()
	f.ended = true
	close(f.endings)
	f.host.close()
}

// onTick asks for a token.
func (f *filter) onTick() {
	f.ticks++
	f.host.log(levelInfo, line("tick", f.tag, number("n", f.ticks)))
	id, result := f.host.callOut(f.rules, f.tag)
	if result != calloutSent {
		f.host.log(levelWarn, line("callout_refused", f.tag, number("n", f.ticks), field("error", result.String())))
		return
	}
	f.asked[id] = f.ticks
	f.host.log(levelInfo, line("callout", f.tag, number("n", f.ticks)))
}

// onReply keeps the token that a reply brings. What was kept before stays where it brings none.
func (f *filter) onReply(id uint64, headers [][2]string) {
	tick := f.asked[id]
	delete(f.asked, id)
	reply := judge(headers, f.rules)
	if reply.outcome == outcomeOK && tick < f.tokenTick {
		reply.outcome = outcomeStale
	}
	story := []string{number("n", tick), field("outcome", string(reply.outcome)), number("status", reply.status)}
	if reply.outcome != outcomeOK {
		f.host.log(levelWarn, line("fetch", f.tag, story...))
		return
	}
	f.token.Store(&reply.token)
	f.tokenTick = tick
	f.host.log(levelInfo, line("fetch", f.tag, append(story, field("token", fingerprint(reply.token)))...))
}

func (f *filter) onRequestHeaders(asked request) {
	f.crashIf(atRequestHeaders, asked.requestHeader(f.rules.atHeader))
}

// onResponseHeaders sets the two headers. Whatever the upstream has put there is replaced; before the first
// token it is taken away: who reads it could not tell that it is not the filter's.
func (f *filter) onResponseHeaders(answered request) {
	f.crashIf(atResponseHeaders, answered.requestHeader(f.rules.atHeader))
	f.set(answered, f.rules.greetingHeader, f.rules.greeting)
	if f.rules.vmHeader != "" {
		f.set(answered, f.rules.vmHeader, f.tag)
	}
	if token := f.token.Load(); token != nil {
		f.set(answered, f.rules.authHeader, *token)
	} else {
		answered.removeResponseHeader(f.rules.authHeader)
	}
}

func (f *filter) set(answered request, name, value string) {
	if !answered.setResponseHeader(name, value) {
		f.host.log(levelWarn, line("header_refused", f.tag, field("name", name)))
	}
}
