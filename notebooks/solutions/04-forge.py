token = answer.headers["x-auth"]
# solution
forged = forge(token, sub="admin")
#> forged = forge(token)
# end
show_token(forged, envoy)
