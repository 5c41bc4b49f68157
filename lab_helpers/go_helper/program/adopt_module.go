package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// The first of the old SDK's versions whose interface is today's, but for SendHttpResponse.
const oldestSDK = "v0.14.0"

// The SDK wants it.
const goVersion = "1.24"

// adoptModule writes the go.mod anew: today's SDK in place of the old one, the rest as it was.
func (answer *adoption) adoptModule(path, version string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	module, err := modfile.Parse("go.mod", source, nil)
	if err != nil {
		return err
	}
	line, found := 1, ""
	for _, required := range module.Require {
		if required.Mod.Path == oldSDK {
			line, found = required.Syntax.Start.Line, required.Mod.Version
		}
	}
	if found != "" && semver.Compare(found, oldestSDK) < 0 {
		return fmt.Errorf("it is written for the SDK %s, and only those from %s on can be adopted", found, oldestSDK)
	}
	if found != "" {
		if err := module.DropRequire(oldSDK); err != nil {
			return err
		}
		answer.Changes = append(answer.Changes, change{"go.mod", line, fmt.Sprintf("The SDK %s gives way to today's.", found)})
	}
	for _, replaced := range module.Replace {
		if replaced.Old.Path == oldSDK {
			if err := module.DropReplace(replaced.Old.Path, replaced.Old.Version); err != nil {
				return err
			}
		} else if strings.HasPrefix(replaced.New.Path, ".") {
			answer.Left = append(answer.Left, change{"go.mod", replaced.Syntax.Start.Line,
				fmt.Sprintf("%s is replaced by %s, a folder outside of this one.", replaced.Old.Path, replaced.New.Path)})
		}
	}
	if err := module.AddRequire(strings.TrimSuffix(callsPath, "/proxywasm"), version); err != nil {
		return err
	}
	if module.Go == nil || semver.Compare("v"+module.Go.Version, "v"+goVersion) < 0 {
		was := "none"
		if module.Go != nil {
			was = module.Go.Version
		}
		if err := module.AddGoStmt(goVersion); err != nil {
			return err
		}
		answer.Changes = append(answer.Changes, change{"go.mod", 1, fmt.Sprintf("Go %s instead of %s, which today's SDK wants.", goVersion, was)})
	}
	module.DropToolchainStmt()
	module.Cleanup()
	text, err := module.Format()
	if err != nil {
		return err
	}
	answer.Files["go.mod"] = string(text)
	return nil
}
