// Beside the token filter's own files, this one notes what Go has allocated when a request is done.
package main

import (
	"runtime"
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// noted has a place for each request that is counted, and one for what was there before the first.
const noted = 33

// What is noted goes to memory that is there already: to note it allocates nothing.
var (
	stats   runtime.MemStats
	objects [noted]uint64
	bytes   [noted]uint64
	done    int
)

// OnHttpStreamDone is the last that a request does in a filter, but for being forgotten.
func (ctx *httpContext) OnHttpStreamDone() {
	if done == noted {
		return
	}
	runtime.ReadMemStats(&stats)
	objects[done], bytes[done] = stats.Mallocs, stats.TotalAlloc
	if done++; done < noted {
		return
	}
	story := "allocated:"
	for i := 1; i < noted; i++ {
		story += " " + strconv.FormatUint(objects[i]-objects[i-1], 10)
		story += "/" + strconv.FormatUint(bytes[i]-bytes[i-1], 10)
	}
	proxywasm.LogInfo(story)
}
