// Package main is the lab's one Go program: it knows Go's syntax tree and types, which Python does not.
//
//	gohelper signatures FOLDER             the SDK's callbacks and calls, as JSON
//	gohelper functions FOLDER              all that a filter may name of the SDK, and which files do
//	gohelper adopt FOLDER GO.MOD VERSION   how an old filter reads with today's SDK
//	gohelper advise FOLDER                 what compiles in a filter, but not as it was meant
//	gohelper exports FOLDER TAGS           which of the SDK's exports lead to a filter's own code
//
// Each command is a file. It writes JSON to standard output; what goes wrong, it says in words on
// standard error, and ends with 1.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// command does its work and returns what is written as JSON.
type command func(arguments []string) (any, error)

var commands = map[string]command{
	"adopt":      adopt,
	"advise":     advise,
	"exports":    exports,
	"functions":  functions,
	"signatures": signatures,
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string, out io.Writer) error {
	if len(words) == 0 || commands[words[0]] == nil {
		names := make([]string, 0, len(commands))
		for name := range commands {
			names = append(names, name)
		}
		sort.Strings(names)
		return fmt.Errorf("give one of these commands: %s", strings.Join(names, ", "))
	}
	answer, err := commands[words[0]](words[1:])
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(answer)
}
