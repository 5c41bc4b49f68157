// The lab lays this file over a filter's folder and runs it as that folder's only test: it plays
// Envoy by the SDK's emulator, does what the script says, and writes down what the filter did.

package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
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
	Do      string      `json:"do"`
	Headers [][2]string `json:"headers"`
}

type labSeen struct {
	Do        string       `json:"do"`
	Log       [][2]string  `json:"log"` // level and text
	TickMs    uint32       `json:"tick_ms"`
	Callouts  []labCallout `json:"callouts"`
	Headers   [][2]string  `json:"headers"`
	Request   [][2]string  `json:"request"`
	Held      bool         `json:"held"` // the filter did not let the response go on
	Note      string       `json:"note"`
	Panic     string       `json:"panic"`
	timeoutMs int
}

type labCallout struct {
	Cluster   string      `json:"cluster"`
	Headers   [][2]string `json:"headers"`
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
		seen.timeoutMs, _ = strconv.Atoi(string(match[1]))
	}
	return len(printed), nil
}

type labPlay struct {
	host     proxytest.HostEmulator
	callouts []proxytest.HttpCalloutAttribute
	answered int
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
			WithVMContext(labVMContext).WithPluginConfiguration([]byte(configuration)))
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
			play.answered++
			play.host.CallOnHttpCallResponse(play.callouts[play.answered-1].CalloutID, step.Headers, nil, nil)
		}
	case "response":
		request := play.host.InitializeHttpContext()
		play.host.CallOnRequestHeaders(request, [][2]string{
			{":method", "GET"}, {":path", "/"}, {":authority", "example.com"}}, true)
		seen.Held = play.host.CallOnResponseHeaders(request, step.Headers, true) != types.ActionContinue
		seen.Headers = labCopied(play.host.GetCurrentResponseHeaders(request))
		seen.Request = labCopied(play.host.GetCurrentRequestHeaders(request))
		play.host.CompleteHttpContext(request)
	}
	seen.TickMs = play.host.GetTickPeriod()
	all := play.host.GetCalloutAttributesFromContext(proxytest.PluginContextID)
	for _, callout := range all[len(play.callouts):] {
		seen.Callouts = append(seen.Callouts,
			labCallout{strings.Clone(callout.Upstream), labCopied(callout.Headers), seen.timeoutMs})
		play.callouts = append(play.callouts, callout)
	}
}

func labCopied(shared [][2]string) [][2]string {
	copied := make([][2]string, 0, len(shared))
	for _, header := range shared {
		copied = append(copied, [2]string{strings.Clone(header[0]), strings.Clone(header[1])})
	}
	return copied
}
