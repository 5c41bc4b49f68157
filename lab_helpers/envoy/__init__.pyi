from .envoy import Envoy as Envoy
