package advice

import "strings"

func isLog(name string) bool { return strings.HasPrefix(name, "Log") }

// changesHeaders tells which headers a call of the SDK changes: "Request", "Response", or "".
func changesHeaders(name string) string {
	for _, verb := range []string{"Replace", "Add", "Remove"} {
		rest, ok := strings.CutPrefix(name, verb+"Http")
		if !ok {
			continue
		}
		side, isOne := strings.CutSuffix(strings.TrimSuffix(rest, "s"), "Header")
		if isOne {
			return side
		}
	}
	return ""
}

// readsHeaders tells which headers a call of the SDK reads; the reply's of a callout are none of these.
func readsHeaders(name string) string {
	side, ok := strings.CutPrefix(name, "GetHttp")
	if !ok {
		return ""
	}
	side, ok = strings.CutSuffix(strings.TrimSuffix(side, "s"), "Header")
	if !ok || side == "CallResponse" {
		return ""
	}
	return side
}

// trailersOf tells whose trailers a call of the SDK is about; "" for none.
func trailersOf(name string) string {
	for _, side := range []string{"Request", "Response"} {
		if strings.Contains(name, "Http"+side+"Trailer") {
			return side
		}
	}
	return ""
}

// changesBody tells which body a call of the SDK changes.
func changesBody(name string) string {
	for _, verb := range []string{"Replace", "Append", "Prepend"} {
		if side, ok := strings.CutPrefix(name, verb+"Http"); ok {
			if side, ok := strings.CutSuffix(side, "Body"); ok {
				return side
			}
		}
	}
	return ""
}

// readsBody tells which body a call of the SDK reads.
func readsBody(name string) string {
	side, ok := strings.CutPrefix(name, "GetHttp")
	if !ok {
		return ""
	}
	side, ok = strings.CutSuffix(side, "Body")
	if !ok || side == "CallResponse" {
		return ""
	}
	return side
}
