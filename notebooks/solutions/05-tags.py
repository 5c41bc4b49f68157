answers = envoy.ask_every_worker()
# solution
tags = {answer.worker: answer.headers["x-wasm-vm"] for answer in answers}
#> tags = ...
# end
