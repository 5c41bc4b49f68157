package main

import (
	"fmt"

	"github.com/valyala/fastjson"
)

// The settings that the article does not have: when to ask, and what an old token is worth.

const mostRefreshPercent = 99 // at 100 a token would be over when the next one is asked for

var isAfterExpiry = rule{`"keep", "leave_out" or "answer_503"`, func(text string) bool {
	return text == afterExpiryKeep || text == afterExpiryLeave || text == afterExpiryRefuse
}}

// readsExpiry tells whether it matters when a token is over.
func (s *settings) readsExpiry() bool {
	return s.afterExpiry != afterExpiryKeep || s.refreshPercent > 0
}

// paced tells whether the timer's period changes as the filter runs.
func (s *settings) paced() bool {
	return s.refreshPercent > 0 || s.jitterPercent > 0 || s.backoffMs > 0
}

// checkPace refuses a setting that would do nothing by itself, and fills in what is left out.
func (s *settings) checkPace() error {
	if s.expiryMarginMs > 0 && s.afterExpiry == afterExpiryKeep {
		return fmt.Errorf("setting %q needs %q: %q or %q", "expiry_margin_ms", "after_expiry", afterExpiryLeave, afterExpiryRefuse)
	}
	if s.backoffMs == 0 {
		if s.backoffMostMs > 0 {
			return fmt.Errorf("setting %q needs %q", "backoff_most_ms", "backoff_ms")
		}
		return nil
	}
	if s.backoffMostMs == 0 {
		s.backoffMostMs = max(s.tickMs, s.backoffMs)
	}
	if s.backoffMostMs < s.backoffMs {
		return fmt.Errorf("setting %q must be at least %q, %d, not %d", "backoff_most_ms", "backoff_ms", s.backoffMs, s.backoffMostMs)
	}
	return nil
}

func setSwitch(target *bool, name string, value *fastjson.Value) error {
	read, err := value.Bool()
	if err != nil {
		return fmt.Errorf("setting %q must be true or false, not %s", name, shown(value))
	}
	*target = read
	return nil
}
