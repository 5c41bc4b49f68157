"""Talk to a Docker engine, whoever asks: it knows neither Envoy nor compilers."""
