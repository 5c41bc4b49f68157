answers = envoy.ask_every_worker()
# solution
tags = {answer.worker: dict(answer.headers)["x-wasm-vm"] for answer in answers}
#> tags = ...
# end
