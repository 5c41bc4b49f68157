package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/valyala/fastjson"
)

const (
	mostLevels     = 8  // of brackets; a good configuration has one
	mostShownBytes = 80 // of a value that is refused
)

// setter puts a value into its place, or says why it cannot be there.
type setter func(name string, value *fastjson.Value) error

// readFields asks Envoy for the plugin's configuration, which may be none, and sets each field of it. What it does not know it refuses: a
// setting with a spelling mistake would otherwise be one that silently does nothing.
func readFields(setters map[string]setter) error {
	configuration, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return fmt.Errorf("cannot read the plugin configuration: %w", err)
	}
	return parseFields(configuration, setters)
}

// parseFields sets each field of a configuration.
func parseFields(configuration []byte, setters map[string]setter) error {
	if strings.TrimSpace(string(configuration)) == "" {
		return nil
	}
	parsed, err := parseJSON(configuration)
	if err != nil {
		return err
	}
	object, err := parsed.Object()
	if err != nil {
		return fmt.Errorf("not a JSON object but %s", parsed.Type())
	}
	seen := map[string]bool{}
	object.Visit(func(key []byte, value *fastjson.Value) {
		name := string(key)
		set := setters[name]
		switch {
		case err != nil: // the first problem is the one to tell
		case seen[name]:
			err = fmt.Errorf("setting %q stands twice", name)
		case set == nil:
			err = fmt.Errorf("unknown setting %q", name)
		default:
			seen[name] = true
			err = set(name, value)
		}
	})
	return err
}

// parseJSON validates before it parses: the parser alone lets 05 and "\q" pass. Before both it looks at
// the depth, for both call themselves at each bracket, and TinyGo's stack ends before 100 levels: the
// VM would die without a word on why.
func parseJSON(configuration []byte) (*fastjson.Value, error) {
	if levels := depth(configuration); levels > mostLevels {
		return nil, fmt.Errorf("nested %d levels deep, not at most %d", levels, mostLevels)
	}
	if err := fastjson.ValidateBytes(configuration); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	parsed, err := fastjson.ParseBytes(configuration)
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return parsed, nil
}

// depth counts how many brackets are open at once, leaving out those inside texts.
func depth(configuration []byte) int {
	level, deepest, inText := 0, 0, false
	for at := 0; at < len(configuration); at++ {
		switch char := configuration[at]; {
		case inText && char == '\\':
			at++ // the next character is escaped: a quote does not end the text
		case char == '"':
			inText = !inText
		case inText:
		case char == '{', char == '[':
			level++
			deepest = max(deepest, level)
		case char == '}', char == ']':
			level--
		}
	}
	return deepest
}

// setNumber takes a whole number in a range.
func setNumber[whole uint32 | uint64 | int](target *whole, least, most int) setter {
	return func(name string, value *fastjson.Value) error {
		read, err := value.Int()
		if err != nil || read < least || read > most {
			return fmt.Errorf("setting %q must be a whole number from %d to %d, not %s", name, least, most, shown(value))
		}
		*target = whole(read)
		return nil
	}
}

// setText takes a text that keeps a rule.
func setText(target *string, rule rule) setter {
	return func(name string, value *fastjson.Value) error {
		text, err := value.StringBytes()
		if err != nil || !rule.holds(string(text)) {
			return fmt.Errorf("setting %q must be %s, not %s", name, rule.words, shown(value))
		}
		*target = string(text)
		return nil
	}
}

// shown is a value as it was written, or its beginning: the message goes into one line of the log.
func shown(value *fastjson.Value) string {
	text := value.String()
	if len(text) <= mostShownBytes {
		return text
	}
	return text[:mostShownBytes] + "..."
}
