"""What a learner writes: Go and YAML cells, the files behind them, the Envoys that a cell loses."""
