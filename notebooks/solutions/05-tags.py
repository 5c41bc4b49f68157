answers = envoy.ask_every_worker()
# solution
tags = {answer.worker: answer.headers["x-wasm-vm"] for answer in answers}
#> tags = ...
# end

# why: Each worker handles its requests in its own VM, so the tag that a response carries is that of
# why: the worker's VM. The lab holds one connection to each worker, which is how `answer.worker` is
# why: known. A client of yours would meet whichever worker has its connection.
