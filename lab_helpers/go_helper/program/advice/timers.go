package advice

// timers reports a callback for which the filter never asks Envoy.
var timers = check("timers", "report a callback for which the filter never asks Envoy", func(at *report) {
	for _, one := range at.hooks {
		if !at.isHere(one.function) {
			continue
		}
		switch {
		case one.name == "OnTick" && !at.callsAny("SetTickPeriodMilliSeconds"):
			at.say(one.function.Pos(), "timer", "Envoy never calls OnTick: no timer is set. Call"+
				" proxywasm.SetTickPeriodMilliSeconds(1000) in OnPluginStart.")
		case one.name == "OnQueueReady" && !at.callsAny("RegisterSharedQueue"):
			at.say(one.function.Pos(), "timer", "Envoy never calls OnQueueReady: no queue is registered. Call"+
				" proxywasm.RegisterSharedQueue in OnPluginStart.")
		}
	}
})
