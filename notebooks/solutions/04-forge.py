token = answer.headers["x-auth"]
# solution
forged = forge(token, sub="admin")
#> forged = forge(token)
# end
show_token(forged, envoy)

# why: The first two parts of a token are only text in other letters, so anybody can write new ones.
# why: The signature is made from both, with a key that only the service has. With other claims it no
# why: longer fits, and whoever checks it finds out. Whoever does not check believes all that is in
# why: there.
