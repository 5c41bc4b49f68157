// The lab lays this file over a filter's folder and runs it as that folder's only test: it plays
// Envoy by the SDK's emulator, does what the script says, and writes down what the filter did.

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type labScript struct {
	Configuration string    `json:"configuration"`
	Steps         []labStep `json:"steps"`
}

type labStep struct {
	Do         string      `json:"do"`
	Headers    [][2]string `json:"headers"`
	Pieces     []string    `json:"pieces"` // of the body, as they come
	Properties [][2]string `json:"properties"`
}

type labSeen struct {
	Do       string            `json:"do"`
	Log      [][2]string       `json:"log"` // level and text
	TickMs   uint32            `json:"tick_ms"`
	Callouts []labCallout      `json:"callouts"`
	Passings []labPassing      `json:"passings"`
	Metrics  map[string]uint64 `json:"metrics"`
	Note     string            `json:"note"`
	Panic    string            `json:"panic"`
	timeouts []int             // of the callouts, in their order
}

type labCallout struct {
	Cluster   string      `json:"cluster"`
	Headers   [][2]string `json:"headers"`
	Body      string      `json:"body"`
	TimeoutMs int         `json:"timeout_ms"`
}

var (
	labLogged  = regexp.MustCompile(`(?s)^proxy_(\w+)_log: (.*)\n$`)
	labTimeout = regexp.MustCompile(`^\[http callout to .*\] timeout: (\d+)\n$`)
)

// Write takes what the emulator prints: a call is a line, and only there are a callout's timeout and
// texts that outlive the filter's memory.
func (seen *labSeen) Write(printed []byte) (int, error) {
	if match := labLogged.FindSubmatch(printed); match != nil {
		seen.Log = append(seen.Log, [2]string{string(match[1]), string(match[2])})
	}
	if match := labTimeout.FindSubmatch(printed); match != nil {
		timeout, _ := strconv.Atoi(string(match[1]))
		seen.timeouts = append(seen.timeouts, timeout)
	}
	return len(printed), nil
}

// labSent is a callout that was sent, and for whom: a request, or the plugin.
type labSent struct {
	proxytest.HttpCalloutAttribute
	context uint32
}

type labPlay struct {
	host     proxytest.HostEmulator
	inside   labInside
	callouts []labSent
	answered int
	streams  []*labStream
}

func TestLab(t *testing.T) {
	var script labScript
	text, err := os.ReadFile(os.Getenv("LAB_SCRIPT"))
	if err == nil {
		err = json.Unmarshal(text, &script)
	}
	if err != nil {
		t.Fatal(err)
	}
	var story []*labSeen
	play := &labPlay{}
	for _, step := range append([]labStep{{Do: "start"}}, script.Steps...) {
		seen := &labSeen{Do: step.Do}
		story = append(story, seen)
		log.SetOutput(seen)
		log.SetFlags(0)
		play.take(step, script.Configuration, seen)
		// Written after each step: a step that ends the whole program leaves the ones before.
		record, err := json.Marshal(story)
		if err == nil {
			err = os.WriteFile(os.Getenv("LAB_RECORD"), record, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if seen.Panic != "" {
			return
		}
	}
}

func (play *labPlay) take(step labStep, configuration string, seen *labSeen) {
	defer func() {
		if failure := recover(); failure != nil {
			seen.Panic = fmt.Sprint(failure)
		}
	}()
	switch step.Do {
	case "start":
		play.host, _ = proxytest.NewHostEmulator(proxytest.NewEmulatorOption().
			WithVMContext(labVMContext()).WithPluginConfiguration([]byte(configuration)))
		play.inside = labInside{play.host}
		if play.host.StartVM() != types.OnVMStartStatusOK {
			seen.Note = "OnVMStart refused to start"
		} else if play.host.StartPlugin() != types.OnPluginStartStatusOK {
			seen.Note = "OnPluginStart refused to start"
		}
	case "tick":
		if play.host.GetTickPeriod() == 0 {
			seen.Note = "no timer is set, so none fires"
		} else {
			play.host.Tick()
		}
	case "reply":
		if play.answered == len(play.callouts) {
			seen.Note = "no callout waits for a reply"
		} else {
			play.reply(step)
		}
	case "request":
		play.request(step, seen)
	case "response":
		play.response(step, seen)
	}
	play.inside.own()
	play.resumed(seen)
	play.look(seen)
}

// reply answers the oldest callout that waits.
func (play *labPlay) reply(step labStep) {
	sent := play.callouts[play.answered]
	play.answered++
	for _, stream := range play.streams {
		if stream.id == sent.context {
			play.inside.properties(stream.properties)
		}
	}
	play.host.CallOnHttpCallResponse(sent.CalloutID, step.Headers, nil, []byte(strings.Join(step.Pieces, "")))
	play.inside.neverAgain(play.answered)
}

// look notes what a step has left: the timer, new callouts, metrics.
func (play *labPlay) look(seen *labSeen) {
	seen.TickMs = play.host.GetTickPeriod()
	seen.Metrics = play.inside.metrics()
	contexts := []uint32{proxytest.PluginContextID}
	for _, stream := range play.streams {
		contexts = append(contexts, stream.id)
	}
	var fresh []labSent
	for _, context := range contexts {
		for _, callout := range play.host.GetCalloutAttributesFromContext(context) {
			known := func(sent labSent) bool { return sent.CalloutID == callout.CalloutID }
			if !slices.ContainsFunc(play.callouts, known) {
				fresh = append(fresh, labSent{callout, context})
			}
		}
	}
	slices.SortFunc(fresh, func(a, b labSent) int { return cmp.Compare(a.CalloutID, b.CalloutID) })
	for at, sent := range fresh {
		seen.Callouts = append(seen.Callouts, labCallout{strings.Clone(sent.Upstream), labCopied(sent.Headers),
			string(sent.Body), seen.timeouts[at]})
	}
	play.callouts = append(play.callouts, fresh...)
}

func labCopied(shared [][2]string) [][2]string {
	copied := make([][2]string, 0, len(shared))
	for _, header := range shared {
		copied = append(copied, [2]string{strings.Clone(header[0]), strings.Clone(header[1])})
	}
	return copied
}
